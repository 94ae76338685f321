// SPDX-License-Identifier: Apache-2.0
// ADD, MUL and LOOKUP: element by element over count runs of run bytes, so an output may replace an operand in place.
#include <algorithm>
#include <cstring>
#include <limits>

#include "executions.hpp"
#include "quantize.hpp"

namespace twill::functional {
namespace {

std::uint32_t words(const State& state, std::uint32_t bytes) { return (bytes + state.machine.word_bytes - 1) / state.machine.word_bytes; }

/// Calls out = f(a, b) over every element of the runs of ADD and MUL.
template <typename Command, typename Function>
void two_operands(State& state, const Command& c, Function f) {
  for (std::int64_t i = 0; i < c.count; ++i) {
    const auto* a = reinterpret_cast<const std::int8_t*>(scratchpad_at(state, c.a_base + i * c.a_pitch, c.run));
    const auto* b = reinterpret_cast<const std::int8_t*>(scratchpad_at(state, c.b_base + i * c.b_pitch, c.run));
    auto* out = reinterpret_cast<std::int8_t*>(scratchpad_at(state, c.out_base + i * c.out_pitch, c.run));
    for (std::uint32_t e = 0; e < c.run; ++e) out[e] = f(a[e], b[e]);
    state.work.results += words(state, c.run);
  }
}

/// ADD saturates where int32 does not reach (beyond a left shift of 21), as the chip does.
std::int32_t saturate(std::int64_t x) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(x, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}
std::int32_t shift_left(std::int32_t x, std::uint32_t by) { return saturate(static_cast<std::int64_t>(x) * (std::int64_t{1} << by)); }

std::int32_t scale(std::int32_t x, std::uint32_t multiplier, std::uint32_t right_shift) {
  return arithmetic::multiply_by_quantized_multiplier(x, static_cast<std::int32_t>(multiplier), -static_cast<int>(right_shift));
}

}  // namespace

void execute_add(State& state, const contract::Add& c) {
  two_operands(state, c, [&c](int a, int b) {
    const std::int32_t left = scale(shift_left(a - c.a_zero, c.left_shift), c.a_multiplier, c.a_shift);
    const std::int32_t right = scale(shift_left(b - c.b_zero, c.left_shift), c.b_multiplier, c.b_shift);
    const std::int32_t sum = saturate(c.subtract ? std::int64_t{left} - right : std::int64_t{left} + right);
    return offset_and_clamp(scale(sum, c.out_multiplier, c.out_shift), c.out_zero, c.min, c.max);
  });
}

void execute_mul(State& state, const contract::Mul& c) {
  two_operands(state, c, [&c](int a, int b) {
    const std::int32_t product = (a - c.a_zero) * (b - c.b_zero);
    return offset_and_clamp(arithmetic::multiply_by_quantized_multiplier(product, static_cast<std::int32_t>(c.out_multiplier), c.out_shift), c.out_zero,
                            c.min, c.max);
  });
}

void execute_lookup(State& state, const contract::Lookup& c) {
  if (!c.keep_table) std::memcpy(state.table.data(), scratchpad_at(state, c.table_base, 256), 256);
  for (std::int64_t i = 0; i < c.count; ++i) {
    const std::uint8_t* in = scratchpad_at(state, c.in_base + i * c.in_pitch, c.run);
    std::uint8_t* out = scratchpad_at(state, c.out_base + i * c.out_pitch, c.run);
    for (std::uint32_t e = 0; e < c.run; ++e) out[e] = state.table[in[e] ^ 0x80u];
    state.work.results += words(state, c.run);
  }
}

}  // namespace twill::functional
