// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution as DEPTHWISE and REQUANT commands.
#include <algorithm>

#include "layer.hpp"

namespace twill::mapper {
namespace {

class DepthwiseLayer final : public Layer {
 public:
  DepthwiseLayer(const Machine& machine, const ConvShape& shape, const ConvConstants& c) : word_(static_cast<int>(machine.word)), s_(shape), in_zero_(c.in_zero) {
    // A dilated kernel is a larger one with zeros between its taps.
    kernel_h_ = (s_.kernel_h - 1) * s_.dilation_h + 1;
    kernel_w_ = (s_.kernel_w - 1) * s_.dilation_w + 1;
    phases_y_ = std::min(s_.stride_h, kernel_h_);
    phases_x_ = std::min(s_.stride_w, kernel_w_);
    taps_y_ = ceil_div(kernel_h_, s_.stride_h);
    const int taps_x = ceil_div(kernel_w_, s_.stride_w);
    // A kernel row wider than the array goes in slices, each a command of its own that adds to the sums.
    slices_ = ceil_div(taps_x, word_);
    taps_x_ = ceil_div(taps_x, slices_);
    const int most = std::min({static_cast<int>(contract::depthwise_rows), word_ / taps_x_, taps_y_});
    blocks_ = ceil_div(taps_y_, most);
    rows_ = ceil_div(taps_y_, blocks_);
    tiles_ = ceil_div(s_.in_c, word_);
    passes_ = phases_y_ * phases_x_ * blocks_;
    build(c);
    inputs = {Operand{-1, s_.in_h, s_.in_w * s_.in_c}};
    output = Operand{-1, s_.out_h, s_.out_w * s_.in_c};
  }

  std::pair<int, int> needs(unsigned, int y0, int y1) const override {
    const int first = std::clamp(y0 * s_.stride_h - s_.pad_top, 0, s_.in_h);  // a tile may lie wholly in padding
    return {first, std::clamp((y1 - 1) * s_.stride_h - s_.pad_top + kernel_h_, first, s_.in_h)};
  }
  int max_tile_rows(const Machine& machine) const override {
    return std::max(1, static_cast<int>(machine.accumulator_words) / column_step(machine));
  }
  int words_per_row() const override { return s_.out_w; }
  int n_tiles() const override { return tiles_; }
  std::size_t tile_bytes() const override { return static_cast<std::size_t>(slices_) * passes_ * word_ * word_; }
  const std::vector<std::uint8_t>& weights() const override { return weights_; }
  std::pair<int, int> lanes(int n0, int n1) const override { return {n0 * word_, std::min(s_.in_c, n1 * word_) - n0 * word_}; }

  void emit(Emitter& e, const Constants& k, int n0, int n1, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    const int parts = ceil_div(s_.out_w, column_step(e.machine)), width = ceil_div(s_.out_w, parts);
    // Slices of a kernel add up in the accumulators, so each N tile must be complete before the next one starts.
    const int together = slices_ == 1 ? n1 - n0 : 1;
    for (int x = 0; x < s_.out_w; x += width)
      for (int n = n0; n < n1; n += together) emit_tile(e, k, n, n + together, y0, y1, x, std::min(s_.out_w, x + width), in[0], out);
  }

 private:
  /// Output columns of a tile: the line buffers hold a stream row less the kernel width, the accumulators a tile row.
  int column_step(const Machine& machine) const {
    const int line = static_cast<int>(contract::line_buffer_words) + 1;
    const int limit = rows_ > 1 ? std::min(line, static_cast<int>(machine.accumulator_words)) : static_cast<int>(machine.accumulator_words);
    return s_.out_w <= limit ? s_.out_w : ceil_div(s_.out_w, ceil_div(s_.out_w, limit));
  }

