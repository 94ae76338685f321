// SPDX-License-Identifier: Apache-2.0
// Convolution, grouped convolution and fully connected layers as CONV and REQUANT commands.
#include <algorithm>
#include <stdexcept>

#include "layer.hpp"

namespace twill::mapper {
namespace {

/// How a convolution is laid over the array.
struct Packing {
  int pack = 1;        ///< output pixels in x that share one operand word
  int taps = 1;        ///< runs of a kernel row (kernel_x of the command)
  int run = 0;         ///< bytes of a run
  int pieces = 1;      ///< words of a run
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
  p.cost = static_cast<std::int64_t>(s.kernel_h) * p.taps * p.pieces * ceil_div(pack * s.out_c, word) * std::max<std::int64_t>(pixels, word);
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
  ConvLayer(const Machine& machine, ConvShape shape, const ConvConstants& c, bool swapped) : word_(static_cast<int>(machine.word)), swapped_(swapped), in_zero_(c.in_zero) {
    shape_ = flattened(shape);
    // Packed pixels are neighbours in memory only where the image lies as it is.
    packing_ = swapped ? packing(machine, shape_, 1) : best_packing(machine, shape_);
    if (packing_.pack > 1 && shape_.in_w == 1 && shape_.out_w == 1 && shape_.kernel_h == 1) {
      shape_.in_w = shape_.out_w = packing_.pack;
      shape_.in_h = shape_.out_h = shape_.out_h / packing_.pack;
    }
    columns_ = packing_.pack * shape_.out_c;
    tiles_ = ceil_div(columns_, word_);
    passes_ = shape_.kernel_h * packing_.taps * packing_.pieces;
    if (shape_.groups > 1) plan_groups();
    build_weights(c);
    build_parameters(c);
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
    return {first, std::clamp((y1 - 1) * shape_.stride_h - shape_.pad_top + (shape_.kernel_h - 1) * shape_.dilation_h + 1, first, shape_.in_h)};
  }
  int max_tile_rows(const Machine& machine) const override {
    if (swapped_) return 1;
    const int columns = std::min(shape_.out_w / packing_.pack, static_cast<int>(machine.bank_words()));
    return std::max(1, static_cast<int>(machine.bank_words()) / columns);
  }
  int words_per_row() const override { return swapped_ ? shape_.out_h * shape_.out_w : shape_.out_w / packing_.pack; }
  int n_tiles() const override { return tiles_; }
  std::size_t tile_bytes() const override { return static_cast<std::size_t>(passes_) * word_ * word_; }
  const std::vector<std::uint8_t>& weights() const override { return weights_; }
  std::pair<int, int> lanes(int n0, int n1) const override { return {n0 * word_, std::min(columns_, n1 * word_) - n0 * word_}; }
  bool ordered() const override { return !swapped_; }

  void emit(Emitter& e, const Constants& k, int n0, int n1, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    if (swapped_) {  // tiles of the swapped image, within the one row the mapper sees
      const int rows = std::max(1, static_cast<int>(e.machine.bank_words()) / (shape_.out_w / packing_.pack));
      for (int y = 0; y < shape_.out_h; y += rows)
        emit_tile(e, k, n0, n1, y, std::min(shape_.out_h, y + rows), 0, shape_.out_w / packing_.pack, in[0], out);
      return;
    }
    const int columns = shape_.out_w / packing_.pack;
    const int step = std::min(columns, static_cast<int>(e.machine.bank_words()));
    const int parts = ceil_div(columns, step), width = ceil_div(columns, parts);
    // N tiles of a grouped convolution read different channels: a command each, requantized one by one.
    const int together = shape_.groups == 1 ? n1 - n0 : 1;
    for (int x = 0; x < columns; x += width)
      for (int n = n0; n < n1; n += together) emit_tile(e, k, n, n + together, y0, y1, x, std::min(columns, x + width), in[0], out);
  }

 private:
  struct Span {
    int first = 0, bytes = 0;  ///< input channels an N tile of a grouped convolution reads
  };

  void plan_groups() {
    const int out_per_group = shape_.out_c / shape_.groups, in_per_group = shape_.in_c / shape_.groups;
    int widest = 0;
    for (int n = 0; n < tiles_; ++n) {
      const int first = n * word_ / out_per_group;
      const int last = (std::min(shape_.out_c, (n + 1) * word_) - 1) / out_per_group;
      spans_.push_back({first * in_per_group, (last - first + 1) * in_per_group});
      widest = std::max(widest, spans_.back().bytes);
    }
    packing_.run = widest;
    packing_.pieces = ceil_div(widest, word_);
    passes_ = shape_.kernel_h * packing_.taps * packing_.pieces;
  }

