// SPDX-License-Identifier: Apache-2.0
// Machines with SEC-DED under flipped bits: single errors are put right and counted, double ones stop the queue that read them and say where.
#include <algorithm>
#include <set>

#include <twill/noc/fabric.hpp>

#include "bench.hpp"

using namespace bench;
using contract::Error;
using contract::Queue;
using contract::Space;
namespace reg = contract::reg;

namespace {

/// The machines with SEC-DED, of those built in.
std::vector<std::string> ecc_machines() {
  std::vector<std::string> names;
  for (const std::string& name : tb::built_configurations())
    if (name == "tiny_ecc" || name == "base_ecc") names.push_back(name);
  return names;
}

unsigned code_bits(const Bench& b, Space memory, std::uint32_t address) {
  const bool short_word = (memory == Space::scratchpad && b.word == 4) || (memory == Space::queue_memory && address % 128 == 64);
  return short_word ? 39 : 72;
}

void flip(Bench& b, Space memory, std::uint32_t address, unsigned bit, Queue queue = Queue::load) {
  Fault fault;
  fault.memory = memory, fault.queue = queue, fault.address = address, fault.bit = bit;
  b.chip->flip(fault);
}

void flip_two(Bench& b, std::mt19937& random, Space memory, std::uint32_t address, Queue queue = Queue::load) {
  const unsigned bits = code_bits(b, memory, address), first = random() % bits;
  flip(b, memory, address, first, queue);
  flip(b, memory, address, (first + 1 + random() % (bits - 1)) % bits, queue);
}

std::uint32_t info(Space memory, std::uint32_t address) { return static_cast<std::uint32_t>(memory) << 24 | address; }

/// A product of six operand words and one tile of weights, in accumulator words 0 to 5.
contract::Conv conv() {
  contract::Conv c;
  c.out_w = 3, c.out_h = 2, c.kernel_x = c.kernel_y = 1, c.run_bytes = 4, c.tiles = 1;
  c.row_bytes = 64, c.in_rows = 8, c.x_step = 16, c.y_step = 64, c.stride_y = 1, c.weight_base = 4096;
  return c;
}

}  // namespace

TEST_CASE("after a reset the memories are cleared, and what the host asks for waits for that") {
  for (const std::string& name : ecc_machines()) {
    CAPTURE(name);
    Bench b(name);
    CHECK(b.get(reg::CAP_FEATURES) == 3);
    CHECK((b.get(reg::STATUS) & 0x400) != 0);
    const std::uint32_t rows = std::max(b.scratchpad / b.word / 16, b.acc_words / 4);
    b.issue({mark(Queue::load, 1, true).encode()});
    CHECK(b.get(reg::CYCLE_LO) == 0);   // the doorbell has no effect yet
    CHECK(!b.wait(rows / 2 - 100));
    CHECK(b.get(reg::FETCHED) == 0);
    REQUIRE(b.wait(rows + 300));
    CHECK(b.chip->cycles() > rows);
    CHECK(b.chip->cycles() < rows + 500);
    CHECK(b.get(reg::STATUS) == 0);
    CHECK(b.mark().cycle() < 300);
    // A soft reset leaves the memories as they are.
    b.set(reg::CONTROL, 2);
    while (b.get(reg::CONTROL) & 2) b.chip->step(1);
    CHECK(b.get(reg::STATUS) == 0);
    b.chip->reset();
    CHECK(b.get(reg::STATUS) == 0x400);
  }
}

