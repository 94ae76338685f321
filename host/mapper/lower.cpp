// SPDX-License-Identifier: Apache-2.0
// From graph operators to chip layers: what runs where, which tensors share bytes, which paddings fold into a convolution.
#include <algorithm>
#include <cmath>

#include "layer.hpp"
#include "twill/error.hpp"

namespace twill::mapper {
namespace {

/// A split layer's output is gathered, but where nothing reads more of it than each chip has made: layers that work channel by channel, split the same
/// way; or the host, when outputs stay where they are.
void decide_gathers(Lowered& low, const Member& member) {
  for (const LayerPtr& layer : low.layers) {
    if (!layer->share) continue;
    const int s = layer->output.storage;
    layer->gathered = low.storages[static_cast<std::size_t>(s)].is_output && member.gather_outputs;
    for (const LayerPtr& reader : low.layers)
      for (const Operand& in : reader->inputs)
        if (in.storage == s && !(reader->channelwise() && reader->share == layer->share)) layer->gathered = true;
  }
}

class Lowering {
 public:
  Lowering(const Graph& graph, const Machine& machine, const MapOptions& options, const Member& member)
      : g_(graph), machine_(machine), options_(options), member_(member) {}

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
      try {
        lower_operator(g_.operators[i]);
      } catch (const Unsupported& why) {
        refuse(why.what());
      }
    }
    for (int t : g_.outputs)
      if (int s = out_.storage_of[static_cast<std::size_t>(t)]; s >= 0) out_.storages[static_cast<std::size_t>(s)].is_output = true;
    for (int i : out_.host_after)
      for (int t : g_.operators[static_cast<std::size_t>(i)].inputs)
        if (t >= 0 && out_.storage_of[static_cast<std::size_t>(t)] >= 0)
          out_.storages[static_cast<std::size_t>(out_.storage_of[static_cast<std::size_t>(t)])].is_output = true;
    decide_gathers(out_, member_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError("operator " + std::to_string(op_) + " (" + g_.operators[static_cast<std::size_t>(op_)].type + "): " + why);
  }
  const Tensor& tensor(int t) const { return g_.tensors[static_cast<std::size_t>(t)]; }
  int zero(int t) const { return tensor(t).zero_point.empty() ? 0 : tensor(t).zero_point[0]; }

  /// Something beyond this graph's operators reads it: the host or another chip.
  bool leaves(int t) const {
    return std::find(g_.outputs.begin(), g_.outputs.end(), t) != g_.outputs.end() ||
           std::any_of(options_.to.begin(), options_.to.end(), [&](const PipeLink& link) {
             return std::any_of(link.tensors.begin(), link.tensors.end(), [&](const PipeLink::Tensor& sent) { return sent.tensor == t; });
           });
  }

