// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "twill/contract.hpp"
#include "twill/graph.hpp"

namespace twill {

class Device;

/// What the mapper needs to know of a machine. Sizes come from the capability registers; the DRAM figures are the defaults
/// of the memory model unless the user set others (they matter to the prediction and to the patience of the watchdog).
struct Machine {
  std::uint32_t word = 16;               ///< bytes of a word = rows = columns
  std::uint32_t scratchpad = 256 * 1024; ///< bytes
  std::uint32_t accumulator_words = 1024;
  std::uint32_t queue_depth = contract::queue_depth;
  std::uint32_t dram_latency = 100;      ///< cycles
  std::uint32_t dram_bandwidth = 16;     ///< bytes a cycle, each way

  std::uint32_t bank_words() const { return accumulator_words / contract::accumulator_banks; }

  bool operator==(const Machine& other) const;
  /// Of the configuration that has these sizes: "base"; where there is none, "machine of 12-byte words".
  std::string name() const;

  /// Reads the capability registers; throws InputError when the contract hash differs (simulator) or the major version (board).
  static Machine of(Device& device);
  static Machine of(const contract::Configuration& configuration);
};

/// Tensors that one stage of a pipeline makes of every image and a later stage on another chip reads. The maker writes them into the
/// reader's DRAM. A slot holds the images of a micro-batch; micro-batch k goes into slot k % slots.
struct PipeLink {
  struct Tensor {
    int tensor = -1;
    std::uint64_t address = 0;  ///< of image 0 of slot 0, in the reader's DRAM
    std::uint64_t stride = 0;   ///< bytes from image to image; slots follow each other
  };
  unsigned chip = 0;     ///< at the other end
  unsigned arrived = 0;  ///< semaphore of the reader: all tensors of one more micro-batch are there
  unsigned credit = 0;   ///< semaphore of the maker: one more slot may be written; starts at `slots`
  unsigned slots = 2;
  std::string name;      ///< of the other end, for messages: "stage 2 (chip 2)"
  std::vector<Tensor> tensors;
};

struct MapOptions {
  bool every_layer = false;  ///< run every operator by itself, PAD and RESHAPE included, and store its output to DRAM
  /// Images run one behind the other, queues running on from one into the next; each has inputs and outputs of its own.
  unsigned images = 1;
  unsigned micro_batch = 1;        ///< images that are handed from stage to stage at once
  std::vector<PipeLink> from, to;  ///< what other chips send of the graph's inputs, and what goes to them
  std::uint64_t dram_base = 0;     ///< the plan leaves DRAM below to the caller, for the slots of `from`
};

/// A tensor of the graph that lies in DRAM when a job starts or ends.
struct PlanTensor {
  /// Bytes [first, first + bytes) of every `pixel` bytes.
  struct Slice {
    std::size_t pixel = 0, first = 0, bytes = 0;
  };
  int tensor = -1;
  std::uint64_t address = 0;  ///< of image 0
  std::size_t bytes = 0;
  std::uint64_t stride = 0;   ///< from image to image
  std::optional<Slice> slice;  ///< of an output that is left split among chips: what this one made; the rest is not there
};

/// One operator of the plan, in execution order.
struct PlanLayer {
  enum class Where { chip, host, view };  ///< view: shares another tensor's bytes, costs nothing
  int op = -1;
  Where where = Where::chip;
  std::string note;                 ///< "folded into operator 2", "runs tile by tile with operator 4"
  std::uint64_t predicted_cycles = 0;
  std::uint64_t loaded = 0, stored = 0;  ///< DRAM bytes of its commands
  std::uint64_t array_words = 0;         ///< operand words of its commands
  /// Of a layer split among chips: what this one makes.
  struct Channels {
    int first = 0, count = 0;
  };
  std::optional<Channels> channels{};
};

/// The tag of the MARK at the end of image k of a batch; with one image every layer has a MARK, tagged with its operator.
constexpr std::uint32_t image_tag = 0x80000000u;

/// Everything a job needs: put the images and the inputs into DRAM, start the ring, wait, read the outputs.
struct Plan {
  Machine machine;
  std::vector<contract::Command> commands;
  std::vector<int> layer_of_command;  ///< operator index of each command, -1 for the job's own
  std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> images;  ///< DRAM address and bytes: weights, parameters, tables
  std::vector<PlanTensor> inputs;     ///< what the host writes: chip inputs in graph order
  std::vector<PlanTensor> outputs;    ///< what the host reads: chip outputs; with every_layer, every operator's output
  std::vector<int> host_before, host_after;  ///< operators the host runs, in order: float QUANTIZE; SOFTMAX, DEQUANTIZE
  std::vector<PlanLayer> layers;      ///< one per operator
  std::uint64_t ring_address = 0, mark_address = 0, dram_bytes = 0;
  std::uint32_t ring_size = 0, mark_size = 0, marks = 0;
  std::array<std::uint8_t, contract::semaphores> semaphores{};  ///< initial values
  std::uint32_t remote_semaphores = 0;                          ///< those that other chips signal, a bit each
  std::array<std::string, contract::semaphores> awaited;        ///< what their signals mean
  std::uint64_t predicted_cycles = 0;  ///< as if other chips never made this one wait
  std::vector<std::uint64_t> predicted_images;  ///< with more than one image: when the last result of each is made
};

/// Chooses tiles, plans scratchpad and DRAM, emits the command stream with its semaphores and predicts its cycles.
/// Throws InputError naming the operator and what is unsupported or does not fit; nothing has run by then.
Plan map_graph(const Graph& graph, const Machine& machine, const MapOptions& options = {});

/// A group of chips that splits layers by output channel.
struct ShardOptions {
  std::vector<unsigned> chips;  ///< of rank 0, 1, ...; at least one
  bool split_all = false;       ///< split every layer that can be, not only where it pays
  bool gather_outputs = true;   ///< every chip ends up with all of every output; else see PlanTensor::slice
  /// Into how many parts a layer may be split; each divides the number of chips. Empty: all chips, or as many as is best where that is not.
  std::vector<unsigned> parts;
  /// Semaphores of every chip that the others signal: "my channels are there"; "you may send yours", one for each number of parts.
  unsigned arrival = 27;
  std::vector<unsigned> grants{28, 29};
  /// For map_share() only: rank r makes channels [starts[r], starts[r + 1]); it may have none.
  std::vector<int> starts{};
};

/// Tensor parallelism: the plans of the chips of a group, by rank, to be run together (once each; nothing is left over for the next run). Convolutions and
/// fully connected layers whose splitting pays are split by output channel; each chip sends its channels to all others as soon
/// as a tile is done. The rest runs on every chip. Addresses are the same on all chips; every chip needs the inputs. `options`: of all ranks, or by rank where their links differ -
/// rank r of a stage then sends to rank r of the next. Throws as map_graph does.
std::vector<Plan> map_shards(const Graph& graph, const Machine& machine, const ShardOptions& shards,
                             const std::vector<MapOptions>& options = {MapOptions{}});

/// The plan of one rank of a group whose chips need not be alike: a network of one convolution or fully connected layer, its channels dealt as shards.starts
/// says. Every rank follows a schedule of its own. Its channels go to its DRAM where they belong in the whole output and, with shards.gather_outputs,
/// tile by tile to the same address of all others: outputs lie first in the DRAM of every rank. Throws as map_graph() does.
Plan map_share(const Graph& graph, const Machine& machine, const ShardOptions& shards, unsigned rank);

}  // namespace twill
