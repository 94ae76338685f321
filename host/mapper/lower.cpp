// SPDX-License-Identifier: Apache-2.0
// From graph operators to chip layers: what runs where, which tensors share bytes, which paddings fold into a convolution.
#include <algorithm>
#include <cmath>

#include "layer.hpp"
#include "twill/error.hpp"

namespace twill::mapper {
namespace {

constexpr int longest_run = 65520;

class Lowering {
 public:
  Lowering(const Graph& graph, const Machine& machine, const MapOptions& options) : g_(graph), machine_(machine), options_(options) {}

  Lowered run() {
    out_.storage_of.assign(g_.tensors.size(), -1);
    consumers_.resize(g_.tensors.size());
    for (std::size_t i = 0; i < g_.operators.size(); ++i)
      for (int t : g_.operators[i].inputs)
        if (t >= 0) consumers_[static_cast<std::size_t>(t)].push_back(static_cast<int>(i));
    for (std::size_t i = 0; i < g_.operators.size(); ++i) {
      op_ = static_cast<int>(i);
      PlanLayer row;
      row.op = op_;
      out_.report.push_back(row);
      lower_operator(g_.operators[i]);
    }
    for (int t : g_.outputs)
      if (int s = out_.storage_of[static_cast<std::size_t>(t)]; s >= 0) out_.storages[static_cast<std::size_t>(s)].is_output = true;
    for (int i : out_.host_after)
      for (int t : g_.operators[static_cast<std::size_t>(i)].inputs)
        if (t >= 0 && out_.storage_of[static_cast<std::size_t>(t)] >= 0) out_.storages[static_cast<std::size_t>(out_.storage_of[static_cast<std::size_t>(t)])].is_output = true;
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError("operator " + std::to_string(op_) + " (" + g_.operators[static_cast<std::size_t>(op_)].type + "): " + why);
  }
  const Tensor& tensor(int t) const { return g_.tensors[static_cast<std::size_t>(t)]; }
  int zero(int t) const { return tensor(t).zero_point.empty() ? 0 : tensor(t).zero_point[0]; }

  /// The storage of a tensor a chip layer reads; a graph input or host-made tensor becomes a chip input here.
  int input_storage(int t) {
    auto& s = out_.storage_of[static_cast<std::size_t>(t)];
    if (s >= 0) return s;
    if (tensor(t).constant()) {
      if (size_of(tensor(t).type) != 1) refuse("its constant operand '" + tensor(t).name + "' is not int8");
      s = add_storage(t);
      out_.storages[static_cast<std::size_t>(s)].is_constant = true;
      return s;
    }
    const bool from_graph = std::find(g_.inputs.begin(), g_.inputs.end(), t) != g_.inputs.end();
    const bool from_host = std::any_of(out_.host_before.begin(), out_.host_before.end(), [&](int i) {
      const auto& o = g_.operators[static_cast<std::size_t>(i)].outputs;
      return std::find(o.begin(), o.end(), t) != o.end();
    });
    if (!from_graph && !from_host) refuse("its input '" + tensor(t).name + "' is made on the host in the middle of the network (SOFTMAX, QUANTIZE from float and DEQUANTIZE may stand only at the edges)");
    if (size_of(tensor(t).type) != 1) refuse("its input '" + tensor(t).name + "' is not int8");
    s = add_storage(t);
    out_.storages[static_cast<std::size_t>(s)].is_input = true;
    return s;
  }
  int add_storage(int t) {
    Storage storage;
    storage.tensor = t;
    storage.bytes = tensor(t).bytes();
    out_.storages.push_back(storage);
    return static_cast<int>(out_.storages.size()) - 1;
  }
  int output_storage(int t) {
    const int s = add_storage(t);
    out_.storage_of[static_cast<std::size_t>(t)] = s;
    if (options_.every_layer) out_.storages[static_cast<std::size_t>(s)].is_output = true;
    return s;
  }