TEST_CASE("single errors anywhere are put right and counted") {
  CAPTURE(seed());
  std::mt19937 random(seed());
  for (const std::string& name : ecc_machines()) {
    CAPTURE(name);
    Bench b(name);
    const auto data = random_bytes(random, 4096);
    b.poke(0x8000, data);

    // The scratchpad: each word is stored once.
    b.run({load(0x8000, 256, 4096).encode(), mark(Queue::load, 1, true).encode()});
    std::set<std::uint32_t> struck;
    while (struck.size() < 60) struck.insert(256 / 8 + random() % (4096 / 8));
    for (const std::uint32_t at : struck) flip(b, Space::scratchpad, at * 8, random() % code_bits(b, Space::scratchpad, 0));
    b.run({store(0x20000, 256, 4096).encode(), mark(Queue::store, 1, true).encode()});
    CHECK(b.peek(0x20000, 4096) == data);
    CHECK(b.get(reg::ECC_SCRATCHPAD) == struck.size());
    // What is read is not written back, a byte written into a code word is the end of its error.
    for (const std::uint32_t at : struck) b.run({load(0x8000 + at * 8 - 256 + 1, at * 8 + 1, 1).encode(), mark(Queue::load, 1, true).encode()});
    CHECK(b.get(reg::ECC_SCRATCHPAD) == 2 * struck.size());
    b.run({store(0x20000, 256, 4096).encode(), mark(Queue::store, 1, true).encode()});
    CHECK(b.peek(0x20000, 4096) == data);
    CHECK(b.get(reg::ECC_SCRATCHPAD) == 2 * struck.size());
    CHECK(b.get(reg::ECC_ACCUMULATORS) == 0);

    // The accumulators, to which 0 is added then.
    auto in = load(0x8000, 1024, 4096);
    in.space = 1;
    b.run({in.encode(), mark(Queue::load, 1, true).encode()});
    for (int i = 0; i < 60; ++i) flip(b, Space::accumulators, 1024 + static_cast<std::uint32_t>(i) * 64, random() % 72);
    b.poke(0x100000, std::vector<std::uint8_t>(4096));
    auto add = load(0x100000, 1024, 4096);
    add.space = 1, add.add = 1;
    b.run({add.encode(), mark(Queue::load, 1, true).encode()});
    const std::uint32_t corrected = b.get(reg::ECC_ACCUMULATORS);
    CHECK(corrected == 60);
    auto out = store(0x30000, 1024, 4096);
    out.space = 1;
    b.run({out.encode(), mark(Queue::store, 1, true).encode()});
    CHECK(b.peek(0x30000, 4096) == data);
    CHECK(b.get(reg::ECC_ACCUMULATORS) == corrected);   // the sums were written anew
    CHECK(b.get(reg::ECC_QUEUES) == 0);

    // A queue: behind a NOP that waits lies a load for each byte, and each code word of those is struck.
    b.chip->reset();
    b.configure();
    CHECK(b.get(reg::ECC_SCRATCHPAD) == 0);
    contract::Nop waits{Queue::load, {}};
    waits.slots.wait0 = Slot::on(9);
    std::vector<Command> commands{waits.encode()};
    for (std::uint32_t i = 0; i < 8; ++i) commands.push_back(load(0x8000 + i, 7 - i, 1).encode());
    auto last = mark(Queue::load, 5, true);
    last.slots.signal0 = Slot::on(3);
    commands.push_back(last.encode());
    b.issue(commands);
    b.chip->step(3000);
    for (std::uint32_t entry = 1; entry <= 9; ++entry)
      for (std::uint32_t at = 0; at <= 64; at += 8)
        flip(b, Space::queue_memory, entry * 128 + at, random() % code_bits(b, Space::queue_memory, at), Queue::load);
    b.set(reg::SEMAPHORE, 9 << 8 | 1);
    REQUIRE(b.wait());
    CHECK(b.acknowledge() == 1);
    CHECK(b.mark().words[0] == 5);
    CHECK(b.get(reg::ECC_QUEUES) == 81);
    b.run({store(0x40000, 0, 8).encode(), mark(Queue::store, 1, true).encode()});
    for (std::uint32_t i = 0; i < 8; ++i) CHECK(b.peek(0x40000 + 7 - i, 1)[0] == data[i]);
  }
}

