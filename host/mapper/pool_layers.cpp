// SPDX-License-Identifier: Apache-2.0
// Windows over an image: average and maximum pooling, and MEAN over one axis as a window of its own.
#include <algorithm>

#include "layer.hpp"

namespace twill::mapper {
namespace {

class PoolLayer final : public Layer {
 public:
  PoolLayer(const PoolShape& shape, bool average, Clamp clamp) : s_(shape), average_(average), clamp_(clamp) {
    inputs = {Operand{-1, s_.in_h, s_.in_w * s_.channels}};
    output = Operand{-1, s_.out_h, s_.out_w * s_.channels};
  }
  std::pair<int, int> needs(unsigned, int y0, int y1) const override {
    return {std::max(0, y0 * s_.stride_h - s_.pad_top), std::min(s_.in_h, (y1 - 1) * s_.stride_h - s_.pad_top + s_.kernel_h)};
  }
  void emit(Emitter& e, const Constants&, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    const auto [top, bottom] = needs(0, y0, y1);
    contract::Pool c;
    c.in_base = in[0].row(top);
    c.mode = static_cast<std::uint32_t>(average_ ? contract::PoolMode::average : contract::PoolMode::max);
    c.out_base = out.row(y0);
    c.in_row_pitch = static_cast<std::uint32_t>(s_.in_w * s_.channels);
    c.in_pix_pitch = static_cast<std::uint32_t>(s_.channels);
    c.in_rows = static_cast<std::uint32_t>(bottom - top);
    c.in_cols = static_cast<std::uint32_t>(s_.in_w);
    c.out_row_pitch = static_cast<std::uint32_t>(out.row_bytes);
    c.out_pix_pitch = static_cast<std::uint32_t>(s_.channels);
    c.out_h = static_cast<std::uint32_t>(y1 - y0);
    c.out_w = static_cast<std::uint32_t>(s_.out_w);
    c.channels = static_cast<std::uint32_t>(s_.channels);
    c.kernel_y = static_cast<std::uint32_t>(s_.kernel_h);
    c.kernel_x = static_cast<std::uint32_t>(s_.kernel_w);
    c.stride_y = static_cast<std::uint32_t>(s_.stride_h);
    c.stride_x = static_cast<std::uint32_t>(s_.stride_w);
    c.min = clamp_.min;
    c.max = clamp_.max;
    c.y_start = y0 * s_.stride_h - s_.pad_top - top;
    c.x_start = -s_.pad_left;
    e.stream.emit(c, {Range::sp(in[0].row(top), static_cast<std::uint64_t>(bottom - top) * inputs[0].row_bytes)},
                  {Range::sp(out.row(y0), static_cast<std::uint64_t>(y1 - y0) * out.row_bytes)}, e.layer);
  }

 private:
  PoolShape s_;
  bool average_;
  Clamp clamp_;
};

/// [outer, n, inner] -> [outer, inner]. With inner > 1 the lanes are the inner bytes; with inner = 1 an output is a byte.
class MeanLayer final : public Layer {
 public:
  MeanLayer(int outer, int n, int inner, Multiplier requant, int zi, int zo) : n_(n), inner_(inner), requant_(requant), zi_(zi), zo_(zo) {
    inputs = {Operand{-1, outer, n * inner}};
    output = Operand{-1, outer, inner};
    for (window_h_ = 1; n_ / window_h_ > 255 || n_ % window_h_ != 0; ++window_h_) {
    }
  }
  int max_tile_rows(const Machine&) const override { return window_h_ == 1 ? 4095 / std::max(1, n_) + 1 : 1; }
  void emit(Emitter& e, const Constants&, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    const int window_w = n_ / window_h_;
    for (int y = y0; y < y1; ++y) {
      // One output row is one window: taps along its n positions.
      contract::Pool c;
      c.mode = static_cast<std::uint32_t>(contract::PoolMode::mean);
      c.in_base = in[0].row(y);
      c.out_base = out.row(y);
      c.out_zero = zo_;
      c.in_row_pitch = static_cast<std::uint32_t>(window_w * inner_);
      c.in_pix_pitch = static_cast<std::uint32_t>(inner_);
      c.in_rows = static_cast<std::uint32_t>(window_h_);
      c.in_cols = static_cast<std::uint32_t>(window_w);
      c.out_row_pitch = static_cast<std::uint32_t>(inner_);
      c.out_pix_pitch = static_cast<std::uint32_t>(inner_);
      c.out_h = 1;
      c.out_w = 1;
      int rows = 1;
      if (window_h_ == 1) {  // all rows of the tile in one command: they are windows side by side in y
        rows = y1 - y;
        c.in_row_pitch = static_cast<std::uint32_t>(n_ * inner_);
        c.in_rows = static_cast<std::uint32_t>(rows);
        c.out_h = static_cast<std::uint32_t>(rows);
      }
      c.kernel_y = static_cast<std::uint32_t>(window_h_);
      c.kernel_x = static_cast<std::uint32_t>(window_w);
      c.stride_y = 1;
      c.stride_x = 1;
      c.channels = static_cast<std::uint32_t>(inner_);
      c.min = -128;
      c.max = 127;
      c.multiplier = static_cast<std::uint32_t>(requant_.multiplier);
      c.shift = requant_.shift;
      c.bias = -zi_ * n_;
      e.stream.emit(c, {Range::sp(in[0].row(y), static_cast<std::uint64_t>(rows) * inputs[0].row_bytes)}, {Range::sp(out.row(y), static_cast<std::uint64_t>(rows) * inner_)}, e.layer);
      y += rows - 1;
    }
  }

 private:
  int n_, inner_;
  Multiplier requant_;
  int zi_, zo_;
  int window_h_ = 1;
};

}  // namespace

LayerPtr make_pool(const Machine&, const PoolShape& shape, bool average, Clamp clamp) { return std::make_unique<PoolLayer>(shape, average, clamp); }
LayerPtr make_mean(const Machine&, int outer, int n, int inner, Multiplier requant, int zi, int zo) {
  return std::make_unique<MeanLayer>(outer, n, inner, requant, zi, zo);
}

}  // namespace twill::mapper
