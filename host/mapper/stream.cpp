// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

namespace twill::mapper {

using contract::Queue;

/// Makes `at` a boundary and returns the interval that starts there (or the first after it).
Stream::Map::iterator Stream::split(Map& map, std::uint64_t at) {
  auto next = map.lower_bound(at);
  if (next != map.end() && next->first == at) return next;
  if (next == map.begin()) return next;
  auto previous = std::prev(next);
  if (previous->second.end <= at) return next;
  Interval tail = previous->second;
  previous->second.end = at;
  return map.emplace_hint(next, at, tail);
}

/// Splits so that [begin, end) is a sequence of whole intervals without gaps.
void Stream::cover(Map& map, std::uint64_t begin, std::uint64_t end) {
  split(map, begin);
  split(map, end);
  std::uint64_t at = begin;
  auto it = map.lower_bound(begin);
  while (at < end) {
    if (it == map.end() || it->first > at) {
      Interval fresh;
      fresh.end = it == map.end() ? end : std::min(end, it->first);
      it = map.emplace_hint(it, at, fresh);
    }
    at = it->second.end;
    ++it;
  }
}

Stream::Node Stream::make_node(const contract::Command& command, Queue queue, int layer) const {
  Node node;
  node.entry = {command, queue, layer};
  node.position = static_cast<std::uint32_t>(by_queue_[static_cast<unsigned>(queue)].size());
  node.before = Clock{};
  const contract::Slots slots = contract::slots(command);
  for (const contract::Slot& s : {slots.wait0, slots.wait1, slots.wait2}) node.wait_room -= s.enabled();
  for (const contract::Slot& s : {slots.signal0, slots.signal1, slots.signal2}) node.signal_room -= s.enabled();
  return node;
}

int Stream::add(const Node& node) {
  if (nodes_.size() == most_) throw TooManyCommands();
  const int index = static_cast<int>(nodes_.size());
  nodes_.push_back(node);
  by_queue_[static_cast<unsigned>(node.entry.queue)].push_back(index);
  return index;
}

/// The command whose token tells that the first `needed` commands of queue `from` are complete: the earliest with a slot for it. While
/// it is given, those of its takers may still be waiting that come behind it in the ring, and as many before it as their queue holds.
int Stream::source_of_token(unsigned from, unsigned to, std::uint32_t needed) {
  const std::vector<int>& commands = by_queue_[from];
  std::size_t position = needed - 1;
  const std::vector<int>& takers = takers_[from][to];
  const auto behind = static_cast<std::size_t>(takers.end() - std::upper_bound(takers.begin(), takers.end(), commands[position]));
  if (behind + contract::queue_depth + 2 >= contract::semaphore_max) position = commands.size() - 1;
  for (; position < commands.size(); ++position)
    if (nodes_[static_cast<std::size_t>(commands[position])].signal_room > 0) return commands[position];
  contract::Nop nop;
  nop.queue = static_cast<Queue>(from);
  Node node = make_node(nop.encode(), nop.queue, nodes_.back().entry.layer);
  node.before = known_[from];
  node.before[from] = node.position;
  return add(node);
}

/// NOPs of `queue` take tokens until the next command needs no more than `room` of them.
void Stream::take_ahead(Queue queue, int layer, unsigned room, const Clock& needed) {
  const unsigned q = static_cast<unsigned>(queue);
  for (;;) {
    contract::Nop nop;
    nop.queue = queue;
    Node node = make_node(nop.encode(), queue, layer);
    Clock part{};
    unsigned open = 0;
    for (unsigned s = 0; s < queues; ++s)
      if (s != q && needed[s] > known_[q][s] && ++open <= node.wait_room) part[s] = needed[s];
    if (open <= room) return;
    synchronize(node, part);
    add(node);
  }
}

/// Gives `node`, which is about to be added, its waits and notes what it knows.
void Stream::synchronize(Node& node, Clock needed) {
  const unsigned q = static_cast<unsigned>(node.entry.queue);
  Clock& known = known_[q];
  // Take the source whose completion implies most of the others first.
  for (;;) {
    int best = -1;
    unsigned best_covers = 0;
    for (unsigned s = 0; s < queues; ++s) {
      if (s == q || needed[s] <= known[s]) continue;
      const Node& source = nodes_[static_cast<std::size_t>(source_of_token(s, q, needed[s]))];
      unsigned covers = 1;
      for (unsigned t = 0; t < queues; ++t)
        if (t != q && t != s && needed[t] > known[t] && source.before[t] >= needed[t]) ++covers;
      if (covers > best_covers) best = static_cast<int>(s), best_covers = covers;
    }
    if (best < 0) break;
    const auto s = static_cast<unsigned>(best);
    const int chosen = source_of_token(s, q, needed[s]);
    Node& source = nodes_[static_cast<std::size_t>(chosen)];
    if ((source.signals >> q & 1u) != 0 || node.wait_room == 0) throw std::logic_error("a token has no slot");
    source.signals |= static_cast<std::uint8_t>(1u << q);
    --source.signal_room;
    node.waits |= static_cast<std::uint8_t>(1u << s);
    --node.wait_room;
    for (unsigned t = 0; t < queues; ++t) known[t] = std::max(known[t], source.before[t]);
    known[s] = source.position + 1;
    takers_[s][q].push_back(static_cast<int>(nodes_.size()));
  }
  node.before = known;
  node.before[q] = node.position;
}

void Stream::append(const contract::Command& command, Queue queue, const std::vector<Range>& reads, const std::vector<Range>& writes,
                    int layer) {
  const unsigned q = static_cast<unsigned>(queue);
  Clock needed{};
  const auto need = [&](int other) {
    if (other < 0) return;
    const Node& source = nodes_[static_cast<std::size_t>(other)];
    auto& n = needed[static_cast<unsigned>(source.entry.queue)];
    n = std::max(n, source.position + 1);
  };
  const auto each = [&](const Range& range, const auto& visit) {
    Map& map = range.space == Range::Space::dram ? dram_ : scratchpad_;
    cover(map, range.begin, range.end);
    for (auto it = map.lower_bound(range.begin); it != map.end() && it->first < range.end; ++it) visit(it->second);
  };
  for (const Range& range : reads) each(range, [&](Interval& i) { need(i.writer); });
  for (const Range& range : writes)
    each(range, [&](Interval& i) {
      need(i.writer);
      for (int reader : i.readers) need(reader);
    });
  const int index = add_after(needed, command, queue, layer);
  for (const Range& range : reads) each(range, [&](Interval& i) { i.readers[q] = index; });
  for (const Range& range : writes) {
    each(range, [&](Interval& i) {
      i.writer = index;
      i.readers.fill(-1);
    });
    // One interval again: the next command that touches it looks at one entry.
    Map& map = range.space == Range::Space::dram ? dram_ : scratchpad_;
    auto first = map.lower_bound(range.begin);
    first->second.end = range.end;
    map.erase(std::next(first), map.lower_bound(range.end));
  }
}

void Stream::emit_after_all(const contract::Command& command, Queue queue, int layer) {
  Clock needed{};
  for (unsigned s = 0; s < queues; ++s) needed[s] = static_cast<std::uint32_t>(by_queue_[s].size());
  add_after(needed, command, queue, layer);
}

int Stream::add_after(const Clock& needed, const contract::Command& command, Queue queue, int layer) {
  take_ahead(queue, layer, make_node(command, queue, layer).wait_room, needed);
  Node node = make_node(command, queue, layer);
  synchronize(node, needed);
  return add(node);
}

std::vector<Stream::Entry> Stream::finish() const {
  std::vector<Entry> entries;
  entries.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    Entry entry = node.entry;
    contract::Slots slots = contract::slots(entry.command);
    const unsigned q = static_cast<unsigned>(entry.queue);
    const auto take_slot = [](std::initializer_list<contract::Slot*> of, unsigned semaphore) {
      for (contract::Slot* slot : of)
        if (!slot->enabled()) {
          *slot = contract::Slot::on(semaphore);
          return;
        }
      throw std::logic_error("a command has too few semaphore slots");
    };
    for (unsigned s = 0; s < queues; ++s) {
      if (node.waits >> s & 1u) take_slot({&slots.wait0, &slots.wait1, &slots.wait2}, s * queues + q);
      if (node.signals >> s & 1u) take_slot({&slots.signal0, &slots.signal1, &slots.signal2}, q * queues + s);
    }
    contract::set_slots(entry.command, slots);
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace twill::mapper