  void add_layer(LayerPtr layer, const std::vector<int>& storages, int output) {
    layer->op = op_;
    for (std::size_t k = 0; k < layer->inputs.size(); ++k) layer->inputs[k].storage = storages[k];
    layer->output.storage = output;
    out_.layers.push_back(std::move(layer));
  }

  /// Shape with leading ones up to four axes.
  std::vector<int> shape4(int t) const {
    std::vector<int> s = tensor(t).shape;
    if (s.size() > 4) refuse("tensor '" + tensor(t).name + "' has more than 4 axes");
    while (s.size() < 4) s.insert(s.begin(), 1);
    return s;
  }
  std::vector<int> image(int t) const {
    const std::vector<int> s = shape4(t);
    if (s[0] != 1) refuse("batch " + std::to_string(s[0]) + " is not supported (run one image at a time)");
    return s;
  }

  void lower_operator(const Operator& op) {
    if (std::holds_alternative<Quantize>(op.attributes)) return host_before(op);
    if (std::holds_alternative<Softmax>(op.attributes) || std::holds_alternative<Dequantize>(op.attributes)) return host_after(op);
    if (std::holds_alternative<Reshape>(op.attributes)) return reshape(op);
    for (int t : op.outputs)
      if (size_of(tensor(t).type) != 1) refuse("its output '" + tensor(t).name + "' is not int8");
    if (const auto* a = std::get_if<Conv2d>(&op.attributes)) return conv(op, *a);
    if (const auto* a = std::get_if<DepthwiseConv2d>(&op.attributes)) return depthwise(op, *a);
    if (const auto* a = std::get_if<FullyConnected>(&op.attributes)) return fully_connected(op, *a);
    if (const auto* a = std::get_if<AddSub>(&op.attributes)) {
      return binary(op, [&](const BinaryShape& s, int za, int zb, int zo) { return make_add(machine_, s, *a, za, zb, zo); });
    }
    if (const auto* a = std::get_if<Mul>(&op.attributes)) {
      return binary(op, [&](const BinaryShape& s, int za, int zb, int zo) { return make_mul(machine_, s, *a, za, zb, zo); });
    }
    if (const auto* a = std::get_if<Pool2d>(&op.attributes)) return pool(op, *a);
    if (const auto* a = std::get_if<Mean>(&op.attributes)) return mean(op, *a);
    if (const auto* a = std::get_if<Table>(&op.attributes)) {
      const int in = input_storage(op.inputs[0]);
      return add_layer(make_lookup(machine_, tensor(op.outputs[0]).bytes(), *a), {in}, output_storage(op.outputs[0]));
    }
    if (const auto* a = std::get_if<Pad>(&op.attributes)) return pad(op, *a);
    if (const auto* a = std::get_if<Concatenation>(&op.attributes)) return concatenation(op, *a);
    if (const auto* a = std::get_if<Split>(&op.attributes)) return split(op, *a);
    if (const auto* a = std::get_if<Transpose>(&op.attributes)) return transpose(op, *a);
    if (const auto* a = std::get_if<ResizeNearest>(&op.attributes)) return resize(op, *a);
    refuse("this operator does not run on the chip");
  }

  void host_before(const Operator& op) {
    const int t = op.inputs[0];
    if (std::find(g_.inputs.begin(), g_.inputs.end(), t) == g_.inputs.end()) refuse("QUANTIZE from float may stand only directly behind a network input");
    out_.host_before.push_back(op_);
    out_.report.back().where = PlanLayer::Where::host;
  }
  void host_after(const Operator& op) {
    for (int t : op.outputs)
      for (int user : consumers_[static_cast<std::size_t>(t)]) {
        const auto& a = g_.operators[static_cast<std::size_t>(user)].attributes;
        if (!std::holds_alternative<Softmax>(a) && !std::holds_alternative<Dequantize>(a) && !std::holds_alternative<Reshape>(a))
          refuse("its output feeds operator " + std::to_string(user) + ", but what runs on the host may stand only at the end of a network");
      }
    for (int t : op.inputs) {
      if (out_.storage_of[static_cast<std::size_t>(t)] < 0 && std::find(g_.inputs.begin(), g_.inputs.end(), t) != g_.inputs.end()) continue;
    }
    out_.host_after.push_back(op_);
    out_.report.back().where = PlanLayer::Where::host;
  }

