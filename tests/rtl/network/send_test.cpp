// SPDX-License-Identifier: Apache-2.0
// The send engine against a plain loop over bytes: which flits, in which order, how soon; and what it must refuse.
#include "Vnetwork_16.h"
#include "Vnetwork_32.h"
#include "Vnetwork_4.h"
#include "Vnetwork_64.h"
#include "Vnetwork_8.h"
#include "bench.hpp"

namespace {

using namespace twill::contract;

struct Walk {
  std::int64_t base = 0;
  std::array<std::int64_t, 4> count{1, 1, 1, 1};  // run, then counts inner to outer
  std::array<std::int64_t, 4> stride{1, 0, 0, 0};

  std::int64_t total() const { return count[0] * count[1] * count[2] * count[3]; }
};

Walk contiguous(std::int64_t base, std::int64_t run) { return {base, {run, 1, 1, 1}, {1, 0, 0, 0}}; }

template <typename C>
C message(const Walk& local, const Walk& remote, unsigned to, Space space, Space remote_space) {
  C c;
  c.chip = to;
  c.space = static_cast<unsigned>(space);
  c.remote_space = static_cast<unsigned>(remote_space);
  c.local_base = static_cast<std::uint32_t>(local.base);
  c.local_run = static_cast<std::uint32_t>(local.count[0]);
  c.local_count0 = static_cast<std::uint32_t>(local.count[1]);
  c.local_count1 = static_cast<std::uint32_t>(local.count[2]);
  c.local_count2 = static_cast<std::uint32_t>(local.count[3]);
  c.local_stride0 = static_cast<std::int32_t>(local.stride[1]);
  c.local_stride1 = static_cast<std::int32_t>(local.stride[2]);
  c.local_stride2 = static_cast<std::int32_t>(local.stride[3]);
  c.remote_base = static_cast<std::uint64_t>(remote.base);
  c.remote_run = static_cast<std::uint32_t>(remote.count[0]);
  c.remote_count0 = static_cast<std::uint32_t>(remote.count[1]);
  c.remote_count1 = static_cast<std::uint32_t>(remote.count[2]);
  c.remote_count2 = static_cast<std::uint32_t>(remote.count[3]);
  c.remote_stride0 = static_cast<std::int32_t>(remote.stride[1]);
  c.remote_stride1 = static_cast<std::int32_t>(remote.stride[2]);
  c.remote_stride2 = static_cast<std::int32_t>(remote.stride[3]);
  return c;
}

Command send(std::int64_t from, std::int64_t to, std::int64_t bytes, unsigned remote_signal = 0) {
  auto c = message<Send>(contiguous(from, bytes), contiguous(to, bytes), 3, Space::scratchpad, Space::scratchpad);
  c.remote_signal = remote_signal;
  return c.encode();
}

/// The bytes of a side, in order.
std::vector<std::uint64_t> addresses(const Walk& w) {
  std::vector<std::uint64_t> out;
  for (std::int64_t k = 0; k < w.count[3]; ++k)
    for (std::int64_t j = 0; j < w.count[2]; ++j)
      for (std::int64_t i = 0; i < w.count[1]; ++i)
        for (std::int64_t b = 0; b < w.count[0]; ++b)
          out.push_back(static_cast<std::uint64_t>(w.base + k * w.stride[3] + j * w.stride[2] + i * w.stride[1] + b));
  return out;
}

/// Random commands and the flits they stand for. A flit ends where its block or the remote run does.
template <typename Chip>
class Messages {
 public:
  explicit Messages(Bench<Chip>& bench) : bench_(bench) {}

  std::vector<Flit> expected;
  std::vector<std::size_t> ends;  ///< flits up to the end of each command

