// SPDX-License-Identifier: Apache-2.0
// Batches on systems of chips, compared with golden image by image.
#pragma once
#include <string>
#include <vector>

#include "catch.hpp"
#include "compare_networks.hpp"
#include "twill/parallel.hpp"

namespace twill::test {

using Images = std::vector<std::vector<Bytes>>;  ///< by image: the network's inputs

inline ParallelPlan run_and_compare(System& system, const Graph& graph, const Machine& machine, const ParallelOptions& options,
                                    const Images& images) {
  const ParallelPlan plan = plan_parallel(graph, machine, options);
  const ParallelResult result = run_parallel(system, graph, plan, images);
  REQUIRE(result.images.size() == images.size());
  CHECK_FALSE(result.unlike);
  for (std::size_t image = 0; image < images.size(); ++image) {
    INFO("image " << image << " on " << options.shape.text());
    require_equal(graph, {result.images[image], {}}, golden::run(graph, images[image]), false);
  }
  return plan;
}

}  // namespace twill::test
