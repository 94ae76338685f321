// SPDX-License-Identifier: Apache-2.0
// The receiver against plain arrays: random messages under random stalls, signals after everything before them, rates, errors, and
// credits that stay whole through resets of the core.
#include "Vnetwork_16.h"
#include "Vnetwork_32.h"
#include "Vnetwork_4.h"
#include "Vnetwork_64.h"
#include "Vnetwork_8.h"
#include "bench.hpp"

namespace {

using namespace twill::contract;

template <typename Chip>
Flit flit(Message message, Space space, std::uint64_t address, std::uint32_t strobe, std::mt19937_64& random) {
  Flit f;
  for (unsigned i = 0; i < 4; ++i) f.words[i] = static_cast<std::uint32_t>(random());
  f.set_strobe(strobe);
  f.set_message(static_cast<unsigned>(message));
  f.set_space(static_cast<unsigned>(space));
  f.set_destination(Bench<Chip>::node);
  f.set_source(static_cast<unsigned>(random() % 64));
  f.set_address(address + (space == Space::dram ? Dram<Chip>::base : 0));
  return f;
}

template <typename Chip>
Flit signal(unsigned semaphore) {
  Flit f;
  f.set_message(static_cast<unsigned>(Message::signal));
  f.set_address(semaphore);
  return f;
}

/// Random messages, what they do to plain arrays, and what must be done before each signal.
template <typename Chip>
class Messages {
 public:
  explicit Messages(Bench<Chip>& bench) : bench_(bench), dram(bench.dram.bytes), scratchpad(bench.scratchpad.bytes), accumulators(bench.accumulators.bytes) {
    bench.on_give = [this](unsigned semaphore) { check(semaphore); };
  }

  /// `blocks`: how many places there are; few make messages meet.
  Flit random(unsigned blocks) {
    auto& r = bench_.random;
    if (chance(15)) {
      signals_.push_back({static_cast<unsigned>(r() % 32), scratchpad_pieces_, acc_flits_, dram_flits_});
      return signal<Chip>(signals_.back().semaphore);
    }
    const bool add = chance(40);
    const auto space = static_cast<Space>(r() % (add ? 2 : 3));
    const bool ints = add || space == Space::accumulators;
    std::uint32_t strobe = chance(50) ? 0xffffu : static_cast<std::uint32_t>(r() % 65536);
    if (ints) strobe = chance(50) ? 0xffffu : static_cast<std::uint32_t>((r() % 2) * 0xf | (r() % 2) * 0xf0 | (r() % 2) * 0xf00 | (r() % 2) * 0xf000);
    auto& bytes = space == Space::scratchpad ? scratchpad : space == Space::accumulators ? accumulators : dram;
    const std::uint64_t address = r() % std::min<std::uint64_t>(blocks, bytes.size() / 16) * 16;
    const Flit f = flit<Chip>(add ? Message::add : Message::write, space, address, strobe, r);
    for (unsigned i = 0; i < 16; i += ints ? 4 : 1) {
      if (!(strobe >> i & 1)) continue;
      if (!ints) {
        bytes[address + i] = static_cast<std::uint8_t>(f.words[i / 4] >> (i % 4 * 8));
        continue;
      }
      std::uint32_t value = f.words[i / 4];
      for (unsigned b = 0; add && b < 4; ++b) value += std::uint32_t{bytes[address + i + b]} << (8 * b);
      for (unsigned b = 0; b < 4; ++b) bytes[address + i + b] = static_cast<std::uint8_t>(value >> (8 * b));
    }
    if (space == Space::dram) ++dram_flits_;
    if (space == Space::accumulators) ++acc_flits_;
    const unsigned piece = std::min(bench_.word, 16u);
    for (unsigned i = 0; space == Space::scratchpad && i < 16; i += piece) scratchpad_pieces_ += (strobe >> i & ((1u << piece) - 1)) != 0;
    return f;
  }

  void compare() {
    compare("scratchpad", bench_.scratchpad.bytes, scratchpad);
    compare("accumulators", bench_.accumulators.bytes, accumulators);
    compare("DRAM", bench_.dram.bytes, dram);
    REQUIRE(bench_.gives.size() == signals_.size());
  }

 private:
  struct Signal {
    unsigned semaphore;
    std::uint64_t scratchpad_pieces, acc_flits, dram_flits;  ///< before it
  };

  bool chance(unsigned percent) { return bench_.random() % 100 < percent; }

