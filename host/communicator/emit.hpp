// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "flow.hpp"

namespace twill::collective {

struct Staging {
  std::uint64_t address = 0, slot_bytes = 0;
};

/// Writes one rank's share of a flow into its chip's stream.
void emit(const Flow& flow, const std::vector<Step>& steps, unsigned rank, contract::Space space, const Staging& staging, mapper::Stream& stream, int label);

}  // namespace twill::collective
