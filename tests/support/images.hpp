// SPDX-License-Identifier: Apache-2.0
// Batches on systems of chips, compared with golden image by image.
#pragma once
#include <map>
#include <stdexcept>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "compare_networks.hpp"
#include "networks.hpp"
#include "twill/configurations.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/parallel.hpp"
#include "twill/tflite.hpp"

namespace twill::test {

using Images = std::vector<std::vector<Bytes>>;  ///< by image: the network's inputs

/// A published network.
struct Published {
  Graph graph;
  Images cases;  ///< the inputs of its test cases
};

/// Nothing where the networks are not here.
inline std::optional<Published> published(const std::string& name) {
  const auto folder = network(name);
  if (!folder) return std::nullopt;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  Published p{import_tflite(manifest.path), {}};
  for (const Manifest::Case& c : manifest.cases) {
    p.cases.emplace_back();
    for (const std::string& path : c.inputs) p.cases.back().push_back(read_npy(path).data);
  }
  return p;
}

inline Images images_of(const Published& p, unsigned count) {
  Images images;
  for (unsigned i = 0; i < count; ++i) images.push_back(p.cases[i % p.cases.size()]);
  return images;
}

/// Runs a plan, compares every image with golden.
inline ParallelResult run_and_compare(System& system, const Graph& graph, const ParallelPlan& plan, const Images& images) {
  const ParallelResult result = run_parallel(system, graph, plan, images);
  REQUIRE(result.images.size() == images.size());
  CHECK_FALSE(result.unlike);
  std::map<std::vector<Bytes>, golden::Values> golden;  // a batch may have an image several times
  for (std::size_t image = 0; image < images.size(); ++image) {
    INFO("image " << image << " on " << plan.options.shape.text());
    auto& expected = golden[images[image]];
    if (expected.empty()) expected = golden::run(graph, images[image]);
    require_equal(graph, {result.images[image], {}}, expected, false);
  }
  return result;
}

/// Plans for equal chips, runs, compares.
inline ParallelPlan run_and_compare(System& system, const Graph& graph, const Machine& machine, const ParallelOptions& options,
                                    const Images& images) {
  const ParallelPlan plan = plan_parallel(graph, machine, options);
  run_and_compare(system, graph, plan, images);
  return plan;
}

inline const contract::Configuration& configuration(const std::string& name) {
  for (const auto& c : contract::configurations)
    if (c.name == name) return c;
  throw std::logic_error("no configuration " + name);
}

/// The machines of chips of these configurations.
inline std::vector<Machine> machines(const std::vector<std::string>& names) {
  std::vector<Machine> all;
  for (const std::string& name : names) all.push_back(Machine::of(configuration(name)));
  return all;
}

}  // namespace twill::test
