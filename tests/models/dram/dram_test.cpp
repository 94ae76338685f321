// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdlib>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <twill/error.hpp>
#include <twill/memory/dram.hpp>
#include <twill/protocol_error.hpp>

#include "catch.hpp"

using namespace twill;
using memory::Dram;

namespace {

constexpr Dram::Inputs nothing{};

struct Streams {
  std::uint64_t first_beat = 0, last_beat = 0;
};

/// Reads `bursts` of 16 words back to back; the cycles of the first and the last beat, the first address being accepted in cycle 0.
Streams stream(unsigned word, memory::DramTiming timing, unsigned bursts) {
  memory::SparseMemory memory;
  Dram dram(memory, word, timing);
  unsigned sent = 0, beats = 0;
  Streams result;
  for (std::uint64_t cycle = 0; beats < 16 * bursts; cycle++) {
    Dram::Inputs in{};
    in.r_ready = true;
    in.ar_valid = sent < bursts;
    in.ar_len = 15;
    in.ar_addr = std::uint64_t{sent} * 16 * word;
    if (dram.outputs().r_valid) {
      if (beats++ == 0) result.first_beat = cycle;
      result.last_beat = cycle;
    }
    if (in.ar_valid && dram.outputs().ar_ready) sent++;
    dram.clock(in);
  }
  return result;
}

}  // namespace

TEST_CASE("DRAM latency is from the accepted address to the first beat, then a word a cycle") {
  for (unsigned latency : {1u, 2u, 100u, 300u}) {
    CAPTURE(latency);
    const auto s = stream(16, {latency, 0}, 100);
    CHECK(s.first_beat == latency);
    // max_bursts addresses wait at most: they cover 16 * 128 cycles, so that no latency here is seen again.
    CHECK(s.last_beat == latency + 1600 - 1);
  }
}

TEST_CASE("DRAM bandwidth below a word a cycle, fractions included") {
  for (unsigned rate : {1u, 3u, 5u, 8u, 12u, 16u}) {
    CAPTURE(rate);
    const auto s = stream(16, {10, rate}, 20);
    CHECK(s.first_beat == 10);
    const double expected = (320 - 1) * 16.0 / rate;
    CHECK(std::abs(double(s.last_beat - s.first_beat) - expected) <= 1);
  }
}

TEST_CASE("DRAM writes are taken at the bandwidth and acknowledged after the latency") {
  for (unsigned rate : {4u, 5u, 16u}) {
    CAPTURE(rate);
    memory::SparseMemory memory;
    Dram dram(memory, 16, {50, rate});
    std::uint8_t data[16];
    unsigned beats = 0;
    std::uint64_t last = 0, acknowledged = 0, first = 0;
    bool addressed = false;
    for (std::uint64_t cycle = 0; !acknowledged; cycle++) {
      Dram::Inputs in{};
      in.b_ready = true;
      in.aw_valid = !addressed;
      in.aw_addr = 0xff'ffff'f000;  // 40 bits, sparse
      in.aw_len = 63, in.aw_id = 0x42;
      in.w_valid = addressed && beats < 64;
      in.w_last = beats == 63;
      in.w_strb = 0xffff;
      for (unsigned i = 0; i < 16; i++) data[i] = static_cast<std::uint8_t>(beats * 16 + i);
      in.w_data = data;
      if (in.w_valid && dram.outputs().w_ready) {
        if (beats++ == 0) first = cycle;
        last = cycle;
      }
      if (dram.outputs().b_valid) {
        CHECK(dram.outputs().b_id == 0x42);
        acknowledged = cycle;
      }
      addressed |= in.aw_valid && dram.outputs().aw_ready;
      dram.clock(in);
    }
    CHECK(std::abs(double(last - first) - 63 * 16.0 / rate) <= 1);
    CHECK(acknowledged == last + 50);
    std::vector<std::uint8_t> read(1024);
    memory.read(0xff'ffff'f000, read.data(), 1024);
    for (unsigned i = 0; i < 1024; i++) REQUIRE(read[i] == static_cast<std::uint8_t>(i));
    CHECK(dram.idle());
  }
}

TEST_CASE("DRAM stalls after a reset as from the start") {
  memory::SparseMemory memory;
  Dram dram(memory, 16, {20, 0}, memory::Stalls(0.4, 3));
  const auto beats = [&] {  // the cycles of those of ten bursts
    std::vector<int> cycles;
    int sent = 0;
    for (int cycle = 0; cycles.size() < 40; cycle++) {
      Dram::Inputs in{};
      in.r_ready = true;
      in.ar_valid = sent < 10;
      in.ar_len = 3;
      if (dram.outputs().r_valid) cycles.push_back(cycle);
      if (in.ar_valid && dram.outputs().ar_ready) sent++;
      dram.clock(in);
    }
    return cycles;
  };
  const auto first = beats();
  CHECK(first.back() > 20 + 40 / 0.6);
  CHECK(beats() != first);
  dram.reset();
  CHECK(beats() == first);
}

