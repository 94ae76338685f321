// SPDX-License-Identifier: Apache-2.0
#include "inject/campaign.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "twill/noc/crc.hpp"
#include "twill/noc/traffic.hpp"

namespace twill::cli {
namespace {

/// Different bits of [first, first + count), in order.
std::vector<unsigned> draw_bits(noc::TrafficRandom& random, unsigned first, unsigned count, unsigned wanted) {
  std::vector<unsigned> bits;
  while (bits.size() < std::min(wanted, count)) {
    const unsigned bit = first + random.below(count);
    if (std::find(bits.begin(), bits.end(), bit) == bits.end()) bits.push_back(bit);
  }
  std::sort(bits.begin(), bits.end());
  return bits;
}

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::scratchpad: return "scratchpad";
    case State::accumulators: return "accumulators";
    case State::queues: return "queues";
    case State::links: return "links";
    case State::registers: return "registers";
  }
  return "?";
}

Campaign::Campaign(const StruckJob& job, Aim aim, std::uint64_t seed) : job_(job), aim_(aim), seed_(seed) {
  const Places places(job.registers(), job.machine());
  for (const Places::Memory& place : places.memories()) {
    Memory memory{place, {}};
    for (unsigned chip = 0; chip < job.chips(); ++chip) memory.used.push_back(job.used(chip, place.reg));
    memories_[static_cast<std::size_t>(place.state)].push_back(std::move(memory));
  }
  for (std::size_t state = 0; state < memories_.size(); ++state)
    for (unsigned chip = 0; chip < job.chips(); ++chip)
      if (std::all_of(memories_[state].begin(), memories_[state].end(), [&](const Memory& memory) { return memory.used[chip].empty(); }))
        throw std::logic_error("the job leaves nothing in the " + std::string(name(states[state])) + " of chip " + std::to_string(chip) +
                               ", so no fault can strike there");
  std::map<std::string, Block> blocks;
  for (const std::size_t reg : places.others()) {
    const tb::Register& r = job.registers()[reg];
    Block& block = blocks[block_of(r.name)];
    block.registers.push_back(reg);
    block.bits += std::uint64_t{r.elements} * r.bits;
  }
  for (auto& [name, block] : blocks) {
    block.name = name;
    register_bits_ += block.bits;
    blocks_.push_back(std::move(block));
  }
}

Strike Campaign::strike(std::uint64_t number) const {
  noc::TrafficRandom seeds(seed_ ^ number << 32);
  noc::TrafficRandom random(seeds.next());
  Strike strike;
  const std::size_t turns = aim_ == Aim::blocks ? blocks_.size() : states.size();
  strike.state = aim_ == Aim::blocks ? State::registers : states[number % turns];
  const unsigned kind = number / turns % 3;
  const unsigned most = strike.state == State::links ? 6 : 3;
  const unsigned count = kind < 2 ? kind + 1 : 3 + random.below(most);
  strike.cycle = random.next() % job_.cycles();
  if (strike.state == State::links) {
    strike.chip = random.below(job_.wires());
    strike.bits = draw_bits(random, 0, noc::frame_bits, count);
    strike.where = "wire " + std::to_string(strike.chip);
    return strike;
  }
  strike.chip = random.below(job_.chips());
  unsigned first = 0, bits = 0;
  if (strike.state == State::registers) {
    const Block* block = &blocks_.front();
    std::uint64_t at = random.next();
    if (aim_ == Aim::blocks) {
      block = &blocks_[number % turns];
      at %= block->bits;
    } else {
      for (at %= register_bits_; at >= block->bits; ++block) at -= block->bits;
    }
    for (const std::size_t reg : block->registers) {
      const tb::Register& r = job_.registers()[reg];
      const std::uint64_t size = std::uint64_t{r.elements} * r.bits;
      strike.reg = reg;
      strike.element = static_cast<std::uint32_t>(at / r.bits);
      bits = r.bits;
      if (at < size) break;
      at -= size;
    }
    strike.block = block->name;
  } else {
    // A word that the job uses, any of them as likely.
    const auto& memories = memories_[static_cast<std::size_t>(strike.state)];
    std::size_t words = 0;
    for (const Memory& memory : memories) words += memory.used[strike.chip].size();
    std::size_t at = random.next() % words;
    for (const Memory& memory : memories) {
      const auto& used = memory.used[strike.chip];
      if (at >= used.size()) {
        at -= used.size();
        continue;
      }
      strike.reg = memory.place.reg;
      strike.element = used[at];
      bits = memory.place.code_bits;
      first = random.below(job_.registers()[strike.reg].bits / bits) * bits;
      break;
    }
  }
  strike.bits = draw_bits(random, first, bits, count);
  const tb::Register& r = job_.registers()[strike.reg];
  strike.where = "chip " + std::to_string(strike.chip) + ", " + r.name + (r.elements > 1 ? "[" + std::to_string(strike.element) + "]" : "");
  return strike;
}

}  // namespace twill::cli
