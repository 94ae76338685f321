// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include "stage_graph.hpp"

namespace twill::parallel {

/// Cycles of what does not fit a machine.
constexpr std::uint64_t never = UINT64_MAX;

/// Cuts a chain into stages, each on a machine of its own, so that the slowest takes as few cycles as possible and, of such cuts, as few bytes as
/// possible cross.
///
/// The cycles of a stage are those of the stage as really mapped, which is not cheap to know; until then the sum of its operators' estimates
/// stands for it. Stages of the best cut so far are mapped until all of them are known.
class Balance {
 public:
  /// Cycles of operators [first, last) on a machine; `never` where they do not fit it.
  using Measure = std::function<std::uint64_t(unsigned machine, std::size_t first, std::size_t last)>;

  /// `estimates`: by machine and operator.
  Balance(const Chain& chain, std::vector<std::vector<std::uint64_t>> estimates, Measure measure);

  /// For stages on these machines the first operator of every stage and the end of the last: stages + 1 positions; nothing when no cut fits.
  /// Needs at least as many operators as stages.
  std::vector<std::size_t> cuts(const std::vector<unsigned>& machines);

 private:
  using Interval = std::tuple<unsigned, std::size_t, std::size_t>;

  std::vector<std::size_t> best_known(const std::vector<unsigned>& machines) const;
  std::uint64_t cost(unsigned machine, std::size_t first, std::size_t last) const;

  const Chain& chain_;
  std::vector<std::vector<std::uint64_t>> estimates_;
  Measure measure_;
  std::vector<std::uint64_t> crossing_;  ///< by position: bytes of tensors made before it and read behind it
  std::map<Interval, std::uint64_t> measured_;
};

}  // namespace twill::parallel
