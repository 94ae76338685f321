// SPDX-License-Identifier: Apache-2.0
#include "schedule.hpp"

#include <algorithm>

namespace twill::mapper {
namespace {

bool elementwise(const Layer& l) {
  if (l.n_tiles() > 0 || l.inputs.empty()) return false;
  for (unsigned k = 0; k < l.inputs.size(); ++k)
    if (l.inputs[k].rows != l.output.rows || l.inputs[k].row_bytes != l.output.row_bytes || l.needs(k, 0, 1) != std::make_pair(0, 1))
      return false;
  return true;
}

}  // namespace

Schedule::Schedule(const Lowered& lowered, const Machine& machine, bool every_layer, std::uint64_t largest_resident)
    : low_(lowered), machine_(machine) {
  chained_.assign(low_.layers.size(), false);
  for (const Storage& s : low_.storages) resident_.push_back(s.swap_h || (!every_layer && s.bytes <= largest_resident));
  find_lifetimes();
  if (!every_layer) find_chains();
  drop_chain_of_spilled();
  // Where the bytes are there but no gap is large enough, a little more room is given up until everything has an address.
  slack_.assign(low_.layers.size(), machine_.word);
  for (;;) {
    cuts_.assign(low_.layers.size(), {});
    for (int i = 0; i < layers(); ++i) fit(i);
    for (int i = 0; i < layers(); ++i) fit(i);  // a spill for a later layer changes an earlier one
    reserve_prefetch();
    std::optional<Arena::Failure> failure;
    while ((failure = place_all())) {
      bool dropped = false;  // first to go is the prefetch across that place
      for (int i = 0; i < layers(); ++i) {
        Cut& c = cuts_[at(i)];
        if (c.prefetch_from < i && c.prefetch_from <= failure->last && failure->first <= i) {
          c.prefetch_from = i;
          dropped = true;
        }
      }
      if (!dropped) break;
    }
    if (!failure) return;
    for (int i = failure->first; i <= failure->last; ++i) {
      slack_[at(i)] += machine_.scratchpad / 32;
      if (slack_[at(i)] > machine_.scratchpad) throw DoesNotFit{i};
    }
  }
}

void Schedule::find_lifetimes() {
  first_.assign(low_.storages.size(), INT_MAX);
  last_.assign(low_.storages.size(), -1);
  const auto touch = [&](int s, int i) {
    first_[at(s)] = std::min(first_[at(s)], i);
    last_[at(s)] = std::max(last_[at(s)], i);
  };
  for (int i = 0; i < layers(); ++i) {
    touch(layer(i).output.storage, i);
    for (const Operand& in : layer(i).inputs) touch(in.storage, i);
  }
}

/// An elementwise layer right behind the layer that makes one of its operands runs tile by tile with it: the post unit does
/// both while the array is already at the next tile.
void Schedule::find_chains() {
  for (int i = 1; i < layers(); ++i) {
    const Layer& l = layer(i);
    const Layer& before = layer(i - 1);
    if (before.words_per_row() == 0 || !before.ordered() || before.gathered || !elementwise(l)) continue;
    const bool reads = std::any_of(l.inputs.begin(), l.inputs.end(), [&](const Operand& o) { return o.storage == before.output.storage; });
    if (!reads) continue;
    chained_[at(i)] = true;
    first_[at(l.output.storage)] = std::min(first_[at(l.output.storage)], i - 1);
    for (const Operand& in : l.inputs) first_[at(in.storage)] = std::min(first_[at(in.storage)], i - 1);
  }
}

/// A chain has no buffers of its own: all its tensors are resident.
void Schedule::drop_chain_of_spilled() {
  for (int i = 0; i < layers(); ++i) {
    const Residence r = residence(i);
    if (!r.output || std::find(r.inputs.begin(), r.inputs.end(), false) != r.inputs.end()) chained_[at(i)] = false;
  }
}

std::uint64_t Schedule::live_bytes(int i) const {
  std::uint64_t sum = 0;
  for (std::size_t s = 0; s < low_.storages.size(); ++s)
    if (resident_[s] && first_[s] <= i && i <= last_[s]) sum += align(low_.storages[s].bytes) + machine_.word;
  return sum;
}

Residence Schedule::residence(int i) const {
  const Layer& l = layer(i);
  Residence r;
  r.output = resident(l.output.storage);
  r.meets_dram = !r.output;
  for (const Operand& in : l.inputs) {
    r.inputs.push_back(resident(in.storage));
    r.meets_dram |= !r.inputs.back() || low_.storages[at(in.storage)].from_dram();
  }
  return r;
}

/// No cut fits, even with all of the layer's tensors in DRAM: keeping more of them there would not help.
bool Schedule::hopeless(int i) const {
  Residence r = residence(i);
  for (std::size_t k = 0; k < r.inputs.size(); ++k) r.inputs[k] = low_.storages[at(layer(i).inputs[k].storage)].swap_h != 0;
  r.output = false;
  return !Cutter(machine_, layer(i), r).best(machine_.scratchpad - machine_.word);
}

void Schedule::fit(int i) {
  for (;;) {
    const std::uint64_t live = live_bytes(i) + slack_[at(i)];
    const Residence r = residence(i);
    const Cutter cutter(machine_, layer(i), r);
    std::optional<Cut> found;
    if (live < machine_.scratchpad && layer(i).empty()) {
      found = Cut{};  // the other chips have it all
    } else if (live < machine_.scratchpad) {
      found = cutter.best(machine_.scratchpad - live);
      if (!found && hopeless(i)) found = cutter.last_resort(machine_.scratchpad - live);
    }
    if (found) {
      cuts_[at(i)] = *found;
      cuts_[at(i)].prefetch_from = i;
      return;
    }
    // Keep the largest live tensor in DRAM instead.
    int largest = -1;
    for (std::size_t s = 0; s < low_.storages.size(); ++s)
      if (resident_[s] && first_[s] <= i && i <= last_[s] && !low_.storages[s].swap_h &&
          (largest < 0 || low_.storages[s].bytes > low_.storages[at(largest)].bytes))
        largest = static_cast<int>(s);
    if (largest < 0) throw DoesNotFit{i};
    resident_[at(largest)] = false;
    drop_chain_of_spilled();
  }
}

/// Reserves the constants' place as many layers ahead as there is room, so that their load need not wait.
void Schedule::reserve_prefetch() {
  std::vector<std::uint64_t> used(low_.layers.size());
  for (int i = 0; i < layers(); ++i) used[at(i)] = live_bytes(i) + cut(i).bytes() + slack_[at(i)];
  const std::uint64_t limit = machine_.scratchpad - machine_.scratchpad / 16;  // first fit wastes a little
  for (int ahead = 1; ahead <= 6; ++ahead)
    for (int i = ahead; i < layers(); ++i) {
      Cut& c = cuts_[at(i)];
      std::uint64_t& u = used[at(i - ahead)];
      if (c.prefetch_from != i - ahead + 1 || u + c.constants() > limit) continue;
      u += c.constants();
      c.prefetch_from = i - ahead;
    }
}

std::optional<Arena::Failure> Schedule::place_all() {
  Arena arena(machine_.scratchpad, machine_.word);
  address_.assign(low_.storages.size(), 0);
  places_.assign(low_.layers.size(), {});
  for (std::size_t s = 0; s < low_.storages.size(); ++s)
    if (resident_[s]) arena.add(low_.storages[s].bytes, first_[s], last_[s], false, &address_[s]);
  for (int i = 0; i < layers(); ++i) {
    const Cut& c = cut(i);
    Place& p = places_[at(i)];
    p.slab.assign(c.slab.size(), {0, 0});
    arena.add(c.constants(), std::min(c.prefetch_from, chained(i) ? i - 1 : i), i, true, &p.constants);
    for (std::size_t buffer = 0; buffer < static_cast<std::size_t>(c.buffers); ++buffer) {
      for (std::size_t k = 0; k < c.slab.size(); ++k) arena.add(c.slab[k], i, i, false, &p.slab[k][buffer]);
      arena.add(c.out, i, i, false, &p.out[buffer]);
    }
  }
  if (!arena.place(machine_.scratchpad / contract::scratchpad_banks)) return std::nullopt;
  return arena.place();
}

}  // namespace twill::mapper