  /// Weight of array row `lane` of run piece `piece`, tap `tap`, kernel row `ky`, column `column` (over all packed pixels).
  std::int8_t weight(const ConvConstants& c, int column, int ky, int tap, int piece, int lane) const {
    const ConvShape& s = shape_;
    const int at = piece * word_ + lane;
    if (column >= columns_) return 0;
    const int pixel = column / s.out_c, o = column % s.out_c;
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

  void build_parameters(const ConvConstants& c) {
    const std::size_t per_output = static_cast<std::size_t>(shape_.kernel_h) * shape_.kernel_w * (shape_.in_c / shape_.groups);
    for (int column = 0; column < tiles_ * word_; ++column) {
      if (column >= columns_) {
        append_record(parameters, 0, {0, 0}, 0, {0, 0});
        continue;
      }
      const int o = column % shape_.out_c;
      std::uint32_t sum = 0;  // modulo 2^32, like the accumulators
      for (std::size_t i = 0; i < per_output; ++i) sum += static_cast<std::uint32_t>(static_cast<std::int32_t>(c.weights[static_cast<std::size_t>(o) * per_output + i]));
      const std::uint32_t bias = (c.bias ? static_cast<std::uint32_t>(c.bias[o]) : 0u) - static_cast<std::uint32_t>(c.in_zero) * sum;
      append_record(parameters, static_cast<std::int32_t>(bias), (*c.requant)[static_cast<std::size_t>(o)], c.out_zero, c.clamp);
    }
  }

  /// Output rows [y0, y1) and packed columns [x0, x1).
  void emit_tile(Emitter& e, const Constants& k, int n0, int n1, int y0, int y1, int x0, int x1, const View& in, const View& out) const {
    const ConvShape& s = shape_;
    const int row_pitch = s.in_w * s.in_c;
    const int width = x1 - x0, words = (y1 - y0) * width;
    const int iy = y0 * s.stride_h - s.pad_top;
    const int x_bytes = (x0 * packing_.pack * s.stride_w - s.pad_left) * s.in_c;
    // Only the rows this tile can touch count as image: the row fields stay small however tall the image is.
    const int top = std::clamp(iy, in.row0, in.row0 + in.rows);
    const int bottom = std::min(in.row0 + in.rows, iy + (y1 - y0 - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1);

    contract::Conv conv;
    conv.zero_point = in_zero_;
    conv.kernel_y = static_cast<std::uint32_t>(s.kernel_h);
    conv.kernel_x = static_cast<std::uint32_t>(packing_.taps);
    conv.x_step = static_cast<std::uint32_t>(packing_.pack * s.stride_w * s.in_c);
    conv.kx_step = static_cast<std::uint32_t>(packing_.taps > 1 ? s.dilation_w * s.in_c : 0);
    conv.y_step = static_cast<std::uint32_t>(s.stride_h * row_pitch);
    conv.ky_step = static_cast<std::uint32_t>(s.dilation_h * row_pitch);
    conv.stride_y = static_cast<std::uint32_t>(s.stride_h);
    conv.dilation_y = static_cast<std::uint32_t>(s.dilation_h);
    conv.y_start = iy - top;
    conv.row_bytes = static_cast<std::uint32_t>(row_pitch);
    conv.in_rows = static_cast<std::uint32_t>(std::max(0, bottom - top));
    conv.out_w = static_cast<std::uint32_t>(width);
    conv.out_h = static_cast<std::uint32_t>(y1 - y0);
    conv.slots.tile_wait = contract::Slot::on(Stream::bank_free);
    conv.slots.tile_signal = contract::Slot::on(Stream::bank_full);

    const std::uint32_t acc = e.acc_base();
    const Range input = Range::sp(in.row(top), static_cast<std::uint64_t>(std::max(1, bottom - top)) * row_pitch);
    const int channel = s.groups > 1 ? spans_[static_cast<std::size_t>(n0)].first : 0;
    conv.in_base = (in.base + static_cast<std::uint32_t>((iy - in.row0) * row_pitch + x_bytes + channel)) & 0xffffffu;
    conv.x_start = x_bytes + channel;
    conv.run_bytes = static_cast<std::uint32_t>(packing_.run);
    conv.tiles = static_cast<std::uint32_t>(n1 - n0);
    conv.acc_base = acc;
    conv.weight_base = k.weights + static_cast<std::uint32_t>((n0 - k.tile0) * static_cast<int>(tile_bytes()));
    e.stream.emit(conv, {input, Range::sp(conv.weight_base, static_cast<std::uint64_t>(n1 - n0) * tile_bytes())}, {}, e.layer);
    e.take_banks(static_cast<std::uint32_t>(words), conv.tiles);

    contract::Requant requant;
    const int pixel_pitch = out.row_bytes / (s.out_w / packing_.pack);  // a slice of the channels when weights are streamed
    const std::uint32_t to = swapped_ ? out.base + static_cast<std::uint32_t>(y0 * s.out_c + x0 * s.out_h * s.out_c)
                                      : out.row(y0) + static_cast<std::uint32_t>(x0 * pixel_pitch);
    requant.out_base = to + static_cast<std::uint32_t>(n0 * word_ - out.lane0);
    requant.last_lanes = static_cast<std::uint32_t>(std::min(columns_ - (n1 - 1) * word_, word_));
    requant.param_base = k.parameters + static_cast<std::uint32_t>(n0 * word_) * contract::parameter_bytes;
    requant.keep_parameters = n1 - n0 == 1 && e.held_parameters == requant.param_base;
    requant.pix_step = static_cast<std::uint32_t>(swapped_ ? s.out_h * s.out_c : pixel_pitch);
    requant.row_step = static_cast<std::uint32_t>(swapped_ ? s.out_c : out.row_bytes);
    requant.n_step = machine_word();
    requant.acc_base = acc;
    requant.row_bytes = 0xffffff;
    requant.out_w = conv.out_w;
    requant.out_h = conv.out_h;
    requant.tiles = static_cast<std::uint32_t>(n1 - n0);
    requant.slots.tile_wait = contract::Slot::on(Stream::bank_full);
    requant.slots.tile_signal = contract::Slot::on(Stream::bank_free);
    e.held_parameters = k.parameters + static_cast<std::uint32_t>((n1 - 1) * word_) * contract::parameter_bytes;
    const Range written = swapped_ ? Range::sp(out.base, static_cast<std::uint64_t>(s.out_h) * s.out_w * s.out_c)
                                   : Range::sp(out.row(y0), static_cast<std::uint64_t>(y1 - y0) * out.row_bytes);
    e.stream.emit(requant, {Range::sp(requant.param_base, static_cast<std::uint64_t>(n1 - n0) * word_ * contract::parameter_bytes)}, {written}, e.layer);
  }

  std::uint32_t machine_word() const { return static_cast<std::uint32_t>(word_); }
  int word_;
  bool swapped_;
  int in_zero_;
  ConvShape shape_;
  Packing packing_;
  int columns_, tiles_, passes_;
  std::vector<Span> spans_;
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
  const std::int64_t weights = static_cast<std::int64_t>(turned.kernel_h) * p.taps * p.pieces * ceil_div(turned.out_c, machine.word) * word * word;
  const std::int64_t out = static_cast<std::int64_t>(turned.out_h) * turned.out_w * turned.out_c;
  if (load + weights + out + 16 * turned.out_c > machine.scratchpad / 2) return false;
  return p.cost + load < best_packing(machine, flattened(shape)).cost;
}

LayerPtr make_conv(const Machine& machine, const ConvShape& shape, const ConvConstants& constants, bool in_is_swapped) {
  if (!in_is_swapped) return std::make_unique<ConvLayer>(machine, shape, constants, false);
  // The weights turn with the image: O, W, H.
  const int kh = shape.kernel_h, kw = shape.kernel_w;
  std::vector<std::int8_t> turned(static_cast<std::size_t>(shape.out_c) * kh * kw);
  for (int o = 0; o < shape.out_c; ++o)
    for (int y = 0; y < kh; ++y)
      for (int x = 0; x < kw; ++x) turned[static_cast<std::size_t>((o * kw + x) * kh + y)] = constants.weights[(o * kh + y) * kw + x];
  ConvConstants c = constants;
  c.weights = turned.data();
  return std::make_unique<ConvLayer>(machine, swapped(shape), c, true);
}

void append_record(std::vector<std::uint8_t>& out, std::int32_t bias, Multiplier m, int zero, Clamp clamp) {
  const auto word = [&](std::uint32_t v) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
  };
  word(static_cast<std::uint32_t>(bias));
  word(static_cast<std::uint32_t>(m.multiplier));
  out.push_back(static_cast<std::uint8_t>(m.shift));
  out.push_back(static_cast<std::uint8_t>(zero));
  out.push_back(static_cast<std::uint8_t>(clamp.min));
  out.push_back(static_cast<std::uint8_t>(clamp.max));
  word(0);
}

}  // namespace twill::mapper