  void check(unsigned semaphore) {
    REQUIRE(bench_.gives.size() <= signals_.size());
    const Signal& s = signals_[bench_.gives.size() - 1];
    INFO("signal " << bench_.gives.size() - 1);
    REQUIRE(semaphore == s.semaphore);
    REQUIRE(bench_.scratchpad_writes >= s.scratchpad_pieces);
    REQUIRE(bench_.acc_writes >= s.acc_flits);
    REQUIRE(bench_.acks >= s.dram_flits);
  }

  static void compare(const char* what, const std::vector<std::uint8_t>& got, const std::vector<std::uint8_t>& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (got[i] == expected[i]) continue;
      INFO(what << " byte " << i);
      REQUIRE(static_cast<int>(got[i]) == static_cast<int>(expected[i]));
    }
  }

  Bench<Chip>& bench_;
  std::vector<Signal> signals_;
  std::uint64_t scratchpad_pieces_ = 0, acc_flits_ = 0, dram_flits_ = 0;

 public:
  std::vector<std::uint8_t> dram, scratchpad, accumulators;
};

template <typename Chip>
void random_messages(unsigned word, int rounds, std::uint64_t seed) {
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    Bench<Chip> bench(word, seed * 1000 + static_cast<std::uint64_t>(round));
    Messages<Chip> messages(bench);
    switch (round % 4) {
      case 0: break;  // nothing stalls
      case 1: bench.dram.timing = {1, 40, 60, 60}; bench.grant = 60; bench.offer = 50; break;
      case 2: bench.dram.timing = {100, 130, 100, 100}; bench.grant = 90; break;
      case 3: bench.dram.timing = {1, 5, 30, 90}; bench.grant = 20; break;
    }
    bench.dram.free_order = round % 2;
    const unsigned blocks = std::array<unsigned, 3>{4, 40, 4000}[static_cast<std::size_t>(round % 3)];
    const int count = round == 1 ? 4000 : 1000;   // once more than 2^10 to each memory: the numbers that signals wait for wrap
    for (int i = 0; i < count; ++i) bench.flits.push_back(messages.random(blocks));
    bench.finish();
    messages.compare();
  }
}

/// Cycles between the first and the last local write of n flits to following blocks.
std::uint64_t span(unsigned n, Message message, Space space) {
  Bench<Vnetwork_16> bench(16, 3);
  for (unsigned i = 0; i < n; ++i) bench.flits.push_back(flit<Vnetwork_16>(message, space, i * 16, 0xffff, bench.random));
  bench.finish();
  REQUIRE(bench.local_writes_at.size() == n);
  return bench.local_writes_at.back() - bench.local_writes_at.front();
}

}  // namespace

TEST_CASE("random messages do what they say, words of 4 bytes") { random_messages<Vnetwork_4>(4, 24, pins::seed("receive 4")); }
TEST_CASE("random messages do what they say, words of 8 bytes") { random_messages<Vnetwork_8>(8, 24, pins::seed("receive 8")); }
TEST_CASE("random messages do what they say, words of 16 bytes") { random_messages<Vnetwork_16>(16, 48, pins::seed("receive 16")); }
TEST_CASE("random messages do what they say, words of 32 bytes") { random_messages<Vnetwork_32>(32, 24, pins::seed("receive 32")); }
TEST_CASE("random messages do what they say, words of 64 bytes") { random_messages<Vnetwork_64>(64, 24, pins::seed("receive 64")); }

TEST_CASE("writes and sums come at a flit a cycle") {
  for (const Message m : {Message::write, Message::add}) {
    CHECK(span(500, m, Space::scratchpad) == 499);
    CHECK(span(500, m, Space::accumulators) == 499);
  }
  Bench<Vnetwork_16> bench(16, 3);
  bench.dram.timing = {100, 100, 100, 100};
  for (unsigned i = 0; i < 1000; ++i) bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::dram, i * 16, 0xffff, bench.random));
  bench.finish();
  CHECK(bench.delivered_at.back() - bench.delivered_at.front() == 999);
  Bench<Vnetwork_16> slow(16, 3);
  slow.dram.timing = {300, 300, 100, 100};
  for (unsigned i = 0; i < 1000; ++i) slow.flits.push_back(flit<Vnetwork_16>(Message::write, Space::dram, i * 16, 0xffff, slow.random));
  slow.finish();
  CHECK(slow.dram.most_writes == 128);   // no more are open
}

