// SPDX-License-Identifier: Apache-2.0
// Tensors, operators and derived integer parameters of the published networks against their ops.json, which the reference
// implementation wrote.
#include <nlohmann/json.hpp>

#include "networks.hpp"
#include "twill/file.hpp"
#include "twill/manifest.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace {

using namespace twill;
using nlohmann::json;

struct Requantization {
  const std::vector<Multiplier>* requant = nullptr;
  Clamp clamp;
};

Requantization requantization(const Operator& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op.attributes)) return {&conv->requant, conv->clamp};
  if (const auto* conv = std::get_if<DepthwiseConv2d>(&op.attributes)) return {&conv->requant, conv->clamp};
  if (const auto* layer = std::get_if<FullyConnected>(&op.attributes)) return {&layer->requant, layer->clamp};
  return {};
}

const char* name_of(DataType type) {
  switch (type) {
    case DataType::int8: return "int8";
    case DataType::uint8: return "uint8";
    case DataType::int32: return "int32";
    case DataType::float32: return "float32";
  }
  return "";
}

void check_tensors(const Graph& graph, const json& expected) {
  REQUIRE(graph.tensors.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Tensor& tensor = graph.tensors[i];
    INFO("tensor " << i);
    CHECK(tensor.name == expected[i]["name"]);
    CHECK(tensor.shape == expected[i]["shape"].get<std::vector<int>>());
    CHECK(name_of(tensor.type) == expected[i]["dtype"]);
    if (!expected[i].contains("scale")) continue;
    REQUIRE(tensor.scale.size() == 1);
    CHECK(tensor.scale[0] == static_cast<float>(expected[i]["scale"].get<double>()));
    CHECK(tensor.zero_point[0] == expected[i]["zero_point"]);
  }
}

void check_operators(const Graph& graph, const json& expected) {
  REQUIRE(graph.operators.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Operator& op = graph.operators[i];
    INFO("operator " << i << " (" << op.type << ")");
    CHECK(op.type == expected[i]["type"]);
    CHECK(op.outputs == expected[i]["outputs"].get<std::vector<int>>());
    CHECK(op.macs == expected[i]["macs"]);
    CHECK((requantization(op).requant != nullptr) == expected[i].contains("requant_multiplier"));
    if (!expected[i].contains("requant_multiplier")) continue;

    const auto multipliers = expected[i]["requant_multiplier"].get<std::vector<std::int32_t>>();
    const auto shifts = expected[i]["requant_shift"].get<std::vector<int>>();
    const auto clamp = expected[i]["activation_clamp"].get<std::vector<int>>();
    const auto [requant, got_clamp] = requantization(op);
    REQUIRE(requant->size() == static_cast<std::size_t>(graph.tensors[static_cast<std::size_t>(op.outputs[0])].shape.back()));
    REQUIRE((multipliers.size() == requant->size() || multipliers.size() == 1));
    for (std::size_t c = 0; c < requant->size(); ++c) {
      INFO("channel " << c);
      const std::size_t k = multipliers.size() == 1 ? 0 : c;
      REQUIRE((*requant)[c].multiplier == multipliers[k]);
      REQUIRE((*requant)[c].shift == shifts[k]);
    }
    CHECK(got_clamp.min == clamp[0]);
    CHECK(got_clamp.max == clamp[1]);
  }
}

void check_network(const std::string& name) {
  const auto folder = test::network(name);
  if (!folder) return;
  const Manifest manifest = read_manifest((*folder / "manifest.json").string());
  const std::vector<std::uint8_t> bytes = read_file(manifest.path);
  CHECK(bytes.size() == manifest.size);
  CHECK(sha256(bytes.data(), bytes.size()) == manifest.sha256);
  const Graph graph = import_tflite(bytes, name);
  const std::vector<std::uint8_t> text = read_file((*folder / "ops.json").string());
  const json expected = json::parse(text.begin(), text.end());
  check_tensors(graph, expected["tensors"]);
  check_operators(graph, expected["ops"]);

  std::uint64_t macs = 0;
  for (const Operator& op : graph.operators) macs += op.macs;
  CHECK(macs == manifest.total_macs);
  REQUIRE(graph.inputs.size() == manifest.inputs.size());
  REQUIRE(graph.outputs.size() == manifest.outputs.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) CHECK(graph.inputs[i] == manifest.inputs[i].index);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) CHECK(graph.outputs[i] == manifest.outputs[i].index);
}

}  // namespace

TEST_CASE("parameters of ad_fcae") { check_network("ad_fcae"); }
TEST_CASE("parameters of hello_world") { check_network("hello_world"); }
TEST_CASE("parameters of ic_resnet8") { check_network("ic_resnet8"); }
TEST_CASE("parameters of kws_dscnn") { check_network("kws_dscnn"); }
TEST_CASE("parameters of mcunet_vww") { check_network("mcunet_vww"); }
TEST_CASE("parameters of micro_speech") { check_network("micro_speech"); }
TEST_CASE("parameters of vww_mobilenetv1_025_96") { check_network("vww_mobilenetv1_025_96"); }
TEST_CASE("parameters of yolo_fastest_192_face") { check_network("yolo_fastest_192_face"); }
