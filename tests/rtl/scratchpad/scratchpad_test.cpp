// SPDX-License-Identifier: Apache-2.0
// The scratchpad against an array of bytes: random requests on all ports in every cycle, with grants, latency and
// visibility as the documentation states them.
#include <algorithm>
#include <array>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>

#include "Vscratchpad_16.h"
#include "Vscratchpad_32.h"
#include "Vscratchpad_4.h"
#include "Vscratchpad_64.h"
#include "Vscratchpad_8.h"
#include "Vscratchpad_speed.h"
#include "catch.hpp"
#include "pins.hpp"

namespace {

constexpr int banks = 8;

template <typename Chip>
struct ReadPort {
  const char* name;
  std::uint8_t* req;
  std::uint32_t* addr;
  const std::uint8_t* gnt;
  std::remove_reference_t<decltype(Chip::weights_rdata_o)>* rdata;
};

template <typename Chip>
struct WritePort {
  const char* name;
  std::uint8_t* req;
  std::uint32_t* addr;
  std::remove_reference_t<decltype(Chip::postw_data_i)>* data;
  std::remove_reference_t<decltype(Chip::postw_be_i)>* be;
  const std::uint8_t* gnt;
};

/// The Verilated scratchpad with its ports in priority order.
template <typename Chip>
struct Bench {
  std::unique_ptr<Chip> chip = std::make_unique<Chip>();
  std::array<ReadPort<Chip>, 5> reads;
  std::array<WritePort<Chip>, 2> writes;

#define READ_PORT(p) {#p, &chip->p##_req_i, &chip->p##_addr_i, &chip->p##_gnt_o, &chip->p##_rdata_o}
#define WRITE_PORT(p) {#p, &chip->p##_req_i, &chip->p##_addr_i, &chip->p##_data_i, &chip->p##_be_i, &chip->p##_gnt_o}
  Bench()
      : reads{{READ_PORT(weights), READ_PORT(post), READ_PORT(feeder), READ_PORT(store), READ_PORT(load)}},
        writes{{WRITE_PORT(postw), WRITE_PORT(loadw)}} {
    chip->rst_ni = 0;
    clock();
    clock();
    chip->rst_ni = 1;
  }
#undef READ_PORT
#undef WRITE_PORT

  void settle() { chip->eval(); }
  void clock() {
    chip->clk_i = 1;
    chip->eval();
    chip->clk_i = 0;
    chip->eval();
  }
};

/// The memories (bank * 2 + odd) that the word at addr touches, by going through its bytes one by one.
std::uint32_t memories(std::uint32_t addr, std::uint32_t word, std::uint32_t size) {
  std::uint32_t set = 0;
  for (std::uint32_t i = 0; i < word; ++i) {
    const std::uint32_t a = (addr + i) % size;
    set |= 1u << (a / (size / banks) * 2 + a / word % 2);
  }
  return set;
}

template <typename Chip>
void random_traffic(std::uint32_t word, std::uint32_t size, int cycles, std::uint64_t seed) {
  Bench<Chip> bench;
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };

  struct Write {
    std::uint32_t addr;
    std::vector<std::uint8_t> data;
    std::uint64_t be;
  };
  struct Read {
    std::uint32_t addr;
    std::vector<std::uint8_t> expected;
    std::vector<bool> certain;
  };
  std::vector<std::uint8_t> memory(size);
  std::array<std::vector<Write>, 2> recent;               // writes granted one cycle ago; two cycles ago
  std::array<std::array<std::optional<Read>, 5>, 2> due;  // reads granted one cycle ago; two
  int granted_reads = 0, refused = 0, compared = 0;

  // Fill it first: the simulator starts memories at 0, but nothing here should rest on that.
  for (std::uint32_t a = 0; a < size; a += word) {
    std::vector<std::uint8_t> data(word);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
    *bench.writes[0].req = 1;
    *bench.writes[0].addr = a;
    pins::set_bytes(*bench.writes[0].data, data);
    *bench.writes[0].be = static_cast<std::remove_pointer_t<decltype(bench.writes[0].be)>>(~0ull >> (64 - word));
    bench.settle();
    REQUIRE(*bench.writes[0].gnt);
    bench.clock();
    std::copy(data.begin(), data.end(), memory.begin() + a);
  }
  *bench.writes[0].req = 0;
  bench.clock();

  std::uint32_t focus = 0;
  int density = 50, spread = 64;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    if (cycle % 200 == 0) {  // the weather changes: how busy, how close together, often across the end of a bank
      density = static_cast<int>(below(101));
      spread = below(2) ? static_cast<int>(4 * word) : static_cast<int>(size);
      focus = below(2) ? below(size) : (below(banks) + 1) * (size / banks) - 2 * word;
    }
    const auto address = [&] {
      std::uint32_t a = focus + below(static_cast<std::uint32_t>(spread));
      if (below(3) == 0) a -= a % word;
      // high bits beyond the size must not matter
      return (a % size + (size < (1u << 24) ? below((1u << 24) / size) * size : 0)) & 0xffffff;
    };

