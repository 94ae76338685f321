// SPDX-License-Identifier: Apache-2.0
// The published networks in pipelines and data groups of functional chips.
#include "images.hpp"
#include "twill/configurations.hpp"
#include "twill/functional_device.hpp"

using namespace twill;

namespace {

unsigned chip_operators(const Graph& graph) {
  const Plan plan = map_graph(graph, Machine::of(contract::configurations[0]));
  return static_cast<unsigned>(
      std::count_if(plan.layers.begin(), plan.layers.end(), [](const PlanLayer& l) { return l.where == PlanLayer::Where::chip; }));
}

void every_mode(const char* name) {
  const Machine base;
  const auto p = test::published(name);
  if (!p) return;
  const unsigned most = chip_operators(p->graph);
  for (unsigned chips : {1u, 2u, 3u, 4u, 6u, 8u, 16u}) {
    const auto system = make_functional_system("base", chips);
    std::vector<ParallelShape> shapes{{chips, 1, 1}};
    for (unsigned stages = 2; stages <= chips; ++stages)
      if (chips % stages == 0 && stages <= most) shapes.push_back({chips / stages, stages, 1});
    for (unsigned ranks : {2u, 3u})
      if (chips % ranks == 0) {
        shapes.push_back({1, 1, chips});
        for (unsigned stages = 1; stages <= chips / ranks; ++stages)
          if (chips / ranks % stages == 0 && stages <= most && chips > ranks) shapes.push_back({chips / ranks / stages, stages, ranks});
      }
    for (const ParallelShape& shape : shapes) {
      ParallelOptions options;
      options.shape = shape;
      options.images = shape.data + 1;
      INFO(name << " as " << shape.text());
      test::run_and_compare(*system, p->graph, base, options, test::images_of(*p, options.images));
    }
  }
}

}  // namespace

TEST_CASE("ad_fcae in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("ad_fcae"); }
TEST_CASE("hello_world in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("hello_world"); }
TEST_CASE("ic_resnet8 in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("ic_resnet8"); }
TEST_CASE("kws_dscnn in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("kws_dscnn"); }
TEST_CASE("mcunet_vww in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("mcunet_vww"); }
TEST_CASE("micro_speech in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("micro_speech"); }
TEST_CASE("vww_mobilenetv1_025_96 in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("vww_mobilenetv1_025_96"); }
TEST_CASE("yolo_fastest_192_face in every parallel mode and mixtures of them, on 1 to 16 functional chips") { every_mode("yolo_fastest_192_face"); }

TEST_CASE("vww over four chips is predicted to give at least three times the throughput of one") {
  const auto p = test::published("vww_mobilenetv1_025_96");
  if (!p) return;
  ParallelOptions options;
  options.shape.pipeline = 4;
  options.images = 32;
  const auto system = make_functional_system("base", 4);
  const ParallelPlan plan = test::run_and_compare(*system, p->graph, Machine{}, options, test::images_of(*p, 32));
  CHECK(plan.predicted_one_chip >= 3 * plan.predicted_cycles);
}