  Command random() {
    const unsigned to = below(Bench<Chip>::chips), slot = chance(40) ? 32 + below(32) : 0;
    Command command;
    if (chance(15)) {
      SignalRemote c;
      c.chip = to;
      c.remote_signal = 32 + below(32);
      command = c.encode();
      signal(to, c.remote_signal);
    } else {
      const bool add = chance(30), from_acc = chance(30);
      const auto remote_space = static_cast<Space>(below(add ? 2 : 3));
      const bool remote_ints = add || remote_space == Space::accumulators;
      const std::int64_t unit = add || from_acc || remote_ints ? 4 : 1, total = unit * (1 + below(below(5) ? 60 : 800));
      const std::int64_t size = from_acc ? static_cast<std::int64_t>(bench_.accumulators.bytes.size()) : 65536;
      const Walk local = walk(total, add || from_acc ? 4 : 1, 0, size);
      const Walk remote = walk(total, remote_ints ? 4 : 1, 0, 1 << 20);
      const Space space = from_acc ? Space::accumulators : Space::scratchpad;
      if (add) {
        auto c = message<SendAdd>(local, remote, to, space, remote_space);
        c.remote_signal = slot;
        command = c.encode();
      } else {
        auto c = message<Send>(local, remote, to, space, remote_space);
        c.remote_signal = slot;
        command = c.encode();
      }
      const auto source = addresses(local), target = addresses(remote);
      const auto& bytes = from_acc ? bench_.accumulators.bytes : bench_.scratchpad.bytes;
      for (std::size_t i = 0; i < target.size(); ++i) {
        const bool run_ends = i % static_cast<std::size_t>(remote.count[0]) == 0;
        if (run_ends || target[i] % 16 == 0) {
          expected.push_back(flit(to, add ? Message::add : Message::write));
          expected.back().set_space(static_cast<unsigned>(remote_space));
          expected.back().set_address(target[i] / 16 * 16);
        }
        Flit& f = expected.back();
        const unsigned lane = static_cast<unsigned>(target[i] % 16);
        f.words[lane / 4] |= std::uint32_t{bytes[source[i]]} << (lane % 4 * 8);
        f.set_strobe(f.strobe() | 1u << lane);
      }
      if (slot) signal(to, slot);
    }
    ends.push_back(expected.size());
    return command;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(bench_.random() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }

  Flit flit(unsigned to, Message message) {
    Flit f;
    f.set_destination(to);
    f.set_source(Bench<Chip>::node);
    f.set_message(static_cast<unsigned>(message));
    return f;
  }
  void signal(unsigned to, unsigned slot) {
    expected.push_back(flit(to, Message::signal));
    expected.back().set_address(slot & 31);
  }

  /// `total` bytes dealt out to a run and three counts, within [low, high), everything a multiple of `unit`.
  Walk walk(std::int64_t total, std::int64_t unit, std::int64_t low, std::int64_t high) {
    Walk w;
    std::int64_t left = total / unit;
    for (unsigned d = 1; d < 4; ++d) {
      const std::int64_t factor = std::array<std::int64_t, 5>{1, 1, 2, 3, 5}[below(5)];
      if (left % factor == 0) {
        w.count[d] = factor;
        left /= factor;
      }
    }
    w.count[0] = left * unit;
    std::int64_t before = 0, after = w.count[0];
    for (unsigned d = 1; d < 4; ++d) {
      const std::int64_t most = (high - low - total) / 16;
      w.stride[d] = chance(40) ? w.count[0] : (static_cast<std::int64_t>(below(static_cast<unsigned>(2 * most + 1))) - most) / unit * unit;
      (w.stride[d] < 0 ? before : after) += std::abs(w.stride[d]) * (w.count[d] - 1);
    }
    if (low + before + after > high) return walk(total, unit, low, high);
    w.base = (low + before + static_cast<std::int64_t>(bench_.random() % static_cast<std::uint64_t>(high - low - before - after + 1)));
    w.base = std::max(w.base / unit * unit, (low + before + unit - 1) / unit * unit);
    return w;
  }

  Bench<Chip>& bench_;
};

/// A flit as it counts: bytes that strobe does not enable may be anything.
std::vector<std::uint32_t> meaning(Flit f) {
  for (unsigned i = 0; i < 16; ++i) {
    if (!(f.strobe() >> i & 1)) f.words[i / 4] &= ~(0xffu << (i % 4 * 8));
  }
  return {f.words.begin(), f.words.end()};
}

void compare(const std::vector<Flit>& got, const std::vector<Flit>& expected) {
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    INFO("flit " << i);
    REQUIRE(meaning(got[i]) == meaning(expected[i]));
  }
  REQUIRE(got.size() == expected.size());
}

template <typename Chip>
void random_messages(unsigned word, int rounds, std::uint64_t seed) {
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    Bench<Chip> bench(word, seed * 1000 + static_cast<std::uint64_t>(round));
    switch (round % 4) {
      case 0: break;  // nothing stalls
      case 1: bench.grant = 60, bench.offer = 20, bench.credit = 40; break;
      case 2: bench.grant = 90, bench.credit = 10; break;
      case 3: bench.grant = 30; break;
    }
    Messages<Chip> messages(bench);
    for (int i = 0; i < 40; ++i) bench.commands.push_back(messages.random());
    bench.finish();
    compare(bench.sent, messages.expected);
    // Done in order, a cycle after the command's last flit went to the pins.
    for (std::size_t i = 0; i < messages.ends.size(); ++i) CHECK(bench.done_at[i] == bench.sent_at[messages.ends[i] - 1]);
  }
}

