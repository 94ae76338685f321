// SPDX-License-Identifier: Apache-2.0
// The published networks on the RTL: golden bytes, and the cycles Twill promises for the base machine.
#include <cmath>

#include "built.hpp"
#include "compare_networks.hpp"
#include "networks.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/rtl_device.hpp"
#include "twill/tflite.hpp"

using namespace twill;

namespace {

std::vector<test::Bytes> inputs_of(const Manifest::Case& c) {
  std::vector<test::Bytes> inputs;
  for (const std::string& path : c.inputs) inputs.push_back(read_npy(path).data);
  return inputs;
}

/// Runs the first case both ways on one machine; the outputs must also be the published ones.
void first_case(const std::string& name, const std::string& configuration) {
  const auto folder = test::network(name);
  if (!folder || !test::built(configuration)) return;
  INFO(name << " on " << configuration);
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const Graph graph = import_tflite(manifest.path);
  const auto device = make_rtl_device(configuration);
  const Manifest::Case& c = manifest.cases.front();
  for (bool every_layer : {false, true}) {
    const test::Run run = test::run_and_compare(*device, graph, inputs_of(c), every_layer);
    for (std::size_t k = 0; k < c.outputs.size(); ++k)
      REQUIRE(run.result.tensors[static_cast<std::size_t>(graph.outputs[k])] == read_npy(c.outputs[k]).data);
    if (every_layer) continue;
    const double measured = static_cast<double>(run.result.report.total.cycles), predicted = static_cast<double>(run.plan.predicted_cycles);
    INFO(measured << " cycles, predicted " << predicted);
    REQUIRE(std::abs(predicted - measured) <= 0.10 * measured);
  }
}

void cycles_at_base(const std::string& name, std::uint64_t most) {
  const auto folder = test::network(name);
  if (!folder || !test::built("base")) return;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const Graph graph = import_tflite(manifest.path);
  const auto device = make_rtl_device("base");
  const test::Run run = test::run_and_compare(*device, graph, inputs_of(manifest.cases.front()), false);
  INFO(name);
  REQUIRE(run.result.report.total.cycles <= most);
}

/// The prediction knows the memory: within 10 % at any latency and bandwidth.
void predicted_with_memory(const std::string& name, unsigned latency, unsigned bandwidth) {
  const auto folder = test::network(name);
  if (!folder || !test::built("base")) return;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const Graph graph = import_tflite(manifest.path);
  RtlOptions options;
  options.dram_latency = latency;
  options.dram_bandwidth = bandwidth;
  const auto device = make_rtl_device("base", options);
  Machine machine = Machine::of(*device);
  machine.dram_latency = latency;
  machine.dram_bandwidth = bandwidth;
  const Plan plan = map_graph(graph, machine);
  const auto inputs = inputs_of(manifest.cases.front());
  const JobResult result = Runtime(*device).run(graph, plan, inputs);
  test::require_equal(graph, result, golden::run(graph, inputs), false);
  const double measured = static_cast<double>(result.report.total.cycles), predicted = static_cast<double>(plan.predicted_cycles);
  INFO(name << ", latency " << latency << ", " << bandwidth << " bytes a cycle: " << measured << " cycles, predicted " << predicted);
  REQUIRE(std::abs(predicted - measured) <= 0.10 * measured);
}

}  // namespace

// A process can elaborate one SystemC system, and ctest runs each test case in its own.
#define ON_MACHINE(machine)                                                                          \
  TEST_CASE("ad_fcae on " machine) { first_case("ad_fcae", machine); }                               \
  TEST_CASE("hello_world on " machine) { first_case("hello_world", machine); }                       \
  TEST_CASE("ic_resnet8 on " machine) { first_case("ic_resnet8", machine); }                         \
  TEST_CASE("kws_dscnn on " machine) { first_case("kws_dscnn", machine); }                           \
  TEST_CASE("mcunet_vww on " machine) { first_case("mcunet_vww", machine); }                         \
  TEST_CASE("micro_speech on " machine) { first_case("micro_speech", machine); }                     \
  TEST_CASE("vww_mobilenetv1_025_96 on " machine) { first_case("vww_mobilenetv1_025_96", machine); } \
  TEST_CASE("yolo_fastest_192_face on " machine) { first_case("yolo_fastest_192_face", machine); }
ON_MACHINE("tiny")
ON_MACHINE("small")
ON_MACHINE("base")
ON_MACHINE("large")

TEST_CASE("cycles of ic_resnet8 at base") { cycles_at_base("ic_resnet8", 64'000); }
TEST_CASE("cycles of kws_dscnn at base") { cycles_at_base("kws_dscnn", 19'000); }
TEST_CASE("cycles of vww_mobilenetv1_025_96 at base") { cycles_at_base("vww_mobilenetv1_025_96", 58'000); }
TEST_CASE("cycles of mcunet_vww at base") { cycles_at_base("mcunet_vww", 115'000); }
TEST_CASE("cycles of yolo_fastest_192_face at base") { cycles_at_base("yolo_fastest_192_face", 410'000); }

#define WITH_MEMORY(latency, bandwidth)                                                                                                \
  TEST_CASE("kws_dscnn, DRAM latency " #latency ", bandwidth " #bandwidth) { predicted_with_memory("kws_dscnn", latency, bandwidth); } \
  TEST_CASE("ic_resnet8, DRAM latency " #latency ", bandwidth " #bandwidth) { predicted_with_memory("ic_resnet8", latency, bandwidth); }
WITH_MEMORY(20, 16)
WITH_MEMORY(500, 2)
WITH_MEMORY(1000, 16)
WITH_MEMORY(1000, 2)
WITH_MEMORY(5000, 16)
