// SPDX-License-Identifier: Apache-2.0
// The command queues against what each may do next.
#pragma once
#include <algorithm>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include <twill/contract.hpp>

#include "bench.hpp"

namespace queues {

using namespace twill;
using contract::Command;

inline Command command_of(const WData* words) {
  Command c;
  std::memcpy(c.words.data(), words, 64);
  return c;
}

inline void set(WData* words, const Command& c) { std::memcpy(words, c.words.data(), 64); }

inline unsigned slot(const Command& c, unsigned lsb) { return static_cast<unsigned>(c.bits(lsb, 6)); }
inline constexpr unsigned wait_lsb[] = {12, 18, 24}, signal_lsb[] = {32, 38, 44}, tile_wait_lsb = 50;

/// A LOAD for the most part, whatever the queue and with any fields: the queues know NOP, MARK and all others.
inline Command random_command(std::mt19937& random) {
  contract::Slots slots;
  auto maybe = [&] { return chance(random, 35) ? contract::Slot::on(random() % 32) : contract::Slot{}; };
  slots.wait0 = maybe(), slots.wait1 = maybe(), slots.wait2 = maybe();
  slots.signal0 = maybe(), slots.signal1 = maybe(), slots.signal2 = maybe();
  const unsigned kind = random() % 25;
  if (kind == 0) return contract::Nop{contract::Queue::load, slots}.encode();
  if (kind == 1) {
    contract::Mark mark;
    mark.slots = slots, mark.tag = random(), mark.irq = random() & 1;
    return mark.encode();
  }
  contract::Load load;
  load.slots = slots;
  load.slots.tile_wait = maybe();
  Command c = load.encode();
  for (unsigned lsb = 64; lsb < 512; lsb += 32) c.set_bits(lsb, 32, random());
  return c;
}

/// What the queue may do next, from what it was given: commands complete in the order they were pushed.
struct Model {
  struct Entry {
    Command command;
    std::deque<unsigned> waits, signals;  // still to come
    unsigned index;
    bool left = false, done = false;      // left the head; done in the engine or answered
    contract::Opcode opcode() const { return static_cast<contract::Opcode>(command.bits(0, 8)); }
  };
  std::deque<Entry> entries;

  void push(const Command& c, unsigned index) {
    Entry entry{c, {}, {}, index};
    for (unsigned lsb : wait_lsb)
      if (slot(c, lsb) & 0x20) entry.waits.push_back(slot(c, lsb) & 0x1f);
    for (unsigned lsb : signal_lsb)
      if (slot(c, lsb) & 0x20) entry.signals.push_back(slot(c, lsb) & 0x1f);
    entries.push_back(entry);
  }
  bool all_done_before(const Entry& entry) const {
    for (const Entry& e : entries) {
      if (&e == &entry) return true;
      if (!e.done) return false;
    }
    return true;
  }
  /// The command that is acting in the head. A NOP leaves it unseen; it has when something behind it acts.
  Entry& head(bool acts) {
    for (Entry& e : entries) {
      if (e.left) continue;
      if (acts && e.opcode() == contract::Opcode::nop && e.waits.empty() && all_done_before(e)) {
        e.left = e.done = true;
        continue;
      }
      return e;
    }
    throw std::logic_error("nothing is in the queue");
  }
  /// The oldest command that is not complete; it must be done for its signals to leave.
  Entry& completing() {
    REQUIRE(!entries.empty());
    Entry& e = entries.front();
    if (e.opcode() == contract::Opcode::nop && e.waits.empty()) e.left = e.done = true;
    REQUIRE(e.done);
    return e;
  }
  /// The oldest that is not done and the slot it waits or may wait on. A NOP that may have been answered unseen leaves two suspects.
  std::vector<std::pair<unsigned, unsigned>> to_blame() const {
    std::vector<std::pair<unsigned, unsigned>> suspects;
    for (const Entry& e : entries) {
      if (e.done) continue;
      if (e.left) {
        suspects.emplace_back(e.index, slot(e.command, tile_wait_lsb));
        break;
      }
      suspects.emplace_back(e.index, e.waits.empty() ? 0 : 0x20 | e.waits.front());
      if (e.opcode() != contract::Opcode::nop || !e.waits.empty()) break;
    }
    return suspects;
  }
  unsigned in_engine() const {
    unsigned n = 0;
    for (const Entry& e : entries) n += e.left && !e.done;
    return n;
  }
};

/// One of the five queues.
template <class Dut>
struct Queue {
  Dut& dut;
  unsigned q;

