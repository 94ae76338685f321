// SPDX-License-Identifier: Apache-2.0
#include "flow.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "twill/error.hpp"

namespace twill::collective {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr int grant_lead = 2;  ///< times a staging slot is granted ahead of the hop into it
constexpr int store_hold = 2;  ///< times a store takes

}  // namespace

unsigned Shape::position(unsigned rank) const {
  return static_cast<unsigned>(std::find(ring.begin(), ring.end(), rank) - ring.begin());
}

Semaphores::Semaphores(std::uint32_t allowed, unsigned chips) : givers_(chips) {
  for (unsigned s = 0; s < contract::semaphores; ++s)
    if (allowed >> s & 1u) list_.push_back(s);
  if (list_.size() < channels + 2)
    throw InputError("a communicator needs " + std::to_string(channels + 2) + " semaphores for other chips' signals and has " +
                     std::to_string(list_.size()));
}

unsigned Semaphores::grant(unsigned chip, unsigned giver) {
  std::vector<unsigned>& known = givers_[chip];
  auto found = std::find(known.begin(), known.end(), giver);
  if (found == known.end()) {
    if (channels + known.size() == list_.size())
      throw InputError("chip " + std::to_string(chip) + " would have to tell apart the signals of more than " + std::to_string(known.size()) +
                       " neighbours: too many groups or partners for its semaphores");
    known.push_back(giver);
    found = std::prev(known.end());
  }
  return list_[channels + static_cast<std::size_t>(found - known.begin())];
}

int Flow::cell(unsigned rank, std::uint64_t address, std::uint64_t bytes, bool load, bool store, bool home) {
  cells_.push_back({rank, address, bytes, load, store, home});
  return static_cast<int>(cells_.size()) - 1;
}

void Flow::hop(int from, int to, bool add, int time, unsigned channel, bool signal) {
  if (cells_[at(from)].bytes != cells_[at(to)].bytes || cells_[at(from)].rank == cells_[at(to)].rank) throw std::logic_error("a hop between cells that do not fit");
  hops_.push_back({from, to, add, time, channel, signal});
}

std::vector<int> Flow::written(unsigned rank) const {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::vector<int> list;
  for (const Hop& h : hops_) {
    const Cell& c = cells_[at(h.to)];
    if (c.rank != rank) continue;
    if (staged(h.to) ? seen.insert({static_cast<std::uint64_t>(slot(h.to)), 0}).second : seen.insert({c.address, c.bytes}).second) list.push_back(h.to);
  }
  return list;
}

unsigned Flow::most_signals() const {
  std::map<std::pair<unsigned, unsigned>, unsigned> counts;
  unsigned most = 0;
  for (const Hop& h : hops_)
    if (h.signal && !(opening == Opening::edges && staged(h.to))) most = std::max(most, ++counts[{cells_[at(h.to)].rank, h.channel}]);
  return most;
}

