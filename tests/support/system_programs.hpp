// SPDX-License-Identifier: Apache-2.0
// Programs for systems of chips that hold for any System: random messages with a model of what they leave.
#pragma once
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"
#include "twill/error.hpp"
#include "twill/program.hpp"

namespace test {

using namespace twill;
using contract::Queue;
using contract::Slot;
using contract::Space;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t ring_at = 0x1'0000'0000, marks_at = 0x2'0000'0000;

/// Puts a Program together command by command.
class Writer {
 public:
  Writer() {
    program.ring_address = ring_at;
    program.mark_address = marks_at;
    program.names.emplace_back();
  }

  template <typename C>
  void put(const C& command, const std::string& label = "") {
    if (label != program.names.back()) program.names.push_back(label);
    program.commands.push_back(command.encode());
    program.labels.push_back(static_cast<std::uint32_t>(program.names.size() - 1));
  }
  void mark(Queue queue, bool irq, std::uint32_t tag = 0, Slot wait = {}) {
    contract::Mark mark;
    mark.queue = queue;
    mark.tag = tag;
    mark.irq = irq;
    mark.slots.wait0 = wait;
    put(mark);
    ++program.marks;
  }
  void load(std::uint64_t from, Space space, std::uint32_t to, std::uint32_t bytes, Slot signal = {}) {
    contract::Load load;
    load.dram_base = from;
    load.space = static_cast<std::uint32_t>(space);
    load.local_base = to;
    load.local_run = load.dram_run = bytes;
    load.slots.signal0 = signal;
    put(load);
  }
  void store(Space space, std::uint32_t from, std::uint64_t to, std::uint32_t bytes, Slot wait = {}) {
    contract::Store store;
    store.dram_base = to;
    store.space = static_cast<std::uint32_t>(space);
    store.local_base = from;
    store.local_run = store.dram_run = bytes;
    store.slots.wait0 = wait;
    put(store);
  }
  void nop(Queue queue, Slot wait, Slot signal = {}, const std::string& label = "") {
    contract::Nop nop;
    nop.queue = queue;
    nop.slots.wait0 = wait;
    nop.slots.signal0 = signal;
    put(nop, label);
  }
  void signal(unsigned chip, unsigned semaphore, Slot wait = {}, const std::string& label = "") {
    contract::SignalRemote signal;
    signal.chip = chip;
    signal.remote_signal = Slot::on(semaphore).code;
    signal.slots.wait0 = wait;
    put(signal, label);
  }
  void send(Space from_space, std::uint32_t from, unsigned chip, Space to_space, std::uint64_t to, std::uint32_t bytes, Slot remote_signal = {}, Slot wait = {}) {
    contract::Send send;
    send.space = static_cast<std::uint32_t>(from_space);
    send.local_base = from;
    send.local_run = send.remote_run = bytes;
    send.chip = chip;
    send.remote_space = static_cast<std::uint32_t>(to_space);
    send.remote_base = to;
    send.remote_signal = remote_signal.code;
    send.slots.wait0 = wait;
    put(send);
  }

  Program program;
};

/// One side of a move, and the byte addresses it visits in order.
struct Walk {
  std::int64_t base = 0;
  std::uint32_t run = 1;
  std::uint32_t count[3] = {1, 1, 1};
  std::int32_t stride[3] = {0, 0, 0};

  template <typename Visit>
  void each(Visit visit) const {
    for (std::uint32_t k = 0; k < count[2]; ++k)
      for (std::uint32_t j = 0; j < count[1]; ++j)
        for (std::uint32_t i = 0; i < count[0]; ++i)
          for (std::uint32_t b = 0; b < run; ++b)
            visit(static_cast<std::size_t>(base + std::int64_t{i} * stride[0] + std::int64_t{j} * stride[1] + std::int64_t{k} * stride[2] + b));
  }
};

/// Random messages between all chips of `tiny` machines or larger: every chip sends to regions that belong to it, at every chip, in
/// scratchpad, accumulators and DRAM, and adds to regions all share; a barrier before, a signal after each. Then every chip stores what
/// it holds. run() compares with a model.
class RandomMessages {
 public:
  RandomMessages(unsigned chips, unsigned messages, std::uint64_t seed) : chips_(chips), random_(static_cast<std::uint32_t>(seed)), memory_(chips) {
    for (unsigned rank = 0; rank < chips; ++rank) begin(rank);
    for (unsigned rank = 0; rank < chips; ++rank)
      for (unsigned m = 0; m < messages; ++m) message(rank);
    for (unsigned rank = 0; rank < chips; ++rank) end(rank);
  }

