// SPDX-License-Identifier: Apache-2.0
// Whatever registers and memories hold before the first reset, a job leaves the same bytes, cycles and counters. Verilator knows no X, so
// this stands in for it: what must not matter is drawn at random, from several seeds.
#include "trace.hpp"

using namespace test;

namespace {

constexpr std::uint32_t seeds = 8;

tb::ChipOptions from(std::uint32_t seed) {
  tb::ChipOptions options;
  options.initial_state = seed;
  return options;
}

/// What `job` leaves on new systems from zeros and from all seeds is the same.
template <class Job>
void same_from_all_states(unsigned chips, Job job) {
  ChipSystem zeros(chips);
  const Trace expected = job(zeros);
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(chips, seed);
    ChipSystem system(chips, from(seed));
    const Trace got = job(system);
    CHECK(got.counts == expected.counts);
    const bool same_bytes = got.bytes == expected.bytes;
    CHECK(same_bytes);
  }
}

}  // namespace

TEST_CASE("the registers read the same after a reset from every initial state") {
  const auto registers = [](std::uint32_t seed) {
    ChipSystem system(1, from(seed));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> all;
    for (std::uint32_t offset = 0; offset < 0x1000; offset += 4)
      if (const auto answer = system.bare(0).read_register(offset); answer.ok) all.emplace_back(offset, answer.data);
    return all;
  };
  const auto expected = registers(0);
  CHECK(expected.size() > 60);
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    CHECK(registers(seed) == expected);
  }
}

TEST_CASE("messages leave the same from every initial state") {
  for (const unsigned chips : {1u, 2u, 3u}) {
    const RandomMessages job(chips, 30, chips);
    same_from_all_states(chips, [&](System& system) { return messages(system, job); });
  }
}

TEST_CASE("networks leave the same from every initial state") {
  for (const std::uint64_t network_seed : {5000u, 5001u, 5002u, 5003u}) {
    CAPTURE(network_seed);
    same_from_all_states(1, [&](System& system) { return network(system, network_seed); });
  }
}

TEST_CASE("a job that reads what nobody wrote leaves other bytes from another state") {
  Writer w;
  w.store(Space::scratchpad, 0x400, 0x1000, 512);
  w.store(Space::accumulators, 0x400, 0x1200, 512);
  w.mark(Queue::store, true);
  const auto stored = [&](std::uint32_t seed) {
    ChipSystem system(1, from(seed));
    launch(system, {w.program});
    Bytes bytes(1024);
    system.chip(0).read_memory(0x1000, bytes.data(), bytes.size());
    return bytes;
  };
  const Bytes one = stored(1), two = stored(2);
  CHECK(one == stored(1));
  unsigned scratchpad = 0, accumulators = 0;
  for (std::size_t i = 0; i < 512; ++i) scratchpad += one[i] != two[i], accumulators += one[512 + i] != two[512 + i];
  CHECK(scratchpad > 450);
  CHECK(accumulators > 450);
}

// The seeded bug: a copy of twill_fetch whose count of requested commands is left out of the reset.
TEST_CASE("a register left out of the reset is found") {
  const RandomMessages job(1, 10, 7);
  const auto right_from = [&](std::uint32_t seed) {
    ChipSystem system(1, from(seed), make_with_bug(Bug::fetch_forgets_a_register));
    return ends_right(system, job);
  };
  CHECK(right_from(0));  // as in any simulation that starts with zeros
  for (std::uint32_t seed = 1; seed <= 3; ++seed) CHECK_FALSE(right_from(seed));
}
