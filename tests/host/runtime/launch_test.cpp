// SPDX-License-Identifier: Apache-2.0
// launch() and the functional system under it: messages under every schedule, errors with rank and call, who waits for whom.
#include <optional>

#include "system_programs.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/waits.hpp"

using namespace test;

namespace {

FunctionalOptions options_of(Schedule schedule, std::uint64_t seed) {
  FunctionalOptions options;
  options.schedule = schedule;
  options.seed = seed;
  return options;
}

}  // namespace

TEST_CASE("random messages arrive under every schedule", "[launch]") {
  for (const unsigned chips : {1u, 2u, 3u, 7u}) {
    for (const Schedule schedule : {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random}) {
      INFO(chips << " chips, schedule " << static_cast<int>(schedule));
      const auto system = make_functional_system("tiny", chips, options_of(schedule, chips));
      RandomMessages(chips, 30, chips * 10 + 1).run(*system);
    }
  }
}

TEST_CASE("64 chips", "[launch]") {
  const auto system = make_functional_system("tiny", 64);
  RandomMessages(64, 20, 5).run(*system);
  CHECK_THROWS_AS(make_functional_system("tiny", 65), InputError);
  CHECK_THROWS_AS(make_functional_system("tiny", 0), InputError);
  CHECK_THROWS_AS(system->chip(64), std::out_of_range);
}

TEST_CASE("chips of different configurations talk to each other", "[launch]") {
  std::vector<contract::Configuration> machines{contract::configurations[0], contract::configurations[2], contract::configurations[1]};
  const auto system = make_functional_system(machines);
  RandomMessages(3, 30, 77).run(*system);
  CHECK(system->chip(1).read_register(contract::reg::CAP_WORD) == 16);
}

TEST_CASE("registers of the network", "[launch]") {
  const auto system = make_functional_system("tiny", 5);
  for (unsigned rank = 0; rank < 5; ++rank) {
    CHECK(system->chip(rank).read_register(contract::reg::NODE) == (rank | 5u << 8));
    CHECK(system->chip(rank).read_register(contract::reg::CAP_FEATURES) == 1);
  }
  CHECK(make_functional_device("tiny")->read_register(contract::reg::NODE) == 0x100);
  Writer w;
  w.send(Space::scratchpad, 0, 1, Space::scratchpad, 15, 18, Slot::on(27));  // over two block boundaries, and a signal
  w.mark(Queue::network, true);
  Writer other;
  other.nop(Queue::network, Slot::on(27));
  other.mark(Queue::network, true);
  const auto outcomes = launch(*system, {w.program, other.program});
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].network.bytes_sent == 18);
  CHECK(outcomes[0].network.flits_sent == 4);
  CHECK(outcomes[1].network.bytes_received == 18);
  CHECK(outcomes[1].network.flits_received == 4);
}

TEST_CASE("commands that the network port refuses", "[launch]") {
  const auto system = make_functional_system("tiny", 2);
  const auto refused = [&](const auto& command) {
    Writer w;
    w.put(command, "call 7");
    w.mark(Queue::network, true);
    return what_it_says(*system, {done(), w.program});
  };
  contract::Send send;
  send.chip = 2;
  std::string said = refused(send);
  INFO(said);
  CHECK(has(said, "rank 1 reported an error: bad_field"));
  CHECK(has(said, "of call 7"));
  CHECK(has(said, "chip = 2 is not one of the 2 chips"));
  send.chip = 0;
  send.local_run = 2;
  CHECK(has(refused(send), "walk_mismatch"));
  send.remote_run = 2;
  send.local_base = 32 * 1024 - 1;
  CHECK(has(refused(send), "address_range"));
  send.local_base = 0;
  send.remote_space = 1;
  CHECK(has(refused(send), "bad_field"));
  send.remote_run = 1, send.remote_count0 = 2, send.remote_space = 0;
  CHECK(refused(send) == "nothing");
  contract::SendAdd add;
  add.local_run = add.remote_run = 4;
  CHECK(refused(add) == "nothing");
  add.remote_base = 2;
  CHECK(has(refused(add), "remote_base = 2 is not a multiple of 4"));
  add.remote_base = 0;
  add.remote_stride2 = 6;
  CHECK(has(refused(add), "bad_field"));
}