  /// The storage of a tensor a chip layer reads; a graph input or host-made tensor becomes a chip input here.
  int input_storage(int t) {
    auto& s = out_.storage_of[static_cast<std::size_t>(t)];
    if (s >= 0) return s;
    if (tensor(t).constant()) {
      if (size_of(tensor(t).type) != 1) refuse("its constant operand '" + shown(tensor(t).name) + "' is not int8");
      return s = add_constant(t, tensor(t).data);
    }
    const bool from_graph = std::find(g_.inputs.begin(), g_.inputs.end(), t) != g_.inputs.end();
    const bool from_host = std::any_of(out_.host_before.begin(), out_.host_before.end(), [&](int i) {
      const auto& o = g_.operators[static_cast<std::size_t>(i)].outputs;
      return std::find(o.begin(), o.end(), t) != o.end();
    });
    if (!from_graph && !from_host)
      refuse(
          "its input '" + shown(tensor(t).name) +
          "' is made on the host in the middle of the network (SOFTMAX, QUANTIZE from float and DEQUANTIZE may stand only at the edges)");
    if (size_of(tensor(t).type) != 1) refuse("its input '" + shown(tensor(t).name) + "' is not int8");
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
  int add_constant(int t, std::vector<std::uint8_t> data) {
    const int s = add_storage(t);
    Storage& storage = out_.storages[static_cast<std::size_t>(s)];
    storage.is_constant = true;
    storage.bytes = data.size();
    storage.data = std::move(data);
    return s;
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
    if (s.size() > 4) refuse("tensor '" + shown(tensor(t).name) + "' has more than 4 axes");
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
      if (size_of(tensor(t).type) != 1) refuse("its output '" + shown(tensor(t).name) + "' is not int8");
    if (const auto* a = std::get_if<Conv2d>(&op.attributes)) return conv(op, *a);
    if (const auto* a = std::get_if<DepthwiseConv2d>(&op.attributes)) return depthwise(op, *a);
    if (const auto* a = std::get_if<FullyConnected>(&op.attributes)) return fully_connected(op, *a);
    if (const auto* a = std::get_if<AddSub>(&op.attributes)) {
      return binary(op, [&](const BinaryShape& s, int za, int zb, int zo) { return make_add(s, *a, za, zb, zo); });
    }
    if (const auto* a = std::get_if<Mul>(&op.attributes)) {
      return binary(op, [&](const BinaryShape& s, int za, int zb, int zo) { return make_mul(s, *a, za, zb, zo); });
    }
    if (const auto* a = std::get_if<Pool2d>(&op.attributes)) return pool(op, *a);
    if (const auto* a = std::get_if<Mean>(&op.attributes)) return mean(op, *a);
    if (const auto* a = std::get_if<Table>(&op.attributes)) {
      const int in = input_storage(op.inputs[0]);
      return add_layer(make_lookup(tensor(op.outputs[0]).bytes(), *a), {in}, output_storage(op.outputs[0]));
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
    if (std::find(g_.inputs.begin(), g_.inputs.end(), t) == g_.inputs.end())
      refuse("QUANTIZE from float may stand only directly behind a network input");
    out_.host_before.push_back(op_);
    out_.report.back().where = PlanLayer::Where::host;
  }
  void host_after(const Operator& op) {
    for (int t : op.outputs)
      for (int user : consumers_[static_cast<std::size_t>(t)]) {
        const auto& a = g_.operators[static_cast<std::size_t>(user)].attributes;
        if (!std::holds_alternative<Softmax>(a) && !std::holds_alternative<Dequantize>(a) && !std::holds_alternative<Reshape>(a))
          refuse("its output feeds operator " + std::to_string(user) +
                 ", but what runs on the host may stand only at the end of a network");
      }
    out_.host_after.push_back(op_);
    out_.report.back().where = PlanLayer::Where::host;
  }

  void reshape(const Operator& op) {
    const int from = op.inputs[0], to = op.outputs[0];
    const bool on_host = out_.storage_of[static_cast<std::size_t>(from)] < 0 &&
                         std::any_of(out_.host_after.begin(), out_.host_after.end(),
                                     [&](int i) { return g_.operators[static_cast<std::size_t>(i)].outputs[0] == from; });
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
    add_layer(make_copy(tensor(to).bytes()), {s}, output_storage(to));
  }

  /// A PAD whose only effect is a frame of zero points around an image that only convolutions read is their padding.
  const Operator* foldable_pad(int t) const {
    if (options_.every_layer) return nullptr;
    const Operator* pad = nullptr;
    for (const Operator& op : g_.operators)
      if (!op.outputs.empty() && op.outputs[0] == t && std::holds_alternative<Pad>(op.attributes)) pad = &op;
    if (!pad) return nullptr;
    const Pad& a = std::get<Pad>(pad->attributes);
    if (a.before_after.size() != 4 || a.before_after[0][0] || a.before_after[0][1] || a.before_after[3][0] || a.before_after[3][1])
      return nullptr;
    if (a.value != zero(t) || zero(pad->inputs[0]) != zero(t)) return nullptr;
    if (leaves(t)) return nullptr;
    for (int user : consumers_[static_cast<std::size_t>(t)]) {
      const Operator& o = g_.operators[static_cast<std::size_t>(user)];
      if (o.inputs[0] != t || (!std::holds_alternative<Conv2d>(o.attributes) && !std::holds_alternative<DepthwiseConv2d>(o.attributes)))
        return nullptr;
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

  /// What no tiling makes smaller. Everything else is checked where a command is encoded: a value beyond its field throws there.
  void check_window(const ConvShape& s) const {
    const auto within = [&](const char* what, std::int64_t value, int limit) {
      if (value > limit) refuse(std::string(what) + " " + std::to_string(value) + " is beyond the chip's " + std::to_string(limit));
    };
    within("kernel height", s.kernel_h, 255);
    within("kernel width", s.kernel_w, 255);
    within("stride", std::max(s.stride_h, s.stride_w), 255);
    within("dilation", std::max(s.dilation_h, s.dilation_w), 255);
    within("dilated kernel height", std::int64_t{s.kernel_h - 1} * s.dilation_h + 1, 4095);
    within("padding", std::max(s.pad_top, s.pad_left), 2047);
  }

  template <class Window>
  ConvShape conv_shape(const Operator& op, const Window& a, const ConvInput& from, int groups) const {
    const auto in = image(from.tensor), o = image(op.outputs[0]), w = tensor(op.inputs[1]).shape;
    return {in[1],      in[2],      in[3],        o[1],         o[2],             o[3],              w[1],  w[2],
            a.stride_h, a.stride_w, a.dilation_h, a.dilation_w, from.padding.top, from.padding.left, groups};
  }

  void conv(const Operator& op, const Conv2d& a) {
    const ConvInput from = conv_input(op.inputs[0], a.padding);
    convolution(op, conv_shape(op, a, from, a.groups), from.tensor, constants(op, from.tensor, a.requant, a.clamp));
  }

  void convolution(const Operator& op, const ConvShape& s, int from, const ConvConstants& c) {
    check_window(s);
    const int in = input_storage(from);
    Storage& storage = out_.storages[static_cast<std::size_t>(in)];
    const bool sole_use = consumers_[static_cast<std::size_t>(from)].size() == 1 && !leaves(from);
    // The swap happens in the load of a network input; an aliased or shared tensor keeps its layout.
    const bool swap = !options_.every_layer && storage.is_input && readers_of_storage(in) == 1 && sole_use &&
                      storage.bytes <= machine_.scratchpad / 4 && swap_pays(machine_, s);
    if (swap) {
      storage.swap_h = s.in_h;
      storage.swap_w = s.in_w;
    }
    add_layer(make_conv(machine_, s, c, swap,
                        share(op, s, [&](const std::optional<Share>& share) { return conv_cycles(machine_, s, swap, share); })),
              {in}, output_storage(op.outputs[0]));
  }

  /// Another stage's chips read it, under this name or another. Each chip sends all of it to one of them.
  bool sent_on(int t) const {
    if (!options_.to.empty() && leaves(t)) return true;
    const auto& users = consumers_[static_cast<std::size_t>(t)];
    return std::any_of(users.begin(), users.end(), [&](int user) {
      const Operator& o = g_.operators[static_cast<std::size_t>(user)];
      return std::holds_alternative<Reshape>(o.attributes) && sent_on(o.outputs[0]);
    });
  }

  bool only_depthwise_reads(int t) const {
    const std::vector<int>& users = consumers_[static_cast<std::size_t>(t)];
    const auto is_depthwise = [&](int user) {
      const auto* a = std::get_if<DepthwiseConv2d>(&g_.operators[static_cast<std::size_t>(user)].attributes);
      return a && a->depth_multiplier == 1;
    };
    return !users.empty() && !leaves(t) && std::all_of(users.begin(), users.end(), is_depthwise);
  }

  /// How the layer is split that makes a storage of so many channels, if it is.
  std::optional<Share> share_of(int storage, int channels) const {
    for (const LayerPtr& layer : out_.layers)
      if (layer->output.storage == storage && layer->share && layer->share->all == channels) return layer->share;
    return std::nullopt;
  }

  /// This chip's part of a layer with such an output, if the layer is split: where the array then saves more cycles than the channels of
  /// the others take to arrive, or those of this chip to leave, a word a cycle. Most of that hides behind the work; what comes last does not.
  template <class Cycles>
  std::optional<Share> share(const Operator& op, const ConvShape& s, const Cycles& cycles) const {
    std::optional<Share> best;
    if (member_.parts.empty() || sent_on(op.outputs[0])) return best;
    std::int64_t least = member_.split_all ? INT64_MAX : cycles(best);
    const bool stays = only_depthwise_reads(op.outputs[0]);  // each chip goes on with its channels
    for (unsigned parts : member_.parts) {
      const Share share = member_.of(s.out_c, parts, machine_);
      constexpr std::int64_t overhead = 200;
      const int flit = static_cast<int>(contract::flit_bytes), peers = static_cast<int>(parts) - 1;
      const std::int64_t pixels = std::int64_t{s.out_h} * s.out_w;
      const std::int64_t flits = pixels * std::max(peers * ceil_div(share.largest, flit), ceil_div(s.out_c - share.largest, flit));
      const std::int64_t cost = std::max(cycles(share), stays ? 0 : flits) + overhead;
      if (cost >= least) continue;
      least = cost;
      best = share;
    }
    return best;
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
    ConvShape s = conv_shape(op, a, from, 1);
    const ConvConstants c = constants(op, from.tensor, a.requant, a.clamp);
    const int effective_h = (s.kernel_h - 1) * s.dilation_h + 1, effective_w = (s.kernel_w - 1) * s.dilation_w + 1;
    const bool native =
        a.depth_multiplier == 1 && s.in_c == s.out_c && s.stride_h <= 4 && s.stride_w <= 4 && effective_h <= 15 && effective_w <= 15;
    if (native && s.in_c > 1) {
      check_window(s);
      const int storage = input_storage(from.tensor);
      // Channels that are here need not come from elsewhere: it is split as its input is.
      std::optional<Share> mine = sent_on(op.outputs[0]) ? std::nullopt : share_of(storage, s.in_c);
      if (!mine) mine = share(op, s, [&](const std::optional<Share>& share) { return depthwise_cycles(machine_, s, share); });
      add_layer(make_depthwise(machine_, s, c, mine), {storage}, output_storage(op.outputs[0]));
      return;
    }
    // Otherwise it is a grouped convolution with one input channel a group: 1HWO weights become OHW1.
    s.groups = s.in_c;
    std::vector<std::int8_t> turned(static_cast<std::size_t>(s.out_c) * s.kernel_h * s.kernel_w);
    for (int k = 0; k < s.kernel_h * s.kernel_w; ++k)
      for (int ch = 0; ch < s.out_c; ++ch)
        turned[static_cast<std::size_t>(ch) * s.kernel_h * s.kernel_w + k] = c.weights[static_cast<std::size_t>(k) * s.out_c + ch];
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
    if (s.broadcast_a && s.broadcast_b) refuse("both operands are broadcast: the shape of one must be that of the result");
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
    const auto operand = [&](int t, bool broadcast) {
      return broadcast && tensor(t).constant() ? repeated_constant(t, bytes, s.inner) : input_storage(t);
    };
    const int sa = operand(op.inputs[0], s.broadcast_a), sb = operand(op.inputs[1], s.broadcast_b);
    add_layer(make(s, zero(op.inputs[0]), zero(op.inputs[1]), zero(op.outputs[0])), {sa, sb}, output_storage(op.outputs[0]));
  }

  /// A run of a few bytes takes a word's time: a constant of `inner` bytes is repeated up to a run worth it that still divides `bytes`.
  int repeated_constant(int t, std::size_t bytes, int& inner) {
    if (size_of(tensor(t).type) != 1) refuse("its constant operand '" + shown(tensor(t).name) + "' is not int8");
    const std::vector<std::uint8_t>& once = tensor(t).data;
    int times = std::max(1, 1024 / inner);
    while (bytes / once.size() % static_cast<std::size_t>(times) != 0) --times;
    inner *= times;
    std::vector<std::uint8_t> run;
    for (int i = 0; i < times; ++i) run.insert(run.end(), once.begin(), once.end());
    return add_constant(t, std::move(run));
  }

  void pool(const Operator& op, const Pool2d& a) {
    const auto in = image(op.inputs[0]), o = image(op.outputs[0]);
    const PoolShape s{in[1], in[2], in[3], o[1], o[2], a.filter_h, a.filter_w, a.stride_h, a.stride_w, a.padding.top, a.padding.left};
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_pool(s, a.average, a.clamp), {storage}, output_storage(op.outputs[0]));
  }

  void mean(const Operator& op, const Mean& a) {
    const auto& shape = tensor(op.inputs[0]).shape;
    int outer = 1, n = 1, inner = 1;
    for (std::size_t i = 1; i < a.axes.size(); ++i)
      if (a.axes[i] != a.axes[i - 1] + 1) refuse("the mean is not over neighbouring axes");
    for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
      const int d = shape[static_cast<std::size_t>(axis)];
      if (axis < a.axes.front())
        outer *= d;
      else if (axis <= a.axes.back())
        n *= d;
      else
        inner *= d;
    }
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_mean(machine_, outer, n, inner, a.requant, zero(op.inputs[0]), zero(op.outputs[0])), {storage},
              output_storage(op.outputs[0]));
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
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_pad({in[1], in[2], in[3]}, {o[1], o[2], o[3]}, p[1][0], p[2][0], p[3][0], static_cast<std::uint8_t>(a.value)), {storage},
              output_storage(t));
  }