  void build(const ConvConstants& c) {
    for (int n = 0; n < tiles_; ++n)
      for (int slice = 0; slice < slices_; ++slice)
        for (int py = 0; py < phases_y_; ++py)
          for (int px = 0; px < phases_x_; ++px)
            for (int block = 0; block < blocks_; ++block)
              for (int r = 0; r < word_; ++r) {
                const int position = rows_ * taps_x_ - 1 - r;  // j * taps + i, row 0 of the array being the last tap
                for (int lane = 0; lane < word_; ++lane) weights_.push_back(static_cast<std::uint8_t>(weight(c, n * word_ + lane, slice, py, px, block, position)));
              }
    for (int channel = 0; channel < tiles_ * word_; ++channel) {
      if (channel >= s_.in_c) {
        append_record(parameters, 0, {0, 0}, 0, {0, 0});
        continue;
      }
      std::uint32_t sum = 0;
      for (int t = 0; t < s_.kernel_h * s_.kernel_w; ++t) sum += static_cast<std::uint32_t>(static_cast<std::int32_t>(c.weights[t * s_.in_c + channel]));
      const std::uint32_t bias = (c.bias ? static_cast<std::uint32_t>(c.bias[channel]) : 0u) - static_cast<std::uint32_t>(c.in_zero) * sum;
      append_record(parameters, static_cast<std::int32_t>(bias), (*c.requant)[static_cast<std::size_t>(channel)], c.out_zero, c.clamp);
    }
  }

  std::int8_t weight(const ConvConstants& c, int channel, int slice, int py, int px, int block, int position) const {
    if (channel >= s_.in_c || position < 0) return 0;
    const int j = position / taps_x_, i = position % taps_x_;
    const int ky = (block * rows_ + j) * s_.stride_h + py, kx = (slice * taps_x_ + i) * s_.stride_w + px;
    if (ky >= kernel_h_ || kx >= kernel_w_ || ky % s_.dilation_h != 0 || kx % s_.dilation_w != 0) return 0;
    return c.weights[(ky / s_.dilation_h * s_.kernel_w + kx / s_.dilation_w) * s_.in_c + channel];
  }

  /// Words of a stream row. Positions that lie outside the image in every phase are shared: those behind the right edge are
  /// those before the left edge of the next row.
  int stream_width(int width, int x_start) const {
    const int span = width + taps_x_ - 1;
    int left = 0, right = 0;
    while (left < span && x_start + left * s_.stride_w + phases_x_ - 1 < 0) ++left;
    while (right < span && x_start + (span - 1 - right) * s_.stride_w >= s_.in_w) ++right;
    return std::max({span - std::min(left, right), taps_x_, width});
  }

