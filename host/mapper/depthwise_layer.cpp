// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution as DEPTHWISE and REQUANT commands.
#include <algorithm>

#include "array_layer.hpp"

namespace twill::mapper {
namespace {

class DepthwiseLayer final : public Layer {
 public:
  DepthwiseLayer(const Machine& machine, const ConvShape& shape, const ConvConstants& c, const std::optional<Share>& the_share)
      : word_(static_cast<int>(machine.word)), s_(shape), in_zero_(c.in_zero) {
    share = the_share;
    first_ = share ? share->first : 0;
    channels_ = share ? share->channels : s_.in_c;
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
    tiles_ = ceil_div(channels_, word_);
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
  Slice lanes(int n0, int n1) const override { return {first_ + n0 * word_, std::min(channels_, n1 * word_) - n0 * word_}; }
  bool channelwise() const override { return true; }

  void emit(Emitter& e, const Constants& k, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    const int parts = ceil_div(s_.out_w, column_step(e.machine)), width = ceil_div(s_.out_w, parts);
    // Slices of a kernel add up in the accumulators, so each N tile must be complete before the next one starts.
    const int together = slices_ == 1 ? tile.n1 - tile.n0 : 1;
    for (int x = 0; x < s_.out_w; x += width)
      for (int n = tile.n0; n < tile.n1; n += together)
        emit_tile(e, k, {tile.y0, tile.y1, n, n + together, {}}, x, std::min(s_.out_w, x + width), in[0], out);
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
                for (int lane = 0; lane < word_; ++lane)
                  weights_.push_back(static_cast<std::uint8_t>(weight(c, n * word_ + lane, slice, py, px, block, position)));
              }
    parameters = requant_records(c, {s_.kernel_h * s_.kernel_w, 1, static_cast<std::size_t>(s_.in_c)}, first_, channels_, channels_, tiles_ * word_);
  }

  std::int8_t weight(const ConvConstants& c, int channel, int slice, int py, int px, int block, int position) const {
    if (channel >= channels_ || position < 0) return 0;
    const int j = position / taps_x_, i = position % taps_x_;
    const int ky = (block * rows_ + j) * s_.stride_h + py, kx = (slice * taps_x_ + i) * s_.stride_w + px;
    if (ky >= kernel_h_ || kx >= kernel_w_ || ky % s_.dilation_h != 0 || kx % s_.dilation_w != 0) return 0;
    return c.weights[(ky / s_.dilation_h * s_.kernel_w + kx / s_.dilation_w) * s_.in_c + first_ + channel];
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

  /// A tile in output columns [x0, x1).
  void emit_tile(Emitter& e, const Constants& k, const Tile& tile, int x0, int x1, const View& in, const View& out) const {
    const int pitch = s_.in_w * s_.in_c, width = x1 - x0, height = tile.y1 - tile.y0;
    const int iy = tile.y0 * s_.stride_h - s_.pad_top;
    // Only the rows and columns this tile can touch count as image: the fields stay small however large the image is.
    const int top = std::clamp(iy, in.row0, in.row0 + in.rows);
    const int bottom = std::min(in.row0 + in.rows, iy + (height - 1) * s_.stride_h + kernel_h_);
    const Range input = Range::sp(in.row(top), static_cast<std::uint64_t>(std::max(1, bottom - top)) * static_cast<std::uint64_t>(pitch));
    const auto u = [](std::int64_t value) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, UINT32_MAX)); };

    contract::Depthwise d;
    d.zero_point = in_zero_;
    d.blocks = u(blocks_);
    d.rows = u(rows_);
    d.kernel_w = u(taps_x_);
    d.x_step = u(std::int64_t{s_.stride_w} * s_.in_c);
    d.phase_x_step = u(s_.in_c);
    d.y_step = u(std::int64_t{s_.stride_h} * pitch);
    d.phase_y_step = u(pitch);
    d.block_step = u(std::int64_t{rows_} * s_.stride_h * pitch);
    d.stride_x = u(s_.stride_w);
    d.stride_y = u(s_.stride_h);
    d.phases_x = u(phases_x_);
    d.phases_y = u(phases_y_);
    d.in_rows = u(bottom - top);
    d.y_start = iy - top;
    d.out_w = u(width);
    d.out_h = u(height);
    d.channels = u(channels_ - tile.n0 * word_);
    d.tiles = u(tile.n1 - tile.n0);
    d.acc_base = e.acc_base();
    for (int slice = 0; slice < slices_; ++slice) {
      const int x_start = x0 * s_.stride_w - s_.pad_left + slice * taps_x_ * s_.stride_w;
      d.stream_w = u(stream_width(width, x_start));
      const int left = std::clamp(x_start, 0, s_.in_w);
      d.x_start = x_start - left;
      d.in_cols = u(std::min(s_.in_w, x_start + static_cast<int>(d.stream_w) * s_.stride_w + phases_x_) - left);
      d.in_base =
          static_cast<std::uint32_t>(in.base + (std::int64_t{iy} - in.row0) * pitch + std::int64_t{x_start} * s_.in_c + first_ + tile.n0 * word_) &
          0xffffffu;
      d.accumulate = slice > 0;
      d.slots.tile_wait = slice == 0 ? contract::Slot::on(Stream::bank_free) : contract::Slot{};
      d.slots.tile_signal = slice == slices_ - 1 ? contract::Slot::on(Stream::bank_full) : contract::Slot{};
      const std::uint32_t slice_bytes = u(passes_ * word_ * word_);
      d.weight_base = k.weights + u(tile.n0 - k.tile0) * u(static_cast<std::int64_t>(tile_bytes())) + u(slice) * slice_bytes;
      e.stream.emit(d, {input, Range::sp(d.weight_base, std::uint64_t{d.tiles} * slice_bytes)}, {}, e.layer);
    }
    e.take_banks(e.banks_of(d.out_w * d.out_h, d.tiles));

    const std::uint32_t pixel = u(out.row_bytes / s_.out_w), row = u(out.row_bytes);
    emit_requant(
        e, k,
        {d.acc_base, tile.n0, tile.n1, channels_, d.out_w, d.out_h, out.row(tile.y0) + u(x0) * pixel + u(first_ + tile.n0 * word_ - out.lane0),
         pixel, row, Range::sp(out.row(tile.y0), std::uint64_t{d.out_h} * row)});
  }

  int word_;
  ConvShape s_;
  int in_zero_;
  int first_, channels_;  ///< this chip makes
  int kernel_h_, kernel_w_, phases_y_, phases_x_, taps_y_, taps_x_, slices_, blocks_, rows_, tiles_, passes_;
  std::vector<std::uint8_t> weights_;
};

}  // namespace

std::int64_t depthwise_cycles(const Machine& machine, const ConvShape& s, const std::optional<Share>& share) {
  const int word = static_cast<int>(machine.word), channels = share ? share->largest : s.in_c;
  const int rows = std::min<int>(contract::depthwise_rows, std::max(1, word / s.kernel_w));
  // Stride s is s * s passes over an image of the size of the output.
  return std::int64_t{std::min(s.stride_h, s.kernel_h)} * std::min(s.stride_w, s.kernel_w) * ceil_div(ceil_div(s.kernel_h, s.stride_h), rows) *
         ceil_div(channels, word) * (s.out_h + 1) * (s.out_w + 2);
}

LayerPtr make_depthwise(const Machine& machine, const ConvShape& shape, const ConvConstants& constants, const std::optional<Share>& share) {
  return std::make_unique<DepthwiseLayer>(machine, shape, constants, share);
}

}  // namespace twill::mapper
