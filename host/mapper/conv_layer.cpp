// SPDX-License-Identifier: Apache-2.0
// Convolution, grouped convolution and fully connected layers as CONV and REQUANT commands.
#include <algorithm>

#include "array_layer.hpp"

namespace twill::mapper {
namespace {

/// How a convolution is laid over the array.
struct Packing {
  int pack = 1;           ///< output pixels in x that share one operand word
  int taps = 1;           ///< runs of a kernel row (kernel_x of the command)
  int run = 0;            ///< bytes of a run
  int pieces = 1;         ///< words of a run
  std::int64_t cost = 0;  ///< array words for the whole layer
};

bool flattens(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 && s.pad_top == 0 && s.pad_left == 0 && s.groups == 1 &&
         s.out_h == s.in_h && s.out_w == s.in_w;
}

/// A 1x1 convolution does not see the image: rows of one pixel, so that tiles may end anywhere.
ConvShape flattened(ConvShape s) {
  if (!flattens(s)) return s;
  s.in_h = s.out_h = s.in_h * s.in_w;
  s.in_w = s.out_w = 1;
  return s;
}

Packing packing(const Machine& machine, const ConvShape& s, int pack) {
  const int word = static_cast<int>(machine.word);
  Packing p;
  p.pack = pack;
  if (s.groups > 1) {
    p.taps = s.kernel_w;
    p.run = 0;  // per N tile, see group_span
    return p;
  }
  if (s.dilation_w > 1) {
    p.taps = s.kernel_w;
    p.run = s.in_c;
  } else {
    p.run = (s.kernel_w + (pack - 1) * s.stride_w) * s.in_c;
  }
  p.pieces = ceil_div(p.run, word);
  const std::int64_t pixels = static_cast<std::int64_t>(s.out_h) * s.out_w / pack;
  p.cost =
      static_cast<std::int64_t>(s.kernel_h) * p.taps * p.pieces * ceil_div(pack * s.out_c, word) * std::max<std::int64_t>(pixels, word);
  return p;
}

/// The cheapest number of pixels to pack: it must divide the output row (of a flattened image: the image).
Packing best_packing(const Machine& machine, const ConvShape& s) {
  Packing best = packing(machine, s, 1);
  if (s.groups > 1 || s.dilation_w > 1) return best;
  const bool flat = s.in_w == 1 && s.out_w == 1 && s.kernel_w == 1;
  const int along = flat && s.kernel_h == 1 ? s.out_h : s.out_w;
  for (int pack = 2; pack <= static_cast<int>(machine.word) && pack <= along; ++pack) {
    if (along % pack != 0) continue;
    Packing p;
    if (flat && s.kernel_h == 1) {
      ConvShape wide = s;  // pack rows of one pixel into one wider pixel
      wide.in_w = wide.out_w = pack;
      wide.out_h = wide.in_h = s.out_h / pack;
      p = packing(machine, wide, pack);
    } else {
      p = packing(machine, s, pack);
    }
    if (p.run > 4 * static_cast<int>(machine.word) && p.pieces > best.pieces) break;
    if (p.cost < best.cost) best = p;
  }
  return best;
}

class ConvLayer final : public Layer {
 public:
  ConvLayer(const Machine& machine, ConvShape shape, const ConvConstants& c, bool swapped, const std::optional<Share>& the_share)
      : word_(static_cast<int>(machine.word)), swapped_(swapped), in_zero_(c.in_zero) {
    share = the_share;
    first_ = share ? share->first : 0;
    channels_ = share ? share->channels : shape.out_c;
    shape_ = flattened(shape);
    // Packed pixels are neighbours in memory only where the image lies as it is, in its whole depth.
    packing_ = swapped || share ? packing(machine, shape_, 1) : best_packing(machine, shape_);
    if (packing_.pack > 1 && shape_.in_w == 1 && shape_.out_w == 1 && shape_.kernel_h == 1) {
      shape_.in_w = shape_.out_w = packing_.pack;
      shape_.in_h = shape_.out_h = shape_.out_h / packing_.pack;
    }
    columns_ = packing_.pack * channels_;
    tiles_ = ceil_div(columns_, word_);
    passes_ = shape_.kernel_h * packing_.taps * packing_.pieces;
    if (shape_.groups > 1) plan_groups();
    build_weights(c);
    const int per_output = shape_.kernel_h * shape_.kernel_w * (shape_.in_c / shape_.groups);
    parameters = requant_records(c, {per_output, static_cast<std::size_t>(per_output), 1}, first_, channels_, columns_, tiles_ * word_);
    // Seen from the mapper a swapped image still has the rows of the swapped image; its output rows are columns of the real
    // one, so the output counts as one row.
    Operand in;
    in.rows = shape_.in_h;
    in.row_bytes = shape_.in_w * shape_.in_c;
    inputs = {in};
    output.rows = swapped ? 1 : shape_.out_h;
    output.row_bytes = swapped ? shape_.out_h * shape_.out_w * shape_.out_c : shape_.out_w * shape_.out_c;
  }