  void reshape(const Operator& op) {
    const int from = op.inputs[0], to = op.outputs[0];
    const bool on_host = out_.storage_of[static_cast<std::size_t>(from)] < 0 &&
                         std::any_of(out_.host_after.begin(), out_.host_after.end(), [&](int i) { return g_.operators[static_cast<std::size_t>(i)].outputs[0] == from; });
    if (on_host) {
      out_.host_after.push_back(op_);
      out_.report.back().where = PlanLayer::Where::host;
      return;
    }
    const int s = input_storage(from);
    if (!options_.every_layer) {
      out_.storage_of[static_cast<std::size_t>(to)] = s;
      out_.report.back().where = PlanLayer::Where::view;
      return;
    }
    copy_rows(s, tensor(to).bytes(), output_storage(to));
  }

  /// A plain copy in rows of up to longest_run bytes.
  void copy_rows(int from, std::size_t bytes, int to) {
    int row = 1;
    for (int r = 1024; r > 1; --r)
      if (bytes % static_cast<std::size_t>(r) == 0) {
        row = r;
        break;
      }
    MoveSpec spec;
    spec.needs = [](unsigned, int y0, int y1) { return std::make_pair(y0, y1); };
    spec.copies = [row](int y0, int y1) {
      std::vector<Copy> copies;
      for (int y = y0; y < y1; y += 60) {
        Copy c;
        c.from = c.to = static_cast<std::int64_t>(y) * row;
        c.run = std::min(60, y1 - y) * row;
        copies.push_back(c);
      }
      return copies;
    };
    LayerPtr layer = make_move(machine_, spec);
    layer->output = Operand{-1, static_cast<int>(bytes / static_cast<std::size_t>(row)), row};
    layer->inputs = {layer->output};
    add_layer(std::move(layer), {from}, to);
  }

  /// A PAD whose only effect is a frame of zero points around an image that only convolutions read is their padding.
  const Operator* foldable_pad(int t) const {
    if (options_.every_layer) return nullptr;
    const Operator* pad = nullptr;
    for (const Operator& op : g_.operators)
      if (!op.outputs.empty() && op.outputs[0] == t && std::holds_alternative<Pad>(op.attributes)) pad = &op;
    if (!pad) return nullptr;
    const Pad& a = std::get<Pad>(pad->attributes);
    if (a.before_after.size() != 4 || a.before_after[0][0] || a.before_after[0][1] || a.before_after[3][0] || a.before_after[3][1]) return nullptr;
    if (a.value != zero(t) || zero(pad->inputs[0]) != zero(t)) return nullptr;
    if (std::find(g_.outputs.begin(), g_.outputs.end(), t) != g_.outputs.end()) return nullptr;
    for (int user : consumers_[static_cast<std::size_t>(t)]) {
      const Operator& o = g_.operators[static_cast<std::size_t>(user)];
      if (o.inputs[0] != t || (!std::holds_alternative<Conv2d>(o.attributes) && !std::holds_alternative<DepthwiseConv2d>(o.attributes))) return nullptr;
    }
    return pad;
  }

  struct ConvInput {
    int tensor;
    Padding padding;
  };
  ConvInput conv_input(int t, Padding padding) {
    if (const Operator* pad = foldable_pad(t)) {
      const auto& b = std::get<Pad>(pad->attributes).before_after;
      padding.top += b[1][0];
      padding.bottom += b[1][1];
      padding.left += b[2][0];
      padding.right += b[2][1];
      return {pad->inputs[0], padding};
    }
    return {t, padding};
  }

