// SPDX-License-Identifier: Apache-2.0
#include "random_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>

#include "tflite_builder.hpp"
#include "twill/tflite.hpp"

namespace twill::test {
namespace {

/// Numbers that do not depend on the standard library, unlike its distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// low to high, both included.
  int between(int low, int high) {
    const std::int64_t count = std::int64_t{high} - low + 1;
    return static_cast<int>(low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(count)));
  }
  double real(double low, double high) { return low + (high - low) * std::ldexp(static_cast<double>(engine_() >> 11), -53); }
  /// As likely between 0.1 and 1 as between 1 and 10.
  double log_real(double low, double high) { return std::exp(real(std::log(low), std::log(high))); }
  bool chance(double probability) { return real(0, 1) < probability; }
  template <typename Value>
  const Value& pick(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(between(0, static_cast<int>(values.size()) - 1))];
  }
  std::vector<std::uint8_t> bytes(std::size_t count) {
    std::vector<std::uint8_t> result(count);
    for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(engine_() >> 32);
    return result;
  }

 private:
  std::mt19937_64 engine_;
};

constexpr int longest_softmax = 4095;            // that the importer accepts
constexpr std::size_t most_weights = 4'000'000;  // of a fully connected layer
constexpr double byte_deviation = 74;            // of a uniformly random int8