  std::pair<int, int> needs(unsigned, int y0, int y1) const override {
    if (swapped_) return {0, shape_.in_h};
    const int first = std::clamp(y0 * shape_.stride_h - shape_.pad_top, 0, shape_.in_h);  // a tile may lie wholly in padding
    return {first,
            std::clamp((y1 - 1) * shape_.stride_h - shape_.pad_top + (shape_.kernel_h - 1) * shape_.dilation_h + 1, first, shape_.in_h)};
  }
  int max_tile_rows(const Machine& machine) const override {
    if (swapped_) return 1;
    const int columns = std::min(shape_.out_w / packing_.pack, static_cast<int>(machine.bank_words()));
    const int by_image = (most_image_rows - (shape_.kernel_h - 1) * shape_.dilation_h - 1) / shape_.stride_h + 1;
    return std::max(1, std::min(static_cast<int>(machine.bank_words()) / columns, by_image));
  }
  int words_per_row() const override { return swapped_ ? shape_.out_h * shape_.out_w : shape_.out_w / packing_.pack; }
  int n_tiles() const override { return tiles_; }
  std::size_t tile_bytes() const override { return static_cast<std::size_t>(passes_) * word_ * word_; }
  const std::vector<std::uint8_t>& weights() const override { return weights_; }
  Slice lanes(int n0, int n1) const override { return {first_ + n0 * word_, std::min(columns_, n1 * word_) - n0 * word_}; }
  bool ordered() const override { return !swapped_; }

  /// Whole kernel rows, or whole taps of one, or pieces of a tap: what the counts of one command can walk.
  std::vector<Part> parts(int most) const override {
    if (swapped_) return {{0, passes_}};
    most = std::min(most, passes_);
    const int pieces = packing_.pieces, row = packing_.taps * pieces;
    const int unit = most >= row ? row : most >= pieces ? pieces : 1;          // a part is so many of these
    const int within = most >= row ? passes_ : most >= pieces ? row : pieces;  // and does not go beyond one of those
    const int step = ceil_div(within, ceil_div(within, most / unit * unit) * unit) * unit;
    std::vector<Part> parts;
    for (int begin = 0; begin < passes_; begin += within)
      for (int at = begin; at < begin + within; at += step) parts.push_back({at, std::min(at + step, begin + within)});
    return parts;
  }
  /// Where a run is a whole input row, a part reads only its own bytes of it.
  Slice columns(unsigned, const Tile& tile) const override {
    const int row = inputs[0].row_bytes;
    if (!row_is_run()) return {0, row};
    const int first = tile.part.first * word_;
    return {first, std::min(row, tile.part.last * word_) - first};
  }

  void emit(Emitter& e, const Constants& k, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    const int columns = shape_.out_w / packing_.pack;
    if (swapped_) {  // tiles of the swapped image, within the one row the mapper sees
      const int rows = std::max(1, static_cast<int>(e.machine.bank_words()) / columns);
      for (int y = 0; y < shape_.out_h; y += rows) {
        const Tile piece{y, std::min(shape_.out_h, y + rows), tile.n0, tile.n1, tile.part};
        e.take_banks(emit_tile(e, k, piece, 0, columns, 0, in[0], out));
      }
      return;
    }
    const int step = std::min(columns, static_cast<int>(e.machine.bank_words()));
    const int width = ceil_div(columns, ceil_div(columns, step));
    // N tiles of a grouped convolution read different channels: a command each, requantized one by one.
    const int together = shape_.groups == 1 ? tile.n1 - tile.n0 : 1;
    std::uint32_t banks = 0;  // sums of a part stay where they are until the last one
    for (int x = 0; x < columns; x += width)
      for (int n = tile.n0; n < tile.n1; n += together) {
        const Tile piece{tile.y0, tile.y1, n, n + together, tile.part};
        const std::uint32_t used = emit_tile(e, k, piece, x, std::min(columns, x + width), banks, in[0], out);
        if (whole(tile.part))
          e.take_banks(used);
        else
          banks += used;
      }
    if (!whole(tile.part) && tile.part.last == passes_) e.take_banks(banks);
  }

