// SPDX-License-Identifier: Apache-2.0
// GEMMs and MLPs split by rows: every byte as the golden model has it, under every schedule, for any number of chips and uneven shapes.
#include "twill/row_split.hpp"

#include <algorithm>
#include <functional>

#include "catch.hpp"
#include "dense_graphs.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/golden/run.hpp"

using namespace test;

namespace {

constexpr RowResult results[] = {RowResult::reduce_scatter, RowResult::all_reduce, RowResult::all_gather};
constexpr Schedule schedules[] = {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random};

const contract::Configuration& configuration(const std::string& name) {
  for (const auto& c : contract::configurations)
    if (c.name == name) return c;
  throw std::logic_error("no such configuration");
}

/// Runs the job; whether every result it leaves is golden.
bool is_golden(const DenseGraph& dense, const SplitJob& job, const std::string& config, unsigned chips, Schedule schedule, std::uint64_t seed) {
  FunctionalOptions options;
  options.schedule = schedule;
  options.seed = seed;
  const auto system = make_functional_system(config, chips, options);
  system->reset();
  const auto outcomes = launch(*system, job.programs);
  const auto golden = golden::run(dense.graph, {dense.input})[static_cast<std::size_t>(dense.graph.outputs[0])];
  const auto found = read_results(*system, job);
  REQUIRE(found.size() == (job.everywhere ? chips : 1));
  for (unsigned r = 0; r < chips; ++r) CHECK(outcomes[r].network.bytes_sent == job.sent[r]);
  return std::all_of(found.begin(), found.end(), [&](const Bytes& result) { return result == golden; });
}

void check(const DenseGraph& dense, const SplitJob& job, const std::string& config, unsigned chips, Schedule schedule, std::uint64_t seed) {
  CHECK(is_golden(dense, job, config, chips, schedule, seed));
}

/// Changes the `which`-th command of kind C that `change` accepts, in the program of rank 1, or all from there on; false when there are not so many.
template <class C, class Change>
bool seed_bug(SplitJob& job, unsigned which, Change change, bool all = false) {
  bool changed = false;
  for (contract::Command& command : job.programs[1].commands) {
    if ((command.words[0] & 0xffu) != static_cast<std::uint32_t>(C::opcode)) continue;
    C c = C::decode(command);
    if (!change(c)) continue;
    if (which > 0) {
      --which;
      continue;
    }
    command = c.encode();
    changed = true;
    if (!all) break;
  }
  return changed;
}

struct Shape {
  int m, k, n;
};

}  // namespace

TEST_CASE("a product split by rows has the bytes of one chip", "[row_split]") {
  std::uint64_t seed = 0;
  // uneven in every way; fewer words of K than chips; fewer tiles than chips; several row blocks; one of each
  for (const Shape& s : {Shape{64, 64, 64}, Shape{1, 1, 1}, Shape{5, 7, 3}, Shape{257, 33, 19}, Shape{300, 130, 70}, Shape{600, 9, 50}})
    for (const unsigned chips : {1u, 2u, 3u, 4u, 6u, 8u, 16u})
      for (const RowResult result : results) {
        ++seed;
        const Schedule schedule = schedules[seed % 4];
        INFO(s.m << "x" << s.k << "x" << s.n << " on " << chips << " chips, " << name(result) << ", schedule " << static_cast<int>(schedule));
        const DenseGraph dense = DenseGraph(s.m, s.k, seed).dense(s.n);
        check(dense, split_rows(dense.graph, Machine::of(configuration("tiny")), chips, result, dense.input), "tiny", chips, schedule, seed);
      }
}

TEST_CASE("random products on random machines", "[row_split]") {
  std::mt19937_64 random(11);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<std::uint64_t>(high - low + 1)); };
  for (int i = 0; i < 60; ++i) {
    const std::string config = i % 3 == 0 ? "base" : i % 3 == 1 ? "tiny" : "small";
    const auto chips = static_cast<unsigned>(between(1, 9));
    const Shape s{between(1, 400), between(1, 300), between(1, 200)};
    const RowResult result = results[i % 3 == 2 ? between(0, 2) : (i / 3) % 3];
    const Schedule schedule = schedules[between(0, 3)];
    INFO(i << ": " << s.m << "x" << s.k << "x" << s.n << " on " << chips << " " << config << " chips, " << name(result) << ", schedule " << static_cast<int>(schedule));
    const DenseGraph dense = DenseGraph(s.m, s.k, random()).dense(s.n);
    check(dense, split_rows(dense.graph, Machine::of(configuration(config)), chips, result, dense.input), config, chips, schedule, random());
  }
}

TEST_CASE("a K slice that does not fit the scratchpad goes by in pieces", "[row_split]") {
  for (const unsigned chips : {1u, 3u})
    for (const RowResult result : results) {
      INFO(chips << " chips, " << name(result));
      const DenseGraph dense = DenseGraph(20, 20001, 5).dense(9);
      check(dense, split_rows(dense.graph, Machine::of(configuration("tiny")), chips, result, dense.input), "tiny", chips, Schedule::random, 3);
    }
}

