// SPDX-License-Identifier: Apache-2.0
#include "twill/chip_id.hpp"
#include "twill/device.hpp"
#include "twill/error.hpp"
#include "twill/mapper.hpp"

namespace twill {

Machine Machine::of(Device& device) {
  namespace reg = contract::reg;
  if (device.read_register(reg::ID) != chip_id) throw InputError("the device does not answer as a Twill chip");
  const std::uint64_t hash = device.read_register(reg::HASH_LO) | std::uint64_t{device.read_register(reg::HASH_HI)} << 32;
  const std::uint32_t version = device.read_register(reg::VERSION);
  const bool simulated = device.kind() != "board";
  if (version >> 16 != contract::version >> 16 || (simulated && hash != contract::hash))
    throw InputError("the device was built for another contract (version " + std::to_string(version >> 16) + "." +
                     std::to_string(version & 0xffffu) + "); rebuild both sides from the same spec/");
  Machine m;
  m.word = device.read_register(reg::CAP_WORD);
  m.scratchpad = device.read_register(reg::CAP_SCRATCHPAD);
  m.accumulator_words = device.read_register(reg::CAP_ACCUMULATOR);
  m.queue_depth = device.read_register(reg::CAP_QUEUES);
  m.dram_bandwidth = m.word;
  return m;
}

}  // namespace twill