    std::uint32_t taken = 0;
    std::array<bool, 5> read_granted{};
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      *bench.reads[p].req = below(100) < static_cast<std::uint32_t>(density);
      *bench.reads[p].addr = address();
      if (!*bench.reads[p].req) continue;
      const std::uint32_t set = memories(*bench.reads[p].addr % size, word, size);
      read_granted[p] = (set & taken) == 0;
      taken |= set;
    }
    std::vector<Write> now;
    std::array<bool, 2> write_granted{};
    taken = 0;
    for (std::size_t p = 0; p < bench.writes.size(); ++p) {
      auto& port = bench.writes[p];
      *port.req = below(100) < static_cast<std::uint32_t>(density);
      *port.addr = address();
      Write w{*port.addr % size, std::vector<std::uint8_t>(word), 0};
      for (auto& byte : w.data) byte = static_cast<std::uint8_t>(random());
      w.be = below(2) ? ~0ull >> (64 - word) : random() & (~0ull >> (64 - word));
      pins::set_bytes(*port.data, w.data);
      *port.be = static_cast<std::remove_pointer_t<decltype(port.be)>>(w.be);
      if (!*port.req) continue;
      const std::uint32_t set = memories(w.addr, word, size);
      write_granted[p] = (set & taken) == 0;
      taken |= set;
      if (write_granted[p]) now.push_back(std::move(w));
    }

    bench.settle();
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      INFO("cycle " << cycle << ", read port " << bench.reads[p].name << ", address " << *bench.reads[p].addr);
      REQUIRE(static_cast<bool>(*bench.reads[p].gnt) == read_granted[p]);
      granted_reads += read_granted[p];
      refused += *bench.reads[p].req && !read_granted[p];
      if (due[1][p]) {  // granted two cycles ago: its data are here now
        const auto got = pins::bytes(*bench.reads[p].rdata, word);
        for (std::uint32_t i = 0; i < word; ++i) {
          if (!due[1][p]->certain[i]) continue;
          INFO("lane " << i << " of the word at " << due[1][p]->addr);
          REQUIRE(static_cast<int>(got[i]) == static_cast<int>(due[1][p]->expected[i]));
          ++compared;
        }
      }
    }
    for (std::size_t p = 0; p < bench.writes.size(); ++p) {
      INFO("cycle " << cycle << ", write port " << bench.writes[p].name << ", address " << *bench.writes[p].addr);
      REQUIRE(static_cast<bool>(*bench.writes[p].gnt) == write_granted[p]);
    }

    // A read granted now sees the writes granted two or more cycles ago; what younger ones write is not promised.
    const auto put = [&](const Write& w, auto&& f) {
      for (std::uint32_t i = 0; i < word; ++i) {
        if (w.be >> i & 1) f((w.addr + i) % size, w.data[i]);
      }
    };
    for (const auto& w : recent[1]) put(w, [&](std::uint32_t a, std::uint8_t byte) { memory[a] = byte; });
    due[1] = std::move(due[0]);
    due[0] = {};
    for (std::size_t p = 0; p < bench.reads.size(); ++p) {
      if (!read_granted[p]) continue;
      Read read{*bench.reads[p].addr % size, {}, std::vector<bool>(word, true)};
      for (std::uint32_t i = 0; i < word; ++i) read.expected.push_back(memory[(read.addr + i) % size]);
      const auto doubt = [&](std::uint32_t a, std::uint8_t) {
        const std::uint32_t lane = (a + size - read.addr) % size;
        if (lane < word) read.certain[lane] = false;
      };
      for (const auto& w : recent[0]) put(w, doubt);
      for (const auto& w : now) put(w, doubt);
      due[0][p] = std::move(read);
    }
    recent[1] = std::move(recent[0]);
    recent[0] = std::move(now);
    bench.clock();
  }
  CHECK(granted_reads > cycles / 2);  // the traffic was worth the name
  CHECK(refused > cycles / 20);
  CHECK(compared > granted_reads);
}

/// Nanoseconds a cycle of the scratchpad driven from registers, processor time, the best of many short runs.
double nanoseconds(unsigned busy, unsigned step) {
  constexpr int cycles = 100000;
  Vscratchpad_speed chip;
  const auto run = [&](int n) {
    for (int i = 0; i < n; ++i) {
      chip.clk_i = 1;
      chip.eval();
      chip.clk_i = 0;
      chip.eval();
    }
  };
  chip.rst_ni = 0;
  run(2);
  chip.rst_ni = 1;
  chip.busy_i = static_cast<std::uint8_t>(busy);
  chip.step_i = static_cast<std::uint8_t>(step);
  double best = 1e9;
  for (int i = 0; i < 40; ++i) {
    const std::clock_t start = std::clock();
    run(cycles);
    best = std::min(best, 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / cycles);
  }
  return best;
}

}  // namespace

TEST_CASE("random traffic on all ports, words of 4 bytes") {
  random_traffic<Vscratchpad_4>(4, 32768, 60000, pins::seed("scratchpad 4"));
}

TEST_CASE("random traffic on all ports, words of 16 bytes") {
  random_traffic<Vscratchpad_16>(16, 262144, 60000, pins::seed("scratchpad 16"));
}

TEST_CASE("random traffic on all ports, words of 8 bytes") {
  random_traffic<Vscratchpad_8>(8, 32768, 30000, pins::seed("scratchpad 8"));
}

TEST_CASE("random traffic on all ports, words of 32 bytes") {
  random_traffic<Vscratchpad_32>(32, 131072, 30000, pins::seed("scratchpad 32"));
}

TEST_CASE("random traffic on all ports, words of 64 bytes") {
  random_traffic<Vscratchpad_64>(64, 262144, 30000, pins::seed("scratchpad 64"));
}

TEST_CASE("what the scratchpad costs the simulator", "[.speed]") {
  std::cout << "idle (clock and bench included): " << nanoseconds(0, 16) << " ns a cycle\n";
  std::cout << "feeder, aligned: " << nanoseconds(4, 16) << '\n';
  std::cout << "feeder, any address: " << nanoseconds(4, 13) << '\n';
  std::cout << "feeder, weights and post write, aligned: " << nanoseconds(4 + 1 + 32, 16) << '\n';
  std::cout << "feeder, weights and post write, any address: " << nanoseconds(4 + 1 + 32, 13) << '\n';
  std::cout << "all seven ports, any address: " << nanoseconds(127, 13) << '\n';
}
