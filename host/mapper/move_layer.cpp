// SPDX-License-Identifier: Apache-2.0
// Layers that only move bytes: PAD, CONCATENATION, SPLIT, RESIZE_NEAREST_NEIGHBOR, TRANSPOSE, a RESHAPE run by itself.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "layer.hpp"

namespace twill::mapper {
namespace {

/// What one MOVE does, but for the lengths of its fields: up to five nested levels, the innermost contiguous. Offsets are from
/// the operands' row 0.
struct Copy {
  unsigned input = 0;  ///< the operand it reads; ~0u: none, it fills
  std::uint8_t value = 0;
  std::int64_t from = 0, to = 0;
  int run = 1;
  std::array<int, 4> count{1, 1, 1, 1};
  std::array<std::int64_t, 4> from_stride{}, to_stride{};
};
using Copies = std::vector<Copy>;

class MoveLayer final : public Layer {
 public:
  /// What makes output rows [y0, y1), and which input rows it reads.
  std::function<Copies(int y0, int y1)> copies;
  std::function<std::pair<int, int>(int y0, int y1)> reads = [](int y0, int y1) { return std::make_pair(y0, y1); };
  bool whole = false;  ///< cannot be cut into row tiles

  MoveLayer(std::vector<Operand> in, Operand out) {
    inputs = std::move(in);
    output = out;
  }

  std::pair<int, int> needs(unsigned, int y0, int y1) const override { return reads(y0, y1); }
  int max_tile_rows(const Machine&) const override { return whole ? 0 : INT_MAX; }

  void emit(Emitter& e, const Constants&, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    for (const Copy& copy : copies(tile.y0, tile.y1)) emit_pieces(e, copy, in, out);
  }

 private:
  static std::int64_t row_zero(const View& view) {
    return static_cast<std::int64_t>(view.base) - static_cast<std::int64_t>(view.row0) * view.row_bytes;
  }

  /// Runs and counts beyond a field become several commands.
  static void emit_pieces(Emitter& e, const Copy& copy, const std::vector<View>& in, const View& out) {
    if (copy.run > longest_run) {
      for (int at = 0; at < copy.run; at += longest_run) {
        Copy piece = copy;
        piece.from += at;
        piece.to += at;
        piece.run = std::min(longest_run, copy.run - at);
        emit_pieces(e, piece, in, out);
      }
      return;
    }
    const auto level = static_cast<std::size_t>(std::max_element(copy.count.begin(), copy.count.end()) - copy.count.begin());
    for (int at = 0; copy.count[level] > largest_count && at < copy.count[level]; at += largest_count) {
      Copy piece = copy;
      piece.from += at * copy.from_stride[level];
      piece.to += at * copy.to_stride[level];
      piece.count[level] = std::min(largest_count, copy.count[level] - at);
      emit_pieces(e, piece, in, out);
    }
    if (copy.count[level] <= largest_count) emit_copy(e, copy, in, out);
  }

  static void emit_copy(Emitter& e, const Copy& copy, const std::vector<View>& in, const View& out) {
    const bool fill = copy.input == ~0u;
    const std::int64_t from = fill ? 0 : row_zero(in[copy.input]) + copy.from, to = row_zero(out) + copy.to;
    contract::Move c;
    c.fill = fill;
    c.value = copy.value;
    c.in_base = static_cast<std::uint32_t>(from);
    c.out_base = static_cast<std::uint32_t>(to);
    c.run = static_cast<std::uint32_t>(copy.run);
    std::uint32_t* const counts[] = {&c.count0, &c.count1, &c.count2, &c.count3};
    std::int32_t* const in_strides[] = {&c.in_stride0, &c.in_stride1, &c.in_stride2, &c.in_stride3};
    std::int32_t* const out_strides[] = {&c.out_stride0, &c.out_stride1, &c.out_stride2, &c.out_stride3};
    std::int64_t read_end = from + copy.run, write_end = to + copy.run;
    for (unsigned level = 0; level < 4; ++level) {
      *counts[level] = static_cast<std::uint32_t>(copy.count[level]);
      if (copy.count[level] == 1) continue;
      if (!fill) *in_strides[level] = static_cast<std::int32_t>(copy.from_stride[level]);
      *out_strides[level] = static_cast<std::int32_t>(copy.to_stride[level]);
      read_end += (copy.count[level] - 1) * copy.from_stride[level];
      write_end += (copy.count[level] - 1) * copy.to_stride[level];
    }
    std::vector<Range> read;
    if (!fill) read.push_back(Range::sp(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(read_end - from)));
    e.stream.emit(c, read, {Range::sp(static_cast<std::uint64_t>(to), static_cast<std::uint64_t>(write_end - to))}, e.layer);
  }
};

Operand rows_of(ImageShape image) { return Operand{-1, image.h, image.w * image.c}; }

/// R/resize_nearest_neighbor.h:28-47, in float32 as there.
std::vector<int> nearest(int in, int out, const ResizeNearest& how) {
  const float scale = how.align_corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                                   : static_cast<float>(in) / static_cast<float>(out);
  const float offset = how.half_pixel_centers ? 0.5f : 0.0f;
  std::vector<int> map;
  for (int i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + offset) * scale;
    const int v = std::min(static_cast<int>(how.align_corners ? std::round(at) : std::floor(at)), in - 1);
    map.push_back(how.half_pixel_centers ? std::max(0, v) : v);
  }
  return map;
}

}  // namespace

