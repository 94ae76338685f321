// SPDX-License-Identifier: Apache-2.0
#include "common/bit_flips.hpp"

#include <algorithm>
#include <sstream>

#include "common/format.hpp"
#include "common/nearest.hpp"
#include "common/scanner.hpp"
#include "twill/error.hpp"
#include "twill/rtl_device.hpp"

namespace twill::cli {
namespace {

std::string hex(std::uint32_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

std::string memory_name(const Fault& flip) {
  return std::string(flip.memory == contract::Space::queue_memory ? contract::name(flip.queue) : contract::name(flip.memory));
}

/// "scratchpad:0x1f8:3@5000", "load:72:0@100" (a queue's memory)
Fault parse_flip(const std::string& text) {
  Fault flip;
  bool right = false;
  const auto colon = text.find(':');
  if (colon != std::string::npos) {
    const std::string memory = text.substr(0, colon);
    for (const contract::Space space : {contract::Space::scratchpad, contract::Space::accumulators})
      if (memory == contract::name(space)) flip.memory = space, right = true;
    for (unsigned queue = 0; queue < contract::queues; ++queue)
      if (memory == contract::name(static_cast<contract::Queue>(queue)))
        flip.memory = contract::Space::queue_memory, flip.queue = static_cast<contract::Queue>(queue), right = true;
  }
  Scanner scanner(text, right ? colon + 1 : 0);
  if (!right || !scanner.number(flip.address, ':') || !scanner.number(flip.bit, '@') || !scanner.number(flip.cycle, '\0'))
    throw InputError(
        "--flip takes MEMORY:ADDRESS:BIT@CYCLE, MEMORY being scratchpad, accumulators or the queue load, array, post, store or network, "
        "as in scratchpad:0x1f8:3@5000, not '" +
        text + "'");
  return flip;
}

/// That the machine has such a bit.
void check(const Fault& flip, const contract::Configuration& machine, const std::string& text) {
  constexpr std::uint32_t entry = 128, code_words = 72;  // bytes of a queue's memory: of one command, and those of it that are code words
  const bool queue = flip.memory == contract::Space::queue_memory, scratchpad = flip.memory == contract::Space::scratchpad;
  const std::uint32_t bytes = queue        ? contract::queue_depth * entry
                              : scratchpad ? machine.scratchpad_bytes
                                           : machine.accumulator_words * machine.word_bytes * 4;
  const std::string of = queue ? "the memory of the " + memory_name(flip) + " queue" : "the " + memory_name(flip);
  if (flip.address >= bytes)
    throw InputError("--flip " + text + ": " + of + " of " + std::string(machine.name) + " has the addresses 0x0 to " + hex(bytes - 1));
  if (queue && flip.address % entry >= code_words)
    throw InputError("--flip " + text + ": of the " + std::to_string(entry) + " bytes of a command in a queue's memory 0 to " +
                     std::to_string(code_words - 1) + " are code words");
  const bool narrow = scratchpad ? machine.word_bytes == 4 : queue && flip.address % entry >= code_words - 8;  // the last is its index
  const unsigned bits = narrow ? 39 : 72;
  if (flip.bit >= bits) throw InputError("--flip " + text + ": the code word there has the bits 0 to " + std::to_string(bits - 1));
}

std::string text_of(const Fault& flip) {
  return memory_name(flip) + ":" + hex(flip.address) + ":" + std::to_string(flip.bit) + "@" + std::to_string(flip.cycle);
}

}  // namespace

void add_flips(Options& options) {
  options.values(
      "flip", "MEMORY:ADDRESS:BIT@CYCLE",
      "flip this bit of the code word at this byte address, so many cycles after the doorbell; MEMORY is scratchpad, accumulators or "
      "a queue (load, array, post, store, network); may be repeated");
}

std::vector<Fault> read_flips(const Values& values, const MachineChoice& choice) {
  std::vector<Fault> flips;
  const std::vector<std::string> texts = values.texts("flip");
  for (const std::string& text : texts) flips.push_back(parse_flip(text));
  if (flips.empty()) return flips;
  if (!choice.timed()) throw InputError("--flip needs --device rtl: the functional model has no bits to flip");
  if (!choice.configuration().ecc) {
    std::vector<std::string> names;
    for (const std::string& built : rtl_configurations())
      if (configuration_named(built).ecc) names.push_back(built);
    throw InputError("--flip needs a machine with SEC-DED memories, which " + choice.config() + " does not have; " +
                     (names.empty() ? "this build has none (TWILL_CONFIGS says which it makes)" : "--config takes " + listed(names)));
  }
  for (std::size_t i = 0; i < flips.size(); ++i) check(flips[i], choice.configuration(), texts[i]);
  std::stable_sort(flips.begin(), flips.end(), [](const Fault& a, const Fault& b) { return a.cycle < b.cycle; });
  return flips;
}

std::string flips_text(const std::vector<Fault>& flips, std::uint64_t cycles) {
  std::string text;
  for (const Fault& flip : flips)
    text += "flipped " + text_of(flip) + (flip.cycle < cycles ? "\n" : ": never, the job took " + grouped(cycles) + " cycles\n");
  return text;
}

nlohmann::ordered_json flips_json(const std::vector<Fault>& flips, std::uint64_t cycles) {
  auto list = nlohmann::ordered_json::array();
  for (const Fault& flip : flips)
    list.push_back({{"memory", memory_name(flip)},
                    {"address", flip.address},
                    {"bit", flip.bit},
                    {"cycle", flip.cycle},
                    {"reached", flip.cycle < cycles}});
  return list;
}

void FlippingDevice::write_register(std::uint32_t offset, std::uint32_t value) {
  if (offset == contract::reg::DOORBELL && !flips_.empty()) {
    device_.read_register(contract::reg::CONTROL);  // comes after all that was written, so that the doorbell waits for none of it
    auto& chip = dynamic_cast<RtlDevice&>(device_);
    const std::uint64_t doorbell = chip.cycles() + RtlDevice::host_latency;
    for (Fault flip : flips_) {
      flip.cycle += doorbell;
      chip.flip(flip);
    }
  }
  device_.write_register(offset, value);
}

Corrections Corrections::of(Device& device) {
  namespace reg = contract::reg;
  return {device.read_register(reg::ECC_SCRATCHPAD), device.read_register(reg::ECC_ACCUMULATORS), device.read_register(reg::ECC_QUEUES)};
}

std::string Corrections::text() const {
  return grouped(all()) + (all() == 1 ? " single error" : " single errors") + " put right: " + grouped(scratchpad) +
         " in the scratchpad, " + grouped(accumulators) + " in the accumulators, " + grouped(queues) + " in the queues";
}

nlohmann::ordered_json Corrections::json() const {
  return {{"scratchpad", scratchpad}, {"accumulators", accumulators}, {"queues", queues}};
}

}  // namespace twill::cli