  bool bit(unsigned bits) const { return bits >> q & 1; }
  unsigned sem(unsigned bits) const { return bits >> (5 * q) & 31; }
  contract::State state() const { return static_cast<contract::State>(dut.state_o >> (2 * q) & 3); }
  unsigned blamed_slot() const { return dut.blamed_slot_o >> (6 * q) & 63; }
  Command command() const {
    const WData* const heads[] = {dut.load_cmd_o.data(), dut.array_cmd_o.data(), dut.post_cmd_o.data(), dut.store_cmd_o.data(),
                                 dut.network_cmd_o.data()};
    return command_of(heads[q]);
  }
};

/// Random commands for five queues at once, which keep order, take their waits, answer NOP and MARK and signal what is done. In every cycle
/// upset(bench, queue pushed to or -1) is called before the clock edge.
template <class Dut, class Upset>
void five_queues(Upset upset) {
  const auto seed = twill_seed();
  CAPTURE(seed);
  std::mt19937 random(seed);
  Bench<Dut> bench;
  auto& dut = bench.dut;
  /// A queue, what it may do, what it did.
  struct Traffic {
    Queue<Dut> queue;
    Model model = {};
    bool gave = false;
    bool remote_tile = false;  // its engine may wait for another chip
    unsigned given = 0;  // the command that gave last
    unsigned pushed = 0, lost = 0, completed = 0, marks = 0, most_inside = 0, full = 0, blamed = 0;
  };
  std::vector<Traffic> all;
  for (unsigned q = 0; q < 5; q++) all.push_back({Queue<Dut>{dut, q}});
  unsigned index = random();
  dut.engine_state_i = 0;
  dut.remote_i = random();
  const int cycles = 100000, pause = 997, reset = 9973;

  for (int cycle = 0; cycle < cycles + 3000; cycle++) {
    CAPTURE(cycle);
    // Each queue has its own fast and slow times, so that any is full while others run dry.
    const auto pace = [&](unsigned q) { return (cycle / 2000 + q) % 3 == 0 ? 10u : 90u; };
    const int in_pause = cycle % pause;  // 20 cycles; then whom to blame
    dut.run_i = in_pause >= 20;
    dut.blame_i = in_pause == 18;
    const unsigned target = random() % 5;
    const bool push = cycle < cycles && dut.run_i && !all[target].queue.bit(dut.full_o) && chance(random, 90);
    dut.push_i = push << target;
    const Command pushed = random_command(random);
    if (push) {
      set(dut.cmd_i.data(), pushed);
      dut.index_i = index++;
    }
    dut.cmd_ready_i = dut.mark_ready_i = dut.take_ok_i = dut.done_i = 0;
    for (unsigned q = 0; q < 5; q++) {
      dut.cmd_ready_i |= chance(random, pace(q)) << q;
      dut.mark_ready_i |= chance(random, pace(q)) << q;
      dut.take_ok_i |= chance(random, 60) << q;
      dut.done_i |= (all[q].model.in_engine() > 0 && in_pause > 19 && chance(random, pace(q))) << q;
      all[q].full += all[q].queue.bit(dut.full_o);
    }
    dut.rst_ni = cycle % reset != reset - 1;
    bench.settle();
    upset(bench, push ? static_cast<int>(target) : -1);

    for (Traffic& t : all) {
      const Queue<Dut>& queue = t.queue;
      Model& model = t.model;
      const unsigned q = queue.q;
      CAPTURE(q);
      const auto remote = [&](unsigned slot) { return (slot & 0x20) != 0 && (dut.remote_i >> (slot & 31) & 1) != 0; };
      if (dut.run_i) {
        const bool waits = queue.bit(dut.take_o) && remote(0x20 | queue.sem(dut.take_sem_o));
        REQUIRE(queue.bit(dut.remote_o) == (waits || t.remote_tile));
      }
      bool leaves_remote = false;
      if (queue.bit(dut.done_i)) {
        for (auto& e : model.entries)
          if (e.left && !e.done) {
            e.done = true;
            break;
          }
      }
      if (queue.bit(dut.take_o)) {
        auto& head = model.head(true);
        REQUIRE(dut.run_i);
        REQUIRE(!head.waits.empty());
        REQUIRE(queue.sem(dut.take_sem_o) == head.waits.front());
        if (queue.bit(dut.take_ok_i)) head.waits.pop_front();
      }
      REQUIRE(queue.bit(dut.cmd_valid_o) + queue.bit(dut.mark_valid_o) + queue.bit(dut.take_o) <= 1);
      if (queue.bit(dut.cmd_valid_o)) {
        auto& head = model.head(true);
        REQUIRE(dut.run_i);
        REQUIRE(head.waits.empty());
        REQUIRE(head.opcode() == contract::Opcode::load);
        REQUIRE(queue.command() == head.command);
        head.left = queue.bit(dut.cmd_ready_i);
        leaves_remote = head.left && remote(slot(head.command, tile_wait_lsb));
      }
      if (queue.bit(dut.mark_valid_o)) {
        auto& head = model.head(true);
        const auto mark = contract::Mark::decode(head.command);
        REQUIRE(dut.run_i);
        REQUIRE(head.waits.empty());
        REQUIRE(head.opcode() == contract::Opcode::mark);
        REQUIRE(model.all_done_before(head));
        REQUIRE(dut.mark_tag_o[q] == mark.tag);
        REQUIRE(queue.bit(dut.mark_irq_o) == (mark.irq != 0));
        if (queue.bit(dut.mark_ready_i)) head.left = head.done = true, t.marks++;
      }
      if (t.gave) REQUIRE(dut.given_index_o[q] == t.given);
      t.gave = queue.bit(dut.give_o);
      if (t.gave) {
        auto& entry = model.completing();
        REQUIRE(!entry.signals.empty());
        REQUIRE(queue.sem(dut.give_sem_o) == entry.signals.front());
        t.given = entry.index;
        entry.signals.pop_front();
      }
      if (queue.bit(dut.complete_o)) {
        REQUIRE(model.completing().signals.empty());
        model.entries.pop_front();
        t.completed++;
      }
      if (!model.entries.empty()) REQUIRE(queue.bit(dut.awake_o));
      if (in_pause == 19 && !model.to_blame().empty()) {
        const auto suspects = model.to_blame();
        const std::pair blamed{unsigned{dut.blamed_index_o[q]}, queue.blamed_slot()};
        CAPTURE(blamed.first, blamed.second, suspects.front().first, suspects.front().second);
        REQUIRE(std::find(suspects.begin(), suspects.end(), blamed) != suspects.end());
        t.blamed++;
      }
      t.remote_tile = leaves_remote || (t.remote_tile && model.in_engine() > 0);
      t.most_inside = std::max(t.most_inside, model.in_engine());
    }
    bench.tick();
    if (push) all[target].model.push(pushed, dut.index_i), all[target].pushed++;
    for (Traffic& t : all) {
      REQUIRE(t.model.entries.size() <= contract::queue_depth + 1 + 8);
      if (dut.rst_ni) continue;
      t.lost += static_cast<unsigned>(t.model.entries.size());
      t.model.entries.clear();
      t.gave = t.remote_tile = false;
    }
  }
  CHECK(dut.awake_o == 0);
  CHECK(dut.state_o == 0);
  for (const Traffic& t : all) {
    CAPTURE(t.queue.q);
    CHECK(t.model.entries.empty());
    CHECK(t.completed + t.lost == t.pushed);
    CHECK(t.completed > 2000);
    CHECK(t.lost > 10);
    CHECK(t.marks > 100);
    CHECK(t.blamed > 20);
    CHECK(t.full > 100);
    CHECK(t.most_inside == 8);
  }
}

}  // namespace queues