TEST_CASE("a message to nowhere stops the chip that it reaches", "[launch]") {
  const auto system = make_functional_system("tiny", 3);
  Writer w;
  w.send(Space::scratchpad, 0, 2, Space::scratchpad, 32 * 1024 - 20, 40);
  w.mark(Queue::network, true);
  Writer waiting;
  waiting.nop(Queue::load, Slot::on(27));
  waiting.mark(Queue::load, true);
  waiting.program.remote_semaphores = 1u << 27;
  const std::string said = what_it_says(*system, {done(), w.program, waiting.program});
  INFO(said);
  CHECK(has(said, "rank 2 reported an error: remote_access"));
  CHECK(has(said, "a message of chip 1 names byte 32768, outside the scratchpad of 32768 bytes"));
  CHECK(system->chip(2).read_register(contract::reg::ERROR_INFO) == (1u << 26 | 0x8000u));
  CHECK(system->chip(2).read_register(contract::reg::ERROR_QUEUE) == static_cast<std::uint32_t>(Queue::network));
  RandomMessages(3, 10, 3).run(*system);  // the next job is right
}

TEST_CASE("a semaphore that overflows by another chip's signals", "[launch]") {
  const auto system = make_functional_system("tiny", 2);
  Writer w;
  for (int i = 0; i < 256; ++i) w.signal(1, 30);
  w.mark(Queue::network, true);
  Writer waiting;
  waiting.nop(Queue::load, Slot::on(27));
  waiting.mark(Queue::load, true);
  const std::string said = what_it_says(*system, {w.program, waiting.program});
  INFO(said);
  CHECK(has(said, "rank 1 reported an error: semaphore_overflow"));
  CHECK(system->chip(1).read_register(contract::reg::ERROR_QUEUE) == static_cast<std::uint32_t>(Queue::network));
  RandomMessages(2, 10, 3).run(*system);
}

TEST_CASE("who waits for whom", "[launch]") {
  const auto system = make_functional_system("tiny", 4);
  // Ranks 0, 1 and 3 wait for rank 2, which never sends; rank 2 has something else to do.
  std::vector<Program> programs;
  for (unsigned rank = 0; rank < 4; ++rank) {
    Writer w;
    if (rank != 2) w.nop(Queue::network, Slot::on(29), {}, "all_reduce 5 of world");
    w.mark(Queue::network, true);
    w.program.remote_semaphores = 1u << 29;
    w.program.awaited[29] = "all_reduce 5 of world: data of rank 2";
    programs.push_back(w.program);
  }
  LaunchOptions options;
  options.remote_patience = 5000;
  std::string said = what_it_says(*system, programs, options);
  INFO(said);
  CHECK(has(said, "ranks 0, 1 and 3 wait for all_reduce 5 of world: data of rank 2; rank 2 has nothing left to do; rank 0 reported an error: remote_wait"));
  CHECK(has(said, "of all_reduce 5 of world"));

  // A wait inside a chip is what is wrong, and is told; those who wait for it come later.
  Writer stuck;
  stuck.nop(Queue::load, Slot::on(3), {}, "all_reduce 5 of world");
  stuck.mark(Queue::load, true);
  programs[2] = stuck.program;
  said = what_it_says(*system, programs);
  INFO(said);
  CHECK(has(said, "rank 2 reported an error: watchdog"));

  // Who cannot say what it waits for names the semaphore; the reset value of WATCHDOG_REMOTE holds, too.
  programs[2] = done();
  for (Program& p : programs) p.awaited = {};
  said = what_it_says(*system, programs);
  INFO(said);
  CHECK(has(said, "ranks 0, 1 and 3 wait for another chip's signal to semaphore 29 in all_reduce 5 of world"));
  CHECK(has(said, "100000000 cycles"));
}