  /// The tensor as [outer, axis * inner]: rows and bytes of a row.
  Operand around(int t, int axis) const {
    const auto& shape = tensor(t).shape;
    if (axis < 0) axis += static_cast<int>(shape.size());
    Operand o{-1, 1, 1};
    for (int i = 0; i < static_cast<int>(shape.size()); ++i) (i < axis ? o.rows : o.row_bytes) *= shape[static_cast<std::size_t>(i)];
    return o;
  }

  void concatenation(const Operator& op, const Concatenation& a) {
    const Operand all = around(op.outputs[0], a.axis);
    std::vector<Operand> parts;
    std::vector<int> storages;
    for (int t : op.inputs) {
      parts.push_back(around(t, a.axis));
      storages.push_back(input_storage(t));
    }
    add_layer(make_concatenation(parts, all), storages, output_storage(op.outputs[0]));
  }

  void split(const Operator& op, const Split& a) {
    const int from = op.inputs[0];
    const Operand all = around(from, a.axis);
    const int storage = input_storage(from);
    int offset = 0;
    for (int t : op.outputs) {
      const Operand part = around(t, a.axis);
      add_layer(make_slice(all, part, offset), {storage}, output_storage(t));
      offset += part.row_bytes;
    }
  }

  void transpose(const Operator& op, const Transpose& a) {
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_transpose(tensor(op.inputs[0]).shape, a.permutation), {storage}, output_storage(op.outputs[0]));
  }

