// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <cstring>
#include <random>

#include <verilated.h>

#include "bench/bare_array.hpp"

namespace twill::cli {

/// The rate of Array, a Verilated twill_array of `Word`: a CONV step every cycle, the next tile's weights loading behind the
/// current one's operands. Pin values come from a table: drawing them must not be what is measured.
template <class Array, unsigned Word>
SimulationRate measure_array(double seconds) {
  constexpr unsigned table = 256;
  static_assert(bare_array_pass >= Word, "a tile's weights must have loaded when it is needed");
  std::mt19937_64 random(1);
  std::uint8_t words[table][Word];
  for (auto& word : words)
    for (std::uint8_t& byte : word) byte = static_cast<std::uint8_t>(random());

  VerilatedContext context;
  context.threads(1);  // it would start one a core of the host
  Array array(&context, "array");
  array.clk_i = array.depthwise_i = array.bottom_i = 0;
  array.step_i = array.take_i = 1;

  std::uint64_t cycles = 0;
  return measure_rate(seconds, [&] {
    constexpr unsigned slice = 1u << 20;
    for (unsigned i = 0; i < slice; ++i, ++cycles) {
      const auto in_pass = static_cast<unsigned>(cycles % bare_array_pass);
      std::memcpy(&array.operand_i, words[cycles % table], Word);
      array.first_i = in_pass == 0;
      array.weight_valid_i = in_pass >= bare_array_pass - Word;
      array.weight_row_i = static_cast<std::uint8_t>((in_pass + Word - bare_array_pass) % Word);
      if (array.weight_valid_i) std::memcpy(&array.weight_i, words[(cycles + cycles / table) % table], Word);
      array.clk_i = 0;
      array.eval();
      array.clk_i = 1;
      array.eval();
    }
    return slice;
  });
}

}  // namespace twill::cli