TEST_CASE("a word with two bits wrong stops the queue that reads it and is named") {
  CAPTURE(seed());
  std::mt19937 random(seed());
  for (const std::string& name : ecc_machines()) {
    CAPTURE(name);
    Bench b(name);
    const auto data = random_bytes(random, 3000);
    const auto struck = [&](const char* what, Queue queue, const Command& command, Space memory, std::uint32_t at) {
      CAPTURE(what);
      while (b.get(reg::STATUS)) b.chip->step(10);   // cleared
      flip_two(b, random, memory, at);
      expect_error(b, {contract::Nop{queue, {}}.encode(), command}, Error::ecc, queue, 1);
      CHECK(b.get(reg::ERROR_INFO) == info(memory, at));
      b.chip->reset();
      b.configure();
      b.poke(0x5000, data);   // and all is well
      auto in = load(0x5000, 1, 3000);
      in.slots.signal0 = Slot::on(3);
      auto out = store(0x9001, 1, 3000);
      out.slots.wait0 = Slot::on(3);
      b.run({in.encode(), out.encode(), mark(Queue::store, 1, true).encode()});
      CHECK(b.peek(0x9001, 3000) == data);
      CHECK(b.get(reg::ECC_SCRATCHPAD) + b.get(reg::ECC_ACCUMULATORS) + b.get(reg::ECC_QUEUES) == 0);
    };
    const std::uint32_t sum_word = b.word * 4, lane = std::min(b.word, 8u);

    struck("store, its last word", Queue::store, store(0x1000, 0, 512).encode(), Space::scratchpad, 504);
    struck("load, a byte", Queue::load, load(0x1000, 105, 1).encode(), Space::scratchpad, 104);
    auto add = load(0x1000, 64, 64);
    add.add = 1;
    struck("load, adding", Queue::load, add.encode(), Space::scratchpad, 96);
    struck("array, an operand", Queue::array, conv().encode(), Space::scratchpad, 64 + 16);
    struck("array, the last operand", Queue::array, conv().encode(), Space::scratchpad, 64 + 32);
    struck("array, a weight", Queue::array, conv().encode(), Space::scratchpad, 4096 + 8);
    contract::Move move;
    move.queue = Queue::post, move.in_base = 8, move.out_base = 1024, move.run = 64;
    move.count0 = move.count1 = move.count2 = move.count3 = 1;
    struck("post", Queue::post, move.encode(), Space::scratchpad, 64);
    move.out_base = 1021;
    struck("post, where it writes", Queue::post, move.encode(), Space::scratchpad, 1021 / lane * lane);
    struck("post, at the end of what it writes", Queue::post, move.encode(), Space::scratchpad, (1021 + 63) / lane * lane);

    auto out = store(0x1000, 0, 256);
    out.space = 1;
    struck("store of sums", Queue::store, out.encode(), Space::accumulators, 128);
    auto sums = load(0x1000, 0, 256);
    sums.space = 1, sums.add = 1;
    struck("load, adding to sums", Queue::load, sums.encode(), Space::accumulators, 136);
    auto accumulating = conv();
    accumulating.accumulate = 1;
    struck("array, adding to sums", Queue::array, accumulating.encode(), Space::accumulators, 5 * sum_word + 8);
    contract::Requant requant;
    requant.queue = Queue::post, requant.out_w = 3, requant.out_h = 1, requant.tiles = 1, requant.last_lanes = 4, requant.row_bytes = 0xffffff;
    requant.pix_step = 16, requant.param_base = 8192, requant.n_step = 4;
    struck("post, sums", Queue::post, requant.encode(), Space::accumulators, sum_word);
    struck("post, its records", Queue::post, requant.encode(), Space::scratchpad, 8192 + 24);
  }
}