  const std::vector<Program>& programs() const { return programs_; }

  /// What every chip's DRAM holds afterwards; checked against the model.
  std::vector<Bytes> results(System& system) const {
    std::vector<Bytes> all;
    for (unsigned rank = 0; rank < chips_; ++rank) {
      Bytes bytes(scratchpad_bytes + accumulator_bytes + dram_bytes);
      system.chip(rank).read_memory(results_at, bytes.data(), scratchpad_bytes + accumulator_bytes);
      system.chip(rank).read_memory(dram_at, bytes.data() + scratchpad_bytes + accumulator_bytes, dram_bytes);
      all.push_back(std::move(bytes));
    }
    return all;
  }
  std::vector<Bytes> expected() const {
    std::vector<Bytes> all;
    for (const Memory& m : memory_) {
      Bytes bytes = m.scratchpad;
      bytes.insert(bytes.end(), m.accumulators.begin(), m.accumulators.end());
      bytes.insert(bytes.end(), m.dram.begin(), m.dram.end());
      all.push_back(std::move(bytes));
    }
    return all;
  }
  std::uint64_t bytes_sent(unsigned rank) const { return sent_[rank]; }
  std::uint64_t bytes_received(unsigned rank) const { return received_[rank]; }

  std::vector<Outcome> run(System& system) const {
    system.reset();
    clear(system);
    const auto outcomes = launch(system, programs_);
    REQUIRE(results(system) == expected());
    for (unsigned rank = 0; rank < chips_; ++rank) {
      CHECK(outcomes[rank].network.bytes_sent == sent_[rank]);
      CHECK(outcomes[rank].network.bytes_received == received_[rank]);
    }
    return outcomes;
  }

  /// DRAM is all that a reset leaves.
  void clear(System& system) const {
    const Bytes zeros(dram_bytes, 0), unwritten(scratchpad_bytes + accumulator_bytes, 0xa5);
    for (unsigned rank = 0; rank < chips_; ++rank) {
      system.chip(rank).write_memory(dram_at, zeros.data(), zeros.size());
      system.chip(rank).write_memory(results_at, unwritten.data(), unwritten.size());
    }
  }

 private:
  static constexpr std::uint32_t scratchpad_bytes = 32 * 1024, accumulator_bytes = 16 * 1024, dram_bytes = 16 * 1024;
  static constexpr std::uint32_t source_bytes = 8 * 1024, own_at = 8 * 1024, own_bytes = 16 * 1024, shared_at = 24 * 1024, shared_bytes = 8 * 1024;
  static constexpr std::uint32_t acc_source = 4 * 1024, acc_own_at = 4 * 1024, acc_own = 8 * 1024, acc_shared_at = 12 * 1024, acc_shared = 4 * 1024;
  static constexpr std::uint64_t images_at = 0x1000, results_at = 0x10'0000, dram_at = 0x20'0000;
  static constexpr unsigned ready = 27, arrived = 28, loaded = 4, all_there = 23;

