// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/mapper.hpp"

namespace twill::parallel {

/// The different machines among chips, numbered as ranks first have them, and what each makes of the whole network by itself.
class Machines {
 public:
  /// Throws MachineTooSmall when the network fits none of them.
  Machines(const Graph& graph, const std::vector<Machine>& by_chip);

  unsigned count() const { return static_cast<unsigned>(kinds_.size()); }
  bool mixed() const { return kinds_.size() > 1; }
  unsigned of(unsigned chip) const { return of_chip_.at(chip); }
  const Machine& operator[](unsigned machine) const { return kinds_.at(machine).machine; }

  /// Nothing where it does not fit; refusal() then says why.
  const std::optional<Plan>& whole(unsigned machine) const { return kinds_.at(machine).whole; }
  const std::string& refusal(unsigned machine) const { return kinds_.at(machine).refusal; }

  /// The machine, and the first chip that is one, on which the whole network takes the fewest cycles.
  unsigned fastest() const { return fastest_; }
  unsigned fastest_chip() const { return kinds_.at(fastest_).chip; }

  /// Predicted cycles of a batch on one chip by itself; 0 where the network does not fit.
  std::uint64_t alone(unsigned machine, unsigned images) const;

  /// Of all chips, in parts of what the fastest does with the batch.
  double capacity(unsigned images) const;

  /// "rank 1 (small)"
  std::string text(unsigned chip) const { return "rank " + std::to_string(chip) + " (" + (*this)[of(chip)].name() + ")"; }

 private:
  struct Kind {
    Machine machine;
    unsigned chip = 0;  ///< the first of this kind
    std::optional<Plan> whole;
    std::string refusal;
  };

  const Graph& graph_;
  std::vector<Kind> kinds_;
  std::vector<unsigned> of_chip_;
  unsigned fastest_ = 0;
};

/// When each image of a batch would end on a chip by itself; with one image that is the end of all.
std::vector<std::uint64_t> ends_of(const Plan& plan);

/// Cycles from image to image when they follow each other, from the prediction of a few.
std::uint64_t steady_cycles(const Plan& plan);

}  // namespace twill::parallel
