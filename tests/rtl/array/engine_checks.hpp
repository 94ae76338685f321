// SPDX-License-Identifier: Apache-2.0
// Random commands on the array engine, compared with the text of the contract word by word.
#pragma once

#include "catch.hpp"
#include "bench.hpp"
#include "fuzz/array_commands.hpp"

namespace engine_checks {

using namespace bench;
using Any = twill::fuzz::ArrayCommand;
using Source = twill::fuzz::ArrayCommands<std::mt19937>;
using twill::contract::Depthwise;
using twill::contract::Slot;

template <typename B>
command_model::Machine mirror(B& b) {
  command_model::Machine m(B::word, B::acc_words, scratchpad_bytes);
  for (int a = 0; a < B::acc_words; ++a) {
    for (auto& value : m.sums[a]) value = static_cast<std::int32_t>(b.random());
    b.write_sums(a, m.sums[a]);
  }
  b.step();  // the last write is on its way
  b.step();
  return m;
}

template <typename B>
void compare(B& b, const command_model::Machine& m, int first, int count, const std::string& when) {
  for (int a = first; a < first + count; ++a) {
    const auto got = b.read_sums(a);
    for (int c = 0; c < B::word; ++c)
      if (got[c] != m.sums[a][c]) {
        INFO(when << ": accumulator word " << a << " column " << c);
        REQUIRE(got[c] == m.sums[a][c]);
      }
  }
}

/// Batches of random commands on fresh memory contents; nothing is handed over.
template <typename B>
void batches(unsigned seed_value, int count, int commands) {
  B b(seed_value);
  Source source(b.random, B::word, B::acc_words, scratchpad_bytes);
  for (int batch = 0; batch < count; ++batch) {
    b.grant = batch % 3 == 0 ? 1.0 : batch % 3 == 1 ? 0.7 : 0.3;
    b.weights_at_once = batch % 4 == 3;
    b.command = batch % 2 ? 1.0 : 0.2;
    command_model::Machine m = mirror(b);
    std::vector<Any> chosen;
    for (int i = 0; i < commands; ++i) chosen.push_back(source.next());
    for (auto& byte : b.scratchpad) byte = static_cast<std::uint8_t>(b.random());
    for (const Any& any : chosen)
      if (const auto* d = std::get_if<Depthwise>(&any)) source.unused_rows(*d, [&](unsigned address) { b.scratchpad[address] = 0; });
    m.scratchpad = b.scratchpad;
    const int done = b.done;
    for (const Any& any : chosen) std::visit([&](const auto& c) { b.commands.push_back(c.encode()); command_model::run(m, c, [](int) {}); }, any);
    b.finish();
    INFO("batch " << batch);
    REQUIRE(b.errors == 0);
    REQUIRE(b.done - done == commands);
    compare(b, m, 0, B::acc_words, "batch " + std::to_string(batch));
  }
  CHECK(b.gives == 0);
  CHECK(b.takes == 0);
}

/// Banks go round between the engine and a reader: the engine takes semaphore 3 to enter one and signals 9 when it leaves it.
template <typename B>
void handover(unsigned seed_value, int commands) {
  B b(seed_value);
  Source source(b.random, B::word, B::acc_words, scratchpad_bytes);
  command_model::Machine m = mirror(b);
  std::vector<Any> chosen;
  int bank = 0;
  for (int i = 0; i < commands; ++i) {
    Any any = source.next();
    std::visit([&](auto& c) {
      c.slots.tile_wait = Slot::on(3);
      c.slots.tile_signal = Slot::on(9);
      c.acc_base = bank * m.bank_words();
      bank = (bank + static_cast<int>(c.tiles) * m.tile_words(static_cast<int>(c.out_w * c.out_h)) / m.bank_words()) % 4;
    }, any);
    if (const auto* d = std::get_if<Depthwise>(&any)) source.unused_rows(*d, [&](unsigned address) { b.scratchpad[address] = 0; });
    chosen.push_back(any);
  }
  // Weights zeroed for one command may be another's image: the model runs on the final contents.
  m.scratchpad = b.scratchpad;
  struct Left { int bank; std::vector<std::vector<std::int32_t>> sums; };
  std::deque<Left> expected;
  for (const Any& any : chosen)
    std::visit([&](const auto& c) {
      b.commands.push_back(c.encode());
      command_model::run(m, c, [&](int left) {
        const auto at = m.sums.begin() + left * m.bank_words();
        expected.push_back({left, {at, at + m.bank_words()}});
      });
    }, any);
  const int total = static_cast<int>(expected.size());

  b.grant = 0.9;
  b.semaphores[3] = 4;
  int ready = 0;
  b.on_give = [&](unsigned semaphore) {
    REQUIRE(semaphore == 9);
    ++ready;
  };
  for (int handed = 0; handed < total; ++handed) {
    for (int wait = 0; ready == 0; ++wait) {
      b.step();
      REQUIRE(wait < 200000);
    }
    --ready;
    for (int delay = source.pick(0, 30); delay > 0; --delay) b.step();
    const Left left = expected.front();
    expected.pop_front();
    for (int row = 0; row < m.bank_words(); ++row) {
      const auto got = b.read_sums(left.bank * m.bank_words() + row);
      for (int c = 0; c < B::word; ++c)
        if (got[c] != left.sums[row][c]) {
          INFO("handover " << handed << " bank " << left.bank << " row " << row << " column " << c);
          REQUIRE(got[c] == left.sums[row][c]);
        }
    }
    ++b.semaphores[3];
  }
  for (int i = 0; i < 200; ++i) b.step();
  CHECK(b.gives == total);
  CHECK(b.takes == total);
  CHECK(b.semaphores[3] == 4);
  CHECK(b.errors == 0);
  CHECK(b.done == commands);
}

}  // namespace engine_checks