  struct Memory {
    Bytes scratchpad, accumulators, dram;
    Bytes& of(Space space) { return space == Space::scratchpad ? scratchpad : space == Space::accumulators ? accumulators : dram; }
  };

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  void begin(unsigned rank) {
    Memory& m = memory_[rank];
    m.scratchpad.resize(scratchpad_bytes);
    m.accumulators.resize(accumulator_bytes);
    m.dram.resize(dram_bytes);
    for (auto& byte : m.scratchpad) byte = static_cast<std::uint8_t>(random_());
    for (auto& byte : m.accumulators) byte = static_cast<std::uint8_t>(random_());
    Writer& w = writers_.emplace_back();
    w.program.remote_semaphores = 1u << ready | 1u << arrived;
    w.program.images.emplace_back(images_at, m.scratchpad);
    w.program.images.emplace_back(images_at + scratchpad_bytes, m.accumulators);
    w.load(images_at, Space::scratchpad, 0, scratchpad_bytes);
    w.load(images_at + scratchpad_bytes, Space::accumulators, 0, accumulator_bytes, Slot::on(loaded));
    for (unsigned other = 0; other < chips_; ++other) w.signal(other, ready, other == 0 ? Slot::on(loaded) : Slot{}, "barrier");
    for (unsigned other = 0; other < chips_; ++other) w.nop(Queue::network, Slot::on(ready), {}, "barrier");
    sent_.push_back(0);
    received_.push_back(0);
    arrivals_.push_back(0);
  }

  /// A walk over `factors` bytes (times 4 when aligned) somewhere in [at, at + size); false when it came out too large.
  bool draw(Walk& walk, const std::vector<std::uint32_t>& factors, bool aligned, std::uint64_t at, std::uint32_t size) {
    const std::uint32_t unit = aligned ? 4 : 1;
    walk = Walk();
    walk.run = unit;
    for (const std::uint32_t f : factors)
      if (const unsigned slot = below(5); slot < 3) walk.count[slot] *= f; else walk.run *= f;
    std::int64_t reach = walk.run;
    std::int64_t lowest = 0;
    for (int d = 0; d < 3; ++d) {
      const std::int64_t step = reach + (below(2) ? below(20) * unit : 0);
      const std::int64_t far = step * (walk.count[d] - 1);
      const bool down = below(3) == 0;
      walk.stride[d] = static_cast<std::int32_t>(down ? -step : step);
      if (down) lowest -= far;
      reach = far + reach;
    }
    if (reach > size) return false;
    const std::uint32_t room = (size - static_cast<std::uint32_t>(reach)) / unit;
    walk.base = static_cast<std::int64_t>(at) + std::int64_t{below(room + 1)} * unit - lowest;
    return true;
  }

  void message(unsigned rank) {
    const bool add = below(3) == 0;
    const auto from = static_cast<Space>(below(2)), to = static_cast<Space>(below(add ? 2 : 3));
    const unsigned chip = below(chips_);
    const bool from_words = add || from == Space::accumulators, to_words = add || to == Space::accumulators;
    Walk local, remote;
    const std::uint32_t own = own_bytes / chips_ & ~3u, acc = acc_own / chips_ & ~3u, far = dram_bytes / chips_;
    do {
      std::vector<std::uint32_t> factors;
      for (unsigned i = below(7); i > 0; --i) factors.push_back(1 + below(5));
      std::vector<std::uint32_t> more = factors;  // a side of bytes has 4 times the elements of a side of words
      if (from_words || to_words) more.push_back(4);
      const auto& local_factors = from_words ? factors : more;
      const auto& remote_factors = to_words ? factors : more;
      if (!draw(local, local_factors, from_words, 0, from == Space::scratchpad ? source_bytes : acc_source)) continue;
      if (to == Space::scratchpad ? draw(remote, remote_factors, to_words, add ? shared_at : own_at + rank * own, add ? shared_bytes : own)
          : to == Space::accumulators ? draw(remote, remote_factors, to_words, add ? acc_shared_at : acc_own_at + rank * acc, add ? acc_shared : acc)
                                      : draw(remote, remote_factors, to_words, rank * far, far))
        break;
    } while (true);

    Bytes bytes;
    local.each([&](std::size_t at) { bytes.push_back(memory_[rank].of(from)[at]); });
    Bytes& target = memory_[chip].of(to);
    std::size_t next = 0;
    if (add) {
      std::vector<std::size_t> places;
      remote.each([&](std::size_t at) { places.push_back(at); });
      for (std::size_t i = 0; i < places.size(); i += 4) {
        std::uint32_t a, b;
        std::memcpy(&a, &target[places[i]], 4);
        std::memcpy(&b, &bytes[i], 4);
        a += b;
        std::memcpy(&target[places[i]], &a, 4);
      }
    } else {
      remote.each([&](std::size_t at) { target[at] = bytes[next++]; });
    }
    sent_[rank] += bytes.size();
    received_[chip] += bytes.size();
    ++arrivals_[chip];
    const std::int64_t dram = to == Space::dram ? static_cast<std::int64_t>(dram_at) : 0;
    if (add) put<contract::SendAdd>(rank, local, from, remote, to, chip, dram); else put<contract::Send>(rank, local, from, remote, to, chip, dram);
  }