std::size_t elements(const std::vector<int>& shape) {
  std::size_t n = 1;
  for (int extent : shape) n *= static_cast<std::size_t>(extent);
  return n;
}

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomNetworkOptions& options) : random_(seed), options_(options) {
    draws_ = {
        {"CONV_2D", 5, [this] { return conv_2d(); }},
        {"DEPTHWISE_CONV_2D", 4, [this] { return depthwise(); }},
        {"FULLY_CONNECTED", 1, [this] { return fully_connected(); }},
        {"ADD", 2, [this] { return add_or_sub(false); }},
        {"SUB", 1, [this] { return add_or_sub(true); }},
        {"MUL", 1, [this] { return mul(); }},
        {"AVERAGE_POOL_2D", 1, [this] { return pool(tflite::BuiltinOperator::AVERAGE_POOL_2D); }},
        {"MAX_POOL_2D", 1, [this] { return pool(tflite::BuiltinOperator::MAX_POOL_2D); }},
        {"MEAN", 1, [this] { return mean(); }},
        {"LOGISTIC", 1, [this] { return unary(tflite::BuiltinOperator::LOGISTIC); }},
        {"HARD_SWISH", 1, [this] { return unary(tflite::BuiltinOperator::HARD_SWISH); }},
        {"RELU", 1, [this] { return unary(tflite::BuiltinOperator::RELU); }},
        {"RELU6", 1, [this] { return unary(tflite::BuiltinOperator::RELU6); }},
        {"QUANTIZE", 1, [this] { return unary(tflite::BuiltinOperator::QUANTIZE); }},
        {"CONCATENATION", 1, [this] { return concatenation(); }},
        {"SPLIT", 1, [this] { return split(); }},
        {"PAD", 1, [this] { return pad(false); }},
        {"PADV2", 1, [this] { return pad(true); }},
        {"RESIZE_NEAREST_NEIGHBOR", 1, [this] { return resize(); }},
        {"TRANSPOSE", 1, [this] { return transpose(); }},
        {"RESHAPE", 1, [this] { return reshape(); }},
    };
  }

  std::vector<std::uint8_t> run() {
    begin();
    std::vector<std::size_t> allowed;  // as often as each is wanted
    for (std::size_t i = 0; i < draws_.size(); ++i)
      if (may(draws_[i].type)) allowed.insert(allowed.end(), static_cast<std::size_t>(draws_[i].weight), i);
    // A draw that does not fit the tensors there are is drawn again; some always fit unless few types are allowed.
    for (int made = 0, tries = 0; made < options_.operators && tries < 40 * options_.operators && !allowed.empty(); ++tries)
      if (draws_[random_.pick(allowed)].make()) ++made;
    end();
    return builder_.bytes();
  }

 private:
  using Type = tflite::BuiltinOperator;
  struct Draw {
    std::string type;
    int weight;
    std::function<bool()> make;
  };
  struct Value {
    int index;
    std::vector<int> shape;
    float scale;
    int zero;
  };

  bool may(const std::string& type) const {
    return options_.types.empty() || std::count(options_.types.begin(), options_.types.end(), type) > 0;
  }
  std::size_t most_elements() const {
    return static_cast<std::size_t>(options_.most_extent * options_.most_extent * options_.most_channels * 4);
  }

  float scale() { return static_cast<float>(random_.log_real(0.003, 0.3)); }
  /// Near what an operator's range asks for, but never so far off that scales run away over many layers.
  float scale_near(double wanted) { return static_cast<float>(std::clamp(wanted, 0.001, 1.0)); }
  int zero() { return random_.chance(0.3) ? -128 : random_.between(-128, 127); }
  tflite::Activation activation() {
    return random_.pick<tflite::Activation>(
        {tflite::Activation::NONE, tflite::Activation::NONE, tflite::Activation::RELU, tflite::Activation::RELU6});
  }
  tflite::Padding padding() { return random_.chance(0.5) ? tflite::Padding::SAME : tflite::Padding::VALID; }

  /// A tensor to read, most often a late one. Nothing when none has this many axes.
  const Value* source(std::size_t rank = 0) {
    std::vector<std::size_t> fit;
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (rank == 0 || values_[i].shape.size() == rank) fit.push_back(i);
    if (fit.empty()) return nullptr;
    return &values_[random_.chance(0.7) ? fit.back() : random_.pick(fit)];
  }
  int read(const Value& value) {
    read_.push_back(value.index);
    return value.index;
  }
  Value make(std::vector<int> shape, float scale, int zero) {
    const int index = builder_.activation(shape, scale, zero);
    values_.push_back({index, std::move(shape), scale, zero});
    return values_.back();
  }
  /// With the quantization of another.
  Value make_like(std::vector<int> shape, const Value& like) { return make(std::move(shape), like.scale, like.zero); }

  void begin() {
    const std::vector<int> shape{1, random_.between(options_.least_extent, options_.most_extent),
                                 random_.between(options_.least_extent, options_.most_extent),
                                 random_.between(1, std::min(options_.input_channels, options_.most_channels))};
    const bool quantize = may("QUANTIZE");
    if (quantize && random_.chance(0.15)) {
      const int in = builder_.input(builder_.tensor(shape, tflite::TensorType::FLOAT32));
      builder_.op(Type::QUANTIZE, {in}, {make(shape, scale(), zero()).index});
    } else if (quantize && random_.chance(0.15)) {
      const float in_scale = scale();
      const int in_zero = random_.between(0, 255);
      const int in = builder_.input(builder_.tensor(shape, tflite::TensorType::UINT8, {{in_scale}, {in_zero}}));
      const bool moves = random_.chance(0.5);  // the exact 128 apart, or any other
      builder_.op(Type::QUANTIZE, {in}, {make(shape, moves ? in_scale : scale(), moves ? in_zero - 128 : zero()).index});
    } else {
      builder_.input(make(shape, scale(), zero()).index);
    }
  }

  void end() {
    const Value last = values_.back();
    if (may("SOFTMAX") && last.shape.size() == 2 && last.shape[1] <= longest_softmax && random_.chance(0.7)) {
      tflite::SoftmaxOptionsT options;
      options.beta = 1;
      builder_.op(Type::SOFTMAX, {read(last)}, {make(last.shape, 1.0f / 256, -128).index}, options);
    } else if (may("DEQUANTIZE") && random_.chance(0.1)) {
      builder_.op(Type::DEQUANTIZE, {read(last)}, {builder_.output(builder_.tensor(last.shape, tflite::TensorType::FLOAT32))});
    }
    for (const Value& value : values_)
      if (!std::count(read_.begin(), read_.end(), value.index)) builder_.output(value.index);
    if (builder_.graph().outputs.empty()) builder_.output(last.index);
  }

  /// Weights and bias for sums over `depth` products, scaled so that they spread over the int8 output.
  struct Layer {
    int weights, bias;
    float out_scale;
  };
  Layer layer(const Value& in, std::vector<int> weight_shape, int axis, int channels, std::size_t depth) {
    const double spread = std::sqrt(static_cast<double>(depth)) * byte_deviation * byte_deviation;
    Layer result{};
    result.out_scale = scale();
    double steps = random_.log_real(20, 120) / spread;           // of the output for one of the sum: fills int8
    if (random_.chance(0.03)) steps = random_.log_real(1, 100);  // shifts left, and saturates
    const auto weight_scale = static_cast<float>(result.out_scale * steps / in.scale);
    Quantized quantized{{}, {}, axis};
    const bool per_channel = channels > 1 && random_.chance(0.7);
    for (int c = 0; c < (per_channel ? channels : 1); ++c) {
      double factor = per_channel ? random_.log_real(0.3, 3) : 1;
      if (per_channel && random_.chance(0.02)) factor = 1e-12;  // a dead channel: its multiplier is 0
      quantized.scale.push_back(weight_scale * static_cast<float>(factor));
      quantized.zero_point.push_back(0);
    }
    if (random_.chance(0.1)) quantized.axis = 7;  // seen in the wild: no such axis

    result.weights = builder_.tensor(weight_shape, tflite::TensorType::INT8, quantized, random_.bytes(elements(weight_shape)));
    result.bias = -1;
    if (random_.chance(0.85)) {
      const bool extreme = random_.chance(0.05);
      const int reach = extreme ? 1 << 30 : static_cast<int>(2 * spread);
      std::vector<std::int32_t> bias;
      for (int c = 0; c < channels; ++c) bias.push_back(random_.between(-reach, reach));
      result.bias = builder_.ints(bias);
    }
    return result;
  }

  static int extent(int in, int filter, int stride, int dilation, tflite::Padding padding) {
    const int reach = (filter - 1) * dilation + 1;
    if (padding == tflite::Padding::SAME) return (in + stride - 1) / stride;
    return in < reach ? 0 : (in - reach) / stride + 1;
  }

  struct Geometry {
    int filter_h, filter_w, stride_h, stride_w, dilation_h, dilation_w, out_h, out_w;
    tflite::Padding padding;
  };
  /// A window that leaves something of the image. Dilation and stride do not meet, as in TensorFlow.
  bool geometry(const Value& in, Geometry& g) {
    g.filter_h = random_.between(1, random_.chance(0.2) ? 7 : 3);
    g.filter_w = random_.between(1, random_.chance(0.2) ? 7 : 3);
    g.stride_h = random_.chance(0.6) ? 1 : random_.between(2, 3);
    g.stride_w = random_.chance(0.7) ? g.stride_h : random_.between(1, 3);
    const bool dilates = g.stride_h == 1 && g.stride_w == 1 && random_.chance(0.25);
    g.dilation_h = dilates ? random_.between(1, 3) : 1;
    g.dilation_w = dilates ? random_.between(1, 3) : 1;
    g.padding = padding();
    g.out_h = extent(in.shape[1], g.filter_h, g.stride_h, g.dilation_h, g.padding);
    g.out_w = extent(in.shape[2], g.filter_w, g.stride_w, g.dilation_w, g.padding);
    return g.out_h > 0 && g.out_w > 0;
  }

  template <typename Options>
  Options window_options(const Geometry& g) {
    Options options;
    options.padding = g.padding;
    options.stride_h = g.stride_h;
    options.stride_w = g.stride_w;
    options.fused_activation_function = activation();
    return options;
  }

  bool conv_2d() {
    const Value* found = source(4);
    Geometry g{};
    if (!found || !geometry(*found, g)) return false;
    const Value in = *found;
    int groups = 1;
    if (random_.chance(0.25)) {
      std::vector<int> divisors;
      for (int d = 2; d <= in.shape[3]; ++d)
        if (in.shape[3] % d == 0 && d <= options_.most_channels) divisors.push_back(d);
      if (!divisors.empty()) groups = random_.pick(divisors);
    }
    const int channels = groups * random_.between(1, std::max(1, options_.most_channels / groups)), depth = in.shape[3] / groups;
    const Layer l =
        layer(in, {channels, g.filter_h, g.filter_w, depth}, 0, channels, static_cast<std::size_t>(g.filter_h * g.filter_w * depth));
    auto options = window_options<tflite::Conv2DOptionsT>(g);
    options.dilation_h_factor = g.dilation_h;
    options.dilation_w_factor = g.dilation_w;
    const int out = make({1, g.out_h, g.out_w, channels}, l.out_scale, zero()).index;
    builder_.op(Type::CONV_2D, {read(in), l.weights, l.bias}, {out}, options);
    return true;
  }

  bool depthwise() {
    const Value* found = source(4);
    Geometry g{};
    if (!found || !geometry(*found, g)) return false;
    const Value in = *found;
    const int multiplier = random_.chance(0.3) ? random_.between(1, std::max(1, options_.most_channels / in.shape[3])) : 1;
    const int channels = in.shape[3] * multiplier;
    if (channels > 2 * options_.most_channels) return false;
    const Layer l = layer(in, {1, g.filter_h, g.filter_w, channels}, 3, channels, static_cast<std::size_t>(g.filter_h * g.filter_w));
    auto options = window_options<tflite::DepthwiseConv2DOptionsT>(g);
    options.dilation_h_factor = g.dilation_h;
    options.dilation_w_factor = g.dilation_w;
    const int out = make({1, g.out_h, g.out_w, channels}, l.out_scale, zero()).index;
    builder_.op(Type::DEPTHWISE_CONV_2D, {read(in), l.weights, l.bias}, {out}, options);
    return true;
  }

  bool fully_connected() {
    const Value in = *source();
    const int depth = static_cast<int>(elements(in.shape)), channels = random_.between(1, options_.most_channels);
    if (static_cast<std::size_t>(depth) * static_cast<std::size_t>(channels) > most_weights) return false;
    const Layer l = layer(in, {channels, depth}, 0, channels, static_cast<std::size_t>(depth));
    tflite::FullyConnectedOptionsT options;
    options.fused_activation_function = activation();
    const int out = make({1, channels}, l.out_scale, zero()).index;
    builder_.op(Type::FULLY_CONNECTED, {read(in), l.weights, l.bias}, {out}, options);
    return true;
  }

  /// A second operand of the same shape: another tensor, the same one, or a constant; sometimes one value a channel.
  Value second_operand(const Value& first) {
    std::vector<Value> fit;
    for (const Value& value : values_)
      if (value.shape == first.shape) fit.push_back(value);
    if (random_.chance(0.6)) {
      const Value value = random_.pick(fit);
      read(value);
      return value;
    }
    std::vector<int> shape = first.shape;
    if (random_.chance(0.5)) std::fill(shape.begin(), shape.end() - 1, 1);
    Value value{-1, shape, scale(), zero()};
    value.index = builder_.tensor(shape, tflite::TensorType::INT8, {{value.scale}, {value.zero}}, random_.bytes(elements(shape)));
    return value;
  }

  bool add_or_sub(bool subtract) {
    const Value a = *source();
    const Value b = second_operand(a);
    const bool swap = b.shape == a.shape && random_.chance(0.5);
    const Value &first = swap ? b : a, &second = swap ? a : b;
    const int out = make(a.shape, scale_near((a.scale + b.scale) * random_.log_real(0.4, 2)), zero()).index;
    read(a);
    const tflite::Activation act = activation();
    if (subtract) {
      tflite::SubOptionsT options;
      options.fused_activation_function = act;
      builder_.op(Type::SUB, {first.index, second.index}, {out}, options);
    } else {
      tflite::AddOptionsT options;
      options.fused_activation_function = act;
      builder_.op(Type::ADD, {first.index, second.index}, {out}, options);
    }
    return true;
  }

  bool mul() {
    const Value a = *source();
    const Value b = second_operand(a);
    tflite::MulOptionsT options;
    options.fused_activation_function = activation();
    const int out = make(a.shape, scale_near(a.scale * b.scale * byte_deviation * random_.log_real(0.5, 3)), zero()).index;
    builder_.op(Type::MUL, {read(a), b.index}, {out}, options);
    return true;
  }

  bool pool(Type type) {
    const Value* found = source(4);
    Geometry g{};
    if (!found || !geometry(*found, g)) return false;
    const Value in = *found;
    g.out_h = extent(in.shape[1], g.filter_h, g.stride_h, 1, g.padding);
    g.out_w = extent(in.shape[2], g.filter_w, g.stride_w, 1, g.padding);
    auto options = window_options<tflite::Pool2DOptionsT>(g);
    options.filter_height = g.filter_h;
    options.filter_width = g.filter_w;
    builder_.op(type, {read(in)}, {make_like({1, g.out_h, g.out_w, in.shape[3]}, in).index}, options);
    return true;
  }

  bool mean() {
    const Value* found = source(4);
    if (!found) return false;
    const Value in = *found;
    const std::vector<int> axes = random_.pick<std::vector<int>>({{1, 2}, {1, 2}, {-2, 1}, {1}, {2}});
    const bool keep = random_.chance(0.5);
    std::vector<int> shape;
    for (int axis = 0; axis < 4; ++axis) {
      const bool reduced = std::count(axes.begin(), axes.end(), axis) || std::count(axes.begin(), axes.end(), axis - 4);
      if (!reduced)
        shape.push_back(in.shape[static_cast<std::size_t>(axis)]);
      else if (keep)
        shape.push_back(1);
    }
    const int out = make(shape, scale_near(in.scale * random_.log_real(0.1, 1)), zero()).index;
    builder_.op(Type::MEAN, {read(in), builder_.ints(axes)}, {out});
    return true;
  }

  bool unary(Type type) {
    const Value in = *source();
    int out = 0;
    switch (type) {
      case Type::LOGISTIC: out = make(in.shape, 1.0f / 256, -128).index; break;
      case Type::RELU6: out = make_like(in.shape, in).index; break;
      default: out = make(in.shape, scale_near(in.scale * random_.log_real(0.3, 3)), zero()).index; break;
    }
    builder_.op(type, {read(in)}, {out});
    return true;
  }

  /// A QUANTIZE of `in` to the quantization of `like`; `in` itself where they agree.
  Value requantized(const Value& in, const Value& like) {
    if (in.scale == like.scale && in.zero == like.zero) return in;
    const Value out = make_like(in.shape, like);
    builder_.op(Type::QUANTIZE, {read(in)}, {out.index});
    return out;
  }

  bool concatenation() {
    const Value* found = source(4);
    if (!found) return false;
    const Value first = *found;
    const std::size_t axis = random_.chance(0.7) ? 3 : random_.pick<std::size_t>({1, 2});
    std::vector<Value> parts{first};
    for (const Value& value : std::vector<Value>(values_)) {
      std::vector<int> shape = value.shape;
      if (shape.size() != 4 || parts.size() > 2 || !random_.chance(0.7)) continue;
      shape[axis] = first.shape[axis];
      const bool same = value.scale == first.scale && value.zero == first.zero;
      if (shape == first.shape && (same || may("QUANTIZE"))) parts.push_back(requantized(value, first));
    }
    if (parts.size() == 1 && random_.chance(0.8)) return false;
    std::vector<int> inputs, shape = first.shape;
    shape[axis] = 0;
    for (const Value& part : parts) {
      inputs.push_back(read(part));
      shape[axis] += part.shape[axis];
    }
    if (elements(shape) > most_elements()) return true;  // the parts stay as outputs
    tflite::ConcatenationOptionsT options;
    options.axis = static_cast<int>(axis) - (random_.chance(0.5) ? 4 : 0);
    builder_.op(Type::CONCATENATION, inputs, {make_like(shape, first).index}, options);
    return true;
  }

  bool split() {
    const Value* found = source(4);
    if (!found) return false;
    const Value in = *found;
    std::vector<std::pair<int, int>> ways;  // axis, parts
    for (int axis = 1; axis < 4; ++axis)
      for (int parts = 2; parts <= 3; ++parts)
        if (in.shape[static_cast<std::size_t>(axis)] % parts == 0) ways.emplace_back(axis, parts);
    if (ways.empty()) return false;
    const auto [axis, parts] = random_.pick(ways);
    std::vector<int> shape = in.shape, outputs;
    shape[static_cast<std::size_t>(axis)] /= parts;
    for (int part = 0; part < parts; ++part) outputs.push_back(make_like(shape, in).index);
    builder_.op(Type::SPLIT, {builder_.ints({axis - (random_.chance(0.5) ? 4 : 0)}, {}), read(in)}, outputs);
    return true;
  }

  bool pad(bool has_value) {
    const Value* found = source(4);
    if (!found) return false;
    const Value in = *found;
    std::vector<int> shape = in.shape, paddings(8, 0);
    for (std::size_t axis = 1; axis < 4; ++axis) {
      if (axis == 3 && !random_.chance(0.2)) continue;
      paddings[2 * axis] = random_.between(0, 3);
      paddings[2 * axis + 1] = random_.between(0, 3);
      shape[axis] += paddings[2 * axis] + paddings[2 * axis + 1];
    }
    if (elements(shape) > most_elements()) return false;
    std::vector<int> inputs{read(in), builder_.ints(paddings, {4, 2})};
    if (has_value) inputs.push_back(builder_.tensor({1}, tflite::TensorType::INT8, {{in.scale}, {in.zero}}, random_.bytes(1)));
    builder_.op(has_value ? Type::PADV2 : Type::PAD, inputs, {make_like(shape, in).index});
    return true;
  }

  bool resize() {
    const Value* found = source(4);
    if (!found) return false;
    const Value in = *found;
    const std::vector<int> shape{1, random_.between(1, 2 * in.shape[1]), random_.between(1, 2 * in.shape[2]), in.shape[3]};
    if (elements(shape) > most_elements()) return false;
    tflite::ResizeNearestNeighborOptionsT options;
    options.align_corners = random_.chance(0.3);
    options.half_pixel_centers = !options.align_corners && random_.chance(0.5);  // TensorFlow allows one of the two
    builder_.op(Type::RESIZE_NEAREST_NEIGHBOR, {read(in), builder_.ints({shape[1], shape[2]})}, {make_like(shape, in).index}, options);
    return true;
  }

  bool transpose() {
    const Value* found = source(4);
    if (!found) return false;
    const Value in = *found;
    const std::vector<int> permutation =
        random_.pick<std::vector<int>>({{0, 2, 1, 3}, {0, 3, 1, 2}, {0, 2, 3, 1}, {0, 1, 3, 2}, {0, 3, 2, 1}});
    std::vector<int> shape;
    for (int axis : permutation) shape.push_back(in.shape[static_cast<std::size_t>(axis)]);
    if (shape[3] > 2 * options_.most_channels) return false;
    builder_.op(Type::TRANSPOSE, {read(in), builder_.ints(permutation)}, {make_like(shape, in).index});
    return true;
  }

  bool reshape() {
    const Value in = *source();
    const int n = static_cast<int>(elements(in.shape));
    std::vector<std::vector<int>> shapes{{1, n}};
    for (int c = 1; c <= std::min(n, options_.most_channels); ++c)
      if (n % c == 0) shapes.push_back({1, 1, n / c, c});
    for (int h = 2; h <= options_.most_extent; ++h)
      for (int w = 2; w <= options_.most_extent; ++w)
        if (n % (h * w) == 0 && n / (h * w) <= options_.most_channels) shapes.push_back({1, h, w, n / (h * w)});
    const std::vector<int> shape = random_.pick(shapes);
    builder_.op(Type::RESHAPE, {read(in), builder_.ints(shape)}, {make_like(shape, in).index});
    return true;
  }

  Random random_;
  RandomNetworkOptions options_;
  std::vector<Draw> draws_;
  TfliteBuilder builder_;
  std::vector<Value> values_;  ///< int8 tensors with a value
  std::vector<int> read_;      ///< tensors some operator reads
};

}  // namespace

std::vector<std::uint8_t> random_tflite(std::uint64_t seed, const RandomNetworkOptions& options) { return Generator(seed, options).run(); }

Graph random_network(std::uint64_t seed, const RandomNetworkOptions& options) {
  return import_tflite(random_tflite(seed, options), "random network " + std::to_string(seed));
}

std::vector<std::vector<std::uint8_t>> random_inputs(const Graph& graph, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::vector<std::uint8_t>> inputs;
  for (int index : graph.inputs) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
    if (tensor.type != DataType::float32) {
      inputs.push_back(random.bytes(tensor.bytes()));
      continue;
    }
    std::vector<std::uint8_t> bytes(tensor.bytes());
    for (std::size_t i = 0; i < tensor.elements(); ++i) {
      const auto value = static_cast<float>(random.real(-5, 5));
      std::memcpy(bytes.data() + 4 * i, &value, 4);
    }
    inputs.push_back(std::move(bytes));
  }
  return inputs;
}

std::uint64_t seed_or(std::uint64_t otherwise) {
  const char* given = std::getenv("TWILL_SEED");
  return given ? std::strtoull(given, nullptr, 0) : otherwise;
}

}  // namespace twill::test