  ConvConstants constants(const Operator& op, int in, const std::vector<Multiplier>& requant, Clamp clamp) const {
    const Tensor& w = tensor(op.inputs[1]);
    if (!w.constant()) refuse("its weights are not constant");
    ConvConstants c;
    c.weights = reinterpret_cast<const std::int8_t*>(w.data.data());
    c.bias = nullptr;
    if (op.inputs.size() > 2 && op.inputs[2] >= 0) c.bias = reinterpret_cast<const std::int32_t*>(tensor(op.inputs[2]).data.data());
    c.requant = &requant;
    c.clamp = clamp;
    c.in_zero = zero(in);
    c.out_zero = zero(op.outputs[0]);
    return c;
  }

  void check_fields(const ConvShape& s) const {
    const auto within = [&](const char* what, int value, int limit) {
      if (value > limit) refuse(std::string(what) + " " + std::to_string(value) + " is beyond the chip's " + std::to_string(limit));
    };
    within("kernel height", s.kernel_h, 255);
    within("kernel width", s.kernel_w, 255);
    within("stride", std::max(s.stride_h, s.stride_w), 255);
    within("dilation", std::max(s.dilation_h, s.dilation_w), 255);
    within("image width", std::max(s.in_w, s.out_w), 2047);
    within("image row in bytes", s.in_w * s.in_c, (1 << 19) - 1);
    within("output row in bytes", s.out_w * s.out_c, (1 << 20) - 1);
    within("kernel row in bytes", s.kernel_w * s.in_c, 65535);
    within("stride in bytes", s.stride_w * s.in_c, 65535);
    within("dilation in bytes", s.dilation_w * s.in_c, 65535);
  }

  void conv(const Operator& op, const Conv2d& a) {
    const ConvInput from = conv_input(op.inputs[0], a.padding);
    const auto in = image(from.tensor), o = image(op.outputs[0]), w = tensor(op.inputs[1]).shape;
    const ConvShape s{in[1], in[2], in[3], o[1], o[2], o[3], w[1], w[2], a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, from.padding.top, from.padding.left, a.groups};
    convolution(op, s, from.tensor, constants(op, from.tensor, a.requant, a.clamp));
  }

  void convolution(const Operator& op, const ConvShape& s, int from, const ConvConstants& c) {
    check_fields(s);
    const int in = input_storage(from);
    Storage& storage = out_.storages[static_cast<std::size_t>(in)];
    const bool sole_use = consumers_[static_cast<std::size_t>(from)].size() == 1 && std::find(g_.outputs.begin(), g_.outputs.end(), from) == g_.outputs.end();
    // The swap happens in the load of a network input; an aliased or shared tensor keeps its layout.
    const bool swap = !options_.every_layer && storage.is_input && readers_of_storage(in) == 1 && sole_use && storage.bytes <= machine_.scratchpad / 4 && swap_pays(machine_, s);
    if (swap) {
      storage.swap_h = s.in_h;
      storage.swap_w = s.in_w;
    }
    add_layer(make_conv(machine_, s, c, swap), {in}, output_storage(op.outputs[0]));
  }

  /// How many operators read a storage through any of its tensors (views included).
  int readers_of_storage(int storage) const {
    int readers = 0;
    for (std::size_t t = 0; t < g_.tensors.size(); ++t)
      if (out_.storage_of[t] == storage)
        for (int user : consumers_[t])
          if (!std::holds_alternative<Reshape>(g_.operators[static_cast<std::size_t>(user)].attributes)) ++readers;
    return readers;
  }

