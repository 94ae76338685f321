// SPDX-License-Identifier: Apache-2.0
// Random networks, with branches and residuals that cross several cuts, in pipelines, data groups and tensor groups of functional chips.
#include <algorithm>

#include "images.hpp"
#include "random_network.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

namespace {

test::Images random_images(const Graph& graph, unsigned count, std::uint64_t seed) {
  test::Images images;
  for (unsigned i = 0; i < count; ++i) images.push_back(test::random_inputs(graph, seed * 100 + i));
  return images;
}

Machine machine_of(const std::string& configuration) {
  for (const auto& c : contract::configurations)
    if (c.name == configuration) return Machine::of(c);
  throw std::logic_error("no such configuration");
}

}  // namespace

TEST_CASE("120 random networks in pipelines, data groups and tensor groups equal golden image by image") {
  const std::uint64_t first = test::seed_or(3000);
  const char* const configurations[] = {"tiny", "base", "small", "large"};
  const Schedule schedules[] = {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first, Schedule::random};
  int ran = 0, links_over_stages = 0;
  for (std::uint64_t seed = first; seed < first + 120; ++seed) {
    const Graph graph = test::random_network(seed, seed % 5 == 4 ? test::large_networks() : test::RandomNetworkOptions{10, 11, 18, {}, 3, 8});
    const char* configuration = configurations[seed / 4 % 4];
    FunctionalOptions functional;
    functional.schedule = schedules[seed % 4];
    functional.seed = seed;
    ParallelOptions options;
    options.shape.pipeline = 1 + static_cast<unsigned>(seed % 7);
    options.shape.data = 1 + static_cast<unsigned>(seed / 5 % 2);
    options.shape.tensor = 1 + static_cast<unsigned>(seed / 3 % 3);
    options.images = options.shape.data * (1 + static_cast<unsigned>(seed % 7)) + static_cast<unsigned>(seed / 7 % options.shape.data);
    options.micro_batches = seed % 3 == 0 ? std::max(1u, options.images / options.shape.data / 2) : 0;
    INFO("seed " << seed << ", " << configuration << ", " << options.shape.text() << ", " << options.images << " images in "
                 << options.micro_batches << " micro-batches");
    try {
      const auto system = make_functional_system(configuration, options.shape.chips(), functional);
      const ParallelPlan plan =
          test::run_and_compare(*system, graph, machine_of(configuration), options, random_images(graph, options.images, seed));
      ++ran;
      for (const Program& program : plan.programs) {
        const std::uint32_t remote = program.remote_semaphores;
        links_over_stages += __builtin_popcount(remote) > 2;
      }
    } catch (const MachineTooSmall&) {
    } catch (const InputError& refusal) {
      INFO(refusal.what());
      const std::string what = refusal.what();
      CHECK((what.find("too few for") != std::string::npos || what.find("no more semaphores") != std::string::npos));
    }
  }
  WARN(ran << " ran; " << links_over_stages << " chips with more than two links");
  CHECK(ran >= 90);
  CHECK(links_over_stages >= 20);
}
