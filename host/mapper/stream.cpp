// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include <algorithm>
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

/// The command whose token tells that the first `needed` commands of queue `from` are complete. While it is given, those
/// of its takers may still be waiting that come behind it in the ring, and as many before it as their queue holds.
int Stream::source_of_token(unsigned from, unsigned to, std::uint32_t needed) const {
  const int source = by_queue_[from][needed - 1];
  const std::vector<int>& takers = takers_[from][to];
  const auto behind = static_cast<std::size_t>(takers.end() - std::upper_bound(takers.begin(), takers.end(), source));
  return behind + contract::queue_depth + 2 < contract::semaphore_max ? source : by_queue_[from].back();
}

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
    Node& source = nodes_[static_cast<std::size_t>(source_of_token(s, q, needed[s]))];
    source.signals |= static_cast<std::uint8_t>(1u << q);
    node.waits |= static_cast<std::uint8_t>(1u << s);
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
  const int index = static_cast<int>(nodes_.size());
  Node node{{command, queue, layer}, static_cast<std::uint32_t>(by_queue_[q].size()), {}};
  Clock needed{};
  const auto need = [&](int other) {
    if (other < 0 || other == index) return;
    const Node& source = nodes_[static_cast<std::size_t>(other)];
    auto& n = needed[static_cast<unsigned>(source.entry.queue)];
    n = std::max(n, source.position + 1);
  };
  for (const Range& range : reads) {
    Map& map = range.space == Range::Space::dram ? dram_ : scratchpad_;
    cover(map, range.begin, range.end);
    for (auto it = map.lower_bound(range.begin); it != map.end() && it->first < range.end; ++it) {
      need(it->second.writer);
      it->second.readers[q] = index;
    }
  }
  for (const Range& range : writes) {
    Map& map = range.space == Range::Space::dram ? dram_ : scratchpad_;
    cover(map, range.begin, range.end);
    for (auto it = map.lower_bound(range.begin); it != map.end() && it->first < range.end; ++it) {
      need(it->second.writer);
      for (unsigned s = 0; s < queues; ++s) need(it->second.readers[s]);
      it->second.writer = index;
      it->second.readers.fill(-1);
    }
    // One interval again: the next command that touches it looks at one entry.
    auto first = map.lower_bound(range.begin);
    first->second.end = range.end;
    map.erase(std::next(first), map.lower_bound(range.end));
  }
  synchronize(node, needed);
  nodes_.push_back(node);
  by_queue_[q].push_back(index);
}

void Stream::emit_after_all(const contract::Command& command, Queue queue, int layer) {
  const unsigned q = static_cast<unsigned>(queue);
  Node node{{command, queue, layer}, static_cast<std::uint32_t>(by_queue_[q].size()), {}};
  Clock needed{};
  for (unsigned s = 0; s < queues; ++s) needed[s] = static_cast<std::uint32_t>(by_queue_[s].size());
  synchronize(node, needed);
  by_queue_[q].push_back(static_cast<int>(nodes_.size()));
  nodes_.push_back(node);
}

std::vector<Stream::Entry> Stream::finish() const {
  std::vector<Entry> entries;
  entries.reserve(nodes_.size());
  for (const Node& node : nodes_) {
    Entry entry = node.entry;
    contract::Slots slots = contract::slots(entry.command);
    const unsigned q = static_cast<unsigned>(entry.queue);
    // Five queues of which the network takes no part yet: at most three sources and three destinations.
    contract::Slot* const wait[] = {&slots.wait0, &slots.wait1, &slots.wait2};
    contract::Slot* const signal[] = {&slots.signal0, &slots.signal1, &slots.signal2};
    unsigned waits = 0, signals = 0;
    for (unsigned s = 0; s < queues; ++s) {
      if (node.waits >> s & 1u) {
        if (waits == 3) throw std::logic_error("a command waits for more than three queues");
        *wait[waits++] = contract::Slot::on(s * queues + q);
      }
      if (node.signals >> s & 1u) {
        if (signals == 3) throw std::logic_error("a command signals more than three queues");
        *signal[signals++] = contract::Slot::on(q * queues + s);
      }
    }
    contract::set_slots(entry.command, slots);
    entries.push_back(entry);
  }
  return entries;
}

}  // namespace twill::mapper