 private:
  static constexpr int most_image_rows = 4095;  // of a tile: the field has 12 bits

  bool whole(Part part) const { return part.first == 0 && part.last == passes_; }
  bool row_is_run() const {
    return shape_.kernel_h == 1 && packing_.taps == 1 && shape_.groups == 1 && packing_.run == shape_.in_w * shape_.in_c &&
           shape_.pad_top == 0 && shape_.pad_left == 0 && shape_.stride_h == 1;
  }

  /// What output channels [first, end) of a grouped convolution read.
  Slice span(int first, int end) const {
    const int out_per_group = shape_.out_c / shape_.groups, in_per_group = shape_.in_c / shape_.groups;
    const int group = first / out_per_group, last = (end - 1) / out_per_group;
    return {group * in_per_group, (last - group + 1) * in_per_group};
  }

  void plan_groups() {
    for (int n = 0; n < tiles_; ++n) spans_.push_back(span(first_ + n * word_, first_ + std::min(channels_, (n + 1) * word_)));
    // The widest of all chips: they share one plan.
    const std::vector<int> starts = share ? share->starts : std::vector<int>{0, shape_.out_c};
    int widest = 0;
    for (std::size_t part = 0; part + 1 < starts.size(); ++part)
      for (int at = starts[part], end = starts[part + 1]; at < end; at += word_) widest = std::max(widest, span(at, std::min(end, at + word_)).bytes);
    packing_.run = widest;
    packing_.pieces = ceil_div(widest, word_);
    passes_ = shape_.kernel_h * packing_.taps * packing_.pieces;
  }

  /// Weight of array row `lane` of run piece `piece`, tap `tap`, kernel row `ky`, column `column` (over all packed pixels).
  std::int8_t weight(const ConvConstants& c, int column, int ky, int tap, int piece, int lane) const {
    const ConvShape& s = shape_;
    const int at = piece * word_ + lane;
    if (column >= columns_) return 0;
    const int pixel = column / channels_, o = first_ + column % channels_;
    int kx, ci;
    if (s.groups > 1) {
      const int in_per_group = s.in_c / s.groups, out_per_group = s.out_c / s.groups;
      const int channel = spans_[static_cast<std::size_t>(column / word_)].first + at - o / out_per_group * in_per_group;
      if (channel < 0 || channel >= in_per_group) return 0;
      return c.weights[((static_cast<std::size_t>(o) * s.kernel_h + ky) * s.kernel_w + tap) * in_per_group + channel];
    }
    if (packing_.taps > 1) {
      kx = tap;
      ci = at;
      if (ci >= s.in_c) return 0;
    } else {
      const int position = at - pixel * s.stride_w * s.in_c;
      if (position < 0 || position >= s.kernel_w * s.in_c) return 0;
      kx = position / s.in_c;
      ci = position % s.in_c;
    }
    return c.weights[((static_cast<std::size_t>(o) * s.kernel_h + ky) * s.kernel_w + kx) * s.in_c + ci];
  }

  void build_weights(const ConvConstants& c) {
    weights_.reserve(static_cast<std::size_t>(tiles_) * tile_bytes());
    for (int n = 0; n < tiles_; ++n)
      for (int ky = 0; ky < shape_.kernel_h; ++ky)
        for (int tap = 0; tap < packing_.taps; ++tap)
          for (int piece = 0; piece < packing_.pieces; ++piece)
            for (int lane = 0; lane < word_; ++lane)
              for (int column = 0; column < word_; ++column)
                weights_.push_back(static_cast<std::uint8_t>(weight(c, n * word_ + column, ky, tap, piece, lane)));
  }

