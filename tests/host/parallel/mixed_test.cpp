// SPDX-License-Identifier: Apache-2.0
// Networks over chips of different machines: golden bytes, stages and images in the measure of what each chip can do, and refusals.
#include <algorithm>
#include <type_traits>

#include "balance.hpp"
#include "deal_images.hpp"
#include "images.hpp"
#include "random_network.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"

using namespace twill;
using test::machines;

namespace {

using Names = std::vector<std::string>;

std::unique_ptr<System> make_system(const Names& names, const FunctionalOptions& options = {}) {
  std::vector<contract::Configuration> chips;
  for (const std::string& name : names) chips.push_back(test::configuration(name));
  return make_functional_system(chips, options);
}

ParallelOptions options_of(ParallelShape shape, unsigned images, unsigned micro_batches = 0) {
  ParallelOptions options;
  options.shape = shape;
  options.images = images;
  options.micro_batches = micro_batches;
  return options;
}

std::string refusal(const Graph& graph, const Names& names, ParallelShape shape, unsigned images) {
  try {
    plan_parallel(graph, machines(names), options_of(shape, images));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Cycles of a network's operators on a machine, each as the whole network has it.
std::vector<std::uint64_t> cycles_of(const parallel::Chain& chain, const Plan& plan) {
  std::vector<std::uint64_t> cycles;
  for (const int op : chain.operators()) cycles.push_back(plan.layers[static_cast<std::size_t>(op)].predicted_cycles);
  return cycles;
}

void golden_on_mixed_chips(const char* name) {
  const auto p = test::published(name);
  if (!p) return;
  struct Case {
    Names names;
    ParallelShape shape;
    unsigned images, micro_batches;
  };
  const std::vector<Case> cases{{{"base", "small"}, {1, 2, 1}, 3, 0},
                                {{"tiny", "large"}, {1, 2, 1}, 3, 0},
                                {{"small", "base", "large"}, {1, 3, 1}, 4, 2},
                                {{"large", "base", "small", "base"}, {4, 1, 1}, 9, 0},
                                {{"base", "small", "small", "base"}, {2, 2, 1}, 7, 0},
                                {{"base", "base", "small", "small"}, {1, 2, 2}, 3, 0},
                                {{"small", "small", "base", "base"}, {1, 2, 2}, 3, 0},
                                {{"base", "base", "small", "small"}, {2, 1, 2}, 5, 2},
                                {{"large", "large", "tiny", "tiny", "base", "base", "small", "small"}, {2, 2, 2}, 6, 0}};
  for (const Case& c : cases) {
    INFO(name << " as " << c.shape.text() << ", chip 0 is " << c.names[0]);
    ParallelPlan plan;
    try {
      plan = plan_parallel(p->graph, machines(c.names), options_of(c.shape, c.images, c.micro_batches));
    } catch (const InputError& error) {
      INFO(error.what());  // hello_world has three operators
      CHECK(std::string(error.what()).find("too few for") != std::string::npos);
      continue;
    }
    const auto system = make_system(c.names);
    test::run_and_compare(*system, p->graph, plan, test::images_of(*p, c.images));
    std::vector<unsigned> all;
    for (const auto& images : plan.dealt) all.insert(all.end(), images.begin(), images.end());
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == c.images);
    for (unsigned i = 0; i < c.images; ++i) CHECK(all[i] == i);
  }
}

}  // namespace

TEST_CASE("ad_fcae on chips of different machines has golden bytes") { golden_on_mixed_chips("ad_fcae"); }
TEST_CASE("hello_world on chips of different machines has golden bytes") { golden_on_mixed_chips("hello_world"); }
TEST_CASE("ic_resnet8 on chips of different machines has golden bytes") { golden_on_mixed_chips("ic_resnet8"); }
TEST_CASE("kws_dscnn on chips of different machines has golden bytes") { golden_on_mixed_chips("kws_dscnn"); }
TEST_CASE("mcunet_vww on chips of different machines has golden bytes") { golden_on_mixed_chips("mcunet_vww"); }
TEST_CASE("micro_speech on chips of different machines has golden bytes") { golden_on_mixed_chips("micro_speech"); }
TEST_CASE("vww_mobilenetv1_025_96 on chips of different machines has golden bytes") { golden_on_mixed_chips("vww_mobilenetv1_025_96"); }
TEST_CASE("yolo_fastest_192_face on chips of different machines has golden bytes") { golden_on_mixed_chips("yolo_fastest_192_face"); }

TEST_CASE("60 random networks on chips of random machines equal golden image by image") {
  const std::uint64_t first = test::seed_or(7000);
  const char* const configurations[] = {"tiny", "small", "base", "large"};
  int ran = 0;
  for (std::uint64_t seed = first; seed < first + 60; ++seed) {
    const Graph graph = test::random_network(seed, seed % 5 == 4 ? test::large_networks() : test::RandomNetworkOptions{10, 11, 18, {}, 3, 8});
    const ParallelShape shape{1 + static_cast<unsigned>(seed / 5 % 3), 1 + static_cast<unsigned>(seed % 4), 1 + static_cast<unsigned>(seed / 3 % 2)};
    const unsigned images = shape.data * (1 + static_cast<unsigned>(seed % 4)) + static_cast<unsigned>(seed % 2);
    Names names;
    for (unsigned chip = 0; chip < shape.chips(); ++chip) names.push_back(configurations[(seed * 7 + chip / shape.tensor * 5 + seed / 4 * (chip / shape.tensor)) % 4]);
    FunctionalOptions functional;
    functional.schedule = seed % 2 ? Schedule::random : Schedule::producers_first;
    functional.seed = seed;
    INFO("seed " << seed << ", " << shape.text() << ", " << images << " images");
    try {
      const ParallelPlan plan = plan_parallel(graph, machines(names), options_of(shape, images, seed % 3 == 0 ? 1 : 0));
      test::Images inputs;
      for (unsigned i = 0; i < images; ++i) inputs.push_back(test::random_inputs(graph, seed * 100 + i));
      const auto system = make_system(names, functional);
      test::run_and_compare(*system, graph, plan, inputs);
      ++ran;
    } catch (const MachineTooSmall&) {
    } catch (const InputError& error) {
      INFO(error.what());
      const std::string what = error.what();
      CHECK((what.find("too few for") != std::string::npos || what.find("no more semaphores") != std::string::npos));
    }
  }
  WARN(ran << " ran");
  CHECK(ran >= 45);
}

TEST_CASE("a slow machine gets a stage with less to do, within what any cut could reach") {
  const auto p = test::published("vww_mobilenetv1_025_96");
  if (!p) return;
  const Plan base = map_graph(p->graph, machines({"base"})[0]), small = map_graph(p->graph, machines({"small"})[0]);
  const parallel::Chain chain(p->graph, base);
  const std::vector<std::vector<std::uint64_t>> cycles{cycles_of(chain, base), cycles_of(chain, small)};
  const auto sum = [&](unsigned machine, std::size_t first, std::size_t last) {
    std::uint64_t total = 0;
    for (std::size_t i = first; i < last; ++i) total += cycles[machine][i];
    return total;
  };
  const std::size_t n = chain.operators().size();
  for (const std::vector<unsigned>& order : {std::vector<unsigned>{0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {0, 0, 0}, {1, 1, 0}}) {
    const auto slowest = [&](std::size_t a, std::size_t b) { return std::max({sum(order[0], 0, a), sum(order[1], a, b), sum(order[2], b, n)}); };
    std::uint64_t best = UINT64_MAX;
    for (std::size_t a = 1; a + 1 < n; ++a)
      for (std::size_t b = a + 1; b < n; ++b) best = std::min(best, slowest(a, b));
    const auto cuts = parallel::Balance(chain, cycles, sum).cuts(order);
    REQUIRE(cuts.size() == 4);
    CHECK(slowest(cuts[1], cuts[2]) == best);
  }
  // As really mapped: the slow chip's part, were it on the fast one, is the smaller.
  const ParallelPlan plan = plan_parallel(p->graph, machines({"base", "small"}), options_of({1, 2, 1}, 16));
  REQUIRE(plan.stages.size() == 2);
  CHECK(plan.stages[0].machine.name() == "base");
  CHECK(plan.stages[1].machine.name() == "small");
  const std::size_t cut = plan.stages[0].operators.size();
  CHECK(sum(0, 0, cut) > 2 * sum(0, cut, n));
  const auto [less, more] = std::minmax(plan.stages[0].image_cycles, plan.stages[1].image_cycles);
  CHECK(more < less * 13 / 10);
  // The cut that equal chips get would make the slow one slower.
  const ParallelPlan equal = plan_parallel(p->graph, machines({"base", "base"}), options_of({1, 2, 1}, 16));
  CHECK(sum(1, equal.stages[0].operators.size(), n) > plan.stages[1].image_cycles * 13 / 10);
}

// A chain refers to both.
static_assert(!std::is_constructible_v<parallel::Chain, const Graph&, Plan>);
static_assert(!std::is_constructible_v<parallel::Chain, Graph, const Plan&>);

TEST_CASE("what does not fit a machine is cut around, or refused when no cut does") {
  const auto p = test::published("kws_dscnn");
  if (!p) return;
  const Plan whole = map_graph(p->graph, Machine{});
  const parallel::Chain chain(p->graph, whole);
  const std::size_t n = chain.operators().size();
  std::vector<std::vector<std::uint64_t>> cycles{std::vector<std::uint64_t>(n, 100), std::vector<std::uint64_t>(n, 100)};
  cycles[1][2] = parallel::never;
  const auto measure = [&](unsigned machine, std::size_t first, std::size_t last) {
    if (machine == 1 && last - first > 3) return parallel::never;  // found out only when mapped
    std::uint64_t sum = 0;
    for (std::size_t i = first; i < last; ++i) {
      if (cycles[machine][i] == parallel::never) return parallel::never;
      sum += cycles[machine][i];
    }
    return sum;
  };
  parallel::Balance balance(chain, cycles, measure);
  CHECK(balance.cuts({1, 0}) == std::vector<std::size_t>{0, 2, n});
  CHECK(balance.cuts({0, 1}) == std::vector<std::size_t>{0, n - 3, n});
  CHECK(balance.cuts({1, 1}).empty());
}

TEST_CASE("images are dealt by the pace of the groups") {
  const auto counts = [](unsigned images, const std::vector<parallel::Pace>& paces) {
    std::vector<std::size_t> n;
    for (const auto& group : parallel::deal_images(images, paces)) n.push_back(group.size());
    return n;
  };
  using Counts = std::vector<std::size_t>;
  CHECK(parallel::deal_images(5, {{9, 4}, {9, 4}}) == std::vector<std::vector<unsigned>>{{0, 2, 4}, {1, 3}});  // in turn
  CHECK(counts(12, {{100, 100}, {200, 200}}) == Counts{8, 4});
  CHECK(counts(12, {{200, 200}, {100, 100}}) == Counts{4, 8});
  CHECK(counts(2, {{1000, 1000}, {100, 100}}) == Counts{0, 2});
  CHECK(counts(5, {{100, 10}, {50, 51}}) == Counts{3, 2});  // one that is slow to start, and then fast
}

TEST_CASE("a published network's images are dealt by what its groups are predicted to take") {
  const auto p = test::published("kws_dscnn");
  if (!p) return;
  const ParallelPlan equal = plan_parallel(p->graph, machines({"base", "base"}), options_of({2, 1, 1}, 5));
  CHECK(equal.dealt == std::vector<std::vector<unsigned>>{{0, 2, 4}, {1, 3}});
  CHECK(equal.capacity == 2);
  const ParallelPlan plan = plan_parallel(p->graph, machines({"small", "base"}), options_of({2, 1, 1}, 16));
  CHECK(plan.dealt[1].size() > plan.dealt[0].size());
  CHECK(plan.fastest == 1);
  CHECK(plan.capacity > 1.2);
  CHECK(plan.capacity < 2);
  // In turn, the slow chip would have eight.
  const ParallelPlan slow = plan_parallel(p->graph, machines({"small"}), options_of({1, 1, 1}, 8));
  CHECK(plan.predicted_cycles < slow.predicted_cycles);
  CHECK(static_cast<double>(plan.predicted_one_chip) / static_cast<double>(plan.predicted_cycles) > 0.85 * plan.capacity);
}

TEST_CASE("a chip that would only be late gets no image and stays idle") {
  const auto p = test::published("vww_mobilenetv1_025_96");
  if (!p) return;
  const Names names{"tiny", "large"};
  const ParallelPlan plan = plan_parallel(p->graph, machines(names), options_of({2, 1, 1}, 2));
  CHECK(plan.dealt[0].empty());
  const auto system = make_system(names);
  const ParallelResult result = test::run_and_compare(*system, p->graph, plan, test::images_of(*p, 2));
  CHECK(result.outcomes[0].marks.empty());
}

TEST_CASE("machines that cannot work together are refused with their ranks") {
  const Graph graph = test::random_network(7);
  CHECK(refusal(graph, {"base", "small"}, {1, 1, 2}, 1) ==
        "ranks 0 to 1 split layers among them, so they must be of one configuration, but rank 0 is base and rank 1 is small; "
        "data groups and pipeline stages may be of different ones");
  CHECK(refusal(graph, {"base", "base", "small", "tiny"}, {2, 1, 2}, 2).find("ranks 2 to 3 split layers among them, so they must be of one configuration, but rank 2 is small and rank 3 is tiny") == 0);
  CHECK(refusal(graph, {"base", "small", "base"}, {2, 1, 1}, 2) == "2x1x1 takes the machines of 2 chips, not of 3");
}

TEST_CASE("planning mixed chips as if they were equal does not go unnoticed") {
  const auto p = test::published("kws_dscnn");
  if (!p) return;
  const auto system = make_system({"base", "small"});
  const ParallelPlan wrong = plan_parallel(p->graph, machines({"base", "base"}), options_of({1, 2, 1}, 2));
  bool noticed = false;
  try {
    const test::Images images = test::images_of(*p, 2);
    const ParallelResult result = run_parallel(*system, p->graph, wrong, images);
    for (std::size_t i = 0; i < images.size(); ++i)
      for (const int out : p->graph.outputs)
        noticed |= result.images[i][static_cast<std::size_t>(out)] != golden::run(p->graph, images[i])[static_cast<std::size_t>(out)];
  } catch (const ChipError&) {
    noticed = true;
  }
  CHECK(noticed);
}
