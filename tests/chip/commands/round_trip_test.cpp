// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"
#include "twill/configurations.hpp"

using namespace bench;
using contract::Queue;
using contract::State;

TEST_CASE("the capability registers are those of the machine") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    for (const auto& machine : contract::configurations) {
      if (machine.name != name) continue;
      CHECK(b.word == machine.word_bytes);
      CHECK(b.scratchpad == machine.scratchpad_bytes);
      CHECK(b.acc_words == machine.accumulator_words);
    }
    CHECK(b.get(contract::reg::ID) == 0x5457494c);
    CHECK(b.get(contract::reg::HASH_LO) == static_cast<std::uint32_t>(contract::hash));
    CHECK(!b.chip->read_register(0x3fc).ok);
    CHECK(!b.chip->write_register(0x024, 1).ok);
  }
}

TEST_CASE("marks of every queue arrive in the order they were taken, and one interrupts") {
  for (const std::string& name : machines()) {
    CAPTURE(name);
    Bench b(name);
    std::vector<Command> commands;
    // Tokens chain the queues, so that the order is known: load gives to array, array to post, ... (semaphores 1, 7, 13, 19).
    for (unsigned q = 0; q < 5; q++) {
      auto m = mark(static_cast<Queue>(q), 100 + q, q == 4);
      if (q > 0) m.slots.wait0 = Slot::on((q - 1) * 5 + q);
      if (q < 4) m.slots.signal2 = Slot::on(q * 5 + q + 1);
      commands.push_back(m.encode());
    }
    b.run(commands);
    std::uint64_t last = 0;
    for (unsigned q = 0; q < 5; q++) {
      const auto record = b.mark();
      CHECK(record.words[0] == 100 + q);
      CHECK(record.words[1] == q);
      CHECK(record.cycle() > last);
      last = record.cycle();
    }
    CHECK(b.get(contract::reg::STATUS) == 0);
    CHECK(b.get(contract::reg::FETCHED) == 5);
  }
}

TEST_CASE("bytes go from DRAM to the scratchpad and back, whatever their addresses") {
  CAPTURE(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    std::mt19937 random(seed());
    Bench b(name);
    std::uint64_t loaded = 0;
    for (int round = 0; round < 20; round++) {
      const std::uint32_t bytes = 1 + random() % (round < 10 ? 100 : 6000);
      const std::uint32_t local = random() % (b.scratchpad - bytes);
      const std::uint64_t from = 0x30'0000'0000 + random() % 100000, to = 0xff'0000'0000 + random() % 100000;
      CAPTURE(round, bytes, local, from, to);
      const auto data = random_bytes(random, bytes);
      b.poke(from, data);
      const auto fence = random_bytes(random, bytes + 2);
      b.poke(to - 1, fence);
      auto l = load(from, local, bytes);
      l.slots.signal0 = Slot::on(3);
      auto s = store(to, local, bytes);
      s.slots.wait0 = Slot::on(3);
      b.run({l.encode(), s.encode(), mark(Queue::store, round, true).encode()});
      const auto got = b.peek(to, bytes);
      for (std::uint32_t i = 0; i < bytes; i++) {
        CAPTURE(i);
        REQUIRE(int(got[i]) == int(data[i]));
      }
      CHECK(b.peek(to - 1, 1)[0] == fence.front());
      CHECK(b.peek(to + bytes, 1)[0] == fence.back());
      loaded += bytes;
      const auto record = b.mark();
      CHECK(record.words[24] == loaded);
      CHECK(record.words[25] == loaded);
      CHECK(record.words[29] == 3u * round + 2);
    }
  }
}

TEST_CASE("a long stream through a small ring runs in order") {
  CAPTURE(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    std::mt19937 random(seed());
    Bench b(name);
    // Each step moves one block on: scratchpad place to place through DRAM; an order violated anywhere shows at the end.
    const std::uint32_t bytes = 200;
    const auto data = random_bytes(random, bytes);
    b.poke(0x1000, data);
    std::vector<Command> commands;
    const int steps = 150;
    for (int i = 0; i < steps; i++) {
      auto l = load(0x1000 + i * 0x400, i % 7 * 256, bytes);
      if (i) l.slots.wait0 = Slot::on(15);
      l.slots.signal1 = Slot::on(3);
      auto s = store(0x1000 + (i + 1) * 0x400, i % 7 * 256, bytes);
      s.slots.wait2 = Slot::on(3);
      s.slots.signal0 = Slot::on(15);
      commands.push_back(l.encode());
      commands.push_back(s.encode());
    }
    commands.push_back(mark(Queue::store, 1, true).encode());
    b.issue(commands);
    REQUIRE(b.wait(2000000));
    CHECK(b.acknowledge() == 1);
    CHECK(b.peek(0x1000 + steps * 0x400, bytes) == data);
    CHECK(b.mark().words[29] == 2 * steps);
  }
}

TEST_CASE("the doorbell starts the first command within a memory latency and a few cycles") {
  for (const std::string& name : machines()) {
    for (unsigned latency : {20u, 100u}) {
      CAPTURE(name, latency);
      Bench b(name, {{latency, 0}, {}});
      b.run({mark(Queue::load, 1, false).encode(), mark(Queue::load, 2, true).encode()});
      const auto first = b.mark().cycle(), second = b.mark().cycle();
      WARN(name << ": doorbell to a first command answered in its queue, memory latency " << latency << ": " << first << " cycles; the next "
                << second - first << " later");
      CHECK(first <= latency + 64 / b.word + 12);
      CHECK(second - first <= 128 / b.word + 12);  // the record before it has to leave
    }
  }
}
