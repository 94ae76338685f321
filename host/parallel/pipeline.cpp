// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

#include <algorithm>
#include <string>

#include "twill/error.hpp"

namespace twill::parallel {

Pipeline::Pipeline(const Chain& chain, const std::vector<std::size_t>& cuts, unsigned tensor_ranks, unsigned micro_batch, std::uint32_t taken)
    : tensor_ranks_(tensor_ranks), stages_(cuts.size() - 1), taken_(cuts.size() - 1, taken) {
  for (std::size_t s = 0; s < stages_.size(); ++s) stages_[s].graph = chain.stage(cuts[s], cuts[s + 1]);
  for (std::size_t s = 0; s < stages_.size(); ++s) link(chain, cuts, s, micro_batch);
}

/// The links that end in a stage.
void Pipeline::link(const Chain& chain, const std::vector<std::size_t>& cuts, std::size_t reader, unsigned micro_batch) {
  Stage& to = stages_[reader];
  for (std::size_t maker = 0; maker < reader; ++maker) {
    Stage& from = stages_[maker];
    const auto slots = static_cast<unsigned>(reader - maker) + 1;
    std::vector<PipeLink::Tensor> tensors;
    for (int t : to.graph.arriving) {
      const auto position = static_cast<std::size_t>(chain.maker(t));
      if (position < cuts[maker] || position >= cuts[maker + 1]) continue;
      // Whole DRAM pages, as all else there.
      const std::uint64_t stride = (chain.bytes(t) + 63) / 64 * 64, all = (slots * micro_batch * stride + 4095) / 4096 * 4096;
      tensors.push_back({t, to.slot_bytes, stride});
      to.slot_bytes += all;
    }
    if (tensors.empty()) continue;
    PipeLink link;
    link.slots = slots;
    link.tensors = tensors;
    link.arrived = take_semaphore(reader);
    link.credit = take_semaphore(maker);
    link.chip = static_cast<unsigned>(maker) * tensor_ranks_;
    link.name = "stage " + std::to_string(maker);
    to.from.push_back(link);
    link.chip = static_cast<unsigned>(reader) * tensor_ranks_;
    link.name = "stage " + std::to_string(reader);
    from.to.push_back(link);
  }
}

unsigned Pipeline::take_semaphore(std::size_t stage) {
  for (unsigned s : link_semaphores)
    if ((taken_[stage] >> s & 1u) == 0) {
      taken_[stage] |= 1u << s;
      return s;
    }
  throw InputError("stage " + std::to_string(stage) + " of " + std::to_string(stages_.size()) + " would exchange tensors with more than " +
                   std::to_string(stages_[stage].from.size() + stages_[stage].to.size()) +
                   " other stages, and a chip has no more semaphores for them; fewer pipeline stages would do");
}

}  // namespace twill::parallel