  /// A tile in packed columns [x0, x1), its sums `banks` banks from the next free one; how many banks they take.
  std::uint32_t emit_tile(Emitter& e, const Constants& k, const Tile& tile, int x0, int x1, std::uint32_t banks, const View& in,
                          const View& out) const {
    const ConvShape& s = shape_;
    const int pitch = in.row_bytes, width = x1 - x0, height = tile.y1 - tile.y0, tiles = tile.n1 - tile.n0;
    const int iy = tile.y0 * s.stride_h - s.pad_top;
    // Where in the kernel the part starts, and how much of it it walks.
    const int row_passes = packing_.taps * packing_.pieces, passes = tile.part.last - tile.part.first;
    const int ky = tile.part.first / row_passes, tap = tile.part.first % row_passes / packing_.pieces,
              piece = tile.part.first % packing_.pieces;
    const int pieces = std::min(passes, packing_.pieces), taps = std::min(passes / pieces, packing_.taps);
    const int tap_bytes = packing_.taps > 1 ? s.dilation_w * s.in_c : 0;
    const int first_row = iy + ky * s.dilation_h;
    const int x_bytes = (x0 * packing_.pack * s.stride_w - s.pad_left) * s.in_c + tap * tap_bytes + piece * word_ +
                        (s.groups > 1 ? spans_[static_cast<std::size_t>(tile.n0)].first : 0) - in.lane0;
    const int kernel_rows = passes / (pieces * taps);
    // Only the rows this tile can touch count as image: the row fields stay small however tall the image is.
    const int top = std::clamp(first_row, in.row0, in.row0 + in.rows);
    const int bottom = std::min(in.row0 + in.rows, first_row + (height - 1) * s.stride_h + (kernel_rows - 1) * s.dilation_h + 1);
    const bool last = tile.part.last == passes_;

    contract::Conv conv;
    conv.zero_point = in_zero_;
    conv.kernel_y = static_cast<std::uint32_t>(kernel_rows);
    conv.kernel_x = static_cast<std::uint32_t>(taps);
    conv.x_step = step(width, packing_.pack * s.stride_w * s.in_c);
    conv.kx_step = step(taps, tap_bytes);
    conv.y_step = step(height, std::int64_t{s.stride_h} * pitch);
    conv.ky_step = step(kernel_rows, std::int64_t{s.dilation_h} * pitch);
    conv.stride_y = step(height, s.stride_h);
    conv.dilation_y = step(kernel_rows, s.dilation_h);
    conv.y_start = first_row - top;
    conv.row_bytes = static_cast<std::uint32_t>(pitch);
    conv.in_rows = static_cast<std::uint32_t>(std::max(0, bottom - top));
    conv.out_w = static_cast<std::uint32_t>(width);
    conv.out_h = static_cast<std::uint32_t>(height);
    if (tile.part.first == 0) conv.slots.tile_wait = contract::Slot::on(Stream::bank_free);
    if (last) conv.slots.tile_signal = contract::Slot::on(Stream::bank_full);
    conv.accumulate = tile.part.first > 0;
    conv.in_base = static_cast<std::uint32_t>(in.base + (std::int64_t{first_row} - in.row0) * pitch + x_bytes) & 0xffffffu;
    conv.x_start = x_bytes;
    conv.run_bytes = static_cast<std::uint32_t>(std::min(packing_.run - piece * word_, pieces * word_));
    conv.tiles = static_cast<std::uint32_t>(tiles);
    conv.acc_base = e.acc_base(banks);
    const std::uint32_t weight_bytes = static_cast<std::uint32_t>(passes * word_ * word_);
    conv.weight_base = k.weights + static_cast<std::uint32_t>(tile.n0 - k.tile0) * weight_bytes;
    const Range input = Range::sp(in.row(top), static_cast<std::uint64_t>(std::max(1, bottom - top)) * static_cast<std::uint64_t>(pitch));
    e.stream.emit(conv, {input, Range::sp(conv.weight_base, static_cast<std::uint64_t>(tiles) * weight_bytes)}, {}, e.layer);
    if (last) emit_results(e, k, tile, x0, conv, out);
    return e.banks_of(conv.out_w * conv.out_h, conv.tiles);
  }

  void emit_results(Emitter& e, const Constants& k, const Tile& tile, int x0, const contract::Conv& conv, const View& out) const {
    const ConvShape& s = shape_;
    const auto u = [](int value) { return static_cast<std::uint32_t>(value); };
    Results r{conv.acc_base, tile.n0, tile.n1, columns_, conv.out_w, conv.out_h, 0, 0, 0, {}};
    const std::uint32_t lane = u(lanes(tile.n0, tile.n1).first - out.lane0);
    if (swapped_) {
      const int pixel = out.row_bytes / (s.out_h * s.out_w);  // an output buffer holds a slice of the channels
      r.to = out.base + lane + u((tile.y0 + x0 * s.out_h) * pixel);
      r.pixel_step = u(s.out_h * pixel);
      r.row_step = u(pixel);
      r.written = Range::sp(out.base, static_cast<std::uint64_t>(out.row_bytes));
    } else {
      r.pixel_step = u(out.row_bytes / (s.out_w / packing_.pack));
      r.row_step = u(out.row_bytes);
      r.to = out.row(tile.y0) + lane + u(x0) * r.pixel_step;
      r.written = Range::sp(out.row(tile.y0), static_cast<std::uint64_t>(tile.y1 - tile.y0) * r.row_step);
    }
    emit_requant(e, k, r);
  }