TEST_CASE("received to written, received to semaphore") {
  const auto first_write = [](Message m, Space s) {
    Bench<Vnetwork_16> bench(16, 3);
    bench.flits.push_back(flit<Vnetwork_16>(m, s, 64, 0xffff, bench.random));
    bench.finish();
    return bench.local_writes_at.at(0) - bench.delivered_at.at(0);
  };
  CHECK(first_write(Message::write, Space::scratchpad) == 4);
  CHECK(first_write(Message::add, Space::scratchpad) == 4);
  CHECK(first_write(Message::write, Space::accumulators) == 1);
  CHECK(first_write(Message::add, Space::accumulators) == 1);
  Bench<Vnetwork_16> bench(16, 3);
  bench.flits.push_back(signal<Vnetwork_16>(9));
  bench.finish();
  CHECK(bench.gives.at(0).cycle - bench.delivered_at.at(0) == 2);
  bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::scratchpad, 64, 0xffff, bench.random));
  bench.flits.push_back(signal<Vnetwork_16>(9));
  bench.finish();
  CHECK(bench.gives.at(1).cycle - bench.local_writes_at.at(0) == 1);
}

TEST_CASE("a signal waits for DRAM, later messages do not wait for the signal") {
  Bench<Vnetwork_16> bench(16, 3);
  bench.dram.timing = {300, 300, 100, 100};
  bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::dram, 0, 0xffff, bench.random));
  bench.flits.push_back(signal<Vnetwork_16>(3));
  for (unsigned i = 0; i < 100; ++i) bench.flits.push_back(flit<Vnetwork_16>(Message::add, Space::scratchpad, i * 16, 0xffff, bench.random));
  bench.finish();
  CHECK(bench.gives.at(0).cycle > 300);
  CHECK(bench.local_writes_at.back() < 120);
}

TEST_CASE("a byte outside its space stops the receiver, not the network") {
  struct Case {
    Message message;
    Space space;
    std::uint64_t address;
  };
  for (const Case c : {Case{Message::write, Space::scratchpad, 65536}, {Message::add, Space::scratchpad, 0x10'0000'0000}, {Message::write, Space::accumulators, 256 * 64},
                       {Message::add, Space::accumulators, 0xfffff0}, {Message::add, Space::dram, 32}}) {
    Bench<Vnetwork_16> bench(16, 3);
    const auto before = bench.scratchpad.bytes;
    bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::scratchpad, 0, 0xffff, bench.random));
    const Flit bad = flit<Vnetwork_16>(c.message, c.space, c.address, 0xffff, bench.random);
    bench.flits.push_back(bad);
    for (unsigned i = 2; i < 200; ++i) bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::scratchpad, i * 16, 0xffff, bench.random));
    bench.flits.push_back(signal<Vnetwork_16>(3));
    bench.run(400);
    REQUIRE(bench.remote_error);
    CHECK(bench.remote_error->first == static_cast<unsigned>(Error::remote_access));
    CHECK(bench.remote_error->second == (bad.source() << 26 | bad.space() << 24 | static_cast<std::uint32_t>(bad.address() & 0xffffff)));
    CHECK(bench.flits.empty());
    CHECK(bench.rx_credits() == 8);
    CHECK(bench.local_writes_at.size() == 1);
    CHECK(bench.gives.empty());
    CHECK(std::equal(before.begin() + 32, before.end(), bench.scratchpad.bytes.begin() + 32));
  }
}

TEST_CASE("a write that memory refuses") {
  Bench<Vnetwork_16> bench(16, 3);
  bench.dram.refused_from = 0x100;
  bench.dram.refused_to = 0x200;
  bench.flits.push_back(flit<Vnetwork_16>(Message::write, Space::dram, 0x100, 0xffff, bench.random));
  bench.flits.push_back(signal<Vnetwork_16>(3));
  bench.run(100);
  REQUIRE(bench.remote_error);
  CHECK(bench.remote_error->first == static_cast<unsigned>(Error::bus));
  CHECK(bench.rx_credits() == 8);
}

TEST_CASE("credits stay whole through resets of the core") {
  Bench<Vnetwork_16> bench(16, pins::seed("core resets"));
  bench.grant = 50;
  bench.credit = 40;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 20; ++i) {
      bench.flits.push_back(flit<Vnetwork_16>(Message::add, Space::scratchpad, bench.random() % 8 * 16, 0xffff, bench.random));
      SignalRemote c;
      c.remote_signal = 33;
      bench.commands.push_back(c.encode());
    }
    bench.run(static_cast<unsigned>(bench.random() % 60));
    bench.chip->core_rst_ni = 0;
    bench.commands.clear();
    bench.run(1 + static_cast<unsigned>(bench.random() % 10));
    bench.accepted = bench.done = 0;
    bench.chip->core_rst_ni = 1;
  }
  bench.credit = 100;
  bench.run(10000);
  CHECK(bench.flits.empty());
  CHECK(bench.rx_credits() == 8);
  CHECK(bench.tx_credits() == 8);
}