LayerPtr make_copy(std::size_t bytes) {
  const Operand rows = plain_rows(bytes);
  auto layer = std::make_unique<MoveLayer>(std::vector<Operand>{rows}, rows);
  layer->copies = [row = rows.row_bytes](int y0, int y1) {
    Copy c;
    c.from = c.to = static_cast<std::int64_t>(y0) * row;
    c.run = (y1 - y0) * row;
    return Copies{c};
  };
  return layer;
}

LayerPtr make_pad(ImageShape in, ImageShape out, int top, int left, int front, std::uint8_t value) {
  auto layer = std::make_unique<MoveLayer>(std::vector<Operand>{rows_of(in)}, rows_of(out));
  layer->reads = [=](int y0, int y1) { return std::make_pair(std::clamp(y0 - top, 0, in.h - 1), std::clamp(y1 - top, 1, in.h)); };
  const int in_row = in.w * in.c, out_row = out.w * out.c;
  layer->copies = [=](int y0, int y1) {
    Copy fill;
    fill.input = ~0u;
    fill.value = value;
    fill.to = static_cast<std::int64_t>(y0) * out_row;
    fill.run = out_row;
    fill.count[0] = y1 - y0;
    fill.to_stride[0] = out_row;
    Copies copies{fill};
    const int first = std::max(y0, top), last = std::min(y1, top + in.h);
    if (first < last) {
      const bool dense = in.c == out.c;
      Copy body;
      body.from = static_cast<std::int64_t>(first - top) * in_row;
      body.to = static_cast<std::int64_t>(first) * out_row + left * out.c + front;
      body.run = dense ? in_row : in.c;
      body.count = {dense ? 1 : in.w, last - first, 1, 1};
      body.from_stride = {in.c, in_row, 0, 0};
      body.to_stride = {out.c, out_row, 0, 0};
      copies.push_back(body);
    }
    return copies;
  };
  return layer;
}

LayerPtr make_concatenation(const std::vector<Operand>& parts, const Operand& all) {
  auto layer = std::make_unique<MoveLayer>(parts, all);
  layer->copies = [parts, all](int y0, int y1) {
    Copies copies;
    int offset = 0;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      Copy c;
      c.input = static_cast<unsigned>(k);
      c.from = static_cast<std::int64_t>(y0) * parts[k].row_bytes;
      c.to = static_cast<std::int64_t>(y0) * all.row_bytes + offset;
      c.run = parts[k].row_bytes;
      c.count[0] = y1 - y0;
      c.from_stride[0] = parts[k].row_bytes;
      c.to_stride[0] = all.row_bytes;
      copies.push_back(c);
      offset += parts[k].row_bytes;
    }
    return copies;
  };
  return layer;
}