TEST_CASE("a wait for another chip is patient, a wait inside the chip is not", "[launch]") {
  const auto system = make_functional_system("tiny", 2);
  Writer w;
  w.nop(Queue::load, Slot::on(27));
  w.mark(Queue::load, true);
  Program inside = w.program, outside = w.program;
  outside.remote_semaphores = 1u << 27;
  CHECK(has(what_it_says(*system, {inside}), "watchdog in queue load"));
  CHECK(has(what_it_says(*system, {outside}), "remote_wait in queue load"));
  LaunchOptions never;
  never.limit = 1000;
  const std::string said = what_it_says(*system, {outside}, never);
  INFO(said);
  CHECK(has(said, "and no chip reported an error; rank 0 had not ended; asked, rank 0 reports: remote_wait in queue load"));
  CHECK(has(said, "; command 0 load nop"));
}

TEST_CASE("two queues in a circle are both told", "[launch]") {
  const auto system = make_functional_system("tiny", 1);
  Writer w;
  w.nop(Queue::array, Slot::on(11), Slot::on(12), "layer 4");
  w.nop(Queue::post, Slot::on(12), Slot::on(11), "layer 5");
  w.mark(Queue::post, true);
  const std::string said = what_it_says(*system, {w.program});
  INFO(said);
  CHECK(has(said, "the chip reported an error: watchdog in queue array, command 0 (nop)"));
  CHECK(has(said, "queue array waits on semaphore 11 in command 0 (nop); queue post waits on semaphore 12 in command 1 (nop)"));
  CHECK(has(said, "of layer 4"));
  Device& chip = system->chip(0);
  CHECK(text_of_waits(chip.read_register(contract::reg::ERROR_WAITS), chip.read_register(contract::reg::ERROR_SLOTS), Queue::array) ==
        "array waits for semaphore 11, post for semaphore 12");
  CHECK(launch((system->reset(), *system), {done()}).size() == 1);
}

namespace {

/// A system whose interrupts never come, and whose registers may all read the same.
class Dead final : public System {
 public:
  Dead(System& system, std::optional<std::uint32_t> reads) : system_(system), chip_(system.chip(0), reads) {}
  unsigned chips() const override { return 1; }
  Device& chip(unsigned) override { return chip_; }
  void reset() override { system_.reset(); }
  std::string kind() const override { return "functional"; }
  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override {
    waited += cycles;
    system_.wait_interrupts(ranks, cycles);
    return 0;
  }
  std::uint64_t waited = 0;

 private:
  class Chip final : public Device {
   public:
    Chip(Device& chip, std::optional<std::uint32_t> reads) : chip_(chip), reads_(reads) {}
    std::uint32_t read_register(std::uint32_t offset) override { return reads_ ? *reads_ : chip_.read_register(offset); }
    void write_register(std::uint32_t offset, std::uint32_t value) override { chip_.write_register(offset, value); }
    void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { chip_.read_memory(address, data, bytes); }
    void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { chip_.write_memory(address, data, bytes); }
    void close_memory(bool closed) override { chip_.close_memory(closed); }
    bool wait_interrupt(std::uint64_t cycles) override { return chip_.wait_interrupt(cycles); }
    void reset() override { chip_.reset(); }
    std::string last_error() override { return chip_.last_error(); }
    std::string kind() const override { return chip_.kind(); }

   private:
    Device& chip_;
    const std::optional<std::uint32_t> reads_;
  };
  System& system_;
  Chip chip_;
};

}  // namespace

