// SPDX-License-Identifier: Apache-2.0
// Windows over an image: average and maximum pooling, and MEAN over one axis as a window of its own.
#include <algorithm>
#include <optional>

#include "layer.hpp"

namespace twill::mapper {
namespace {

constexpr int longest_window = 255;  // of the 8-bit kernel and stride fields
constexpr int largest_image = 4095;  // of the 12-bit fields of image and output extents

std::uint32_t u(int value) { return static_cast<std::uint32_t>(value); }

/// Consecutive outputs along an axis and the stretch of the image their windows see; the command counts from its beginning.
struct Stretch {
  int out0, out1;     ///< outputs
  int in0, in1;       ///< image rows or columns
  int start, stride;  ///< of the first window, from in0
};

/// Cuts `out` windows over an axis of `in` positions into stretches whose numbers fit their fields.
std::vector<Stretch> stretches(int out0, int out1, int kernel, int stride, int pad, int in) {
  const int most = stride > longest_window ? 1 : (largest_image - kernel) / stride + 1;
  std::vector<Stretch> all;
  for (int at = out0; at < out1; at += most) {
    const int end = std::min(out1, at + most), first = at * stride - pad;
    Stretch s{at, end, std::max(0, first), std::min(in, (end - 1) * stride - pad + kernel), 0, end - at > 1 ? stride : 1};
    s.start = first - s.in0;
    all.push_back(s);
  }
  return all;
}

class PoolLayer final : public Layer {
 public:
  PoolLayer(const PoolShape& shape, bool average, Clamp clamp) : s_(shape), average_(average), clamp_(clamp) {
    if (std::max(s_.kernel_h, s_.kernel_w) > longest_window)
      throw Unsupported("a window of " + std::to_string(s_.kernel_h) + " x " + std::to_string(s_.kernel_w) +
                        " is beyond the chip's 255 x 255");
    inputs = {Operand{-1, s_.in_h, s_.in_w * s_.channels}};
    output = Operand{-1, s_.out_h, s_.out_w * s_.channels};
  }
  std::pair<int, int> needs(unsigned, int y0, int y1) const override {
    return {std::max(0, y0 * s_.stride_h - s_.pad_top), std::min(s_.in_h, (y1 - 1) * s_.stride_h - s_.pad_top + s_.kernel_h)};
  }
  void emit(Emitter& e, const Constants&, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    for (const Stretch& y : stretches(tile.y0, tile.y1, s_.kernel_h, s_.stride_h, s_.pad_top, s_.in_h))
      for (const Stretch& x : stretches(0, s_.out_w, s_.kernel_w, s_.stride_w, s_.pad_left, s_.in_w))
        for (int channel = 0; channel < s_.channels; channel += largest_count) emit_piece(e, y, x, channel, in[0], out);
  }

 private:
  void emit_piece(Emitter& e, const Stretch& y, const Stretch& x, int channel, const View& in, const View& out) const {
    contract::Pool c;
    c.in_base = in.row(y.in0) + u(x.in0 * s_.channels + channel);
    c.mode = static_cast<std::uint32_t>(average_ ? contract::PoolMode::average : contract::PoolMode::max);
    c.out_base = out.row(y.out0) + u(x.out0 * s_.channels + channel);
    c.in_row_pitch = u(y.in1 - y.in0 > 1 ? in.row_bytes : 0);
    c.in_pix_pitch = u(x.in1 - x.in0 > 1 ? s_.channels : 0);
    c.in_rows = u(y.in1 - y.in0);
    c.in_cols = u(x.in1 - x.in0);
    c.out_row_pitch = u(y.out1 - y.out0 > 1 ? out.row_bytes : 0);
    c.out_pix_pitch = u(x.out1 - x.out0 > 1 ? s_.channels : 0);
    c.out_h = u(y.out1 - y.out0);
    c.out_w = u(x.out1 - x.out0);
    c.channels = u(std::min(largest_count, s_.channels - channel));
    c.kernel_y = u(s_.kernel_h);
    c.kernel_x = u(s_.kernel_w);
    c.stride_y = u(y.stride);
    c.stride_x = u(x.stride);
    c.min = clamp_.min;
    c.max = clamp_.max;
    c.y_start = y.start;
    c.x_start = x.start;
    e.stream.emit(c, {Range::sp(in.row(y.in0), std::uint64_t{u(y.in1 - y.in0)} * u(in.row_bytes))},
                  {Range::sp(out.row(y.out0), std::uint64_t{c.out_h} * u(out.row_bytes))}, e.layer);
  }