  /// A stride that is never taken may be longer than its field.
  static std::uint32_t step(int count, std::int64_t bytes) {
    return count > 1 ? static_cast<std::uint32_t>(std::min<std::int64_t>(bytes, UINT32_MAX)) : 0;
  }

  int word_;
  bool swapped_;
  int in_zero_;
  int first_, channels_;  ///< output channels this chip makes
  ConvShape shape_;
  Packing packing_;
  int columns_, tiles_, passes_;
  std::vector<Slice> spans_;  ///< input channels an N tile of a grouped convolution reads
  std::vector<std::uint8_t> weights_;
};

ConvShape swapped(ConvShape s) {
  std::swap(s.in_h, s.in_w);
  std::swap(s.out_h, s.out_w);
  std::swap(s.kernel_h, s.kernel_w);
  std::swap(s.stride_h, s.stride_w);
  std::swap(s.dilation_h, s.dilation_w);
  std::swap(s.pad_top, s.pad_left);
  return s;
}

}  // namespace

bool swap_pays(const Machine& machine, const ConvShape& shape) {
  if (shape.in_c != 1 || shape.groups != 1) return false;
  const ConvShape turned = swapped(shape);
  const Packing p = packing(machine, turned, 1);
  // The layer runs in one piece: a row of it fits a bank, and all of it with its weights the scratchpad.
  if (turned.out_w > static_cast<int>(machine.bank_words()) || turned.in_w > 2047) return false;
  const std::int64_t word = machine.word, load = static_cast<std::int64_t>(shape.in_h) * shape.in_w;  // a byte a cycle
  const std::int64_t weights =
      static_cast<std::int64_t>(turned.kernel_h) * p.taps * p.pieces * ceil_div(turned.out_c, machine.word) * word * word;
  const std::int64_t out = static_cast<std::int64_t>(turned.out_h) * turned.out_w * turned.out_c;
  if (load + weights + out + 16 * turned.out_c > machine.scratchpad / 2) return false;
  return p.cost + load < best_packing(machine, flattened(shape)).cost;
}

std::int64_t conv_cycles(const Machine& machine, const ConvShape& shape, bool in_is_swapped, const std::optional<Share>& share) {
  if (shape.groups > 1) {
    const int word = static_cast<int>(machine.word), in_per_group = shape.in_c / shape.groups, out_per_group = shape.out_c / shape.groups;
    const int channels = share ? share->largest : shape.out_c, span = ceil_div(std::min(word, channels), out_per_group) * in_per_group;
    return std::int64_t{shape.kernel_h} * shape.kernel_w * ceil_div(span, word) * ceil_div(channels, word) * shape.out_h * shape.out_w;
  }
  ConvShape s = in_is_swapped ? swapped(shape) : flattened(shape);
  if (!share) return in_is_swapped ? packing(machine, s, 1).cost : best_packing(machine, s).cost;
  s.out_c = share->largest;
  return packing(machine, s, 1).cost;
}

LayerPtr make_conv(const Machine& machine, const ConvShape& shape, const ConvConstants& constants, bool in_is_swapped,
                   const std::optional<Share>& share) {
  if (!in_is_swapped) return std::make_unique<ConvLayer>(machine, shape, constants, false, share);
  // The weights turn with the image: O, W, H.
  const int kh = shape.kernel_h, kw = shape.kernel_w;
  std::vector<std::int8_t> turned(static_cast<std::size_t>(shape.out_c) * kh * kw);
  for (int o = 0; o < shape.out_c; ++o)
    for (int y = 0; y < kh; ++y)
      for (int x = 0; x < kw; ++x) turned[static_cast<std::size_t>((o * kw + x) * kh + y)] = constants.weights[(o * kh + y) * kw + x];
  ConvConstants c = constants;
  c.weights = turned.data();
  return std::make_unique<ConvLayer>(machine, swapped(shape), c, true, share);
}

}  // namespace twill::mapper
