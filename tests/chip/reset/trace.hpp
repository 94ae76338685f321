// SPDX-License-Identifier: Apache-2.0
// Jobs for one chip and for several, with everything that they leave.
#pragma once
#include <cstdint>
#include <vector>

#include "chip_system.hpp"
#include "compare_networks.hpp"
#include "random_network.hpp"
#include "system_programs.hpp"
#include "unreset_chip.hpp"
#include "verilated_chip.hpp"

namespace test {

using twill::test::ChipSystem;

/// Bytes, and cycles with all counters.
struct Trace {
  std::vector<Bytes> bytes;
  std::vector<std::uint64_t> counts;
  bool operator==(const Trace& o) const { return bytes == o.bytes && counts == o.counts; }
};

/// Messages between all chips, from where the system stands: load, send, receive, add, store.
inline Trace messages(System& system, const RandomMessages& job) {
  job.clear(system);
  Trace t;
  for (const Outcome& o : launch(system, job.programs())) {
    for (const MarkRecord& m : o.marks) t.counts.insert(t.counts.end(), m.words.begin(), m.words.end());
    const NetworkCounters& n = o.network;
    t.counts.insert(t.counts.end(), {n.bytes_sent, n.flits_sent, n.bytes_received, n.flits_received, n.send_waits, n.receive_waits, n.exposed});
  }
  t.bytes = job.results(system);
  const bool as_modelled = t.bytes == job.expected();
  REQUIRE(as_modelled);
  return t;
}

/// A random network on chip 0: array and post in all their modes.
inline Trace network(System& system, std::uint64_t seed) {
  const Graph graph = twill::test::random_network(seed);
  const auto run = twill::test::run_and_compare(system.chip(0), graph, twill::test::random_inputs(graph, seed), false);
  Trace t;
  t.bytes = run.result.tensors;
  const auto note = [&](const Span& s) {
    t.counts.insert(t.counts.end(), {s.cycles, s.loaded, s.stored, s.operands, s.weights, s.results});
    for (const EngineCycles& e : s.engines) t.counts.insert(t.counts.end(), {e.busy, e.starved, e.blocked, e.idle});
  };
  note(run.result.report.total);
  for (const LayerReport& layer : run.result.report.layers) note(layer.span);
  return t;
}

/// Seeded bugs of the chips that make_with_bug() makes.
enum class Bug { none, fetch_forgets_a_register, soft_reset_does_not_wait };
inline Bug bug = Bug::none;

inline ChipSystem::Make make_with_bug(Bug which) {
  return [which](const tb::ChipOptions& options) {
    bug = which;
    return std::make_unique<tb::VerilatedChip<Vtwill_unreset, unreset_word, false>>(options);
  };
}

/// Whether the job, from where the system stands, leaves what it should.
inline bool ends_right(ChipSystem& system, const RandomMessages& job) {
  system.chip(0).write_register(contract::reg::WATCHDOG, 20'000);
  try {
    job.clear(system);
    launch(system, job.programs());
    return job.results(system) == job.expected();
  } catch (const ChipError&) {
    return false;
  } catch (const std::logic_error&) {  // an assertion
    return false;
  }
}

}  // namespace test

extern "C" unsigned char twill_seeded_bug(int number) { return number == static_cast<int>(test::bug); }
