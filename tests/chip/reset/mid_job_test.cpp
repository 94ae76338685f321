// SPDX-License-Identifier: Apache-2.0
// Resets in the middle of jobs, in random cycles: in the middle of bursts and of messages, too. The job after that is right, a hundred times of a
// hundred.
#include "trace.hpp"

using namespace test;

namespace {

constexpr int times = 100;
constexpr std::uint32_t bursts = 1u << 12, messages_left = 1u << 13 | 1u << 14;  // of STATUS: at the memory port; credits, messages

/// How often the resets struck in the middle of what.
struct Struck {
  int bursts = 0, messages = 0;
};

/// A system in which a job is broken off after so many cycles.
class Broken final : public System {
 public:
  struct Off {};
  Broken(ChipSystem& system, std::uint64_t after, Struck& struck) : system_(system), after_(after), struck_(struck) {}

  unsigned chips() const override { return system_.chips(); }
  Device& chip(unsigned rank) override { return system_.chip(rank); }
  void reset() override { system_.reset(); }
  std::string kind() const override { return system_.kind(); }
  std::uint64_t wait_interrupts(std::uint64_t, std::uint64_t) override {
    system_.run(after_);
    std::uint32_t status = 0;
    for (unsigned rank = 0; rank < chips(); ++rank) status |= chip(rank).read_register(contract::reg::STATUS);
    struck_.bursts += (status & bursts) != 0;
    struck_.messages += (status & messages_left) != 0;
    throw Off{};
  }

 private:
  ChipSystem& system_;
  std::uint64_t after_;
  Struck& struck_;
};

std::uint64_t cycles_of(const Trace& t) { return t.counts.at(contract::mark_word::cycle); }

/// A soft reset of every chip. What the chips have sent each other by then arrives, and is forgotten by a second one. Interrupts stay.
void soft_reset(ChipSystem& system) {
  for (int i = 0; i < 2; ++i) {
    for (unsigned rank = 0; rank < system.chips(); ++rank) system.chip(rank).write_register(contract::reg::CONTROL, 2);
    for (unsigned rank = 0; rank < system.chips(); ++rank)
      for (int wait = 0; (system.chip(rank).read_register(contract::reg::CONTROL) & 2) != 0; ++wait) REQUIRE(wait < 1000);
    for (int wait = 0; !system.network_at_rest(); ++wait) {
      REQUIRE(wait < 1000);
      system.run(16);
    }
  }
  for (unsigned rank = 0; rank < system.chips(); ++rank) system.chip(rank).write_register(contract::reg::IRQ_STATUS, 3);
}

/// Breaks jobs off and has `mend` bring the chips back; then the job must leave what it leaves on new chips (`and_cycles`: in the same cycles).
template <class Mend>
void broken_and_mended(unsigned chips, Mend mend, bool and_cycles) {
  tb::ChipOptions options;
  options.initial_state = 77;
  ChipSystem system(chips, options);
  std::mt19937 random(static_cast<std::uint32_t>(twill::test::seed_or(chips)));
  const RandomMessages job(chips, 60, 40 + chips);
  const Trace expected = messages(system, job);
  Struck struck;
  int right = 0;
  for (int i = 0; i < times; ++i) {
    CAPTURE(chips, i);
    mend(system);
    job.clear(system);
    Broken broken(system, random() % cycles_of(expected), struck);
    CHECK_THROWS_AS(launch(broken, job.programs()), Broken::Off);
    mend(system);
    const Trace got = messages(system, job);
    right += got.bytes == expected.bytes && (!and_cycles || got.counts == expected.counts);
  }
  CHECK(right == times);
  CHECK(struck.bursts > times / 4);
  if (chips > 1) CHECK(struck.messages > times / 10);
}

}  // namespace

TEST_CASE("a hard reset in the middle of a job of one chip") {
  broken_and_mended(1, [](ChipSystem& system) { system.reset(); }, true);
}
TEST_CASE("a hard reset in the middle of a job of two chips") {
  broken_and_mended(2, [](ChipSystem& system) { system.reset(); }, true);
}
TEST_CASE("a soft reset in the middle of a job of one chip") { broken_and_mended(1, soft_reset, false); }
TEST_CASE("a soft reset in the middle of a job of two chips") { broken_and_mended(2, soft_reset, false); }

TEST_CASE("what holds back at random does so after a reset as on new chips") {
  tb::ChipOptions options;
  options.stalls = 0.3;
  ChipSystem system(2, options);
  const RandomMessages job(2, 30, 42);
  const Trace expected = messages(system, job);
  system.reset();
  CHECK(messages(system, job) == expected);
  options.stall_seed = 9;
  ChipSystem others(2, options);
  CHECK_FALSE(messages(others, job).counts == expected.counts);
}

TEST_CASE("a network after a network that was broken off leaves what it leaves on a new chip") {
  ChipSystem fresh(1);
  const Trace expected = network(fresh, 5004);
  std::mt19937 random(static_cast<std::uint32_t>(twill::test::seed_or(1)));
  ChipSystem system(1);
  Struck struck;
  const Graph other = twill::test::random_network(5005);
  const Plan plan = map_graph(other, Machine::of(system.chip(0)), MapOptions{});
  int right = 0;
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    system.reset();
    for (const auto& [address, bytes] : plan.images) system.chip(0).write_memory(address, bytes.data(), bytes.size());
    Broken broken(system, random() % plan.predicted_cycles, struck);
    CHECK_THROWS_AS(launch(broken, {program_of(other, plan)}), Broken::Off);
    right += network(system, 5004) == expected;
  }
  CHECK(right == 20);
}

namespace {

/// How many of some jobs, each after one that was broken off, are right on a chip with a bug. The first that is not is the last.
template <class Mend>
int right_before_a_wrong_one(Bug which, Mend mend, bool broken_off) {
  ChipSystem system(1, {}, make_with_bug(which));
  const RandomMessages job(1, 60, 41);
  const Trace whole = messages(system, job);
  std::mt19937 random(static_cast<std::uint32_t>(twill::test::seed_or(1)));
  Struck struck;
  for (int right = 0; right < 20; ++right) {
    mend(system);
    if (broken_off) {
      job.clear(system);
      Broken broken(system, random() % cycles_of(whole), struck);
      CHECK_THROWS_AS(launch(broken, job.programs()), Broken::Off);
      mend(system);
    }
    if (!ends_right(system, job)) return right;
  }
  return 20;
}

}  // namespace

TEST_CASE("found: a register that no reset clears") {
  CHECK(right_before_a_wrong_one(Bug::fetch_forgets_a_register, [](ChipSystem& system) { system.reset(); }, true) < 20);
  CHECK(right_before_a_wrong_one(Bug::fetch_forgets_a_register, soft_reset, true) < 20);
}
TEST_CASE("found: a soft reset that does not wait for memory, which only a job that is broken off shows") {
  CHECK(right_before_a_wrong_one(Bug::soft_reset_does_not_wait, soft_reset, false) == 20);
  CHECK(right_before_a_wrong_one(Bug::soft_reset_does_not_wait, soft_reset, true) < 20);
}
TEST_CASE("the same chip without a bug is right each time") {
  CHECK(right_before_a_wrong_one(Bug::none, soft_reset, true) == 20);
}