LayerPtr make_slice(const Operand& all, const Operand& part, int offset) {
  auto layer = std::make_unique<MoveLayer>(std::vector<Operand>{all}, part);
  layer->copies = [=](int y0, int y1) {
    Copy c;
    c.from = static_cast<std::int64_t>(y0) * all.row_bytes + offset;
    c.to = static_cast<std::int64_t>(y0) * part.row_bytes;
    c.run = part.row_bytes;
    c.count[0] = y1 - y0;
    c.from_stride[0] = all.row_bytes;
    c.to_stride[0] = part.row_bytes;
    return Copies{c};
  };
  return layer;
}

LayerPtr make_transpose(const std::vector<int>& shape, const std::vector<int>& permutation) {
  std::vector<std::int64_t> stride(shape.size(), 1);
  for (std::size_t i = shape.size() - 1; i-- > 0;) stride[i] = stride[i + 1] * shape[i + 1];
  const std::int64_t bytes = stride[0] * shape[0];
  // Output axes with their input strides, axes of length one dropped, axes that stay neighbours merged.
  std::vector<std::pair<int, std::int64_t>> axes;
  for (int p : permutation) {
    const int d = shape[static_cast<std::size_t>(p)];
    const std::int64_t s = stride[static_cast<std::size_t>(p)];
    if (d == 1) continue;
    if (!axes.empty() && axes.back().second == s * d)
      axes.back() = {axes.back().first * d, s};
    else
      axes.push_back({d, s});
  }
  Copy c;
  if (!axes.empty() && axes.back().second == 1) {
    c.run = axes.back().first;
    axes.pop_back();
  }
  if (axes.size() > 4) throw Unsupported("this permutation needs more than four nested strides");
  std::int64_t to = c.run;
  for (std::size_t level = 0; level < axes.size(); ++level) {
    const auto [d, s] = axes[axes.size() - 1 - level];
    c.count[level] = d;
    c.from_stride[level] = s;
    c.to_stride[level] = to;
    to *= d;
  }
  const Operand all{-1, 1, static_cast<int>(bytes)};
  auto layer = std::make_unique<MoveLayer>(std::vector<Operand>{all}, all);
  layer->whole = true;
  layer->copies = [c](int, int) { return Copies{c}; };
  return layer;
}

LayerPtr make_resize(ImageShape in, ImageShape out, const ResizeNearest& how) {
  auto layer = std::make_unique<MoveLayer>(std::vector<Operand>{rows_of(in)}, rows_of(out));
  const std::vector<int> rows = nearest(in.h, out.h, how), columns = nearest(in.w, out.w, how);
  layer->reads = [rows](int y0, int y1) {
    return std::make_pair(rows[static_cast<std::size_t>(y0)], rows[static_cast<std::size_t>(y1) - 1] + 1);
  };
  // A row is stretches of columns with a constant step; an integer factor is one stretch with every column repeated.
  Copies row;
  const int factor = out.w % in.w == 0 ? out.w / in.w : 0;
  bool even = factor > 0;
  for (int x = 0; even && x < out.w; ++x) even = columns[static_cast<std::size_t>(x)] == x / factor;
  if (even) {
    Copy c;
    c.run = in.c;
    c.count = {factor, in.w, 1, 1};
    c.from_stride = {0, in.c, 0, 0};
    c.to_stride = {in.c, factor * in.c, 0, 0};
    row.push_back(c);
  }
  for (int x = 0; !even && x < out.w;) {
    const auto column = [&](int i) { return columns[static_cast<std::size_t>(i)]; };
    int end = x + 1;
    const int step = end < out.w ? column(end) - column(x) : 0;
    while (end < out.w && column(end) - column(end - 1) == step) ++end;
    Copy c;
    c.from = static_cast<std::int64_t>(column(x)) * in.c;
    c.to = static_cast<std::int64_t>(x) * in.c;
    c.run = in.c;
    c.count[0] = end - x;
    c.from_stride[0] = step * in.c;
    c.to_stride[0] = in.c;
    row.push_back(c);
    x = end;
  }
  layer->copies = [=](int y0, int y1) {
    Copies copies;
    for (int y = y0; y < y1; ++y)
      for (Copy c : row) {
        c.from += static_cast<std::int64_t>(rows[static_cast<std::size_t>(y)]) * in.w * in.c;
        c.to += static_cast<std::int64_t>(y) * out.w * out.c;
        copies.push_back(c);
      }
    return copies;
  };
  return layer;
}

}  // namespace twill::mapper
