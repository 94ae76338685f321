// SPDX-License-Identifier: Apache-2.0
#include <Vfront_decode.h>

#include <cstring>
#include <deque>
#include <vector>

#include <twill/contract.hpp>

#include "bench.hpp"

using namespace twill;
using contract::Command;
using contract::Error;

namespace {

template <class Type>
Command in_queue(unsigned queue, const contract::Slots& slots = {}) {
  Type command;
  command.queue = static_cast<contract::Queue>(queue);
  command.slots = slots;
  return command.encode();
}

struct Bad {
  Command command;
  Error error;
};

std::vector<Bad> bad_commands() {
  std::vector<Bad> bad;
  auto add = [&](Command c, Error error, unsigned lsb = 0, unsigned width = 0, std::uint64_t value = 0) {
    if (width) c.set_bits(lsb, width, value);
    bad.push_back({c, error});
  };
  add(in_queue<contract::Nop>(1), Error::bad_opcode, 0, 8, 0x00);
  add(in_queue<contract::Nop>(1), Error::bad_opcode, 0, 8, 0xff);
  add(in_queue<contract::Nop>(1), Error::reserved_bit, 11, 1, 1);
  add(in_queue<contract::Nop>(1), Error::reserved_bit, 511, 1, 1);
  add(in_queue<contract::Nop>(1), Error::reserved_bit, 50, 6, 0x20);  // a NOP has no tiles
  add(in_queue<contract::Nop>(5), Error::wrong_queue);
  add(in_queue<contract::Load>(3), Error::wrong_queue);
  add(in_queue<contract::Store>(0), Error::wrong_queue);
  add(in_queue<contract::Load>(0), Error::bad_field, 104, 2, 2);
  add(in_queue<contract::Load>(0), Error::bad_field, 136, 24, 0);
  add(in_queue<contract::Conv>(1), Error::unsupported_type, 377, 3, 1);
  add(in_queue<contract::Conv>(1), Error::unsupported_sparsity, 383, 1, 1);
  add(in_queue<contract::Conv>(1), Error::unsupported_weight_layout, 396, 2, 2);
  add(in_queue<contract::Requant>(2), Error::unsupported_rounding, 121, 2, 1);
  add(in_queue<contract::Requant>(2), Error::unsupported_vector, 304, 1, 1);
  add(in_queue<contract::Send>(4), Error::bad_field, 104, 2, 2);
  return bad;
}

Command random_good(std::mt19937& random) {
  contract::Slots slots;
  for (contract::Slot* s : {&slots.wait0, &slots.wait1, &slots.wait2, &slots.signal0, &slots.signal1, &slots.signal2})
    if (chance(random, 50)) *s = contract::Slot::on(random() % 32);
  switch (random() % 6) {
    case 0: return in_queue<contract::Nop>(random() % 5, slots);
    case 1: {
      Command mark = in_queue<contract::Mark>(random() % 5, slots);
      mark.set_bits(64, 32, random());
      return mark;
    }
    case 2: return in_queue<contract::Load>(0, slots);
    case 3: return in_queue<contract::Conv>(1, slots);
    case 4: return in_queue<contract::Add>(2, slots);
    default: return in_queue<contract::Store>(3, slots);
  }
}

}  // namespace

TEST_CASE("good commands reach the queue they name, in order") {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Vfront_decode> bench;
  auto& dut = bench.dut;
  std::deque<std::pair<Command, unsigned>> inside;
  unsigned index = 0, pushed = 0;
  for (int cycle = 0; cycle < 50000; cycle++) {
    CAPTURE(cycle);
    const bool free = cycle % 2000 < 1000;
    dut.run_i = chance(random, 95);
    dut.full_i = free ? 0 : random() & 31;
    dut.valid_i = free || chance(random, 50);
    const Command c = random_good(random);
    std::memcpy(dut.cmd_i.data(), c.words.data(), 64);
    dut.index_i = index;
    bench.settle();
    REQUIRE(dut.error_o == 0);
    if (dut.push_o) {
      REQUIRE(!inside.empty());
      const auto& [expected, at] = inside.front();
      REQUIRE(std::memcmp(dut.cmd_o.data(), expected.words.data(), 64) == 0);
      REQUIRE(dut.index_o == at);
      REQUIRE(dut.push_o == 1u << expected.bits(8, 3));
      REQUIRE((dut.push_o & dut.full_i) == 0);
      inside.pop_front();
      pushed++;
    } else if (!inside.empty()) {
      REQUIRE((dut.full_i >> inside.front().first.bits(8, 3) & 1) == 1);
    }
    if (free && dut.run_i) REQUIRE(dut.ready_o == 1);  // one a cycle
    if (dut.valid_i && dut.ready_o) inside.emplace_back(c, index++);
    bench.tick();
  }
  CHECK(pushed > 20000);
}

TEST_CASE("a bad command stops the decoder and is named") {
  for (const Bad& bad : bad_commands()) {
    CAPTURE(name(bad.error));
    Bench<Vfront_decode> bench;
    auto& dut = bench.dut;
    dut.run_i = dut.valid_i = 1;
    dut.full_i = 0;
    std::memcpy(dut.cmd_i.data(), bad.command.words.data(), 64);
    dut.index_i = 77;
    bench.tick();
    const Command good = in_queue<contract::Nop>(0);
    std::memcpy(dut.cmd_i.data(), good.words.data(), 64);
    for (int cycle = 0; cycle < 10; cycle++) {
      bench.settle();
      REQUIRE(dut.error_o == 1);
      REQUIRE(dut.push_o == 0);
      REQUIRE(dut.ready_o == 0);
      REQUIRE(dut.error_code_o == unsigned(bad.error));
      REQUIRE(dut.error_queue_o == bad.command.bits(8, 3));
      REQUIRE(dut.index_o == 77);
      bench.tick();
    }
  }
}
