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

/// How chips share the work of a network: `data` groups that take whole images, each a pipeline of `pipeline` stages, each stage
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
  unsigned stage = 0;                   ///< of a pipeline
  std::vector<unsigned> groups;         ///< the data groups whose stage this is
  Machine machine;                      ///< of its chips
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

  std::vector<Machine> machines;    ///< by chip
  ParallelOptions options;
  /// By stage. Where groups have different machines, their stages differ, too: then those of each kind of group one behind the other, as groups
  /// of each first come.
  std::vector<StagePlan> stages;
  std::vector<std::vector<unsigned>> dealt;  ///< by data group: its images. A chip that would only be late has none
  std::vector<Program> programs;    ///< by chip
  std::vector<Place> inputs, outputs;  ///< every shard of a stage has all of its tensors
  std::vector<int> host_before, host_after;
  std::vector<PlanLayer> layers;    ///< of the whole network on chip `fastest`, one per operator
  std::uint64_t predicted_cycles = 0;
  unsigned fastest = 0;                  ///< the first of the chips on which one image alone takes the fewest cycles
  std::uint64_t predicted_one_chip = 0;  ///< the same images on that chip alone, queues running on from image to image
  /// What all chips could do in parts of what the fastest can: the sum of their predicted images a cycle, each alone with the batch. A chip
  /// whose machine the whole network does not fit counts nothing.
  double capacity = 1;

  unsigned busiest() const;        ///< the data group with the most images, the first of several
  unsigned micro_batches() const;  ///< of that group
  /// Fill and drain of a pipeline in parts of its work: (p - 1) / m for m equal micro-batches.
  double bubble() const;
};

/// Cuts the network into stages of about the same predicted cycles on the machine of each, maps them and links them; deals the images so that each goes
/// to the group that will have it done first. `machines`: by chip; those of a stage's tensor ranks must be the same. Throws InputError when there
/// are fewer layers than stages, fewer images than groups, other machines than chips or different ones within a stage, or links between
/// stages need more semaphores than a chip has for other chips; and what map_graph() throws, with rank and configuration where machines differ.
ParallelPlan plan_parallel(const Graph& graph, const std::vector<Machine>& machines, const ParallelOptions& options);
/// For equal chips.
ParallelPlan plan_parallel(const Graph& graph, const Machine& machine, const ParallelOptions& options);

/// The plan of a batch on one chip by itself: `rank` of a system whose others are idle.
ParallelPlan plan_one_chip(const Graph& graph, const Machine& machine, unsigned images, unsigned rank = 0);

struct ParallelResult {
  std::vector<std::vector<std::vector<std::uint8_t>>> images;  ///< by image, then tensor: network outputs, chip outputs, what the host made
  std::vector<Outcome> outcomes;                               ///< by chip
  std::optional<ParallelPlan::Place> unlike;                   ///< an output of a shard that is not that of shard 0: never, but for errors

  /// The last MARK of any chip; 0 on a system without time.
  std::uint64_t cycles() const;
};

/// Resets the system and runs a plan. `inputs`: by image, the network's inputs in their order. Throws InputError when their number, that of an
/// image's inputs or a size is not the plan's, and what launch() throws. options.memory_silence is the longest of the machines' where it is 0.
ParallelResult run_parallel(System& system, const Graph& graph, const ParallelPlan& plan,
                            const std::vector<std::vector<std::vector<std::uint8_t>>>& inputs, LaunchOptions options = {});

}  // namespace twill