  template <typename Command>
  void put(unsigned rank, const Walk& local, Space from, const Walk& remote, Space to, unsigned chip, std::int64_t offset) {
    Command c;
    c.space = static_cast<std::uint32_t>(from);
    c.local_base = static_cast<std::uint32_t>(local.base);
    c.local_run = local.run;
    c.local_count0 = local.count[0], c.local_count1 = local.count[1], c.local_count2 = local.count[2];
    c.local_stride0 = local.stride[0], c.local_stride1 = local.stride[1], c.local_stride2 = local.stride[2];
    c.remote_space = static_cast<std::uint32_t>(to);
    c.remote_base = static_cast<std::uint64_t>(remote.base + offset);
    c.remote_run = remote.run;
    c.remote_count0 = remote.count[0], c.remote_count1 = remote.count[1], c.remote_count2 = remote.count[2];
    c.remote_stride0 = remote.stride[0], c.remote_stride1 = remote.stride[1], c.remote_stride2 = remote.stride[2];
    c.chip = chip;
    c.remote_signal = Slot::on(arrived).code;
    writers_[rank].put(c, "message to " + std::to_string(chip));
  }

  void end(unsigned rank) {
    Writer& w = writers_[rank];
    for (unsigned i = 0; i < arrivals_[rank]; ++i) w.nop(Queue::post, Slot::on(arrived), i + 1 == arrivals_[rank] ? Slot::on(all_there) : Slot{}, "gathering");
    w.store(Space::scratchpad, 0, results_at, scratchpad_bytes, arrivals_[rank] ? Slot::on(all_there) : Slot{});
    w.store(Space::accumulators, 0, results_at + scratchpad_bytes, accumulator_bytes);
    // Its own messages have left when the network queue comes to this.
    w.nop(Queue::network, {}, Slot::on(22));
    w.mark(Queue::store, true, 0, Slot::on(22));
    w.program.awaited[ready] = "barrier: the other ranks";
    w.program.awaited[arrived] = "the messages of the others";
    programs_.push_back(w.program);
  }

  unsigned chips_;
  std::mt19937 random_;
  std::vector<Memory> memory_;
  std::vector<Writer> writers_;
  std::vector<Program> programs_;
  std::vector<std::uint64_t> sent_, received_;
  std::vector<unsigned> arrivals_;
};

/// A system one chip of which gets a soft reset while a job runs: `after` cycles into it.
class WithSoftReset final : public System {
 public:
  WithSoftReset(System& system, unsigned rank, std::uint64_t after) : system_(system), rank_(rank), left_(after) {}

  unsigned chips() const override { return system_.chips(); }
  Device& chip(unsigned rank) override { return system_.chip(rank); }
  void reset() override { system_.reset(); }
  std::string kind() const override { return system_.kind(); }

  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override {
    if (left_ == 0 || cycles < left_) return system_.wait_interrupts(ranks, cycles);
    const std::uint64_t raised = system_.wait_interrupts(ranks, left_);
    if (raised == 0) {
      left_ = 0;
      system_.chip(rank_).write_register(contract::reg::CONTROL, 3);
    }
    return raised;
  }

 private:
  System& system_;
  unsigned rank_;
  std::uint64_t left_;
};

/// What launch() throws, or "nothing".
inline std::string what_it_says(System& system, const std::vector<Program>& programs, const LaunchOptions& options = {}) {
  try {
    system.reset();
    launch(system, programs, options);
  } catch (const ChipError& e) {
    return e.what();
  }
  return "nothing";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A chip that does nothing but end.
inline Program done() {
  Writer w;
  w.mark(Queue::load, true);
  return w.program;
}

}  // namespace test
