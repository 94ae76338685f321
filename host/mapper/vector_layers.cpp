// SPDX-License-Identifier: Apache-2.0
// Element by element: ADD, SUB, MUL and table lookups. A tensor is seen as rows of equal runs.
#include <algorithm>

#include "layer.hpp"

namespace twill::mapper {
namespace {

constexpr int longest_run = 65520;  // of the 16-bit run field, a multiple of every word

/// Rows the mapper may tile: the runs themselves, or pieces of a plain byte string.
Operand rows_of(std::size_t bytes, int inner) {
  Operand o;
  o.row_bytes = inner;
  o.rows = static_cast<int>(bytes / static_cast<std::size_t>(inner));
  return o;
}

/// Without broadcasting the shape does not matter: rows long enough to be efficient that divide the tensor.
int plain_row(std::size_t bytes) {
  for (int row = 1024; row > 1; --row)
    if (bytes % static_cast<std::size_t>(row) == 0) return row;
  return 1;
}

class BinaryLayer : public Layer {
 public:
  explicit BinaryLayer(const BinaryShape& shape) : a_once_(shape.broadcast_a), b_once_(shape.broadcast_b) {
    const bool plain = !a_once_ && !b_once_;
    const int inner = plain ? plain_row(shape.bytes) : shape.inner;
    output = rows_of(shape.bytes, inner);
    inputs = {a_once_ ? Operand{-1, 1, inner} : output, b_once_ ? Operand{-1, 1, inner} : output};
  }
  std::pair<int, int> needs(unsigned k, int y0, int y1) const override {
    if ((k == 0 && a_once_) || (k == 1 && b_once_)) return {0, 1};
    return {y0, y1};
  }

 protected:
  template <class C>
  void emit_runs(Emitter& e, C c, int y0, int y1, const std::vector<View>& in, const View& out) const {
    const int bytes = (y1 - y0) * output.row_bytes;
    const auto one = [&](std::uint32_t a, std::uint32_t b, std::uint32_t to, int run, int count) {
      c.a_base = a;
      c.b_base = b;
      c.out_base = to;
      c.run = static_cast<std::uint32_t>(run);
      c.count = static_cast<std::uint32_t>(count);
      c.a_pitch = static_cast<std::uint32_t>(a_once_ ? 0 : run);
      c.b_pitch = static_cast<std::uint32_t>(b_once_ ? 0 : run);
      c.out_pitch = static_cast<std::uint32_t>(run);
      e.stream.emit(c, {Range::sp(a, static_cast<std::uint64_t>(a_once_ ? run : run * count)), Range::sp(b, static_cast<std::uint64_t>(b_once_ ? run : run * count))},
                    {Range::sp(to, static_cast<std::uint64_t>(run) * count)}, e.layer);
    };
    if (a_once_ || b_once_) {
      one(in[0].row(a_once_ ? 0 : y0), in[1].row(b_once_ ? 0 : y0), out.row(y0), output.row_bytes, y1 - y0);
      return;
    }
    for (int at = 0; at < bytes; at += longest_run)
      one(in[0].row(y0) + static_cast<std::uint32_t>(at), in[1].row(y0) + static_cast<std::uint32_t>(at), out.row(y0) + static_cast<std::uint32_t>(at),
          std::min(longest_run, bytes - at), 1);
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
  void emit(Emitter& e, const Constants&, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override { emit_runs(e, c_, y0, y1, in, out); }

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
  void emit(Emitter& e, const Constants&, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override { emit_runs(e, c_, y0, y1, in, out); }

 private:
  contract::Mul c_;
};

class LookupLayer final : public Layer {
 public:
  LookupLayer(std::size_t bytes, const Table& table) {
    output = rows_of(bytes, plain_row(bytes));
    inputs = {output};
    for (std::int8_t value : table.table) parameters.push_back(static_cast<std::uint8_t>(value));
  }
  void emit(Emitter& e, const Constants& k, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    const int bytes = (y1 - y0) * output.row_bytes;
    for (int at = 0; at < bytes; at += longest_run) {
      contract::Lookup c;
      c.in_base = in[0].row(y0) + static_cast<std::uint32_t>(at);
      c.out_base = out.row(y0) + static_cast<std::uint32_t>(at);
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

LayerPtr make_add(const Machine&, const BinaryShape& shape, const AddSub& attributes, int za, int zb, int zo) {
  return std::make_unique<AddLayer>(shape, attributes, za, zb, zo);
}
LayerPtr make_mul(const Machine&, const BinaryShape& shape, const Mul& attributes, int za, int zb, int zo) {
  return std::make_unique<MulLayer>(shape, attributes, za, zb, zo);
}
LayerPtr make_lookup(const Machine&, std::size_t bytes, const Table& table) { return std::make_unique<LookupLayer>(bytes, table); }

}  // namespace twill::mapper