/// A staged cell has its slot from the time its load or its first grant is due until its last reader is done.
void Flow::assign_slots() {
  constexpr int none = 1 << 30;
  begin_.assign(cells_.size(), none);
  end_.assign(cells_.size(), -none);
  const auto touch = [&](int c, int first, int last) {
    begin_[at(c)] = std::min(begin_[at(c)], first);
    end_[at(c)] = std::max(end_[at(c)], last);
  };
  for (const Hop& h : hops_) {
    const int lead = cells_[at(h.to)].load ? grant_lead + load_lead : grant_lead;
    touch(h.to, h.time - lead, h.time + lag + (cells_[at(h.to)].store ? store_hold : 0));
    touch(h.from, cells_[at(h.from)].load ? h.time - load_lead : h.time, h.time + 1 + (cells_[at(h.from)].store ? store_hold : 0));
    // Opened once and for all: what is to be written to must be ready from the start, and nothing else may have been there.
    if (opening != Opening::edges) touch(h.to, -none, none);
  }
  for (const Copy& c : copies_) touch(c.from, c.time - load_lead, c.time + store_hold);
  slot_.assign(cells_.size(), -1);
  slots_ = 0;
  std::map<unsigned, std::vector<int>> by_rank;
  for (int c = 0; c < static_cast<int>(cells_.size()); ++c)
    if (staged(c) && end_[at(c)] > -none) by_rank[cells_[at(c)].rank].push_back(c);
  for (auto& [rank, list] : by_rank) {
    std::stable_sort(list.begin(), list.end(), [&](int a, int b) { return begin_[at(a)] < begin_[at(b)]; });
    std::vector<int> free_at;       // by slot
    std::set<std::pair<int, int>> waiting;  // when free, slot: the one free longest is taken first
    for (const int c : list) {
      int slot;
      if (!waiting.empty() && waiting.begin()->first < begin_[at(c)]) {
        slot = waiting.begin()->second;
        waiting.erase(waiting.begin());
      } else {
        slot = static_cast<int>(free_at.size());
        free_at.push_back(0);
      }
      slot_[at(c)] = slot;
      waiting.insert({end_[at(c)], slot});
    }
    slots_ = std::max(slots_, static_cast<unsigned>(free_at.size()));
  }
}

