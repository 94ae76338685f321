// SPDX-License-Identifier: Apache-2.0
// Collectives on chips, compared with what they are defined to do.
#pragma once
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "stream.hpp"
#include "twill/communicator.hpp"
#include "twill/functional_device.hpp"
#include "twill/system.hpp"

namespace twill::test {

using Bytes = std::vector<std::uint8_t>;

/// Chips of the tiny machine, a writer for each, and the communicator of all.
class Bench {
 public:
  static constexpr std::uint64_t scratchpad = 32 * 1024, staging = 8 * 1024;
  static constexpr std::uint64_t in_dram = 0, out_dram = 1u << 20, ring = 1u << 22, marks = 1u << 24;

  explicit Bench(const std::string& topology, unsigned chips = 0) : writers(noc::parse_topology(topology, chips).chips()) {
    CommunicatorOptions options;
    options.topology = noc::parse_topology(topology, chips);
    options.scratchpad = scratchpad;
    options.staging_address = scratchpad - staging;
    options.staging_bytes = staging;
    options.dram_bandwidth = 4;
    std::vector<ProgramWriter*> programs;
    for (ProgramWriter& w : writers) programs.push_back(&w);
    world = std::make_unique<Communicator>(programs, options);
  }

  unsigned chips() const { return static_cast<unsigned>(writers.size()); }

  /// Random contents of a buffer at every chip: an image, and for the scratchpad the load.
  std::vector<Bytes> fill(const Buffer& b, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Bytes> all;
    for (unsigned c = 0; c < chips(); ++c) {
      Bytes bytes(b.bytes());
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      if (!bytes.empty()) put(c, b, bytes);
      all.push_back(std::move(bytes));
    }
    return all;
  }

  /// What is in the scratchpad at the end is stored where the host can read it.
  void fetch(const Buffer& b) {
    if (b.space == contract::Space::dram || b.bytes() == 0) return;
    for (ProgramWriter& w : writers) {
      contract::Store store;
      store.local_base = static_cast<std::uint32_t>(b.address);
      store.dram_base = out_dram + b.address;
      store.local_run = store.dram_run = static_cast<std::uint32_t>(b.bytes());
      w.stream().emit(store, {mapper::Range::sp(b.address, b.bytes())}, {mapper::Range::dram(out_dram + b.address, b.bytes())}, w.label("results"));
    }
  }

  void run(System& chips_joined, const LaunchOptions& options = {}) {
    std::vector<Program> programs;
    for (ProgramWriter& w : writers) programs.push_back(w.finish(ring, marks));
    outcomes = world->run(chips_joined, programs, options);
  }

  void run(Schedule schedule = Schedule::round_robin, std::uint64_t seed = 1, const LaunchOptions& options = {}) {
    FunctionalOptions functional;
    functional.schedule = schedule;
    functional.seed = seed;
    system = make_functional_system("tiny", chips(), functional);
    run(*system, options);
  }

  Bytes result(unsigned chip, const Buffer& b) { return result(*system, chip, b); }
  static Bytes result(System& system, unsigned chip, const Buffer& b) {
    Bytes bytes(b.bytes());
    const std::uint64_t from = b.space == contract::Space::dram ? b.address : out_dram + b.address;
    if (!bytes.empty()) system.chip(chip).read_memory(from, bytes.data(), bytes.size());
    return bytes;
  }

  std::vector<ProgramWriter> writers;
  std::unique_ptr<Communicator> world;
  std::unique_ptr<System> system;
  std::vector<Outcome> outcomes;

 private:
  void put(unsigned chip, const Buffer& b, const Bytes& bytes) {
    ProgramWriter& w = writers[chip];
    if (b.space == contract::Space::dram) return w.image(b.address, bytes);
    w.image(in_dram + b.address, bytes);
    contract::Load load;
    load.dram_base = in_dram + b.address;
    load.local_base = static_cast<std::uint32_t>(b.address);
    load.local_run = load.dram_run = static_cast<std::uint32_t>(b.bytes());
    w.stream().emit(load, {mapper::Range::dram(in_dram + b.address, b.bytes())}, {mapper::Range::sp(b.address, b.bytes())}, w.label("operands"));
  }
};

/// Which bytes of rank r's buffer an operation defines, and what they are to be.
struct Expected {
  Bytes bytes, defined;  ///< defined: 1 where they count
};

inline Expected expected(Collective op, const Buffer& b, const std::vector<Bytes>& in, unsigned rank, unsigned root) {
  const auto n = static_cast<unsigned>(in.size());
  const std::uint64_t size = size_of(b.type);
  Expected e{in[rank], Bytes(b.bytes(), 0)};
  const auto define = [&](std::uint64_t first, std::uint64_t last, auto value) {
    for (std::uint64_t i = first * size; i < last * size; ++i) e.bytes[i] = value(i), e.defined[i] = 1;
  };
  const auto sum = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      std::uint32_t total = 0;
      for (const Bytes& bytes : in) {
        std::uint32_t v;
        std::memcpy(&v, &bytes[i * 4], 4);
        total += v;
      }
      std::memcpy(&e.bytes[i * 4], &total, 4);
      std::fill_n(&e.defined[i * 4], 4, std::uint8_t{1});
    }
  };
  const std::uint64_t mine = b.begin(rank, n), end = b.begin(rank + 1, n);
  switch (op) {
    case Collective::all_reduce: sum(0, b.count); break;
    case Collective::reduce_scatter: sum(mine, end); break;
    case Collective::reduce:
      if (rank == root) sum(0, b.count);
      break;
    case Collective::broadcast: define(0, b.count, [&](std::uint64_t i) { return in[root][i]; }); break;
    case Collective::all_gather:
    case Collective::gather:
      if (op == Collective::gather && rank != root) {
        define(0, b.count, [&](std::uint64_t i) { return in[rank][i]; });
        break;
      }
      for (unsigned r = 0; r < n; ++r) define(b.begin(r, n), b.begin(r + 1, n), [&](std::uint64_t i) { return in[r][i]; });
      break;
    case Collective::scatter:
      define(0, b.count, [&](std::uint64_t i) { return in[rank][i]; });
      define(mine, end, [&](std::uint64_t i) { return in[root][i]; });
      break;
    case Collective::all_to_all: {
      const std::uint64_t part = b.count / n;
      for (unsigned r = 0; r < n; ++r)
        define(r * part, (r + 1) * part, [&](std::uint64_t i) { return in[r][i - r * part * size + rank * part * size]; });
      break;
    }
    default: break;
  }
  return e;
}

/// The first defined byte that differs, or -1.
inline long first_difference(const Expected& e, const Bytes& got) {
  for (std::size_t i = 0; i < got.size(); ++i)
    if (e.defined[i] && e.bytes[i] != got[i]) return static_cast<long>(i);
  return -1;
}

}  // namespace twill::test