  void depthwise(const Operator& op, const DepthwiseConv2d& a) {
    const ConvInput from = conv_input(op.inputs[0], a.padding);
    const auto in = image(from.tensor), o = image(op.outputs[0]), w = tensor(op.inputs[1]).shape;
    ConvShape s{in[1], in[2], in[3], o[1], o[2], o[3], w[1], w[2], a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, from.padding.top, from.padding.left, 1};
    const ConvConstants c = constants(op, from.tensor, a.requant, a.clamp);
    const int effective_h = (s.kernel_h - 1) * s.dilation_h + 1, effective_w = (s.kernel_w - 1) * s.dilation_w + 1;
    const bool native = a.depth_multiplier == 1 && s.in_c == s.out_c && s.stride_h <= 4 && s.stride_w <= 4 && effective_h <= 15 && effective_w <= 15;
    if (native && s.in_c > 1) {
      check_fields(s);
      const int storage = input_storage(from.tensor);
      add_layer(make_depthwise(machine_, s, c), {storage}, output_storage(op.outputs[0]));
      return;
    }
    // Otherwise it is a grouped convolution with one input channel a group: 1HWO weights become OHW1.
    s.groups = s.in_c;
    std::vector<std::int8_t> turned(static_cast<std::size_t>(s.out_c) * s.kernel_h * s.kernel_w);
    for (int k = 0; k < s.kernel_h * s.kernel_w; ++k)
      for (int ch = 0; ch < s.out_c; ++ch) turned[static_cast<std::size_t>(ch) * s.kernel_h * s.kernel_w + k] = c.weights[static_cast<std::size_t>(k) * s.out_c + ch];
    ConvConstants as_conv = c;
    as_conv.weights = turned.data();
    convolution(op, s, from.tensor, as_conv);
  }

  void fully_connected(const Operator& op, const FullyConnected& a) {
    const auto& w = tensor(op.inputs[1]).shape;
    const int n = w[0], k = w[1];
    const int rows = static_cast<int>(tensor(op.inputs[0]).elements() / static_cast<std::size_t>(k));
    const ConvShape s{rows, 1, k, rows, 1, n, 1, 1, 1, 1, 1, 1, 0, 0, 1};
    convolution(op, s, op.inputs[0], constants(op, op.inputs[0], a.requant, a.clamp));
  }

  template <class Make>
  void binary(const Operator& op, Make make) {
    const std::size_t bytes = tensor(op.outputs[0]).bytes();
    const std::size_t a = tensor(op.inputs[0]).bytes(), b = tensor(op.inputs[1]).bytes();
    BinaryShape s{bytes, 0, a != bytes, b != bytes};
    if (s.broadcast_a && s.broadcast_b) refuse("both operands are broadcast");
    s.inner = static_cast<int>(s.broadcast_a ? a : s.broadcast_b ? b : bytes);
    if (s.broadcast_a || s.broadcast_b) {
      const auto shape = shape4(s.broadcast_a ? op.inputs[0] : op.inputs[1]), full = shape4(op.outputs[0]);
      // The smaller operand must be the trailing axes of the larger.
      bool trailing = true, seen_full = true;
      for (int axis = 3; axis >= 0; --axis) {
        if (shape[static_cast<std::size_t>(axis)] != full[static_cast<std::size_t>(axis)]) seen_full = false;
        if (!seen_full && shape[static_cast<std::size_t>(axis)] != 1) trailing = false;
      }
      if (!trailing) refuse("this broadcast is not supported (an operand must have the output's shape or its trailing axes)");
    }
    const int sa = input_storage(op.inputs[0]), sb = input_storage(op.inputs[1]);
    add_layer(make(s, zero(op.inputs[0]), zero(op.inputs[1]), zero(op.outputs[0])), {sa, sb}, output_storage(op.outputs[0]));
  }

  void pool(const Operator& op, const Pool2d& a) {
    const auto in = image(op.inputs[0]), o = image(op.outputs[0]);
    if (a.filter_h > 255 || a.filter_w > 255) refuse("a window beyond 255 x 255");
    const PoolShape s{in[1], in[2], in[3], o[1], o[2], a.filter_h, a.filter_w, a.stride_h, a.stride_w, a.padding.top, a.padding.left};
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_pool(machine_, s, a.average, a.clamp), {storage}, output_storage(op.outputs[0]));
  }

