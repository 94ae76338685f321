// SPDX-License-Identifier: Apache-2.0
#include "inject/campaign.hpp"

#include <algorithm>
#include <optional>

#include "twill/noc/crc.hpp"
#include "twill/noc/traffic.hpp"

namespace twill::cli {
namespace {

bool ends(const std::string& text, const std::string& with) {
  return text.size() >= with.size() && text.compare(text.size() - with.size(), with.size(), with) == 0;
}
bool begins(const std::string& text, const std::string& with) { return text.compare(0, with.size(), with) == 0; }

/// The memory a register of the RTL is part of.
std::optional<State> memory_of(const std::string& name) {
  const bool plain_scratchpad = ends(name, ".even") || ends(name, ".odd"), plain_queue = ends(name, ".ram");
  const bool plain_accumulators = name.size() > 1 && ends(name.substr(0, name.size() - 1), ".words");
  if (begins(name, "u_scratchpad.") && (ends(name, ".words") || plain_scratchpad)) return State::scratchpad;
  if (begins(name, "u_accumulators.") && (ends(name, ".words") || plain_accumulators)) return State::accumulators;
  if (begins(name, "u_queues.") && (ends(name, ".words") || plain_queue)) return State::queues;
  return std::nullopt;
}

/// Registers of plain memories, which a machine with SEC-DED declares and does not use.
bool unused_with_ecc(const std::string& name) {
  return (begins(name, "u_accumulators.read") && ends(name, "_q") && name.find('.', 15) == std::string::npos) || name == "u_scratchpad.words_q";
}

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

std::string block_of(const std::string& name) { return begins(name, "u_") ? name.substr(0, name.find('.')) : "twill_chip"; }

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

Campaign::Campaign(const StruckJob& job, bool ecc, std::uint64_t seed) : job_(job), seed_(seed) {
  for (std::size_t reg = 0; reg < job.registers().size(); ++reg) {
    const tb::Register& r = job.registers()[reg];
    const auto memory = memory_of(r.name);
    if (!memory && ecc && unused_with_ecc(r.name)) continue;
    if (!memory) {
      registers_.push_back(reg);
      register_bits_ += std::uint64_t{r.elements} * r.bits;
      continue;
    }
    // With SEC-DED the plain memories are declared, too, and nothing uses them.
    if (ecc != ends(r.name, ".words")) continue;
    Memory found{reg, {}, !ecc ? std::min(r.bits, 64u) : r.bits % 72 == 0 ? 72u : 39u};
    bool any = false;
    for (unsigned chip = 0; chip < job.chips(); ++chip) {
      found.used.push_back(job.used(chip, reg));
      any |= !found.used.back().empty();
    }
    if (any) memories_[static_cast<std::size_t>(*memory)].push_back(std::move(found));
  }
}

Strike Campaign::strike(std::uint64_t number) const {
  noc::TrafficRandom seeds(seed_ ^ number << 32);
  noc::TrafficRandom random(seeds.next());
  Strike strike;
  strike.state = states[number % states.size()];
  const unsigned kind = number / states.size() % 3;
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
    std::uint64_t at = random.next() % register_bits_;
    for (const std::size_t reg : registers_) {
      const tb::Register& r = job_.registers()[reg];
      const std::uint64_t size = std::uint64_t{r.elements} * r.bits;
      strike.reg = reg;
      strike.element = static_cast<std::uint32_t>(at / r.bits);
      bits = r.bits;
      if (at < size) break;
      at -= size;
    }
    strike.block = block_of(job_.registers()[strike.reg].name);
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
      strike.reg = memory.reg;
      strike.element = used[at];
      bits = memory.code_bits;
      first = random.below(job_.registers()[memory.reg].bits / bits) * bits;
      break;
    }
  }
  strike.bits = draw_bits(random, first, bits, count);
  const tb::Register& r = job_.registers()[strike.reg];
  strike.where = "chip " + std::to_string(strike.chip) + ", " + r.name + (r.elements > 1 ? "[" + std::to_string(strike.element) + "]" : "");
  return strike;
}

}  // namespace twill::cli
