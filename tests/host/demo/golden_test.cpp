// SPDX-License-Identifier: Apache-2.0
// Two implementations of the arithmetic, written apart in two languages (demo/integer.py made the hashes), on the same file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "demo.hpp"
#include "twill/golden/run.hpp"
#include "twill/sha256.hpp"
#include "twill/tflite.hpp"

namespace {

TEST_CASE("golden gives the hash of every tensor of every case of the demo") {
  const twill::Manifest manifest = demo::manifest();
  const twill::Graph graph = twill::import_tflite(manifest.path);
  for (const auto& c : manifest.cases) {
    const auto values = twill::golden::run(graph, {twill::read_npy(c.inputs.at(0)).data});
    REQUIRE(c.tensors.size() == graph.operators.size());
    for (const auto& golden : c.tensors) {
      INFO("case " << c.name << ", operator " << golden.op << " (" << graph.operators.at(golden.op).type << "), tensor " << golden.index);
      CHECK(graph.operators.at(golden.op).outputs == std::vector<int>{golden.index});
      const auto& value = values.at(golden.index);
      CHECK(twill::sha256(value.data(), value.size()) == golden.sha256);
    }
    CHECK(values.at(graph.outputs.at(0)) == twill::read_npy(c.outputs.at(0)).data);
  }
}

TEST_CASE("golden scores on the demo's test pictures exactly what the manifest says") {
  const demo::TestSet set = demo::test_set();
  const twill::Graph graph = twill::import_tflite(demo::manifest().path);
  std::size_t right = 0;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto image = set.images.data.begin() + static_cast<std::ptrdiff_t>(i * set.image_bytes());
    const auto values = twill::golden::run(graph, {{image, image + static_cast<std::ptrdiff_t>(set.image_bytes())}});
    const auto& bytes = values.at(graph.outputs.at(0));
    const std::vector<std::int8_t> answer(bytes.begin(), bytes.end());
    const auto best = std::max_element(answer.begin(), answer.end()) - answer.begin();
    right += best == set.labels.data[i];
  }
  CHECK(right == static_cast<std::size_t>(std::lround(set.int8_accuracy * static_cast<double>(set.size()))));
}

TEST_CASE("the importer sees in the demo's file what its manifest says") {
  const twill::Manifest manifest = demo::manifest();
  const twill::Graph graph = twill::import_tflite(manifest.path);
  CHECK(graph.inputs == std::vector<int>{manifest.inputs.at(0).index});
  CHECK(graph.outputs == std::vector<int>{manifest.outputs.at(0).index});
  std::uint64_t macs = 0, parameters = 0;
  std::set<std::string> kinds;
  for (const auto& op : graph.operators) {
    macs += op.macs;
    kinds.insert(op.type);
  }
  for (const auto& tensor : graph.tensors)
    if (tensor.constant()) parameters += tensor.elements();
  CHECK(macs == manifest.total_macs);
  CHECK(parameters == manifest.total_params);
  CHECK(kinds == std::set<std::string>{"ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "MAX_POOL_2D", "RESHAPE",
                                       "SOFTMAX"});
}

}  // namespace
