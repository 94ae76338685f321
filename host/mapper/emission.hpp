// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gather.hpp"
#include "layer.hpp"
#include "schedule.hpp"

namespace twill::mapper {

/// Where everything lies in DRAM.
struct DramLayout {
  /// `outputs_first`: before all else, so that they lie alike whatever the rest needs.
  DramLayout(const Lowered& lowered, const Schedule& schedule, const MapOptions& options, bool outputs_first);

  std::vector<std::uint64_t> parameters, weights;  ///< by layer
  std::vector<std::uint64_t> storages;             ///< 0 for those that never leave the scratchpad; of image 0
  std::vector<std::uint64_t> strides;              ///< of a storage, from image to image; 0 where one place serves all
  std::uint64_t marks = 0, ring = 0;
};

/// A command field cannot hold what a layer needs.
struct BeyondField {
  int layer;
  std::string field;
};

/// The commands of a schedule with their semaphores, in plain program order; the Stream turns that into concurrency. The plan
/// has no images and no prediction yet. The schedule and the layout may be those of rank 0 of the group. Throws BeyondField, and TooManyCommands
/// where there is only one image.
Plan emit_plan(const Lowered& lowered, const Machine& machine, const Schedule& schedule, const DramLayout& dram, const MapOptions& options,
               const Group& group);

}  // namespace twill::mapper
