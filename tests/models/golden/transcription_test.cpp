// SPDX-License-Identifier: Apache-2.0
// Importer and operators together against the second transcription, for what no published network here contains: LOGISTIC,
// HARD_SWISH, SUB, MUL, RELU, RELU6, byte-to-byte QUANTIZE, and ADD with other roundings than theirs. The one-value functions
// are compared at every byte, the two-value ones at every pair, for many quantizations.
#include "transcription.hpp"

#include "catch.hpp"
#include "random_network.hpp"
#include "tflite_builder.hpp"
#include "twill/golden/run.hpp"
#include "twill/tflite.hpp"

#include <random>

namespace {

using namespace twill;
using Type = tflite::BuiltinOperator;

struct Parameters {
  float scale;
  int zero;
};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  float scale(double low = 0.001, double high = 1) {
    return static_cast<float>(low * std::pow(high / low, static_cast<double>(engine_() >> 11) * std::ldexp(1.0, -53)));
  }
  Parameters parameters() { return {scale(), zero()}; }
  int zero() { return static_cast<int>(engine_() % 256) - 128; }

 private:
  std::mt19937_64 engine_;
};

std::vector<std::uint8_t> every_byte() {
  std::vector<std::uint8_t> bytes(256);
  for (int i = 0; i < 256; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  return bytes;
}

std::vector<std::uint8_t> run_unary(Type type, tflite::TensorType in_type, Parameters in, tflite::TensorType out_type, Parameters out) {
  test::TfliteBuilder model;
  const int x = model.input(model.tensor({1, 256}, in_type, {{in.scale}, {in.zero}}));
  const int y = model.output(model.tensor({1, 256}, out_type, {{out.scale}, {out.zero}}));
  model.op(type, {x}, {y});
  return golden::run(import_tflite(model.bytes(), "unary"), {every_byte()})[static_cast<std::size_t>(y)];
}

/// Every pair of bytes: a column of one operand against a row of the other, so broadcasting is exercised too.
template <typename Options>
std::vector<std::uint8_t> run_binary(Type type, Parameters a, Parameters b, Parameters out, Options options) {
  test::TfliteBuilder model;
  const int x = model.input(model.activation({256, 1}, a.scale, a.zero)), y = model.input(model.activation({1, 256}, b.scale, b.zero));
  const int z = model.output(model.activation({256, 256}, out.scale, out.zero));
  model.op(type, {x, y}, {z}, options);
  return golden::run(import_tflite(model.bytes(), "binary"), {every_byte(), every_byte()})[static_cast<std::size_t>(z)];
}

template <typename Expected>
void check_unary(const std::vector<std::uint8_t>& got, Expected expected) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto q = static_cast<std::int8_t>(byte);
    const int have = static_cast<std::int8_t>(got[static_cast<std::size_t>(byte)]);
    if (have == expected(q)) continue;
    INFO("q = " << int{q});
    REQUIRE(have == expected(q));
  }
}

/// Against the real function: a wrong constant in both transcriptions would show here.
template <typename Function>
void check_near(const std::vector<std::uint8_t>& got, double margin, Function function, Parameters in) {
  for (int byte = 0; byte < 256; ++byte) {
    const double x = static_cast<double>(in.scale) * (static_cast<std::int8_t>(byte) - in.zero);
    const double have = static_cast<std::int8_t>(got[static_cast<std::size_t>(byte)]);
    const double wanted = std::clamp(function(x), -128.0, 127.0);
    INFO("x = " << x << ": " << have << " instead of " << wanted);
    REQUIRE(std::abs(have - wanted) <= margin);
  }
}

template <typename Function>
void check_binary(const std::vector<std::uint8_t>& got, Parameters a, Parameters b, Parameters out, Function function) {
  for (int i = 0; i < 65536; ++i) {
    const auto p = static_cast<std::int8_t>(i / 256), q = static_cast<std::int8_t>(i % 256);
    const int expected = function(p, a.scale, a.zero, q, b.scale, b.zero, out.scale, out.zero);
    const int have = static_cast<std::int8_t>(got[static_cast<std::size_t>(i)]);
    if (have == expected) continue;
    INFO("operands " << int{p} << " and " << int{q} << ", scales " << a.scale << ", " << b.scale << ", " << out.scale);
    REQUIRE(have == expected);
  }
}

constexpr auto int8 = tflite::TensorType::INT8, uint8 = tflite::TensorType::UINT8;

}  // namespace