TEST_CASE("a share of stalls that there cannot be is refused") {
  for (const double share : {-0.1, 0.95, 1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) CHECK_THROWS_AS(memory::Stalls(share), InputError);
  CHECK(memory::Stalls(memory::Stalls::most).any());
  CHECK_FALSE(memory::Stalls(0).any());
}

TEST_CASE("DRAM answers random traffic like a plain byte array, in order") {
  const char* text = std::getenv("TWILL_SEED");
  const unsigned seed = text ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : 1;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (unsigned word : {4u, 16u, 64u}) {
    memory::SparseMemory memory;
    Dram dram(memory, word, {7, word - 1});
    std::map<std::uint64_t, std::uint8_t> model;
    struct Read {
      std::uint64_t address;
      unsigned beats;
      std::uint8_t id;
    };
    std::deque<Read> reads;                 // accepted
    std::deque<std::uint8_t> acks;          // ids owed
    Dram::Inputs in{};
    std::deque<std::vector<std::uint8_t>> data;  // beats of the accepted write bursts
    std::deque<std::pair<std::uint64_t, std::uint64_t>> where;  // address, strobes
    std::deque<bool> last;
    std::deque<std::uint8_t> write_ids;
    unsigned read_beats = 0, written = 0;
    bool planned = false;  // a write whose address is not taken
    // Reads and writes stay in different halves of a page: what a read sees while a write is under way is not the point here.
    auto address_in = [&](unsigned half, unsigned len) {
      const std::uint64_t room = 2048 - (len + 1) * word;
      return std::uint64_t{0x8000} + half * 2048 + (room ? random() % (room + 1) / word * word : 0) + random() % word;
    };
    for (int i = 0; i < 2048; i++) {
      const std::uint8_t b = static_cast<std::uint8_t>(random());
      memory.write(0x8000 + i, &b, 1);
      model[0x8000 + i] = b;
    }
    for (int cycle = 0; cycle < 20000; cycle++) {
      CAPTURE(word, cycle);
      const auto& out = dram.outputs();
      if (!in.ar_valid && random() % 4 == 0) {
        in.ar_valid = true, in.ar_len = random() % 16, in.ar_id = random();
        in.ar_addr = address_in(0, in.ar_len);
      }
      if (!planned && data.empty() && random() % 4 == 0) {  // address and data then come in any order
        planned = true;
        in.aw_len = random() % 16, in.aw_id = random();
        in.aw_addr = address_in(1, in.aw_len);
        for (unsigned b = 0; b <= in.aw_len; b++) {
          std::vector<std::uint8_t> beat(word);
          for (auto& byte : beat) byte = static_cast<std::uint8_t>(random());
          data.push_back(beat);
          where.push_back({in.aw_addr / word * word + b * word, random() % 2 ? ~std::uint64_t{0} : std::uint64_t{random()} << 32 | random()});
          last.push_back(b == in.aw_len);
        }
        if (word < 64)
          for (auto& [address, strobe] : where) strobe &= (std::uint64_t{1} << word) - 1;
        write_ids.push_back(in.aw_id);
      }
      if (planned && random() % 4 == 0) in.aw_valid = true;
      if (!in.w_valid && !data.empty() && random() % 2) {
        in.w_valid = true;
        in.w_data = data.front().data(), in.w_strb = where.front().second, in.w_last = last.front();
      }
      in.r_ready = random() % 3 != 0;
      in.b_ready = random() % 3 != 0;
      const bool ar = in.ar_valid && out.ar_ready, aw = in.aw_valid && out.aw_ready, w = in.w_valid && out.w_ready;
      if (out.r_valid && in.r_ready) {
        REQUIRE(!reads.empty());
        Read& read = reads.front();
        REQUIRE(out.r_id == read.id);
        REQUIRE(out.r_last == (read.beats == 1));
        for (unsigned i = 0; i < word; i++) REQUIRE(out.r_data[i] == model[read.address + i]);
        read.address += word;
        if (--read.beats == 0) reads.pop_front();
        read_beats++;
      }
      if (out.b_valid && in.b_ready) {
        REQUIRE(!acks.empty());
        REQUIRE(out.b_id == acks.front());
        acks.pop_front();
      }
      dram.clock(in);
      if (ar) {
        reads.push_back({in.ar_addr / word * word, in.ar_len + 1u, in.ar_id});
        in.ar_valid = false;
      }
      if (w) {
        for (unsigned i = 0; i < word; i++)
          if (where.front().second >> i & 1) model[where.front().first + i] = data.front()[i];
        if (last.front()) acks.push_back(write_ids.front()), write_ids.pop_front();
        data.pop_front(), where.pop_front(), last.pop_front();
        in.w_valid = false;
        written++;
      }
      if (aw) planned = in.aw_valid = false;
    }
    CHECK(read_beats > 3000);
    CHECK(written > 1000);
    for (const auto& [address, byte] : model) {
      std::uint8_t b;
      memory.read(address, &b, 1);
      CAPTURE(address);
      REQUIRE(int(b) == int(byte));
    }
  }
}

TEST_CASE("DRAM refuses impossible timing and broken bursts") {
  memory::SparseMemory memory;
  CHECK_THROWS_AS(Dram(memory, 16, {0, 0}), InputError);
  CHECK_THROWS_AS(Dram(memory, 16, {10, 17}), InputError);
  Dram dram(memory, 16);
  Dram::Inputs in{};
  in.ar_valid = true, in.ar_len = 15, in.ar_addr = 0x1f10;
  CHECK_THROWS_AS(dram.clock(in), ProtocolError);
}

TEST_CASE("DRAM costs nearly nothing a cycle") {
  memory::SparseMemory memory;
  Dram dram(memory, 16);
  const auto time = [](auto&& body, int n) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / n;
  };
  const double idle = time([&] { for (int i = 0; i < 5000000; i++) dram.clock(nothing); }, 5000000);
  Dram::Inputs in{};
  in.r_ready = true, in.ar_len = 15;
  const double busy = time(
      [&] {
        for (int i = 0; i < 2000000; i++) {
          in.ar_valid = true;
          dram.clock(in);
          if (in.ar_valid && dram.outputs().ar_ready) in.ar_addr = (in.ar_addr + 256) & 0xfffff;
        }
      },
      2000000);
  WARN("ns a cycle: idle " << idle << ", reading a word a cycle " << busy);
  CHECK(busy < 300);  // a machine under load may be several times slower than alone
}
