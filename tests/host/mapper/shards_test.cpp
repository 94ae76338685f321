// SPDX-License-Identifier: Apache-2.0
// Networks split among functional chips: every chip ends up with golden bytes, in whatever order chips and queues move.
#include <algorithm>

#include "layer_graphs.hpp"
#include "networks.hpp"
#include "random_network.hpp"
#include "shards.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/tflite.hpp"

using namespace twill;

namespace {

const Schedule orders[] = {Schedule::random, Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first};

bool sends(const std::vector<Plan>& plans) {
  return std::any_of(plans.begin(), plans.end(), [](const Plan& plan) { return plan.remote_semaphores != 0; });
}

}  // namespace

TEST_CASE("200 random networks split among 2 to 16 chips equal golden on every chip") {
  const std::uint64_t first = test::seed_or(9000);
  const char* const configurations[] = {"base", "tiny", "small", "large"};
  int split = 0;
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    const Graph graph = test::random_network(seed);
    const unsigned ranks = 2 + static_cast<unsigned>(seed * 7 % 15);
    FunctionalOptions options;
    options.schedule = orders[seed % 4];
    options.seed = seed;
    const char* configuration = configurations[seed / 4 % 4];
    const auto system = make_functional_system(configuration, ranks, options);
    ShardOptions shards;
    shards.chips = test::first_chips(ranks);
    std::reverse(shards.chips.begin(), shards.chips.begin() + ranks / 2);  // a rank need not be on the chip of its number
    shards.split_all = seed % 8 != 0;
    shards.gather_outputs = seed % 3 != 0;
    INFO("seed " << seed << ", " << configuration << ", " << ranks << " chips, order " << static_cast<int>(options.schedule));
    const auto inputs = test::random_inputs(graph, seed);
    const auto golden = golden::run(graph, inputs);
    for (bool every_layer : {false, true})
      split += sends(test::run_shards_and_compare(*system, graph, inputs, golden, shards, every_layer).plans);
  }
  CHECK(split > 200);
}

TEST_CASE("layers of one network split into different numbers of parts") {
  int mixed = 0;
  for (std::uint64_t seed = 9000; seed < 9200; ++seed) {
    const Graph graph = test::random_network(seed);
    const unsigned ranks = std::vector<unsigned>{4, 6, 8, 12, 16}[seed % 5];
    FunctionalOptions options;
    options.schedule = orders[seed % 2];
    options.seed = seed;
    const auto system = make_functional_system(seed / 5 % 2 ? "tiny" : "small", ranks, options);
    ShardOptions shards;
    shards.chips = test::first_chips(ranks);
    shards.parts = {ranks % 4 ? 3 : ranks / 2, ranks};
    shards.split_all = true;
    const std::uint32_t both = 1u << shards.grants[0] | 1u << shards.grants[1];
    if ((map_shards(graph, Machine::of(system->chip(0)), shards)[0].remote_semaphores & both) != both) continue;
    ++mixed;
    INFO("seed " << seed << ", " << ranks << " chips");
    const auto inputs = test::random_inputs(graph, seed);
    test::run_shards_and_compare(*system, graph, inputs, golden::run(graph, inputs), shards);
  }
  CHECK(mixed >= 10);
}

TEST_CASE("24 large random networks split among chips equal golden on every chip") {
  const std::uint64_t first = test::seed_or(9500);
  const char* const configurations[] = {"base", "small", "tiny"};
  int refused = 0, split = 0;
  for (std::uint64_t seed = first; seed < first + 24; ++seed) {
    const Graph graph = test::random_network(seed, test::large_networks());
    const unsigned ranks = 2 + static_cast<unsigned>(seed % 4);
    FunctionalOptions options;
    options.schedule = orders[seed % 4];
    options.seed = seed;
    const char* configuration = configurations[seed / 4 % 3];
    const auto system = make_functional_system(configuration, ranks, options);
    ShardOptions shards;
    shards.chips = test::first_chips(ranks);
    shards.split_all = seed % 2 == 0;
    INFO("seed " << seed << ", " << configuration << ", " << ranks << " chips");
    const auto inputs = test::random_inputs(graph, seed);
    try {
      split += sends(test::run_shards_and_compare(*system, graph, inputs, golden::run(graph, inputs), shards).plans);
    } catch (const MachineTooSmall& e) {
      ++refused;
    }
  }
  WARN(refused << " too large for their machine");
  CHECK(refused <= 8);
  CHECK(split >= 12);
}

namespace {

/// The first case of a published network on 2 to 16 chips; its outputs are also the published ones.
void on_chips(const std::string& name, const std::string& configuration, const std::vector<unsigned>& sizes) {
  const auto folder = test::network(name);
  if (!folder) return;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const Graph graph = import_tflite(manifest.path);
  std::vector<test::Bytes> inputs;
  for (const std::string& path : manifest.cases.front().inputs) inputs.push_back(read_npy(path).data);
  const auto golden = golden::run(graph, inputs);
  for (unsigned ranks : sizes) {
    FunctionalOptions options;
    options.schedule = orders[ranks % 2];
    const auto system = make_functional_system(configuration, ranks, options);
    ShardOptions shards;
    shards.chips = test::first_chips(ranks);
    for (bool split_all : {false, true}) {
      INFO(name << " on " << ranks << " chips " << configuration << (split_all ? ", all split" : ""));
      shards.split_all = split_all;
      const test::ShardRun run = test::run_shards_and_compare(*system, graph, inputs, golden, shards);
      REQUIRE((sends(run.plans) || !split_all));
      for (std::size_t k = 0; k < manifest.cases.front().outputs.size(); ++k)
        REQUIRE(run.result.tensors[static_cast<std::size_t>(graph.outputs[k])] == read_npy(manifest.cases.front().outputs[k]).data);
    }
  }
}

}  // namespace

#define SPLIT(name)                                                                             \
  TEST_CASE(name " split among chips equals golden") { on_chips(name, "base", {2, 3, 4, 6, 8, 16}); }
SPLIT("ad_fcae")
SPLIT("hello_world")
SPLIT("ic_resnet8")
SPLIT("kws_dscnn")
SPLIT("mcunet_vww")
SPLIT("micro_speech")
SPLIT("vww_mobilenetv1_025_96")
SPLIT("yolo_fastest_192_face")
TEST_CASE("kws_dscnn split among tiny chips equals golden") { on_chips("kws_dscnn", "tiny", {2, 3, 4, 8}); }
TEST_CASE("ad_fcae split among tiny chips equals golden") { on_chips("ad_fcae", "tiny", {2, 3, 6, 16}); }
TEST_CASE("ic_resnet8 split among tiny chips equals golden") { on_chips("ic_resnet8", "tiny", {5}); }
