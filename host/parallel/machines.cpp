// SPDX-License-Identifier: Apache-2.0
#include "machines.hpp"

#include <algorithm>

#include "twill/error.hpp"

namespace twill::parallel {

Machines::Machines(const Graph& graph, const std::vector<Machine>& by_chip) : graph_(graph) {
  for (unsigned chip = 0; chip < by_chip.size(); ++chip) {
    const auto same = std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& k) { return k.machine == by_chip[chip]; });
    of_chip_.push_back(static_cast<unsigned>(same - kinds_.begin()));
    if (same == kinds_.end()) kinds_.push_back({by_chip[chip], chip, {}, {}});
  }
  for (Kind& kind : kinds_) {
    try {
      kind.whole = map_graph(graph, kind.machine);
    } catch (const MachineTooSmall& error) {
      kind.refusal = error.what();
    }
  }
  const auto cycles = [&](const Kind& k) { return k.whole ? k.whole->predicted_cycles : UINT64_MAX; };
  const auto fastest = std::min_element(kinds_.begin(), kinds_.end(), [&](const Kind& a, const Kind& b) { return cycles(a) < cycles(b); });
  if (!fastest->whole) throw MachineTooSmall((mixed() ? text(fastest->chip) + ": " : std::string()) + fastest->refusal);
  fastest_ = static_cast<unsigned>(fastest - kinds_.begin());
}

std::uint64_t Machines::alone(unsigned machine, unsigned images) const {
  const Kind& kind = kinds_.at(machine);
  if (!kind.whole) return 0;
  if (images == 1) return kind.whole->predicted_cycles;
  MapOptions options;
  options.images = 3;
  const Plan plan = map_graph(graph_, kind.machine, options);
  return ends_of(plan).front() + (images - 1) * steady_cycles(plan);
}

double Machines::capacity(unsigned images) const {
  if (!mixed()) return static_cast<double>(of_chip_.size());
  std::vector<std::uint64_t> cycles;
  for (unsigned machine = 0; machine < count(); ++machine) cycles.push_back(alone(machine, images));
  double sum = 0;
  for (const unsigned machine : of_chip_)
    if (cycles[machine] > 0) sum += static_cast<double>(cycles[fastest_]) / static_cast<double>(cycles[machine]);
  return sum;
}

std::vector<std::uint64_t> ends_of(const Plan& plan) {
  return plan.predicted_images.empty() ? std::vector<std::uint64_t>{plan.predicted_cycles} : plan.predicted_images;
}

std::uint64_t steady_cycles(const Plan& plan) {
  const auto& ends = plan.predicted_images;
  if (ends.size() < 2) return plan.predicted_cycles;
  return (ends.back() - ends.front()) / (ends.size() - 1);
}

}  // namespace twill::parallel
