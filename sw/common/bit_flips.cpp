// SPDX-License-Identifier: Apache-2.0
#include "common/bit_flips.hpp"

#include <algorithm>
#include <charconv>

#include "common/format.hpp"
#include "common/nearest.hpp"
#include "twill/error.hpp"
#include "twill/rtl_device.hpp"

namespace twill::cli {
namespace {

constexpr unsigned most_bits = 72;  // of a code word

/// "scratchpad:0x1f8:3@5000", "load:72:0@100" (a queue's memory)
Fault parse_flip(const std::string& text) {
  Fault flip;
  bool right = false;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](auto& value, char behind) {
    const bool hex = end - at > 2 && at[0] == '0' && at[1] == 'x';
    const auto [stop, error] = std::from_chars(hex ? at + 2 : at, end, value, hex ? 16 : 10);
    const bool good = error == std::errc() && (behind == 0 ? stop == end : stop != end && *stop == behind);
    at = good && behind != 0 ? stop + 1 : stop;
    return good;
  };
  if (const auto colon = text.find(':'); colon != std::string::npos) {
    const std::string memory = text.substr(0, colon);
    for (const contract::Space space : {contract::Space::scratchpad, contract::Space::accumulators})
      if (memory == contract::name(space)) flip.memory = space, right = true;
    for (unsigned queue = 0; queue < contract::queues; ++queue)
      if (memory == contract::name(static_cast<contract::Queue>(queue)))
        flip.memory = contract::Space::queue_memory, flip.queue = static_cast<contract::Queue>(queue), right = true;
    at += colon + 1;
  }
  if (!right || !number(flip.address, ':') || !number(flip.bit, '@') || !number(flip.cycle, 0) || flip.bit >= most_bits)
    throw InputError("--flip takes MEMORY:ADDRESS:BIT@CYCLE, MEMORY being scratchpad, accumulators or the name of a queue, as in scratchpad:0x1f8:3@5000, not '" + text + "'");
  return flip;
}

}  // namespace

void add_flips(Options& options) {
  options.values("flip", "MEMORY:ADDRESS:BIT@CYCLE", "flip this bit of the code word at this byte address, so many cycles after the doorbell; may be repeated");
}

std::vector<Fault> read_flips(const Values& values, const MachineChoice& choice) {
  std::vector<Fault> flips;
  for (const std::string& text : values.texts("flip")) flips.push_back(parse_flip(text));
  if (flips.empty()) return flips;
  if (!choice.timed()) throw InputError("--flip needs --device rtl: the functional model has no bits to flip");
  if (!choice.configuration().ecc) {
    std::vector<std::string> names;
    for (const auto& c : contract::configurations)
      if (c.ecc) names.emplace_back(c.name);
    throw InputError("--flip needs a machine with SEC-DED memories, which " + choice.config() + " does not have; --config takes " + listed(names));
  }
  std::stable_sort(flips.begin(), flips.end(), [](const Fault& a, const Fault& b) { return a.cycle < b.cycle; });
  return flips;
}

void FlippingDevice::write_register(std::uint32_t offset, std::uint32_t value) {
  device_.write_register(offset, value);
  if (offset != contract::reg::DOORBELL || flips_.empty()) return;
  auto& chip = dynamic_cast<RtlDevice&>(device_);
  const std::uint64_t doorbell = chip.cycles() + RtlDevice::host_latency;
  for (Fault flip : flips_) {
    flip.cycle += doorbell;
    chip.flip(flip);
  }
}

Corrections Corrections::of(Device& device) {
  namespace reg = contract::reg;
  return {device.read_register(reg::ECC_SCRATCHPAD), device.read_register(reg::ECC_ACCUMULATORS), device.read_register(reg::ECC_QUEUES)};
}

std::string Corrections::text() const {
  return grouped(all()) + (all() == 1 ? " single error" : " single errors") + " put right: " + grouped(scratchpad) + " in the scratchpad, " +
         grouped(accumulators) + " in the accumulators, " + grouped(queues) + " in the queues";
}

nlohmann::ordered_json Corrections::json() const { return {{"scratchpad", scratchpad}, {"accumulators", accumulators}, {"queues", queues}}; }

}  // namespace twill::cli
