// SPDX-License-Identifier: Apache-2.0
// Drives array_bench (the array engine and its accumulators): a command queue, a scratchpad with two cycles of latency and
// reluctant grants, semaphores, and a stand-in for the post unit that reads each bank handed over.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "Varray_engine_16.h"
#include "Varray_engine_32.h"
#include "Varray_engine_4.h"
#include "Varray_engine_8.h"
#include "command_model.hpp"
#include "twill/contract.hpp"

namespace bench {

constexpr int scratchpad_bytes = 16384;

/// The seed of a random test: TWILL_SEED, or `usual`. Printed, so that a failure can be run again.
inline unsigned seed(unsigned usual) {
  const char* set = std::getenv("TWILL_SEED");
  const unsigned value = set ? static_cast<unsigned>(std::strtoul(set, nullptr, 0)) : usual;
  std::cout << "TWILL_SEED=" << value << '\n';
  return value;
}

template <typename Chip, int WordBytes, int AccumulatorWords>
struct Bench {
  static constexpr int word = WordBytes;
  static constexpr int acc_words = AccumulatorWords;
  using Bytes = std::array<std::uint8_t, WordBytes>;
  using Sums = std::array<std::int32_t, WordBytes>;

  Chip chip;
  std::mt19937 random;
  std::vector<std::uint8_t> scratchpad = std::vector<std::uint8_t>(scratchpad_bytes);
  double grant = 1.0;    // how likely a read is granted
  bool weights_at_once = false;  // but those of weights always are
  double command = 1.0;  // how likely a command is there as soon as it could be
  std::deque<twill::contract::Command> commands;
  std::array<int, 32> semaphores{};

  std::uint64_t cycle = 0;
  int done = 0, gives = 0, takes = 0, operands = 0, weight_rows = 0, errors = 0;
  unsigned error_code = 0, error_info = 0;
  std::array<std::uint64_t, 4> states{};
  std::vector<std::uint64_t> operand_cycles, write_cycles, feeder_cycles, done_cycles;  // kept while `record`
  bool record = false;
  std::function<void(unsigned semaphore)> on_give = [](unsigned) {};

  explicit Bench(unsigned seed_value) : random(seed_value) {
    for (auto& byte : scratchpad) byte = static_cast<std::uint8_t>(random());
    chip.rst_ni = 0;
    chip.clk_i = 0;
    chip.cmd_valid_i = 0;
    chip.post_req_i = 0;
    chip.dmaw_req_i = 0;
    for (int i = 0; i < 3; ++i) step();
    chip.rst_ni = 1;
    cycle = 0;
    states = {};
  }

  bool chance(double p) { return std::uniform_real_distribution<>()(random) < p; }

  /// One clock cycle.
  void step() {
    if (!chip.cmd_valid_i && !commands.empty() && chance(command)) {
      chip.cmd_valid_i = 1;
      std::memcpy(&chip.cmd_i, commands.front().words.data(), 64);
    }
    put(chip.feeder_rdata_i, feeder_[1]);
    put(chip.weights_rdata_i, weights_[1]);
    feeder_[1] = feeder_[0];
    weights_[1] = weights_[0];
    // The answers depend on the requests of the same cycle: a request may follow from take_ok_i, a take from a grant.
    chip.take_ok_i = 0;
    chip.feeder_gnt_i = 0;
    chip.weights_gnt_i = 0;
    chip.eval();
    chip.take_ok_i = semaphores[chip.take_sem_o] > 0;
    chip.eval();
    chip.feeder_gnt_i = chip.feeder_req_o && chance(grant);
    chip.weights_gnt_i = chip.weights_req_o && (weights_at_once || chance(grant));
    chip.eval();

    feeder_[0] = chip.feeder_gnt_i ? read(chip.feeder_addr_o) : noise();
    weights_[0] = chip.weights_gnt_i ? read(chip.weights_addr_o) : noise();
    const bool give = chip.give_o;
    const unsigned give_sem = chip.give_sem_o;
    if (chip.take_o) {
      if (semaphores[chip.take_sem_o] == 0) throw std::logic_error("took an empty semaphore");
      --semaphores[chip.take_sem_o];
      ++takes;
    }
    ++states[chip.state_o];
    operands += chip.operand_o;
    weight_rows += chip.weight_row_o;
    if (record) {
      if (chip.feeder_gnt_i) feeder_cycles.push_back(cycle);
      if (chip.operand_o) operand_cycles.push_back(cycle);
      if (chip.acc_wr_en_o) write_cycles.push_back(cycle);
      if (chip.done_o) done_cycles.push_back(cycle);
    }
    done += chip.done_o;
    if (chip.error_o) {
      ++errors;
      error_code = chip.error_code_o;
      error_info = chip.error_info_o;
    }
    const bool accepted = chip.cmd_valid_i && chip.cmd_ready_o;
    chip.clk_i = 1;
    chip.eval();
    chip.clk_i = 0;
    ++cycle;
    if (accepted) {
      commands.pop_front();
      chip.cmd_valid_i = 0;
    }
    if (give) {
      ++gives;
      on_give(give_sem);
    }
  }

  bool idle() { return commands.empty() && !chip.cmd_valid_i && chip.state_o == 0; }

  /// Steps until the engine is idle; throws when it takes longer than `limit` cycles.
  void finish(std::uint64_t limit = 2'000'000) {
    const std::uint64_t end = cycle + limit;
    do {
      step();
      if (cycle > end) throw std::runtime_error("the engine hangs");
    } while (!idle());
  }

  /// Reads an accumulator word through the post unit's port, cycles passing.
  Sums read_sums(int address) {
    chip.post_req_i = 1;
    chip.post_addr_i = static_cast<std::remove_reference_t<decltype(chip.post_addr_i)>>(address);
    bool granted = false;
    while (!granted) {
      chip.eval();
      granted = chip.post_gnt_o;
      step();
    }
    chip.post_req_i = 0;
    step();
    chip.eval();
    Sums sums;
    std::memcpy(sums.data(), &chip.post_data_o, sizeof sums);
    return sums;
  }

  void write_sums(int address, const std::vector<std::int32_t>& values) {
    chip.dmaw_req_i = 1;
    chip.dmaw_addr_i = static_cast<std::remove_reference_t<decltype(chip.post_addr_i)>>(address);
    std::memcpy(&chip.dmaw_data_i, values.data(), 4 * word);
    bool granted = false;
    while (!granted) {
      chip.eval();
      granted = chip.dmaw_gnt_o;
      step();
    }
    chip.dmaw_req_i = 0;
  }

 private:
  std::array<Bytes, 2> feeder_{}, weights_{};

  template <typename Port>
  static void put(Port& port, const Bytes& bytes) { std::memcpy(&port, bytes.data(), bytes.size()); }
  Bytes read(std::uint32_t address) const {
    Bytes bytes;
    for (int i = 0; i < word; ++i) bytes[i] = scratchpad[(address + i) % scratchpad_bytes];
    return bytes;
  }
  Bytes noise() {  // what a port shows when nobody asked
    Bytes bytes;
    bytes.fill(static_cast<std::uint8_t>(cycle * 37 + 11));
    return bytes;
  }
};

using Bench4 = Bench<Varray_engine_4, 4, 64>;
using Bench8 = Bench<Varray_engine_8, 8, 64>;
using Bench16 = Bench<Varray_engine_16, 16, 1024>;
using Bench32 = Bench<Varray_engine_32, 32, 256>;

}  // namespace bench
