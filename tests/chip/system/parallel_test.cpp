// SPDX-License-Identifier: Apache-2.0
// Published networks on systems of RTL chips, in every parallel mode: golden bytes image by image, and the cycles that were predicted.
#include <cmath>

#include "images.hpp"
#include "twill/rtl_system.hpp"

using namespace twill;

namespace {

struct Measured {
  ParallelPlan plan;
  std::uint64_t cycles;
};

Measured run(System& system, const test::Published& p, ParallelShape shape, unsigned images, unsigned micro_batches = 0) {
  ParallelOptions options;
  options.shape = shape;
  options.images = images;
  options.micro_batches = micro_batches;
  INFO(shape.text() << ", " << images << " images");
  const Machine machine = Machine::of(system.chip(0));
  Measured m{plan_parallel(p.graph, machine, options), 0};
  const test::Images inputs = test::images_of(p, images);
  const ParallelResult result = run_parallel(system, p.graph, m.plan, inputs);
  CHECK_FALSE(result.unlike);
  for (unsigned image = 0; image < images; ++image)
    test::require_equal(p.graph, {result.images[image], {}}, golden::run(p.graph, inputs[image]), false);
  m.cycles = result.cycles();
  return m;
}

void every_mode(unsigned chips, const std::string& topology) {
  RtlSystemOptions options;
  options.chips = chips;
  options.topology = topology;
  const auto system = make_rtl_system(options);
  for (const char* name : {"kws_dscnn", "ic_resnet8", "vww_mobilenetv1_025_96"}) {
    const auto p = test::published(name);
    if (!p) return;
    INFO(name << " on " << chips << " chips, " << topology);
    run(*system, *p, {chips, 1, 1}, chips + 1);
    run(*system, *p, {1, chips, 1}, chips);
    run(*system, *p, {1, 1, chips}, 2);
    if (chips >= 4) run(*system, *p, {chips / 4, 2, 2}, chips / 4 * 3);
    if (chips >= 4) run(*system, *p, {2, chips / 2, 1}, 8, 2);
  }
}

}  // namespace

TEST_CASE("networks in every parallel mode on 2 RTL chips") { every_mode(2, "ring"); }
TEST_CASE("networks in every parallel mode on 4 RTL chips") { every_mode(4, "mesh:2x2"); }
TEST_CASE("networks in every parallel mode on 8 RTL chips") { every_mode(8, "torus:2x4"); }

TEST_CASE("a pipeline of vww over four RTL chips gives at least three times the throughput of one") {
  const auto p = test::published("vww_mobilenetv1_025_96");
  if (!p) return;
  RtlSystemOptions options;
  options.chips = 4;
  const auto system = make_rtl_system(options);
  const Measured one = run(*system, *p, {1, 1, 1}, 32), four = run(*system, *p, {1, 4, 1}, 32);
  CAPTURE(one.cycles, four.cycles, one.plan.predicted_cycles, four.plan.predicted_cycles);
  CHECK(one.cycles >= 3 * four.cycles);
  for (const Measured* m : {&one, &four})
    CHECK(std::abs(static_cast<double>(m->plan.predicted_cycles) - static_cast<double>(m->cycles)) <= 0.05 * static_cast<double>(m->cycles));
}