  void emit_tile(Emitter& e, const Constants& k, int n0, int n1, int y0, int y1, int x0, int x1, const View& in, const View& out) const {
    const int pitch = s_.in_w * s_.in_c, width = x1 - x0;
    const int iy = y0 * s_.stride_h - s_.pad_top;
    const int top = std::clamp(iy, in.row0, in.row0 + in.rows);
    const int bottom = std::min(in.row0 + in.rows, iy + (y1 - y0 - 1) * s_.stride_h + kernel_h_);
    const Range input = Range::sp(in.row(top), static_cast<std::uint64_t>(std::max(1, bottom - top)) * pitch);
    const std::uint32_t acc = e.acc_base();
    const std::uint32_t words = static_cast<std::uint32_t>((y1 - y0) * width);

    contract::Depthwise d;
    d.zero_point = in_zero_;
    d.blocks = static_cast<std::uint32_t>(blocks_);
    d.rows = static_cast<std::uint32_t>(rows_);
    d.kernel_w = static_cast<std::uint32_t>(taps_x_);
    d.x_step = static_cast<std::uint32_t>(s_.stride_w * s_.in_c);
    d.phase_x_step = static_cast<std::uint32_t>(s_.in_c);
    d.y_step = static_cast<std::uint32_t>(s_.stride_h * pitch);
    d.phase_y_step = static_cast<std::uint32_t>(pitch);
    d.block_step = static_cast<std::uint32_t>(rows_ * s_.stride_h * pitch);
    d.stride_x = static_cast<std::uint32_t>(s_.stride_w);
    d.stride_y = static_cast<std::uint32_t>(s_.stride_h);
    d.phases_x = static_cast<std::uint32_t>(phases_x_);
    d.phases_y = static_cast<std::uint32_t>(phases_y_);
    d.in_cols = static_cast<std::uint32_t>(s_.in_w);
    d.in_rows = static_cast<std::uint32_t>(std::max(0, bottom - top));
    d.y_start = iy - top;
    d.out_w = static_cast<std::uint32_t>(width);
    d.out_h = static_cast<std::uint32_t>(y1 - y0);
    const auto emit_command = [&](int first, int last, int slice) {
      const int x_start = x0 * s_.stride_w - s_.pad_left + slice * taps_x_ * s_.stride_w;
      d.x_start = x_start;
      d.stream_w = static_cast<std::uint32_t>(stream_width(width, x_start));
      d.in_base = (in.base + static_cast<std::uint32_t>((iy - in.row0) * pitch + x_start * s_.in_c + first * word_)) & 0xffffffu;
      d.channels = static_cast<std::uint32_t>(s_.in_c - first * word_);
      d.tiles = static_cast<std::uint32_t>(last - first);
      d.acc_base = e.acc_base();
      d.accumulate = slice > 0;
      d.slots.tile_wait = slice == 0 ? contract::Slot::on(Stream::bank_free) : contract::Slot{};
      d.slots.tile_signal = slice == slices_ - 1 ? contract::Slot::on(Stream::bank_full) : contract::Slot{};
      d.weight_base = k.weights + static_cast<std::uint32_t>((first - k.tile0) * static_cast<int>(tile_bytes()) + slice * passes_ * word_ * word_);
      const std::uint64_t weight_bytes = slices_ == 1 ? static_cast<std::uint64_t>(last - first) * tile_bytes() : static_cast<std::uint64_t>(passes_) * word_ * word_;
      e.stream.emit(d, {input, Range::sp(d.weight_base, weight_bytes)}, {}, e.layer);
    };
    for (int slice = 0; slice < slices_; ++slice) emit_command(n0, n1, slice);
    e.take_banks(words, static_cast<std::uint32_t>(n1 - n0));

    contract::Requant requant;
    const int pixel = out.row_bytes / s_.out_w;
    requant.out_base = out.row(y0) + static_cast<std::uint32_t>(x0 * pixel + n0 * word_ - out.lane0);
    requant.last_lanes = static_cast<std::uint32_t>(std::min(s_.in_c - (n1 - 1) * word_, word_));
    requant.param_base = k.parameters + static_cast<std::uint32_t>(n0 * word_) * contract::parameter_bytes;
    requant.keep_parameters = n1 - n0 == 1 && e.held_parameters == requant.param_base;
    requant.pix_step = static_cast<std::uint32_t>(pixel);
    requant.row_step = static_cast<std::uint32_t>(out.row_bytes);
    requant.n_step = static_cast<std::uint32_t>(word_);
    requant.acc_base = acc;
    requant.row_bytes = 0xffffff;
    requant.out_w = d.out_w;
    requant.out_h = d.out_h;
    requant.tiles = static_cast<std::uint32_t>(n1 - n0);
    requant.slots.tile_wait = contract::Slot::on(Stream::bank_full);
    requant.slots.tile_signal = contract::Slot::on(Stream::bank_free);
    e.held_parameters = k.parameters + static_cast<std::uint32_t>((n1 - 1) * word_) * contract::parameter_bytes;
    e.stream.emit(requant, {Range::sp(requant.param_base, static_cast<std::uint64_t>(n1 - n0) * word_ * contract::parameter_bytes)},
                  {Range::sp(out.row(y0), static_cast<std::uint64_t>(y1 - y0) * out.row_bytes)}, e.layer);
  }

  int word_;
  ConvShape s_;
  int in_zero_;
  int kernel_h_, kernel_w_, phases_y_, phases_x_, taps_y_, taps_x_, slices_, blocks_, rows_, tiles_, passes_;
  std::vector<std::uint8_t> weights_;
};

}  // namespace

LayerPtr make_depthwise(const Machine& machine, const ConvShape& shape, const ConvConstants& constants) {
  return std::make_unique<DepthwiseLayer>(machine, shape, constants);
}

}  // namespace twill::mapper
