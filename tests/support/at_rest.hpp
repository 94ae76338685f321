// SPDX-License-Identifier: Apache-2.0
// The end of a test: a chip whose work is done has nothing left. Its STATUS register says so (see docs/verification.md).
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

#include <twill/contract.hpp>

namespace twill::test {

/// What a STATUS says is left, as a list in words; empty: the chip is at rest. A chip that an error has stopped may keep what it had.
inline std::string left_over(std::uint32_t status) {
  static constexpr const char* engines[] = {"the queue of load", "the queue of array", "the queue of post", "the queue of store", "the queue of network"};
  struct Bit {
    unsigned bit;
    const char* what;
  };
  static constexpr Bit others[] = {{9, "commands to fetch"}, {11, "an engine at work"}, {12, "a burst at the memory port"}, {13, "credits that are away"},
                                   {14, "a message"}};
  if (status >> 8 & 1) return "";
  std::string left;
  const auto add = [&left](const char* what) { left += (left.empty() ? "" : ", ") + std::string(what); };
  for (unsigned q = 0; q < 5; q++)
    if (status >> q & 1) add(engines[q]);
  for (const Bit& other : others)
    if (status >> other.bit & 1) add(other.what);
  return left;
}

/// Reads STATUS until nothing is left. A MARK's record arrives before what is behind it in other queues, so that may take a while; reading
/// a register moves the simulation. Throws std::logic_error when something stays.
template <class ReadStatus>
void expect_rest(ReadStatus&& read_status, unsigned patience = 2000) {
  for (unsigned i = 0;; i++) {
    const std::string left = left_over(read_status());
    if (left.empty()) return;
    if (i == patience) throw std::logic_error("the chip is not at rest at the end of the test: it still has " + left);
  }
}

/// For a Device.
template <class Device>
void expect_device_at_rest(Device& device) {
  expect_rest([&] { return device.read_register(contract::reg::STATUS); });
}

}  // namespace twill::test