  PoolShape s_;
  bool average_;
  Clamp clamp_;
};

/// The height of a rectangle of n positions whose sides are at most a window's.
std::optional<int> window_height(int n) {
  for (int h = 1; h <= longest_window; ++h)
    if (n % h == 0 && n / h <= longest_window) return h;
  return std::nullopt;
}

/// [outer, n, inner] -> [outer, inner]: an output row is one window over n pixels of `inner` bytes, laid out as a rectangle.
/// Blocks of channels do not depend on each other, so the image need not be there in its whole depth.
class MeanLayer final : public Layer {
 public:
  MeanLayer(const Machine& machine, int outer, int n, int inner, Multiplier requant, int zi, int zo)
      : word_(static_cast<int>(machine.word)), n_(n), inner_(inner), requant_(requant), zi_(zi), zo_(zo) {
    const auto height = window_height(n);
    if (!height) throw Unsupported("a mean over " + std::to_string(n) + " positions, which are no rectangle of at most 255 x 255");
    window_h_ = *height;
    inputs = {Operand{-1, outer * n, inner}};
    output = Operand{-1, outer, inner};
  }
  std::pair<int, int> needs(unsigned, int y0, int y1) const override { return {y0 * n_, y1 * n_}; }
  int n_tiles() const override { return ceil_div(inner_, word_); }
  Slice lanes(int n0, int n1) const override { return {n0 * word_, std::min(inner_, n1 * word_) - n0 * word_}; }
  Slice columns(unsigned, const Tile& tile) const override { return lanes(tile.n0, tile.n1); }

  void emit(Emitter& e, const Constants&, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    const int most = largest_image / window_h_;
    const Slice lanes_of_tile = lanes(tile.n0, tile.n1);
    for (int y = tile.y0; y < tile.y1; y += most)
      for (int at = 0; at < lanes_of_tile.bytes; at += largest_count)
        emit_piece(e, y, std::min(tile.y1, y + most), {lanes_of_tile.first + at, std::min(largest_count, lanes_of_tile.bytes - at)}, in[0],
                   out);
  }

 private:
  void emit_piece(Emitter& e, int y0, int y1, Slice channels, const View& in, const View& out) const {
    const int window_w = n_ / window_h_;
    contract::Pool c;
    c.mode = static_cast<std::uint32_t>(contract::PoolMode::mean);
    c.in_base = in.row(y0 * n_) + u(channels.first - in.lane0);
    c.out_base = out.row(y0) + u(channels.first - out.lane0);
    c.out_zero = zo_;
    c.in_row_pitch = u(window_w * in.row_bytes);
    c.in_pix_pitch = u(in.row_bytes);
    c.in_rows = u((y1 - y0) * window_h_);
    c.in_cols = u(window_w);
    c.out_row_pitch = u(out.row_bytes);
    c.out_h = u(y1 - y0);
    c.out_w = 1;
    c.kernel_y = u(window_h_);
    c.kernel_x = u(window_w);
    c.stride_y = u(window_h_);
    c.stride_x = 1;
    c.channels = u(channels.bytes);
    c.min = -128;
    c.max = 127;
    c.multiplier = static_cast<std::uint32_t>(requant_.multiplier);
    c.shift = requant_.shift;
    c.bias = -zi_ * n_;
    e.stream.emit(c, {Range::sp(in.row(y0 * n_), std::uint64_t{u((y1 - y0) * n_)} * u(in.row_bytes))},
                  {Range::sp(out.row(y0), std::uint64_t{c.out_h} * u(out.row_bytes))}, e.layer);
  }

  int word_, n_, inner_;
  Multiplier requant_;
  int zi_, zo_;
  int window_h_ = 1;
};

}  // namespace

LayerPtr make_pool(const PoolShape& shape, bool average, Clamp clamp) { return std::make_unique<PoolLayer>(shape, average, clamp); }
LayerPtr make_mean(const Machine& machine, int outer, int n, int inner, Multiplier requant, int zi, int zo) {
  return std::make_unique<MeanLayer>(machine, outer, n, inner, requant, zi, zo);
}

}  // namespace twill::mapper
