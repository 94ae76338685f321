// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"
#include "twill/program.hpp"
#include "twill/system.hpp"

namespace twill {

/// How chips share the work of a network: `data` groups that take whole images in turn, each a pipeline of `pipeline` stages, each stage
/// `tensor` chips that share its layers. Chip (d * pipeline + s) * tensor + t is shard t of stage s of group d.
struct ParallelShape {
  unsigned data = 1, pipeline = 1, tensor = 1;

  unsigned chips() const { return data * pipeline * tensor; }
  unsigned chip(unsigned group, unsigned stage, unsigned shard) const { return (group * pipeline + stage) * tensor + shard; }
  /// "2x4x1"
  std::string text() const { return std::to_string(data) + "x" + std::to_string(pipeline) + "x" + std::to_string(tensor); }

  /// "tensor", "pipeline", "data" or DxPxT for `chips` chips. Throws InputError for anything else, and when D x P x T is not `chips`.
  static ParallelShape parse(const std::string& text, unsigned chips);
};

struct ParallelOptions {
  ParallelShape shape;
  unsigned images = 1;
  unsigned micro_batches = 0;  ///< parts of a group's images that go through the pipeline at once; 0: every image by itself
};

/// Consecutive operators of the network that run on one chip (or the chips of one tensor group).
struct StagePlan {
  std::vector<int> operators;           ///< on the chip, in order
  std::uint64_t image_cycles = 0;       ///< predicted: from image to image when nobody waits for others
  std::uint64_t first_cycles = 0;       ///< predicted: the first image alone
  std::uint64_t bytes_sent = 0;         ///< to later stages, an image
};

/// A network on many chips, ready to launch.
struct ParallelPlan {
  /// A tensor of an image in the DRAM of a chip.
  struct Place {
    unsigned image = 0, chip = 0;
    int tensor = -1;
    std::uint64_t address = 0;
    std::size_t bytes = 0;
  };

  Machine machine;
  ParallelOptions options;
  std::vector<StagePlan> stages;    ///< the same in every group
  std::vector<Program> programs;    ///< by chip
  std::vector<Place> inputs, outputs;  ///< every shard of a stage has all of its tensors
  std::vector<int> host_before, host_after;
  std::vector<PlanLayer> layers;    ///< of the whole network on one chip, one per operator
  std::uint64_t predicted_cycles = 0;
  std::uint64_t predicted_one_chip = 0;  ///< the same images on one chip, queues running on from image to image

  unsigned micro_batches() const;  ///< of a data group
  /// Fill and drain of a pipeline in parts of its work: (p - 1) / m for m equal micro-batches.
  double bubble() const;
};

/// Cuts the network into stages of about the same predicted cycles, maps each and links them. Throws InputError when there are fewer
/// layers than stages, fewer images than groups, or links between stages need more semaphores than a chip has for other chips; and what
/// map_graph() throws.
ParallelPlan plan_parallel(const Graph& graph, const Machine& machine, const ParallelOptions& options);

struct ParallelResult {
  std::vector<std::vector<std::vector<std::uint8_t>>> images;  ///< by image, then tensor: network outputs, chip outputs, what the host made
  std::vector<Outcome> outcomes;                               ///< by chip
  std::optional<ParallelPlan::Place> unlike;                   ///< an output of a shard that is not that of shard 0: never, but for errors

  /// The last MARK of any chip; 0 on a system without time.
  std::uint64_t cycles() const;
};

/// Resets the system and runs a plan. `inputs`: by image, the network's inputs in their order. Throws InputError when their number, that of an
/// image's inputs or a size is not the plan's, and what launch() throws. options.memory_silence is the machine's where it is 0.
ParallelResult run_parallel(System& system, const Graph& graph, const ParallelPlan& plan,
                            const std::vector<std::vector<std::vector<std::uint8_t>>>& inputs, LaunchOptions options = {});

}  // namespace twill
