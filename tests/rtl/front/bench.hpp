// SPDX-License-Identifier: Apache-2.0
// A Verilated block on its clock. In a cycle: set inputs, settle(), look at outputs, tick().
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>

#include <verilated.h>

#include "catch.hpp"

template <class Model>
struct Bench {
  std::unique_ptr<VerilatedContext> context = std::make_unique<VerilatedContext>();
  std::unique_ptr<Model> model = std::make_unique<Model>(context.get(), "dut");
  Model& dut = *model;

  Bench() { reset(); }
  ~Bench() { model->final(); }

  void settle() { dut.eval(); }
  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }
  void reset() {
    dut.clk_i = 0;
    dut.rst_ni = 0;
    tick();
    tick();
    dut.rst_ni = 1;
  }
};

/// The seed of this run: TWILL_SEED, else a fixed one. Tests CAPTURE it.
inline std::uint32_t twill_seed() {
  const char* text = std::getenv("TWILL_SEED");
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0)) : 1;
}

/// True with a chance of `percent`.
inline bool chance(std::mt19937& random, unsigned percent) { return random() % 100 < percent; }
