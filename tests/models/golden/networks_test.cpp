// SPDX-License-Identifier: Apache-2.0
// Every output of every operator of the published networks, in all their test cases, against the recorded hashes.
#include "networks.hpp"
#include "twill/golden/run.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;

void check_case(const Graph& graph, const Manifest::Case& test) {
  INFO(graph.name << ", case " << test.name);
  std::vector<std::vector<std::uint8_t>> inputs;
  for (const std::string& path : test.inputs) inputs.push_back(read_npy(path).data);
  const golden::Values values = golden::run(graph, inputs);

  std::size_t outputs = 0;
  for (const Operator& op : graph.operators) outputs += op.outputs.size();
  REQUIRE(test.tensors.size() == outputs);
  for (const Manifest::Golden& expected : test.tensors) {
    const Operator& op = graph.operators.at(static_cast<std::size_t>(expected.op));
    const std::vector<std::uint8_t>& got = values.at(static_cast<std::size_t>(expected.index));
    INFO("operator " << expected.op << " (" << op.type << "), tensor " << expected.index);
    if (!expected.path.empty()) {
      const Array array = read_npy(expected.path);
      REQUIRE(array.shape == graph.tensors[static_cast<std::size_t>(expected.index)].shape);
      const auto differ = std::mismatch(got.begin(), got.end(), array.data.begin(), array.data.end());
      if (differ.first != got.end()) {
        INFO("byte " << differ.first - got.begin());
        REQUIRE(int{*differ.first} == int{*differ.second});
      }
    }
    REQUIRE(sha256(got.data(), got.size()) == expected.sha256);
  }
  for (std::size_t i = 0; i < test.outputs.size(); ++i)
    REQUIRE(values[static_cast<std::size_t>(graph.outputs.at(i))] == read_npy(test.outputs[i]).data);
}

void check_network(const std::string& name) {
  const auto folder = test::network(name);
  if (!folder) return;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const Graph graph = import_tflite(manifest.path);
  REQUIRE_FALSE(manifest.cases.empty());
  for (const Manifest::Case& test : manifest.cases) check_case(graph, test);
}

}  // namespace

TEST_CASE("golden tensors of ad_fcae") { check_network("ad_fcae"); }
TEST_CASE("golden tensors of hello_world") { check_network("hello_world"); }
TEST_CASE("golden tensors of ic_resnet8") { check_network("ic_resnet8"); }
TEST_CASE("golden tensors of kws_dscnn") { check_network("kws_dscnn"); }
TEST_CASE("golden tensors of mcunet_vww") { check_network("mcunet_vww"); }
TEST_CASE("golden tensors of micro_speech") { check_network("micro_speech"); }
TEST_CASE("golden tensors of vww_mobilenetv1_025_96") { check_network("vww_mobilenetv1_025_96"); }
TEST_CASE("golden tensors of yolo_fastest_192_face") { check_network("yolo_fastest_192_face"); }