TEST_CASE("an MLP split over chips has the bytes of one chip", "[row_split]") {
  std::uint64_t seed = 100;
  struct Mlp {
    int tokens, in, hidden, out;
  };
  for (const Mlp& s : {Mlp{32, 16, 64, 16}, Mlp{1, 5, 3, 2}, Mlp{150, 37, 61, 29}, Mlp{290, 50, 130, 70}})
    for (const unsigned chips : {1u, 2u, 3u, 4u, 6u, 8u, 16u})
      for (const RowResult result : results) {
        ++seed;
        const Schedule schedule = schedules[seed % 4];
        INFO(s.tokens << " tokens, " << s.in << "-" << s.hidden << "-" << s.out << " on " << chips << " chips, " << name(result) << ", schedule "
                      << static_cast<int>(schedule));
        const DenseGraph dense = DenseGraph(s.tokens, s.in, seed).dense(s.hidden).table().dense(s.out);
        const std::string config = seed % 5 == 0 ? "base" : "tiny";
        check(dense, split_mlp(dense.graph, Machine::of(configuration(config)), chips, result, dense.input), config, chips, schedule, seed);
      }
}

TEST_CASE("64 chips run an MLP", "[row_split]") {
  for (const RowResult result : results)
    for (const int hidden : {300, 100}) {  // the second leaves chips without a hidden column
      INFO(name(result) << ", " << hidden);
      const DenseGraph dense = DenseGraph(40, 32, 9).dense(hidden).table().dense(32);
      check(dense, split_mlp(dense.graph, Machine::of(configuration("tiny")), 64, result, dense.input), "tiny", 64, Schedule::random, 7);
    }
}

TEST_CASE("what cannot be split is refused", "[row_split]") {
  const DenseGraph dense = DenseGraph(4, 4, 1).dense(4), mlp = DenseGraph(4, 4, 1).dense(4).table().dense(4);
  const Machine machine = Machine::of(configuration("tiny"));
  CHECK_THROWS_AS(split_rows(dense.graph, machine, 0, RowResult::all_reduce, dense.input), InputError);
  CHECK_THROWS_AS(split_rows(dense.graph, machine, 65, RowResult::all_reduce, dense.input), InputError);
  CHECK_THROWS_AS(split_rows(mlp.graph, machine, 2, RowResult::all_reduce, mlp.input), InputError);
  CHECK_THROWS_AS(split_mlp(dense.graph, machine, 2, RowResult::all_reduce, dense.input), InputError);
  const DenseGraph wide = DenseGraph(1, 40000, 1).dense(4).table().dense(4);
  CHECK_THROWS_AS(split_mlp(wide.graph, machine, 2, RowResult::all_reduce, wide.input), MachineTooSmall);
  const DenseGraph tall = DenseGraph(20000, 1, 1).dense(3000);
  CHECK_THROWS_AS(split_rows(tall.graph, machine, 2, RowResult::all_reduce, tall.input), InputError);
}

TEST_CASE("a wait or an address that is wrong shows in the bytes", "[row_split]") {
  const auto dropped = [](contract::Slot& slot, contract::Slot other) {
    const bool there = slot.code == other.code;
    if (there) slot = {};
    return there;
  };
  struct Bug {
    const char* what;
    RowResult result;
    std::function<bool(SplitJob&, unsigned)> seed;
  };
  const auto on = [](unsigned semaphore) { return contract::Slot::on(semaphore); };
  const std::uint32_t bank = Machine::of(configuration("tiny")).bank_words() * 4 * 4;
  const Bug bugs[] = {
      {"sums are sent before the next rank's own are complete", RowResult::reduce_scatter,
       [&](SplitJob& job, unsigned which) { return seed_bug<contract::SendAdd>(job, which, [&](auto& c) { return dropped(c.slots.wait0, on(28)); }); }},
      {"sums are sent on before those of the rank before have come", RowResult::reduce_scatter,
       [&](SplitJob& job, unsigned which) { return seed_bug<contract::SendAdd>(job, which, [&](auto& c) { return dropped(c.slots.wait1, on(27)); }); }},
      {"a tile is requantized before the last sums have come", RowResult::reduce_scatter,
       [&](SplitJob& job, unsigned which) { return seed_bug<contract::Requant>(job, which, [&](auto& c) { return dropped(c.slots.wait0, on(29)); }); }},
      {"sums are added into another bank", RowResult::all_gather,
       [&](SplitJob& job, unsigned which) {
         return seed_bug<contract::SendAdd>(job, which, [&](auto& c) { return c.remote_base = (c.remote_base + bank) % (4 * bank), true; });
       }},
      {"a finished tile is requantized before it has come", RowResult::all_reduce,
       [&](SplitJob& job, unsigned which) { return seed_bug<contract::Requant>(job, which, [&](auto& c) { return dropped(c.slots.wait0, on(31)); }); }},
      // All of these waits: one of them missing has not been seen to show.
      {"finished tiles are sent to places that are taken", RowResult::all_reduce,
       [&](SplitJob& job, unsigned which) { return seed_bug<contract::Send>(job, which, [&](auto& c) { return dropped(c.slots.wait1, on(0)); }, true); }},
  };
  const DenseGraph dense = DenseGraph(300, 40, 6).dense(60);
  for (const Bug& bug : bugs) {
    const SplitJob right = split_rows(dense.graph, Machine::of(configuration("tiny")), 4, bug.result, dense.input);
    int seeded = 0, shown = 0;
    for (const unsigned which : {0u, 3u}) {
      SplitJob job = right;
      if (!bug.seed(job, which)) continue;
      ++seeded;
      for (std::uint64_t seed = 0; seed < 100; ++seed) {
        INFO(bug.what << ", seed " << seed);
        if (seed < 4) REQUIRE(is_golden(dense, right, "tiny", 4, schedules[seed], seed));
        if (is_golden(dense, job, "tiny", 4, schedules[seed % 4], seed)) continue;
        ++shown;
        break;
      }
    }
    INFO(bug.what);
    CHECK(seeded == 2);
    CHECK(shown == seeded);
  }
}