/// What comes before a bad command is sent and done, nothing after it.
template <typename Chip>
void expect_error(unsigned word, Error code, std::uint32_t info, const Command& bad, std::size_t flits_of_it = 0) {
  Bench<Chip> bench(word, 7);
  bench.grant = 60;
  bench.credit = 30;
  Messages<Chip> messages(bench);
  for (int i = 0; i < 3; ++i) bench.commands.push_back(messages.random());
  bench.commands.push_back(bad);
  bench.commands.push_back(send(0, 0, 64));
  while (!bench.error && bench.cycle < 40000) bench.step();
  REQUIRE(bench.error);
  CHECK(bench.error->first == static_cast<unsigned>(code));
  CHECK(bench.error->second == info);
  bench.run(500);
  CHECK(bench.done == 3);
  REQUIRE(bench.sent.size() == messages.expected.size() + flits_of_it);
  bench.sent.resize(messages.expected.size());
  compare(bench.sent, messages.expected);
  CHECK(bench.tx_credits() == 8);
}

}  // namespace

TEST_CASE("random messages leave as they should, words of 4 bytes") { random_messages<Vnetwork_4>(4, 20, pins::seed("send 4")); }
TEST_CASE("random messages leave as they should, words of 8 bytes") { random_messages<Vnetwork_8>(8, 20, pins::seed("send 8")); }
TEST_CASE("random messages leave as they should, words of 16 bytes") { random_messages<Vnetwork_16>(16, 40, pins::seed("send 16")); }
TEST_CASE("random messages leave as they should, words of 32 bytes") { random_messages<Vnetwork_32>(32, 20, pins::seed("send 32")); }
TEST_CASE("random messages leave as they should, words of 64 bytes") { random_messages<Vnetwork_64>(64, 20, pins::seed("send 64")); }

TEST_CASE("a flit a cycle, and three idle cycles between commands at most") {
  Bench<Vnetwork_16> bench(16, 1);
  for (int i = 0; i < 8; ++i) bench.commands.push_back(send(1024 * i, 1024 * i, 1024, i % 2 ? 32 + 5 : 0));
  bench.finish();
  REQUIRE(bench.sent.size() == 8 * 64 + 4);
  CHECK(bench.sent_at[0] - bench.accepted_at[0] == 6);
  for (std::size_t i = 0, flit = 0; i < 8; ++i) {
    const std::size_t last = flit + 63 + i % 2;
    CHECK(bench.sent_at[last] - bench.sent_at[flit] == last - flit);
    if (i < 7) CHECK(bench.sent_at[last + 1] - bench.sent_at[last] <= 4);
    flit = last + 1;
  }
}