TEST_CASE("LOGISTIC is the transcription, and a logistic function") {
  const std::uint64_t seed = test::seed_or(1);
  INFO("TWILL_SEED=" << seed);
  Draw draw(seed);
  for (int round = 0; round < 200; ++round) {
    const Parameters in{draw.scale(1e-4, 7.9), draw.zero()};
    INFO("scale " << in.scale << ", zero point " << in.zero);
    const auto got = run_unary(Type::LOGISTIC, int8, in, int8, {1.0f / 256, -128});
    check_unary(got, [&](int q) { return transcription::logistic(q, in.scale, in.zero); });
    if (in.scale > 0.5f) continue;  // the rule cuts off at a whole number of steps, which gets coarse
    check_near(
        got, 0.7, [&](double x) { return 256 / (1 + std::exp(-x)) - 128; }, in);
  }
}

TEST_CASE("HARD_SWISH is the transcription, and a hard swish") {
  const std::uint64_t seed = test::seed_or(2);
  INFO("TWILL_SEED=" << seed);
  Draw draw(seed);
  for (int round = 0; round < 500; ++round) {
    const Parameters in = draw.parameters();
    const Parameters out{in.scale * draw.scale(0.02, 50), draw.zero()};
    INFO("scales " << in.scale << " to " << out.scale << ", zero points " << in.zero << " to " << out.zero);
    const auto got = run_unary(Type::HARD_SWISH, int8, in, int8, out);
    check_unary(got, [&](int q) { return transcription::hard_swish(q, in.scale, in.zero, out.scale, out.zero); });
    if (out.scale < in.scale) continue;  // coarser outputs hide the 16-bit steps
    check_near(
        got, 1.01, [&](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6 / static_cast<double>(out.scale) + out.zero; }, in);
  }
}

TEST_CASE("byte to byte QUANTIZE is the transcription") {
  const std::uint64_t seed = test::seed_or(3);
  INFO("TWILL_SEED=" << seed);
  Draw draw(seed);
  for (int round = 0; round < 200; ++round) {
    const Parameters in = draw.parameters(), out = draw.parameters();
    check_unary(run_unary(Type::QUANTIZE, int8, in, int8, out),
                [&](int q) { return transcription::requantize(q, in.scale, in.zero, out.scale, out.zero, -128, 127); });
    // As bytes: an unsigned q is q & 255, an unsigned result is compared by its bits.
    check_unary(run_unary(Type::QUANTIZE, uint8, {in.scale, in.zero + 128}, int8, out),
                [&](int q) { return transcription::requantize(q & 255, in.scale, in.zero + 128, out.scale, out.zero, -128, 127); });
    check_unary(run_unary(Type::QUANTIZE, int8, in, uint8, {out.scale, out.zero + 128}), [&](int q) {
      return int{static_cast<std::int8_t>(transcription::requantize(q, in.scale, in.zero, out.scale, out.zero + 128, 0, 255))};
    });
    check_unary(run_unary(Type::QUANTIZE, uint8, {in.scale, in.zero + 128}, int8, in),
                [](int q) { return int{static_cast<std::int8_t>(q ^ 0x80)}; });
    check_unary(run_unary(Type::QUANTIZE, int8, in, uint8, {in.scale, in.zero + 128}),
                [](int q) { return int{static_cast<std::int8_t>(q ^ 0x80)}; });
  }
}

TEST_CASE("RELU and RELU6 are the transcription") {
  const std::uint64_t seed = test::seed_or(4);
  INFO("TWILL_SEED=" << seed);
  Draw draw(seed);
  for (int round = 0; round < 200; ++round) {
    const Parameters in = draw.parameters(), out = draw.parameters();
    check_unary(run_unary(Type::RELU, int8, in, int8, out),
                [&](int q) { return std::max(transcription::requantize(q, in.scale, in.zero, out.scale, out.zero, -128, 127), out.zero); });
    const int six = std::min(127.0f, std::round(6.0f / in.scale) + static_cast<float>(in.zero));
    check_unary(run_unary(Type::RELU6, int8, in, int8, in), [&](int q) { return std::min(std::max(q, in.zero), six); });
  }
}

TEST_CASE("ADD, SUB and MUL are the transcription") {
  const std::uint64_t seed = test::seed_or(5);
  INFO("TWILL_SEED=" << seed);
  Draw draw(seed);
  for (int round = 0; round < 30; ++round) {
    const Parameters a = draw.parameters(), b = draw.parameters(), out = draw.parameters();
    check_binary(run_binary(Type::ADD, a, b, out, tflite::AddOptionsT{}), a, b, out, transcription::add);
    check_binary(run_binary(Type::SUB, a, b, out, tflite::SubOptionsT{}), a, b, out, transcription::sub);
    const Parameters product{a.scale * b.scale * draw.scale(0.1, 300), out.zero};
    check_binary(run_binary(Type::MUL, a, b, product, tflite::MulOptionsT{}), a, b, product, transcription::mul);
  }
}
