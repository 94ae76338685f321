// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <vector>

#include "stage_graph.hpp"

namespace twill::parallel {

/// Stages with the links between them: every tensor that crosses a cut goes from the stage that makes it directly into the DRAM of
/// every later stage that reads it.
///
/// A reader that is `far` stages behind its maker works that many micro-batches later, so a link has far + 1 slots: a maker in step with its
/// readers never waits for one. A link takes a semaphore of its own at each end, so a count never mixes the signals of two sources.
class Pipeline {
 public:
  struct Stage {
    StageGraph graph;
    std::vector<PipeLink> from, to;  ///< chips are those of shard 0 of group 0
    std::uint64_t slot_bytes = 0;    ///< DRAM from address 0 on that makers write
  };

  /// `cuts` as Balance gives them; `micro_batch` images in a slot. `taken`: semaphores of every chip that serve something else. Throws InputError
  /// when a stage has more links than semaphores.
  Pipeline(const Chain& chain, const std::vector<std::size_t>& cuts, unsigned tensor_ranks, unsigned micro_batch, std::uint32_t taken);

  const std::vector<Stage>& stages() const { return stages_; }

 private:
  void link(const Chain& chain, const std::vector<std::size_t>& cuts, std::size_t reader, unsigned micro_batch);
  unsigned take_semaphore(std::size_t stage);

  unsigned tensor_ranks_;
  std::vector<Stage> stages_;
  std::vector<std::uint32_t> taken_;  ///< by stage: semaphores
};

/// Semaphores that serve other chips, in the order in which links take them.
constexpr std::array<unsigned, 10> link_semaphores{24, 18, 12, 6, 0, 31, 30, 29, 28, 27};

}  // namespace twill::parallel
