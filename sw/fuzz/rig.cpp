// SPDX-License-Identifier: Apache-2.0
#include "rig.hpp"

#include <algorithm>
#include <stdexcept>

namespace twill::fuzz {

noc::Fabric fabric_of(const Case& test) {
  noc::NetworkOptions options;
  options.link_latency = test.delays.link_latency;
  options.link_width = test.delays.link_width;
  options.vcs = test.delays.vcs;
  return {noc::parse_topology(test.topology, test.chips), options};
}

Rig::Rig(const Case& test, const ChipMaker& make) : fabric_(fabric_of(test)) {
  for (unsigned number = 0; number < test.chips; ++number) {
    tb::ChipOptions options;
    options.dram = {test.delays.dram_latency, test.delays.dram_bandwidth};
    options.fabric = &fabric_;
    options.node = number;
    options.stalls = test.delays.stalls;
    options.stall_seed = test.seed * 64 + number;
    seats_.push_back({make(test.config, options), false, {}});
  }
  now_ = chip(0).cycles();
}

void Rig::step(std::uint64_t cycles) {
  while (cycles > 0) {
    const std::uint64_t some = std::min<std::uint64_t>(cycles, fabric_.window_limit());
    window(some);
    cycles -= some;
  }
}

void Rig::window(std::uint64_t cycles) {
  const std::uint64_t end = now_ + cycles;
  for (Seat& seat : seats_) {
    while (seat.accessing && seat.chip->cycles() < end)
      if (const auto answer = seat.chip->step_access()) {
        seat.answer = *answer;
        seat.accessing = false;
      }
    if (seat.chip->cycles() < end) seat.chip->step(end - seat.chip->cycles());
  }
  for (unsigned node = chips(); node < fabric_.nodes(); ++node)  // a router without a chip
    for (std::uint64_t cycle = std::max(now_, fabric_.next_event(node)); cycle < end; cycle = std::max(cycle + 1, fabric_.next_event(node)))
      fabric_.step(node, cycle);
  fabric_.exchange();
  now_ = end;
}

std::uint32_t Rig::access(unsigned chip, std::uint32_t offset) {
  Seat& seat = seats_.at(chip);
  seat.accessing = true;
  while (seat.accessing) window(1);
  if (!seat.answer.ok) throw std::logic_error("there is no register at offset " + std::to_string(offset));
  return seat.answer.data;
}

std::uint32_t Rig::get(unsigned chip, std::uint32_t offset) {
  seats_.at(chip).chip->begin_read(offset);
  return access(chip, offset);
}

void Rig::set(unsigned chip, std::uint32_t offset, std::uint32_t value) {
  seats_.at(chip).chip->begin_write(offset, value);
  access(chip, offset);
}

}  // namespace twill::fuzz
