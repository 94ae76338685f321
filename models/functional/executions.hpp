// SPDX-License-Identifier: Apache-2.0
// The executions each command's file defines for start().
#pragma once
#include <memory>

#include "network.hpp"
#include "twill/functional/execute.hpp"

namespace twill::functional {

std::unique_ptr<Execution> start_store(State& state, memory::SparseMemory& dram, const contract::Store& store);
std::unique_ptr<Execution> start_conv(State& state, const contract::Conv& conv);
std::unique_ptr<Execution> start_depthwise(State& state, const contract::Depthwise& depthwise);
std::unique_ptr<Execution> start_requant(State& state, const contract::Requant& requant);
/// SEND, SEND_ADD and SIGNAL_REMOTE of chip number `node`.
std::unique_ptr<Execution> start_send(State& state, Network& network, unsigned node, const contract::Command& command);

/// Steps until the command is finished.
inline void run(Execution& execution) {
  while (!execution.step().finished) {
  }
}

}  // namespace twill::functional