  void resize(const Operator& op, const ResizeNearest& a) {
    const auto in = image(op.inputs[0]), o = image(op.outputs[0]);
    const int storage = input_storage(op.inputs[0]);
    add_layer(make_resize({in[1], in[2], in[3]}, {o[1], o[2], o[3]}, a), {storage}, output_storage(op.outputs[0]));
  }

  const Graph& g_;
  const Machine& machine_;
  const MapOptions& options_;
  const Member& member_;
  Lowered out_;
  std::vector<std::vector<int>> consumers_;
  int op_ = -1;
};

}  // namespace

Share::Share(unsigned the_part, std::vector<int> the_starts)
    : parts(static_cast<unsigned>(the_starts.size()) - 1), part(the_part), all(the_starts.back()), starts(std::move(the_starts)) {
  first = starts[part];
  channels = starts[part + 1] - first;
  for (unsigned p = 0; p < parts; ++p) largest = std::max(largest, starts[p + 1] - starts[p]);
}

/// Slices are whole words, as the array works by them: no more cycles than equal ones, and whole flits. But when all is to be split, no
/// chip goes without because of that.
Share Member::of(int channels, unsigned into, const Machine& machine) const {
  if (!starts.empty()) return {rank, starts};
  const int word = static_cast<int>(machine.word), equal = ceil_div(channels, static_cast<int>(into)), words = ceil_div(equal, word) * word;
  const int largest = split_all && ceil_div(channels, words) < ceil_div(channels, equal) ? equal : words;
  std::vector<int> equally;
  for (unsigned part = 0; part <= into; ++part) equally.push_back(std::min(channels, static_cast<int>(part) * largest));
  return {rank % into, std::move(equally)};
}

Lowered lower(const Graph& graph, const Machine& machine, const MapOptions& options, const Member& member) {
  return Lowering(graph, machine, options, member).run();
}

}  // namespace twill::mapper
