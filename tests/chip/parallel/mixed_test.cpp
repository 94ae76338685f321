// SPDX-License-Identifier: Apache-2.0
// Networks over RTL chips of different machines: golden bytes, and the cycles that were predicted.
#include <algorithm>
#include <cmath>

#include "built.hpp"
#include "images.hpp"
#include "twill/rtl_system.hpp"

using namespace twill;

namespace {

/// Nothing where one of the machines is not built.
std::unique_ptr<RtlSystem> make(const std::vector<std::string>& names) {
  if (!std::all_of(names.begin(), names.end(), test::built)) return nullptr;
  RtlSystemOptions options;
  options.configurations = names;
  return make_rtl_system(options);
}

void run(System& system, const char* name, const std::vector<std::string>& names, ParallelShape shape, unsigned images) {
  const auto p = test::published(name);
  if (!p) return;
  INFO(name << " as " << shape.text());
  ParallelOptions options;
  options.shape = shape;
  options.images = images;
  const ParallelPlan plan = plan_parallel(p->graph, test::machines(names), options);
  const ParallelResult result = test::run_and_compare(system, p->graph, plan, test::images_of(*p, images));
  const double predicted = static_cast<double>(plan.predicted_cycles), cycles = static_cast<double>(result.cycles());
  INFO(cycles << " cycles, predicted " << predicted);
  CHECK(std::abs(cycles - predicted) < 0.1 * predicted);
}

}  // namespace

TEST_CASE("networks over a base and a small RTL chip") {
  const std::vector<std::string> names{"base", "small"};
  const auto system = make(names);
  if (!system) return;
  for (const char* name : {"kws_dscnn", "ic_resnet8"}) {
    run(*system, name, names, {1, 2, 1}, 3);
    run(*system, name, names, {2, 1, 1}, 3);
  }
}

TEST_CASE("networks over a small and two base RTL chips") {
  const std::vector<std::string> names{"small", "base", "base"};
  const auto system = make(names);
  if (!system) return;
  for (const char* name : {"kws_dscnn", "ic_resnet8"}) {
    run(*system, name, names, {1, 3, 1}, 4);
    run(*system, name, names, {3, 1, 1}, 5);
  }
}
