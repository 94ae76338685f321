// SPDX-License-Identifier: Apache-2.0
// Element by element: ADD, SUB, MUL and table lookups. A tensor is seen as rows of equal runs.
#include <algorithm>

#include "layer.hpp"

namespace twill::mapper {
namespace {

/// The rows the mapper may tile: runs of `inner` bytes.
Operand rows_of(std::size_t bytes, int inner) { return {-1, static_cast<int>(bytes / static_cast<std::size_t>(inner)), inner}; }

class BinaryLayer : public Layer {
 public:
  explicit BinaryLayer(const BinaryShape& shape) : a_once_(shape.broadcast_a), b_once_(shape.broadcast_b) {
    const bool plain = !a_once_ && !b_once_;
    output = plain ? plain_rows(shape.bytes) : rows_of(shape.bytes, shape.inner);
    const Operand once{-1, 1, output.row_bytes};
    inputs = {a_once_ ? once : output, b_once_ ? once : output};
  }
  std::pair<int, int> needs(unsigned k, int y0, int y1) const override {
    if ((k == 0 && a_once_) || (k == 1 && b_once_)) return {0, 1};
    return {y0, y1};
  }

 protected:
  template <class C>
  void emit_runs(Emitter& e, C c, const Tile& tile, const std::vector<View>& in, const View& out) const {
    const bool plain = !a_once_ && !b_once_;
    // One after the other the rows of a plain tile are one run; those of a broadcast are runs, in pieces where they are long.
    const int row = plain ? (tile.y1 - tile.y0) * output.row_bytes : output.row_bytes, rows = plain ? 1 : tile.y1 - tile.y0;
    const auto pitch = static_cast<std::uint32_t>(row);
    c.a_pitch = a_once_ ? 0 : pitch;
    c.b_pitch = b_once_ ? 0 : pitch;
    c.out_pitch = pitch;
    for (int y = 0; y < rows; y += largest_count)
      for (int at = 0; at < row; at += longest_run) {
        const auto first = static_cast<std::uint32_t>(y) * pitch + static_cast<std::uint32_t>(at);
        c.a_base = a_once_ ? in[0].row(0) + static_cast<std::uint32_t>(at) : in[0].row(tile.y0) + first;
        c.b_base = b_once_ ? in[1].row(0) + static_cast<std::uint32_t>(at) : in[1].row(tile.y0) + first;
        c.out_base = out.row(tile.y0) + first;
        c.run = static_cast<std::uint32_t>(std::min(longest_run, row - at));
        c.count = static_cast<std::uint32_t>(std::min(largest_count, rows - y));
        const auto range = [&](std::uint32_t base, std::uint32_t step) {
          return Range::sp(base, std::uint64_t{c.count - 1} * step + c.run);
        };
        e.stream.emit(c, {range(c.a_base, c.a_pitch), range(c.b_base, c.b_pitch)}, {range(c.out_base, c.out_pitch)}, e.layer);
      }
  }

  bool a_once_, b_once_;
};

class AddLayer final : public BinaryLayer {
 public:
  AddLayer(const BinaryShape& shape, const AddSub& a, int za, int zb, int zo) : BinaryLayer(shape) {
    c_.a_zero = za;
    c_.b_zero = zb;
    c_.out_zero = zo;
    c_.min = a.clamp.min;
    c_.max = a.clamp.max;
    c_.left_shift = static_cast<std::uint32_t>(a.left_shift);
    c_.subtract = a.subtract;
    c_.a_multiplier = static_cast<std::uint32_t>(a.input1.multiplier);
    c_.b_multiplier = static_cast<std::uint32_t>(a.input2.multiplier);
    c_.out_multiplier = static_cast<std::uint32_t>(a.output.multiplier);
    c_.a_shift = static_cast<std::uint32_t>(-a.input1.shift);
    c_.b_shift = static_cast<std::uint32_t>(-a.input2.shift);
    c_.out_shift = static_cast<std::uint32_t>(-a.output.shift);
  }
  void emit(Emitter& e, const Constants&, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    emit_runs(e, c_, tile, in, out);
  }

 private:
  contract::Add c_;
};

class MulLayer final : public BinaryLayer {
 public:
  MulLayer(const BinaryShape& shape, const Mul& m, int za, int zb, int zo) : BinaryLayer(shape) {
    c_.a_zero = za;
    c_.b_zero = zb;
    c_.out_zero = zo;
    c_.min = m.clamp.min;
    c_.max = m.clamp.max;
    c_.out_multiplier = static_cast<std::uint32_t>(m.output.multiplier);
    c_.out_shift = m.output.shift;
  }
  void emit(Emitter& e, const Constants&, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    emit_runs(e, c_, tile, in, out);
  }

 private:
  contract::Mul c_;
};

class LookupLayer final : public Layer {
 public:
  LookupLayer(std::size_t bytes, const Table& table) {
    output = plain_rows(bytes);
    inputs = {output};
    for (std::int8_t value : table.table) parameters.push_back(static_cast<std::uint8_t>(value));
  }
  void emit(Emitter& e, const Constants& k, const Tile& tile, const std::vector<View>& in, const View& out) const override {
    const int bytes = (tile.y1 - tile.y0) * output.row_bytes;
    for (int at = 0; at < bytes; at += longest_run) {
      contract::Lookup c;
      c.in_base = in[0].row(tile.y0) + static_cast<std::uint32_t>(at);
      c.out_base = out.row(tile.y0) + static_cast<std::uint32_t>(at);
      c.table_base = k.parameters;
      c.keep_table = e.held_table == k.parameters;
      e.held_table = k.parameters;
      c.run = static_cast<std::uint32_t>(std::min(longest_run, bytes - at));
      c.count = 1;
      e.stream.emit(c, {Range::sp(c.in_base, c.run), Range::sp(k.parameters, 256)}, {Range::sp(c.out_base, c.run)}, e.layer);
    }
  }
};

}  // namespace

Operand plain_rows(std::size_t bytes) {
  int row = 1024;
  while (bytes % static_cast<std::size_t>(row) != 0) --row;
  return rows_of(bytes, row);
}

LayerPtr make_add(const BinaryShape& shape, const AddSub& attributes, int za, int zb, int zo) {
  return std::make_unique<AddLayer>(shape, attributes, za, zb, zo);
}
LayerPtr make_mul(const BinaryShape& shape, const Mul& attributes, int za, int zb, int zo) {
  return std::make_unique<MulLayer>(shape, attributes, za, zb, zo);
}
LayerPtr make_lookup(std::size_t bytes, const Table& table) { return std::make_unique<LookupLayer>(bytes, table); }

}  // namespace twill::mapper