/// Makes the shares of all ranks from a flow.
class Scheduler {
 public:
  Scheduler(Flow& flow, Semaphores& semaphores)
      : flow_(flow), semaphores_(semaphores), shape_(flow.shape_), n_(shape_.size()), in_(flow.cells_.size()), out_(flow.cells_.size()),
        loaded_(flow.cells_.size(), false), events_(n_), result_(n_) {
    order_.resize(flow.hops_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<int>(i);
    std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) { return hop(a).time < hop(b).time; });
    for (const int i : order_) {
      in_[at(hop(i).to)].push_back(i);
      out_[at(hop(i).from)].push_back(i);
      arrivals_[channel_of(i)].push_back(i);
      sources_[channel_of(i)].insert(rank_of(hop(i).from));
    }
  }

  std::vector<std::vector<Step>> run() {
    open();
    for (const auto& [from, to, time] : flow_.copies_) {
      load(from, time - flow_.load_lead);
      Step s;
      s.kind = flow_.dram_ ? Step::Kind::store : Step::Kind::copy;
      s.cell = from;
      s.to = to;
      add(rank_of(from), time, a_store, s);
    }
    for (const int i : order_) add_hop(i);
    for (unsigned r = 0; r < n_; ++r) {
      std::stable_sort(events_[r].begin(), events_[r].end(),
                       [](const Event& a, const Event& b) { return std::pair(a.time, a.kind) < std::pair(b.time, b.kind); });
      for (Event& e : events_[r]) finish(r, e.step);
    }
    return std::move(result_);
  }

 private:
  // In the order they have within one time. What waits for another chip's step has a later (time, kind) than that step, so the shares of
  // all ranks, each in this order, cannot wait for one another in a circle.
  enum Kind { a_load, a_grant, a_last_wait, a_send, a_store };
  struct Event {
    int time, kind;
    Step step;
  };
  using Key = std::pair<unsigned, unsigned>;

  const Hop& hop(int i) const { return flow_.hops_[at(i)]; }
  const Cell& cell(int c) const { return flow_.cells_[at(c)]; }
  unsigned rank_of(int c) const { return cell(c).rank; }
  unsigned chip(unsigned rank) const { return shape_.chips[rank]; }
  Key channel_of(int i) const { return {rank_of(hop(i).to), hop(i).channel}; }
  void add(unsigned rank, int time, Kind kind, Step step) { events_[rank].push_back({time, kind, std::move(step)}); }

  Step load_step(int c) {
    loaded_[at(c)] = true;
    Step s;
    s.kind = Step::Kind::load;
    s.cell = c;
    return s;
  }
  bool to_load(int c) const { return flow_.staged(c) && cell(c).load && !loaded_[at(c)]; }
  void load(int c, int time) {
    if (to_load(c)) add(rank_of(c), time, a_load, load_step(c));
  }

  /// What lets `taker` write to `giver`.
  Step grant_step(unsigned giver, unsigned taker) {
    Step s;
    s.kind = Step::Kind::grant;
    s.chip = chip(taker);
    s.signal = static_cast<int>(semaphores_.grant(chip(taker), chip(giver)));
    return s;
  }
  void open_edge(unsigned giver, unsigned taker, std::vector<Wait> waits = {}) {
    Step s = grant_step(giver, taker);
    s.all_homes = true;
    s.waits = std::move(waits);
    result_[giver].push_back(std::move(s));
  }
  Wait granted(unsigned giver, unsigned taker) { return Wait{semaphores_.grant(chip(taker), chip(giver)), {}}; }
  void take(unsigned rank, std::vector<Wait> waits) {
    if (waits.empty()) return;
    Step s;
    s.waits = std::move(waits);
    result_[rank].push_back(std::move(s));
  }

  void open() {
    if (flow_.opening == Opening::edges) {
      for (const int i : order_)
        if (!flow_.staged(hop(i).to)) to_be_granted_.insert({rank_of(hop(i).from), rank_of(hop(i).to)});
      for (const auto& [from, to] : to_be_granted_) open_edge(to, from);
      return;
    }
    // What others are to add to is loaded first: that is part of being ready.
    for (const int i : order_)
      if (to_load(hop(i).to)) result_[rank_of(hop(i).to)].push_back(load_step(hop(i).to));
    if (n_ == 1) return;
    const bool all = flow_.opening == Opening::all;
    middle_ = all ? 0 : shape_.position(flow_.root);
    if (all || flow_.opening == Opening::inward) open_inward();
    if (all || flow_.opening == Opening::outward) open_outward();
  }
  /// The rank so many places along the ring from the middle, either way.
  unsigned place(int distance) const { return shape_.at(middle_ + static_cast<unsigned>(distance + static_cast<int>(n_))); }
  int far(int way) const { return static_cast<int>(way > 0 ? n_ / 2 : (n_ - 1) / 2); }

  void open_inward() {
    for (const int way : {1, -1})
      for (int d = far(way); d >= 1; --d) {
        std::vector<Wait> waits;
        if (d < far(way)) waits.push_back(granted(place(way * (d + 1)), place(way * d)));
        open_edge(place(way * d), place(way * (d - 1)), std::move(waits));
      }
    std::vector<Wait> waits;
    for (const int way : {1, -1})
      if (far(way) >= 1) waits.push_back(granted(place(way), place(0)));
    take(place(0), std::move(waits));
  }
  void open_outward() {
    for (const int way : {1, -1}) {
      for (int d = 0; d < far(way); ++d) {
        std::vector<Wait> waits;
        if (d > 0) waits.push_back(granted(place(way * (d - 1)), place(way * d)));
        open_edge(place(way * d), place(way * (d + 1)), std::move(waits));
      }
      if (far(way) > 0) take(place(way * far(way)), {granted(place(way * (far(way) - 1)), place(way * far(way)))});
    }
  }

  void add_hop(int i) {
    const Hop& h = hop(i);
    const unsigned from = rank_of(h.from), to = rank_of(h.to);
    load(h.from, h.time - flow_.load_lead);
    Step send;
    send.kind = Step::Kind::send;
    send.hop = i;
    send.cell = h.from;
    send.to = h.to;
    send.add = h.add;
    send.chip = chip(to);
    if (h.signal) send.signal = static_cast<int>(semaphores_.data(h.channel));
    if (flow_.opening == Opening::edges && flow_.staged(h.to)) {
      load(h.to, h.time - grant_lead - flow_.load_lead);
      Step grant = grant_step(to, from);
      grant.cell = h.to;
      add(to, h.time - grant_lead, a_grant, grant);
      send.waits.push_back(granted(to, from));
    } else if (to_be_granted_.erase({from, to}) > 0) {
      send.waits.push_back(granted(to, from));
    }
    add(from, h.time, a_send, std::move(send));
    if (in_[at(h.to)].back() != i) return;
    // The last to come into its cell. Where nobody sends that on, the rank itself waits for it.
    const bool sent_on = !out_[at(h.to)].empty();
    if (!sent_on) {
      Step wait;
      wait.hop = i;
      add(to, settled(i), a_last_wait, std::move(wait));
    }
    if (flow_.staged(h.to) && cell(h.to).store) {
      Step store;
      store.kind = Step::Kind::store;
      store.cell = store.to = h.to;
      add(to, sent_on ? hop(out_[at(h.to)].front()).time : settled(i), a_store, std::move(store));
    }
  }

  /// When the arrival of a hop should be known: with the next signal; where several ranks signal one semaphore, with the last.
  int settled(int i) const {
    const Key key = channel_of(i);
    const std::vector<int>& list = arrivals_.at(key);
    if (sources_.at(key).size() > 1) return hop(list.back()).time + flow_.lag;
    const auto told = std::find_if(std::find(list.begin(), list.end(), i), list.end(), [&](int j) { return hop(j).signal; });
    return hop(told == list.end() ? i : *told).time + flow_.lag;
  }

  /// Puts a step into its rank's share, all before it being there already.
  void finish(unsigned rank, Step& step) {
    if (step.kind == Step::Kind::send) {
      for (const int j : in_[at(step.cell)])
        if (hop(j).time < hop(step.hop).time) arrival(j, step.waits);
    } else if (step.kind == Step::Kind::wait) {
      for (const int j : in_[at(hop(step.hop).to)]) arrival(j, step.waits);
      if (step.waits.empty()) return;
    }
    result_[rank].push_back(std::move(step));
  }

  /// Waits until hop i has arrived, and so for all before it on its channel. Where several ranks signal one semaphore, only the number of
  /// all their signals says anything.
  void arrival(int i, std::vector<Wait>& waits) {
    const Key key = channel_of(i);
    const std::vector<int>& list = arrivals_[key];
    const bool all = sources_[key].size() > 1;
    std::vector<int> cells;
    bool open = !arrived_.count(i);
    for (std::size_t& t = taken_[key]; t < list.size() && (all || open || !cells.empty()); ++t) {
      arrived_.insert(list[t]);
      open &= list[t] != i;
      cells.push_back(hop(list[t]).to);
      if (!hop(list[t]).signal) continue;
      waits.push_back({semaphores_.data(key.second), std::move(cells)});
      cells.clear();
    }
    if (!cells.empty()) throw std::logic_error("bytes arrive and no signal says so");
    // Only the last of them says that all is there.
    if (all && !waits.empty())
      for (Wait& wait : waits) {
        if (&wait == &waits.back()) break;
        waits.back().cells.insert(waits.back().cells.end(), wait.cells.begin(), wait.cells.end());
        wait.cells.clear();
      }
  }

  Flow& flow_;
  Semaphores& semaphores_;
  const Shape& shape_;
  const unsigned n_;
  std::vector<int> order_;                  // hops by time
  std::vector<std::vector<int>> in_, out_;  // hops by cell
  std::map<Key, std::vector<int>> arrivals_;
  std::map<Key, std::set<unsigned>> sources_;
  std::map<Key, std::size_t> taken_;
  std::set<int> arrived_;
  std::set<Key> to_be_granted_;  // from, to
  std::vector<bool> loaded_;
  std::vector<std::vector<Event>> events_;
  std::vector<std::vector<Step>> result_;
  unsigned middle_ = 0;
};

std::vector<std::vector<Step>> Flow::schedule(Semaphores& semaphores) {
  if (dram_) assign_slots();
  return Scheduler(*this, semaphores).run();
}

}  // namespace twill::collective
