// SPDX-License-Identifier: Apache-2.0
#include "weave.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "footprint.hpp"
#include "random.hpp"

namespace twill::fuzz {
namespace {

using contract::Opcode;
using contract::Queue;
using contract::Slot;
using contract::Space;

unsigned queue_of(const contract::Command& command) { return static_cast<unsigned>(command.bits(8, 3)); }

constexpr unsigned array_queue = static_cast<unsigned>(Queue::array), post_queue = static_cast<unsigned>(Queue::post),
                   store_queue = static_cast<unsigned>(Queue::store), network_queue = static_cast<unsigned>(Queue::network);

/// Who brings things about on a chip, each in an order of its own: the five queues (commands complete); the sums of the array's commands,
/// which reach the accumulators after these are complete; STORE's source, read before the STORE is complete; messages from each chip.
constexpr unsigned sums = contract::queues, sources = sums + 1, messages = sources + 1;

/// What is known to have been brought about: of every agent of the system, how many of its commands.
using Clock = std::vector<std::uint32_t>;

void learn(Clock& clock, const Clock& other) {
  for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

/// Something that has to have happened: an agent has done its first `count` commands.
struct Event {
  unsigned chip, agent;
  std::uint32_t count;
};

/// A command in its queue.
struct Entry {
  contract::Command command;
  std::uint32_t op;
  unsigned chip, queue;
  Clock known;                     ///< when it starts, at least
  std::vector<std::size_t> after;  ///< entries whose tokens it takes
  unsigned waits = 0, signals = 0;
  bool tile_signal_used = false;
};

class Weaver {
 public:
  explicit Weaver(const Case& test)
      : case_(test), machine_(configuration(test.config)), chips_(test.chips), agents_(messages + test.chips), random_(test.seed, 0) {
    for (unsigned chip = 0; chip < chips_; ++chip) {
      for (unsigned queue = 0; queue < contract::queues; ++queue)
        queues_.push_back({{}, Clock(chips_ * agents_), Clock(chips_ * agents_), {}});
      allocate(chip);
    }
  }

  std::vector<Ring> weave() {
    for (const Op& op : case_.ops) {
      random_ = Random(case_.seed, op.id);  // so that what is left out changes nothing else
      put(op);
    }
    return interleave();
  }

 private:
  struct Wait {
    Slot semaphore;
    std::size_t from;
  };
  struct QueueState {
    std::vector<std::size_t> entries;
    Clock known;                ///< with what is pending
    Clock settled;              ///< with what its last command, or one before, has waited for
    std::vector<Wait> pending;  ///< what its next command waits for
  };
  /// What an op touches, and where it became a command.
  struct Done {
    const Op* op;
    Footprint footprint;
    std::size_t entry;
    std::uint32_t position;  ///< in its queue, from 1
  };

  QueueState& queue(unsigned chip, unsigned number) { return queues_[chip * contract::queues + number]; }
  std::uint32_t& known(Clock& clock, unsigned chip, unsigned agent) { return clock[chip * agents_ + agent]; }
  bool knows(unsigned chip, unsigned number, const Event& e) {
    Clock& clock = queue(chip, number).known;
    const bool stored = e.agent == sources && known(clock, e.chip, store_queue) >= e.count;  // then its source has been read
    return stored || known(clock, e.chip, e.agent) >= e.count;
  }

  /// Semaphores of a chip in a random order: between its queues, from the array's sums to array and post, bank by bank to post (a head
  /// takes its waits while the engine still takes banks, so these may not share one), of STORE's sources, from the chips; and if one is
  /// left, bank by bank back to the array.
  void allocate(unsigned chip) {
    std::array<unsigned, contract::semaphores> all;
    for (unsigned i = 0; i < all.size(); ++i) all[i] = i;
    Random random(case_.seed, 0x5e3a'0000 + chip);
    for (unsigned i = all.size(); i > 1; --i) std::swap(all[i - 1], all[random.below(i)]);
    Semaphores s;
    unsigned next = 0;
    for (unsigned from = 0; from < contract::queues; ++from)
      for (unsigned to = 0; to < contract::queues; ++to)
        if (from != to) s.between[from][to] = all[next++];
    s.sums_to_array = all[next++];
    s.sums_to_post = all[next++];
    s.banks = all[next++];
    s.sources = all[next++];
    s.sources_to = random.one_of({static_cast<unsigned>(Queue::load), post_queue, array_queue, network_queue});
    for (unsigned from = 0; from < chips_; ++from) {
      s.remote.push_back(all.at(next++));
      s.remote_to.push_back(static_cast<unsigned>(random.below(contract::queues)));
    }
    if (next < all.size()) s.free_banks = all[next];
    semaphores_.push_back(s);
  }

  // ---- commands into queues

  /// The next command of a queue, with what it has to wait for.
  std::size_t append(unsigned chip, unsigned number, contract::Command command, std::uint32_t op) {
    flush(chip, number, random_.percent(80) ? 3 : 0);
    return place(chip, number, command, op);
  }

  std::size_t nop(unsigned chip, unsigned number) {
    contract::Nop c;
    c.queue = static_cast<Queue>(number);
    return append(chip, number, c.encode(), 0);
  }

  /// Lets commands that do nothing else wait, until at most `left` waits are left.
  void flush(unsigned chip, unsigned number, std::size_t left) {
    while (queue(chip, number).pending.size() > left) {
      contract::Nop c;
      c.queue = static_cast<Queue>(number);
      place(chip, number, c.encode(), 0);
    }
  }

  std::size_t place(unsigned chip, unsigned number, const contract::Command& command, std::uint32_t op) {
    QueueState& q = queue(chip, number);
    Entry entry{command, op, chip, number, {}, {}};
    const std::size_t take = std::min<std::size_t>(q.pending.size(), 3);
    constexpr unsigned lsb[] = {12, 18, 24};
    // Fewer than three waits stand in any of the slots.
    unsigned slot = take < 3 ? static_cast<unsigned>(random_.below(4 - take)) : 0;
    for (std::size_t i = 0; i < take; ++i) {
      entry.command.set_bits(lsb[slot++], 6, q.pending[i].semaphore.code);
      entry.after.push_back(q.pending[i].from);
    }
    q.pending.erase(q.pending.begin(), q.pending.begin() + static_cast<std::ptrdiff_t>(take));
    if (q.pending.empty()) q.settled = q.known;
    entry.known = q.settled;
    q.entries.push_back(entries_.size());
    known(q.known, chip, number) = static_cast<std::uint32_t>(q.entries.size());
    entries_.push_back(std::move(entry));
    return entries_.size() - 1;
  }

  void wait(unsigned chip, unsigned number, unsigned semaphore, std::size_t from) {
    QueueState& q = queue(chip, number);
    q.pending.push_back({Slot::on(semaphore), from});
    learn(q.known, entries_[from].known);
  }

  bool signal(std::size_t from, unsigned semaphore) {
    Entry& entry = entries_[from];
    if (entry.signals == 3) return false;
    constexpr unsigned lsb[] = {32, 38, 44};
    entry.command.set_bits(lsb[entry.signals++], 6, Slot::on(semaphore).code);
    return true;
  }

  // ---- what has to be known before a command starts

  /// Has queue `number` of `chip` wait until the event has happened.
  void ensure(unsigned chip, unsigned number, const Event& e) {
    if (knows(chip, number, e)) return;
    if (e.agent >= messages) {
      arrived(chip, number, e);
    } else if (e.chip != chip) {
      ensure(e.chip, network_queue, e);
      tell(e.chip, chip, number);
    } else if (e.agent == sums) {
      summed(chip, number, e.count);
    } else if (e.agent == sources) {
      source_read(chip, number, e.count);
    } else {
      from_queue(chip, e.agent, number, e.count);
    }
    if (!knows(chip, number, e)) throw std::logic_error("a stream was woven without a dependency");
  }

  /// A signal from queue to queue of a chip, by the command itself or by one behind it.
  void from_queue(unsigned chip, unsigned source, unsigned target, std::uint32_t count) {
    if (source == target) throw std::logic_error("a queue that waits for itself");
    if (known(queue(chip, target).known, chip, source) >= count) return;  // and tokens would come in another order than they are taken
    const unsigned semaphore = semaphores_[chip].between[source][target];
    std::size_t from = queue(chip, source).entries.at(count - 1);
    if (random_.percent(15) || !signal(from, semaphore)) {
      from = nop(chip, source);
      signal(from, semaphore);
    }
    const auto& entries = queue(chip, source).entries;
    const auto position = static_cast<std::uint32_t>(std::find(entries.begin() + count - 1, entries.end(), from) - entries.begin() + 1);
    wait(chip, target, semaphore, from);
    std::uint32_t& knows_of = known(queue(chip, target).known, chip, source);
    knows_of = std::max(knows_of, position);
  }

  std::uint32_t tiles_times_banks(const contract::Command& command) const {
    // CONV and DEPTHWISE have out_w and out_h in the same places.
    const auto conv = contract::Conv::decode(command);
    const std::uint32_t tiles = opcode_of(command) == Opcode::conv ? conv.tiles : contract::Depthwise::decode(command).tiles;
    const std::uint32_t bank = machine_.accumulator_words / contract::accumulator_banks;
    return tiles * ((conv.out_w * conv.out_h + bank - 1) / bank);
  }

  /// The array's sums: a token for each bank left. They are gathered in the array's own queue, or in that of the post unit.
  void summed(unsigned chip, unsigned number, std::uint32_t count) {
    // Tokens of a command would come before those of later ones, so where these are gathered nobody may ask for it any more.
    for (const unsigned gatherer : {array_queue, post_queue})
      if (knows(chip, gatherer, {chip, sums, count}))
        return from_queue(chip, gatherer, number, first_that_knows(chip, gatherer, sums, count));
    const std::size_t from = queue(chip, array_queue).entries.at(count - 1);
    Entry& entry = entries_[from];
    const std::uint32_t tokens = tiles_times_banks(entry.command);
    const bool in_post = number == post_queue ? random_.percent(70) : random_.percent(15);
    const unsigned gatherer = in_post ? post_queue : array_queue;
    const unsigned semaphore = in_post ? semaphores_[chip].sums_to_post : semaphores_[chip].sums_to_array;
    entry.command.set_bits(56, 6, Slot::on(semaphore).code);
    entry.tile_signal_used = true;
    for (std::uint32_t i = 0; i < tokens; ++i) wait(chip, gatherer, semaphore, from);
    known(queue(chip, gatherer).known, chip, sums) = count;
    if (gatherer != number) from_queue(chip, gatherer, number, first_that_knows(chip, gatherer, sums, count));
  }

  /// The first command of a queue that starts knowing so; one is made when the queue has only just learned it.
  std::uint32_t first_that_knows(unsigned chip, unsigned number, unsigned agent, std::uint32_t count) {
    const auto& entries = queue(chip, number).entries;
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (known(entries_[entries[i]].known, chip, agent) >= count) return static_cast<std::uint32_t>(i + 1);
    return position_of(nop(chip, number));
  }

  void source_read(unsigned chip, unsigned number, std::uint32_t count) {
    const std::size_t from = queue(chip, store_queue).entries.at(count - 1);
    Entry& entry = entries_[from];
    const Semaphores& s = semaphores_[chip];
    if (s.sources_to == number && !entry.tile_signal_used && random_.percent(60)) {
      entry.tile_signal_used = true;
      entry.command.set_bits(56, 6, Slot::on(s.sources).code);
      wait(chip, number, s.sources, from);
    } else {
      from_queue(chip, store_queue, number, count);
    }
    std::uint32_t& knows_of = known(queue(chip, number).known, chip, sources);
    knows_of = std::max(knows_of, count);
  }

  std::uint32_t position_of(std::size_t entry) {
    const auto& entries = queue(entries_[entry].chip, entries_[entry].queue).entries;
    return static_cast<std::uint32_t>(std::find(entries.begin(), entries.end(), entry) - entries.begin() + 1);
  }

  /// Messages of chip `e.agent - messages` that reach `e.chip`.
  void arrived(unsigned chip, unsigned number, const Event& e) {
    const unsigned source = e.agent - messages;
    if (e.chip != chip) {
      ensure(e.chip, network_queue, e);
      tell(e.chip, chip, number);
    } else {
      tell(source, chip, number);
    }
  }

  /// A signal from the network queue of one chip to a queue of another (or its own), behind all it has sent there. What its network queue
  /// knows is known then, and that its messages have arrived.
  void tell(unsigned from_chip, unsigned chip, unsigned number) {
    const Semaphores& s = semaphores_[chip];
    const unsigned semaphore = s.remote[from_chip], target = s.remote_to[from_chip];
    QueueState& q = queue(from_chip, network_queue);
    std::size_t from = q.entries.empty() ? 0 : q.entries.back();
    const bool sends =
        !q.entries.empty() && (opcode_of(entries_[from].command) == Opcode::send || opcode_of(entries_[from].command) == Opcode::send_add);
    const auto last = contract::Send::decode(sends ? entries_[from].command : contract::Command{});
    if (sends && last.chip == chip && !Slot{last.remote_signal}.enabled() && q.pending.empty() && entries_[from].known == known_before(q) &&
        random_.percent(70)) {
      entries_[from].command.set_bits(456, 6, Slot::on(semaphore).code);
    } else {
      contract::SignalRemote c;
      c.chip = chip;
      c.remote_signal = Slot::on(semaphore).code;
      from = append(from_chip, network_queue, c.encode(), 0);
    }
    wait(chip, target, semaphore, from);
    Clock& knows_now = queue(chip, target).known;
    const std::uint32_t sent = position_of(from);
    known(knows_now, chip, messages + from_chip) = std::max(known(knows_now, chip, messages + from_chip), sent);
    // All but a command's last flit has left when its last one is there: what it read may be overwritten.
    known(knows_now, from_chip, network_queue) = std::max(known(knows_now, from_chip, network_queue), sent);
    if (target != number) from_queue(chip, target, number, first_that_knows(chip, target, messages + from_chip, sent));
  }

  /// What a queue knew when its last command started, but for that command.
  Clock known_before(const QueueState& q) {
    Clock clock = q.known;
    const Entry& last = entries_[q.entries.back()];
    --known(clock, last.chip, last.queue);
    return clock;
  }

  // ---- ops

  void put(const Op& op) {
    const unsigned number = op.refused ? queue_of(op.command) % contract::queues : queue_of(op.command);
    Done done{&op, {}, 0, 0};
    if (!op.refused) {
      auto f = footprint(op.command, machine_, op.chip, ~std::uint64_t{0} >> 1);
      if (!f || !f->inside) throw std::logic_error("a command of a case has a byte outside its space");
      done.footprint = std::move(*f);
      if (opcode_of(op.command) == Opcode::mark && op.fixed) done.footprint.reads = everything(op.chip);
    }
    const Done *pair = nullptr, *freed = nullptr;
    for (const Done& earlier : done_) {
      if (op.after == 0 || earlier.op->id != op.after) continue;
      if (opcode_of(op.command) == Opcode::requant && pairs(earlier, op)) pair = &earlier;
      if (opcode_of(op.command) != Opcode::requant && frees(earlier, op)) freed = &earlier;
    }
    for (const Done& earlier : done_) depend(op, done.footprint, number, earlier, &earlier == pair || &earlier == freed);
    if (std::any_of(done_.begin(), done_.end(), [&](const Done& earlier) { return reads_ahead(op, done.footprint, earlier); }))
      nop(op.chip, post_queue);
    if (random_.percent(12)) extra_edge(op.chip, number);
    if (pair && !pairs(*pair, op)) {  // another dependency came first
      ensure(op.chip, number, {op.chip, sums, pair->position});
      pair = nullptr;
    }

    contract::Command command = op.command;
    if (pair) {
      const unsigned semaphore = semaphores_[op.chip].banks;
      Entry& conv = entries_[pair->entry];
      conv.command.set_bits(56, 6, Slot::on(semaphore).code);
      conv.tile_signal_used = true;
      command.set_bits(50, 6, Slot::on(semaphore).code);
    }
    if (freed) {
      Semaphores& s = semaphores_[op.chip];
      entries_[freed->entry].command.set_bits(56, 6, Slot::on(*s.free_banks).code);
      command.set_bits(50, 6, Slot::on(*s.free_banks).code);
      s.last_freed = freed->position;
    }
    done.entry = append(op.chip, number, command, op.id);
    done.position = position_of(done.entry);
    if (freed) entries_[done.entry].after.push_back(freed->entry);
    if (pair) {
      entries_[done.entry].after.push_back(pair->entry);
      learn(queue(op.chip, number).known, entries_[pair->entry].known);
      known(queue(op.chip, number).known, op.chip, sums) = pair->position;
    }
    done_.push_back(std::move(done));
  }

  /// Whether a REQUANT can take the banks as that command leaves them: the same banks, each once, and nobody else takes their tokens.
  bool pairs(const Done& conv, const Op& op) {
    const Entry& entry = entries_[conv.entry];
    const Event done{op.chip, sums, conv.position};
    if (entry.tile_signal_used || entry.chip != op.chip || knows(op.chip, array_queue, done) || knows(op.chip, post_queue, done))
      return false;
    return same_banks(entry.command, op.command);
  }

  /// Whether a CONV or DEPTHWISE can enter the banks as that REQUANT has read them.
  bool frees(const Done& requant, const Op& op) const {
    const Entry& entry = entries_[requant.entry];
    const Semaphores& s = semaphores_[op.chip];
    return s.free_banks && opcode_of(entry.command) == Opcode::requant && entry.chip == op.chip && requant.position > s.last_freed &&
           same_banks(op.command, entry.command);
  }

  bool same_banks(const contract::Command& array, const contract::Command& requant) const {
    const Opcode opcode = opcode_of(array);
    if ((opcode != Opcode::conv && opcode != Opcode::depthwise) || opcode_of(requant) != Opcode::requant) return false;
    const auto c = contract::Conv::decode(array);
    const auto r = contract::Requant::decode(requant);
    const std::uint32_t tiles = opcode == Opcode::conv ? c.tiles : contract::Depthwise::decode(array).tiles;
    return tiles == r.tiles && c.out_w * c.out_h == r.out_w * r.out_h && c.acc_base == r.acc_base &&
           tiles_times_banks(array) <= contract::accumulator_banks;
  }

  Regions everything(unsigned chip) const {
    Regions all;
    all.add(fuzz::place(chip, Space::scratchpad, 0), machine_.scratchpad_bytes);
    all.add(fuzz::place(chip, Space::accumulators, 0), std::uint64_t{machine_.accumulator_words} * machine_.word_bytes * 4);
    all.add(fuzz::place(chip, Space::dram, 0), std::uint64_t{1} << 40);
    all.settle();
    return all;
  }

  /// What `op` has to wait for on account of an earlier one; paired: but for banks, which it takes one by one.
  void depend(const Op& op, const Footprint& f, unsigned number, const Done& earlier, bool paired) {
    const Footprint& e = earlier.footprint;
    const bool over_write = f.reads.overlaps(e.writes) || f.writes.overlaps(e.writes), over_read = f.writes.overlaps(e.reads);
    if (!over_write && !over_read) return;
    const Opcode before = opcode_of(earlier.op->command), now = opcode_of(op.command);
    const unsigned chip = earlier.op->chip, from = entries_[earlier.entry].queue;
    const bool same_queue = chip == op.chip && from == number;
    const auto need = [&](unsigned agent_chip, unsigned agent) { ensure(op.chip, number, {agent_chip, agent, earlier.position}); };

    if (before == Opcode::conv || before == Opcode::depthwise) {
      if (same_queue) return;
      const bool touches_sums = f.reads.overlaps(e.writes, Space::accumulators) || f.writes.overlaps(e.writes, Space::accumulators);
      if (touches_sums && !paired) need(chip, sums);
      if (f.writes.overlaps(e.reads, Space::scratchpad)) need(chip, array_queue);
    } else if (before == Opcode::send || before == Opcode::send_add) {
      const unsigned target = contract::Send::decode(earlier.op->command).chip;
      const bool sends = now == Opcode::send || now == Opcode::send_add;
      // Messages of one chip to another stay in order.
      const bool in_order = same_queue && sends && contract::Send::decode(op.command).chip == target;
      if (in_order ? f.reads.overlaps(e.writes) : over_write) need(target, messages + chip);
      if (over_read && !same_queue) need(chip, network_queue);
    } else if (same_queue) {
      return;
    } else if (paired && !over_write) {
      return;  // only banks that it has read, and those are waited for
    } else if (before == Opcode::store && !over_write) {
      need(chip, sources);
    } else {
      need(chip, from);
    }
  }

  /// Whether `op` is a REQUANT whose records an earlier one writes, and nothing but REQUANTs is between them.
  bool reads_ahead(const Op& op, const Footprint& f, const Done& earlier) {
    if (opcode_of(op.command) != Opcode::requant || opcode_of(earlier.op->command) != Opcode::requant || op.chip != earlier.op->chip)
      return false;
    if (!f.reads.overlaps(earlier.footprint.writes)) return false;
    const auto& entries = queue(op.chip, post_queue).entries;
    return std::all_of(entries.begin() + earlier.position, entries.end(),
                       [&](std::size_t entry) { return opcode_of(entries_[entry].command) == Opcode::requant; });
  }

  /// An order that nothing asks for.
  void extra_edge(unsigned chip, unsigned number) {
    const auto source = static_cast<unsigned>(random_.below(contract::queues));
    const auto count = static_cast<std::uint32_t>(queue(chip, source).entries.size());
    if (source != number && count > 0) ensure(chip, number, {chip, source, count});
  }

  // ---- the rings

  /// Commands of all queues in one order. A command is ready when everything it waits for, and what stands before it in its queue, is
  /// ready.
  std::vector<Ring> interleave() {
    constexpr unsigned most_blocked = 12, longest_burst = 12;
    Random random(case_.seed, 0x4149'0000);
    std::vector<bool> put(entries_.size()), ready(entries_.size());
    std::vector<std::size_t> next(queues_.size()), ready_to(queues_.size());
    const auto settle = [&] {
      for (bool moved = true; moved;) {
        moved = false;
        for (std::size_t q = 0; q < queues_.size(); ++q)
          while (ready_to[q] < next[q]) {
            const Entry& entry = entries_[queues_[q].entries[ready_to[q]]];
            if (!std::all_of(entry.after.begin(), entry.after.end(), [&](std::size_t from) { return ready[from]; })) break;
            ready[queues_[q].entries[ready_to[q]++]] = moved = true;
          }
      }
    };
    std::vector<Ring> rings(chips_);
    for (std::size_t left = entries_.size(); left > 0;) {
      const std::size_t q = random.below(queues_.size());
      for (std::uint64_t burst = 1 + random.below(random.percent(50) ? 2 : longest_burst); burst > 0 && next[q] < queues_[q].entries.size();
           --burst) {
        if (next[q] - ready_to[q] >= most_blocked) break;
        const Entry& entry = entries_[queues_[q].entries[next[q]++]];
        Ring& ring = rings[entry.chip];
        ring.commands.push_back(entry.command);
        ring.ops.push_back(entry.op);
        ring.marks += opcode_of(entry.command) == Opcode::mark ? 1 : 0;
        --left;
        settle();
      }
    }
    for (unsigned chip = 0; chip < chips_; ++chip)
      for (const unsigned semaphore : semaphores_[chip].remote) rings[chip].remote |= 1u << semaphore;
    if (chips_ == 1) rings[0].remote = 0;
    return rings;
  }

  struct Semaphores {
    std::array<std::array<unsigned, contract::queues>, contract::queues> between{};  ///< [from][to]
    unsigned sums_to_array = 0, sums_to_post = 0, banks = 0, sources = 0, sources_to = 0;
    std::optional<unsigned> free_banks;
    std::uint32_t last_freed = 0;  ///< the REQUANT whose banks were last taken so, by its position: tokens come in the order they are taken
    std::vector<unsigned> remote, remote_to;  ///< of each chip: the semaphore it signals, the queue that takes it
  };

  const Case& case_;
  contract::Configuration machine_;
  unsigned chips_, agents_;
  Random random_;
  std::vector<Semaphores> semaphores_;
  std::vector<QueueState> queues_;
  std::vector<Entry> entries_;
  std::vector<Done> done_;
};

}  // namespace

std::vector<Ring> weave(const Case& test) { return Weaver(test).weave(); }

}  // namespace twill::fuzz