TEST_CASE("a chip that is dead altogether is found in bounded time", "[launch]") {
  const auto system = make_functional_system("tiny", 1);
  const auto says = [&](std::optional<std::uint32_t> reads, const Program& program) {
    Dead dead(*system, reads);
    const std::string said = what_it_says(dead, {program});
    CHECK(dead.waited < 10'000'000);
    return said;
  };
  CHECK(says(0, done()) == "the chip does not answer: register ID reads 0x0, that of a chip at work 0x5457494c");
  CHECK(says(0xffff'ffff, done()) == "the chip does not answer: register ID reads 0xffffffff, that of a chip at work 0x5457494c");
  CHECK(says({}, done()) == "the chip's interrupt does not come: IRQ_STATUS reads 0x1, the chip has ended its program");
  Writer stuck;
  stuck.nop(Queue::load, Slot::on(3));
  stuck.mark(Queue::load, true);
  CHECK(has(says({}, stuck.program), "the chip's interrupt does not come: IRQ_STATUS reads 0x2, the chip has stopped with watchdog in queue load"));
  CHECK(what_it_says(*system, {done()}) == "nothing");  // the next job
}

TEST_CASE("a chip that gets a soft reset in the middle of a job is named, and the next job is right", "[launch]") {
  const RandomMessages job(4, 30, 31);
  LaunchOptions options;
  options.remote_patience = 5000;
  options.limit = 200'000;
  const auto system = make_functional_system("tiny", 4);
  for (const std::uint64_t after : {1u, 20u, 100u}) {
    INFO("after " << after << " rounds");
    job.clear(*system);
    WithSoftReset broken(*system, 1, after);
    const std::string said = what_it_says(broken, job.programs(), options);
    INFO(said);
    CHECK(has(said, "rank 1 was reset in the middle of its program"));
    job.run(*system);
  }
}

TEST_CASE("programs that cannot be", "[launch]") {
  const auto system = make_functional_system("tiny", 2);
  CHECK_THROWS_AS(launch(*system, std::vector<Program>(3, done())), InputError);
  Program endless = done();
  endless.commands.pop_back();
  endless.labels.pop_back();
  endless.commands.push_back(contract::Nop{}.encode());
  CHECK_THROWS_AS(launch(*system, {endless}), std::logic_error);
  Program nowhere = done();
  nowhere.ring_address = 0;
  CHECK_THROWS_WITH(launch(*system, {done(), nowhere}), ContainsSubstring("rank 1: the program's ring lies at DRAM address 0"));
  CHECK(launch(*system, {}).empty());
  CHECK(launch(*system, {Program{}, done()}).at(1).marks.size() == 1);
}

TEST_CASE("chips that end one after the other do not use up the limit", "[launch]") {
  const auto system = make_functional_system("tiny", 64);
  std::vector<Program> programs;
  for (unsigned rank = 0; rank < 64; ++rank) {
    Writer w;
    for (unsigned i = 0; i < 100 * rank; ++i) w.nop(Queue::load, {});
    w.mark(Queue::load, true);
    programs.push_back(w.program);
  }
  LaunchOptions options;
  options.limit = 1'000'000;  // rounds; each chip ends within 20,000
  CHECK(launch(*system, programs, options).size() == 64);
}

TEST_CASE("a slow memory's silence comes on top of the watchdog", "[launch]") {
  const auto system = make_functional_system("tiny", 3);
  LaunchOptions options;
  options.memory_silence = 2'000'100;
  launch(*system, {done(), Program{}, done()}, options);
  CHECK(system->chip(0).read_register(contract::reg::WATCHDOG) == 3'000'100);
  CHECK(system->chip(1).read_register(contract::reg::WATCHDOG) == 1'000'000);
  CHECK(system->chip(2).read_register(contract::reg::WATCHDOG) == 3'000'100);
  system->reset();
  system->chip(0).write_register(contract::reg::WATCHDOG, 0);
  system->chip(2).write_register(contract::reg::WATCHDOG, 0xffff'0000u);
  launch(*system, {done(), Program{}, done()}, options);
  CHECK(system->chip(0).read_register(contract::reg::WATCHDOG) == 0);
  CHECK(system->chip(2).read_register(contract::reg::WATCHDOG) == 0xffff'ffffu);
}