TEST_CASE("a message meets a word with two bits wrong: the network queue's error, and no command's") {
  std::mt19937 random(seed());
  for (const std::string& name : ecc_machines()) {
    CAPTURE(name);
    noc::Fabric fabric(noc::TopologySpec{}, noc::NetworkOptions{});
    tb::ChipOptions options;
    options.fabric = &fabric;
    Bench b(name, options);
    contract::Send send;
    send.queue = Queue::network;
    send.local_run = send.remote_run = 3, send.local_base = 64, send.remote_base = 1001;
    const auto stopped = [&](Space memory, std::uint32_t at, std::uint32_t command) {
      REQUIRE(b.wait());
      CHECK(b.acknowledge() == 2);
      CHECK(b.get(reg::ERROR_CODE) == static_cast<std::uint32_t>(Error::ecc));
      CHECK(b.get(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(Queue::network));
      CHECK(b.get(reg::ERROR_INFO) == info(memory, at));
      CHECK(b.get(reg::ERROR_ADDRESS_LO) == command);
      fabric.reset();
      b.chip->reset();
      b.configure();
    };
    while (b.get(reg::STATUS)) b.chip->step(10);
    flip_two(b, random, Space::scratchpad, 64);   // what is sent
    b.issue({send.encode()});
    stopped(Space::scratchpad, 64, static_cast<std::uint32_t>(Bench::ring));
    while (b.get(reg::STATUS)) b.chip->step(10);
    flip_two(b, random, Space::scratchpad, 1000);   // where it goes
    b.issue({send.encode()});
    stopped(Space::scratchpad, 1000, 0);
  }
}

TEST_CASE("a command with two bits wrong in its queue is not run, and named unless its number is lost") {
  std::mt19937 random(seed());
  for (const std::string& name : ecc_machines()) {
    for (const Queue queue : {Queue::load, Queue::array, Queue::post, Queue::store, Queue::network}) {
      for (const std::uint32_t at : {0u, 56u, 64u}) {
        CAPTURE(name, static_cast<int>(queue), at);
        Bench b(name);
        contract::Nop waits{queue, {}};
        waits.slots.wait0 = Slot::on(9);
        b.issue({contract::Nop{Queue::load, {}}.encode(), waits.encode(), contract::Nop{queue, {}}.encode(), mark(queue, 1, true).encode()});
        b.chip->step(3000);
        const std::uint32_t entry = queue == Queue::load ? 2 : 1;
        flip_two(b, random, Space::queue_memory, entry * 128 + at, queue);
        b.set(reg::SEMAPHORE, 9 << 8 | 1);
        REQUIRE(b.wait());
        CHECK(b.acknowledge() == 2);
        CHECK(b.get(reg::ERROR_CODE) == static_cast<std::uint32_t>(Error::ecc));
        CHECK(b.get(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(queue));
        CHECK(b.get(reg::ERROR_INFO) == info(Space::queue_memory, entry * 128 + at));
        CHECK(b.get(reg::ERROR_ADDRESS_LO) == (at == 64 ? 0 : static_cast<std::uint32_t>(Bench::ring) + 2 * 64));
        CHECK(b.get(reg::ERROR_ADDRESS_HI) == (at == 64 ? 0 : Bench::ring >> 32));
      }
    }
  }
}

TEST_CASE("a lost word that is read before a soft reset is no error after it, in whichever cycle the reset comes") {
  std::mt19937 random(seed());
  for (const std::string& name : ecc_machines()) {
    Bench b(name);
    while (b.get(reg::STATUS)) b.chip->step(10);
    flip_two(b, random, Space::scratchpad, 504);
    unsigned before = 0;
    for (unsigned phase = 0; phase < 200; ++phase) {
      CAPTURE(name, phase);
      // Nothing is owed when a MOVE runs, so the reset lasts one cycle.
      contract::Move move;
      move.queue = Queue::post, move.in_base = 496, move.out_base = 4096, move.run = 16;
      move.count0 = 1, move.count1 = 8, move.count2 = move.count3 = 1;
      b.issue({move.encode()});
      b.chip->step(phase);
      before += b.get(reg::ERROR_CODE) != 0;
      b.set(reg::CONTROL, 2);
      while (b.get(reg::CONTROL) & 2) b.chip->step(1);
      b.chip->step(20);
      REQUIRE(b.get(reg::ERROR_CODE) == 0);
      b.configure();
    }
    CHECK(before > 20);
    CHECK(before < 180);
  }
}

TEST_CASE("bits that do not exist are refused") {
  Fault fault;
  if (!ecc_machines().empty()) {
    Bench b(ecc_machines().front());
    CHECK_THROWS_WITH(b.chip->flip({Space::scratchpad, Queue::load, b.scratchpad, 0, 0}), ContainsSubstring("beyond the scratchpad"));
    CHECK_THROWS_WITH(b.chip->flip({Space::accumulators, Queue::load, b.acc_words * b.word * 4, 0, 0}), ContainsSubstring("beyond the accumulators"));
    CHECK_THROWS_WITH(b.chip->flip({Space::queue_memory, Queue::load, 16 * 128, 0, 0}), ContainsSubstring("beyond the queue_memory"));
    CHECK_THROWS_WITH(b.chip->flip({Space::queue_memory, Queue::load, 72, 0, 0}), ContainsSubstring("no code word"));
    CHECK_THROWS_WITH(b.chip->flip({Space::accumulators, Queue::load, 0, 72, 0}), ContainsSubstring("no bit 72"));
    CHECK_THROWS_WITH(b.chip->flip({Space::dram, Queue::load, 0, 0, 0}), ContainsSubstring("not in dram"));
  }
  for (const std::string& name : tb::built_configurations())
    if (name == "tiny") CHECK_THROWS_WITH(Bench(name).chip->flip(fault), ContainsSubstring("no SEC-DED memories"));
  for (const std::string& name : tb::built_configurations())
    CHECK_THROWS_WITH(Bench(name).chip->flip({Space::queue_memory, static_cast<Queue>(5), 0, 0, 0}), "there is no command queue 5; there are 0 to 4");
}