  void mean(const Operator& op, const Mean& a) {
    const auto& shape = tensor(op.inputs[0]).shape;
    int outer = 1, n = 1, inner = 1;
    for (std::size_t i = 1; i < a.axes.size(); ++i)
      if (a.axes[i] != a.axes[i - 1] + 1) refuse("the mean is not over neighbouring axes");
    for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
      const int d = shape[static_cast<std::size_t>(axis)];
      if (axis < a.axes.front()) outer *= d;
      else if (axis <= a.axes.back()) n *= d;
      else inner *= d;
    }
    int h = 1;
    while (h <= 255 && (n % h != 0 || n / h > 255)) ++h;
    if (h > 255) refuse("a mean over " + std::to_string(n) + " elements has no window of at most 255 x 255");
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_mean(machine_, outer, n, inner, a.requant, zero(op.inputs[0]), zero(op.outputs[0])), {storage}, output_storage(op.outputs[0]));
  }

  void pad(const Operator& op, const Pad& a) {
    const int t = op.outputs[0];
    if (foldable_pad(t) == &op) {
      out_.report.back().where = PlanLayer::Where::view;
      out_.report.back().note = "folded into operator " + std::to_string(consumers_[static_cast<std::size_t>(t)].front());
      input_storage(op.inputs[0]);
      return;
    }
    const auto in = shape4(op.inputs[0]), o = shape4(t);
    std::vector<std::array<int, 2>> p = a.before_after;
    while (p.size() < 4) p.insert(p.begin(), {0, 0});
    if (p[0][0] || p[0][1] || in[0] != 1) refuse("padding the batch axis is not supported");
    const int w = in[2], c = in[3], ow = o[2], oc = o[3], h = in[1], top = p[1][0], left = p[2][0], front = p[3][0];
    const auto value = static_cast<std::uint8_t>(a.value);
    if (ow * oc > longest_run) refuse("a padded row beyond 65520 bytes");
    MoveSpec spec;
    spec.needs = [=](unsigned, int y0, int y1) { return std::make_pair(std::clamp(y0 - top, 0, h - 1), std::clamp(y1 - top, 1, h)); };
    spec.copies = [=](int y0, int y1) {
      std::vector<Copy> copies;
      Copy fill;
      fill.input = ~0u;
      fill.value = value;
      fill.to = static_cast<std::int64_t>(y0) * ow * oc;
      fill.run = ow * oc;
      fill.count[0] = y1 - y0;
      fill.to_stride[0] = ow * oc;
      copies.push_back(fill);
      const int first = std::max(y0, top), last = std::min(y1, top + h);
      if (first < last) {
        Copy body;
        body.from = static_cast<std::int64_t>(first - top) * w * c;
        body.to = (static_cast<std::int64_t>(first) * ow + left) * oc + front;
        const bool dense = c == oc;
        body.run = dense ? w * c : c;
        body.count[0] = dense ? 1 : w;
        body.from_stride[0] = c;
        body.to_stride[0] = oc;
        body.count[1] = last - first;
        body.from_stride[1] = w * c;
        body.to_stride[1] = ow * oc;
        copies.push_back(body);
      }
      return copies;
    };
    LayerPtr layer = make_move(machine_, spec);
    layer->inputs = {Operand{-1, h, w * c}};
    layer->output = Operand{-1, o[1], ow * oc};
    const int storage = input_storage(op.inputs[0]);
    add_layer(std::move(layer), {storage}, output_storage(t));
  }

  /// The tensor as [outer, axis * inner]: rows and bytes of a row.
  Operand around(int t, int axis) const {
    const auto& shape = tensor(t).shape;
    if (axis < 0) axis += static_cast<int>(shape.size());
    Operand o{-1, 1, 1};
    for (int i = 0; i < static_cast<int>(shape.size()); ++i) (i < axis ? o.rows : o.row_bytes) *= shape[static_cast<std::size_t>(i)];
    if (o.row_bytes > longest_run) refuse("a slice beyond 65520 bytes");
    return o;
  }

  void concatenation(const Operator& op, const Concatenation& a) {
    const Operand all = around(op.outputs[0], a.axis);
    std::vector<Operand> parts;
    std::vector<int> storages, offsets;
    int offset = 0;
    for (int t : op.inputs) {
      parts.push_back(around(t, a.axis));
      offsets.push_back(offset);
      offset += parts.back().row_bytes;
      storages.push_back(input_storage(t));
    }
    MoveSpec spec;
    spec.needs = [](unsigned, int y0, int y1) { return std::make_pair(y0, y1); };
    spec.copies = [parts, offsets, all](int y0, int y1) {
      std::vector<Copy> copies;
      for (std::size_t k = 0; k < parts.size(); ++k) {
        Copy c;
        c.input = static_cast<unsigned>(k);
        c.from = static_cast<std::int64_t>(y0) * parts[k].row_bytes;
        c.to = static_cast<std::int64_t>(y0) * all.row_bytes + offsets[k];
        c.run = parts[k].row_bytes;
        c.count[0] = y1 - y0;
        c.from_stride[0] = parts[k].row_bytes;
        c.to_stride[0] = all.row_bytes;
        copies.push_back(c);
      }
      return copies;
    };
    LayerPtr layer = make_move(machine_, spec);
    layer->inputs = parts;
    layer->output = all;
    add_layer(std::move(layer), storages, output_storage(op.outputs[0]));
  }

  void split(const Operator& op, const Split& a) {
    const int from = op.inputs[0];
    const Operand all = around(from, a.axis);
    const int storage = input_storage(from);
    int offset = 0;
    for (int t : op.outputs) {
      const Operand part = around(t, a.axis);
      MoveSpec spec;
      spec.needs = [](unsigned, int y0, int y1) { return std::make_pair(y0, y1); };
      spec.copies = [part, all, offset](int y0, int y1) {
        Copy c;
        c.from = static_cast<std::int64_t>(y0) * all.row_bytes + offset;
        c.to = static_cast<std::int64_t>(y0) * part.row_bytes;
        c.run = part.row_bytes;
        c.count[0] = y1 - y0;
        c.from_stride[0] = all.row_bytes;
        c.to_stride[0] = part.row_bytes;
        return std::vector<Copy>{c};
      };
      LayerPtr layer = make_move(machine_, spec);
      layer->inputs = {all};
      layer->output = part;
      add_layer(std::move(layer), {storage}, output_storage(t));
      offset += part.row_bytes;
    }
  }

  void transpose(const Operator& op, const Transpose& a) {
    const auto& in = tensor(op.inputs[0]).shape;
    std::vector<std::int64_t> stride(in.size(), 1);
    for (int i = static_cast<int>(in.size()) - 2; i >= 0; --i) stride[static_cast<std::size_t>(i)] = stride[static_cast<std::size_t>(i) + 1] * in[static_cast<std::size_t>(i) + 1];
    // Output axes with their input strides, axes of length one dropped, axes that stay neighbours merged.
    std::vector<std::pair<int, std::int64_t>> axes;
    for (int p : a.permutation) {
      const int d = in[static_cast<std::size_t>(p)];
      const std::int64_t s = stride[static_cast<std::size_t>(p)];
      if (d == 1) continue;
      if (!axes.empty() && axes.back().second == s * d) axes.back() = {axes.back().first * d, s};
      else axes.push_back({d, s});
    }
    Copy c;
    if (!axes.empty() && axes.back().second == 1 && axes.back().first <= longest_run) {
      c.run = axes.back().first;
      axes.pop_back();
    }
    if (axes.size() > 4) refuse("this permutation needs more than four nested strides");
    std::int64_t to = c.run;
    for (std::size_t level = 0; level < axes.size(); ++level) {
      const auto [d, s] = axes[axes.size() - 1 - level];
      if (d > 65535) refuse("an axis beyond 65535");
      c.count[level] = d;
      c.from_stride[level] = s;
      c.to_stride[level] = to;
      to *= d;
    }
    MoveSpec spec;
    spec.whole = true;
    spec.needs = [](unsigned, int, int) { return std::make_pair(0, 1); };
    spec.copies = [c](int, int) { return std::vector<Copy>{c}; };
    LayerPtr layer = make_move(machine_, spec);
    layer->inputs = {Operand{-1, 1, static_cast<int>(tensor(op.inputs[0]).bytes())}};
    layer->output = layer->inputs[0];
    const int storage = input_storage(op.inputs[0]);
    add_layer(std::move(layer), {storage}, output_storage(op.outputs[0]));
  }

  /// R/resize_nearest_neighbor.h:28-47, in float32 as there.
  static std::vector<int> nearest(int in, int out, const ResizeNearest& a) {
    const float scale = a.align_corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1) : static_cast<float>(in) / static_cast<float>(out);
    const float offset = a.half_pixel_centers ? 0.5f : 0.0f;
    std::vector<int> map;
    for (int i = 0; i < out; ++i) {
      const float at = (static_cast<float>(i) + offset) * scale;
      int v = std::min(static_cast<int>(a.align_corners ? std::round(at) : std::floor(at)), in - 1);
      if (a.half_pixel_centers) v = std::max(0, v);
      map.push_back(v);
    }
    return map;
  }

  void resize(const Operator& op, const ResizeNearest& a) {
    const auto in = image(op.inputs[0]), o = image(op.outputs[0]);
    const std::vector<int> rows = nearest(in[1], o[1], a), columns = nearest(in[2], o[2], a);
    const int c = in[3], w = in[2], ow = o[2];
    if (ow * c > longest_run) refuse("a resized row beyond 65520 bytes");
    const int factor = ow % w == 0 ? ow / w : 0;
    bool even = factor > 0;
    for (int x = 0; even && x < ow; ++x) even = columns[static_cast<std::size_t>(x)] == x / factor;
    MoveSpec spec;
    spec.needs = [rows](unsigned, int y0, int y1) { return std::make_pair(rows[static_cast<std::size_t>(y0)], rows[static_cast<std::size_t>(y1) - 1] + 1); };
    spec.copies = [=](int y0, int y1) {
      std::vector<Copy> copies;
      for (int y = y0; y < y1; ++y) {
        Copy base;
        base.from = static_cast<std::int64_t>(rows[static_cast<std::size_t>(y)]) * w * c;
        base.to = static_cast<std::int64_t>(y) * ow * c;
        base.run = c;
        if (even) {
          base.count = {factor, w, 1, 1};
          base.from_stride = {0, c, 0, 0};
          base.to_stride = {c, factor * c, 0, 0};
          copies.push_back(base);
          continue;
        }
        // Stretches of columns with a constant step.
        for (int x = 0; x < ow;) {
          int end = x + 1;
          const int step = end < ow ? columns[static_cast<std::size_t>(end)] - columns[static_cast<std::size_t>(x)] : 0;
          while (end < ow && columns[static_cast<std::size_t>(end)] - columns[static_cast<std::size_t>(end) - 1] == step) ++end;
          Copy part = base;
          part.from += static_cast<std::int64_t>(columns[static_cast<std::size_t>(x)]) * c;
          part.to += static_cast<std::int64_t>(x) * c;
          part.count[0] = end - x;
          part.from_stride[0] = step * c;
          part.to_stride[0] = c;
          copies.push_back(part);
          x = end;
        }
      }
      return copies;
    };
    LayerPtr layer = make_move(machine_, spec);
    layer->inputs = {Operand{-1, in[1], w * c}};
    layer->output = Operand{-1, o[1], ow * c};
    const int storage = input_storage(op.inputs[0]);
    add_layer(std::move(layer), {storage}, output_storage(op.outputs[0]));
  }

  const Graph& g_;
  const Machine& machine_;
  const MapOptions& options_;
  Lowered out_;
  std::vector<std::vector<int>> consumers_;
  int op_ = -1;
};

}  // namespace

Lowered lower(const Graph& graph, const Machine& machine, const MapOptions& options) { return Lowering(graph, machine, options).run(); }

}  // namespace twill::mapper