TEST_CASE("unaligned and from the accumulators a flit a cycle as well") {
  Bench<Vnetwork_16> bench(16, 1);
  bench.commands.push_back(send(5, 16, 4096));
  bench.commands.push_back(message<Send>(contiguous(0, 4096), contiguous(32, 4096), 1, Space::accumulators, Space::dram).encode());
  bench.finish();
  REQUIRE(bench.sent.size() == 512);
  CHECK(bench.sent_at[255] - bench.sent_at[0] == 255);
  CHECK(bench.sent_at[511] - bench.sent_at[256] == 255);
}

TEST_CASE("small machines send whole flits, a word a cycle") {
  Bench<Vnetwork_4> bench(4, 1);
  bench.commands.push_back(send(0, 0, 4096));
  bench.finish();
  REQUIRE(bench.sent.size() == 256);
  CHECK(bench.sent_at[255] - bench.sent_at[0] == 255 * 4);
}

TEST_CASE("a chip that is not in the network") {
  auto move = message<Send>(contiguous(0, 64), contiguous(0, 64), Bench<Vnetwork_16>::chips, Space::scratchpad, Space::scratchpad);
  expect_error<Vnetwork_16>(16, Error::bad_field, 0, move.encode());
  SignalRemote signal;
  signal.chip = Bench<Vnetwork_16>::chips;
  signal.remote_signal = 33;
  expect_error<Vnetwork_4>(4, Error::bad_field, 0, signal.encode());
}

TEST_CASE("sums and accumulators must be aligned") {
  const auto bad = [](auto command) {
    expect_error<Vnetwork_16>(16, Error::bad_field, 0, command.encode());
    expect_error<Vnetwork_4>(4, Error::bad_field, 0, command.encode());
  };
  bad(message<Send>(contiguous(2, 64), contiguous(0, 64), 1, Space::accumulators, Space::scratchpad));
  bad(message<Send>(contiguous(0, 64), contiguous(2, 64), 1, Space::scratchpad, Space::accumulators));
  bad(message<Send>(contiguous(0, 62), contiguous(0, 62), 1, Space::scratchpad, Space::accumulators));
  bad(message<SendAdd>(contiguous(1, 64), contiguous(0, 64), 1, Space::scratchpad, Space::scratchpad));
  bad(message<SendAdd>(contiguous(0, 64), contiguous(3, 64), 1, Space::scratchpad, Space::scratchpad));
  bad(message<SendAdd>({0, {4, 2, 1, 1}, {1, 6, 0, 0}}, contiguous(0, 8), 1, Space::scratchpad, Space::scratchpad));
  bad(message<SendAdd>(contiguous(0, 8), {0, {4, 2, 1, 1}, {1, -6, 0, 0}}, 1, Space::scratchpad, Space::scratchpad));
}

TEST_CASE("a source outside its space") {
  expect_error<Vnetwork_16>(16, Error::address_range, 65536, send(65500, 0, 64), 2);
  expect_error<Vnetwork_16>(16, Error::address_range, 70000, send(70000, 0, 64));
  const auto sums = message<Send>(contiguous(256 * 64, 64), contiguous(0, 64), 1, Space::accumulators, Space::scratchpad);
  expect_error<Vnetwork_16>(16, Error::address_range, 256 * 64, sums.encode());
}

TEST_CASE("sides of different length") {
  const auto longer = message<Send>(contiguous(0, 64), contiguous(0, 80), 1, Space::scratchpad, Space::scratchpad);
  expect_error<Vnetwork_16>(16, Error::walk_mismatch, 0, longer.encode(), 3);
  const auto shorter = message<Send>(contiguous(0, 80), contiguous(0, 64), 1, Space::scratchpad, Space::dram);
  expect_error<Vnetwork_4>(4, Error::walk_mismatch, 0, shorter.encode(), 3);
}
