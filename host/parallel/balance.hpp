// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "stage_graph.hpp"

namespace twill::parallel {

/// Cuts a chain into stages so that the slowest takes as few cycles as possible and, of such cuts, as few bytes as possible cross.
///
/// The cycles of a stage are those of the stage as really mapped, which is not cheap to know; until then the sum of its operators in the whole
/// network stands for it. Stages of the best cut so far are mapped until all of them are known.
class Balance {
 public:
  using Measure = std::function<std::uint64_t(std::size_t first, std::size_t last)>;

  Balance(const Chain& chain, Measure measure);

  /// The first operator of every stage and the end of the last: stages + 1 positions. Needs at least as many operators as stages.
  std::vector<std::size_t> cuts(unsigned stages);

 private:
  using Interval = std::pair<std::size_t, std::size_t>;

  std::vector<std::size_t> best_known(unsigned stages) const;
  std::uint64_t cost(std::size_t first, std::size_t last) const;

  const Chain& chain_;
  Measure measure_;
  std::vector<std::uint64_t> crossing_;  ///< by position: bytes of tensors made before it and read behind it
  std::map<Interval, std::uint64_t> measured_;
};

}  // namespace twill::parallel
