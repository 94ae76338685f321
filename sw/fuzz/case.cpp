// SPDX-License-Identifier: Apache-2.0
#include "case.hpp"

#include "random.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"

namespace twill::fuzz {

std::vector<std::uint8_t> Image::contents() const {
  if (!bytes.empty()) return bytes;
  std::vector<std::uint8_t> all(random_bytes);
  Random random(seed);
  for (std::uint8_t& byte : all) byte = static_cast<std::uint8_t>(random());
  return all;
}

const contract::Configuration& configuration(const std::string& name) {
  std::string known;
  for (const contract::Configuration& machine : contract::configurations) {
    if (machine.name == name) return machine;
    known += (known.empty() ? "" : ", ") + std::string(machine.name);
  }
  throw InputError("there is no configuration '" + shown(name) + "'; there are " + known);
}

}  // namespace twill::fuzz
