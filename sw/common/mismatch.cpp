// SPDX-License-Identifier: Apache-2.0
#include "common/mismatch.hpp"

#include <algorithm>

#include "common/format.hpp"
#include "common/model.hpp"
#include "twill/golden/run.hpp"

namespace twill::cli {
namespace {

std::string maker(const Graph& graph, int tensor) {
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const auto& outputs = graph.operators[i].outputs;
    if (std::find(outputs.begin(), outputs.end(), tensor) != outputs.end())
      return "operator " + std::to_string(i) + " (" + graph.operators[i].type + "), ";
  }
  return "";
}

}  // namespace

std::string describe_mismatch(const Graph& graph, int index, const std::vector<std::uint8_t>& expected,
                              const std::vector<std::uint8_t>& got) {
  const Tensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
  const std::string where = maker(graph, index) + "tensor " + std::to_string(index);
  if (expected.size() != got.size())
    return where + ": expected " + std::to_string(expected.size()) + " bytes, got " + std::to_string(got.size());
  const std::size_t size = size_of(tensor.type), elements = got.size() / size;
  std::size_t first = elements, differ = 0;
  for (std::size_t i = 0; i < elements; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i * size);
    if (std::equal(got.begin() + at, got.begin() + at + static_cast<std::ptrdiff_t>(size), expected.begin() + at)) continue;
    if (differ++ == 0) first = i;
  }
  return where + " at " + coordinates(tensor.shape, first) + ": expected " + element_text(tensor, expected, first) + ", got " +
         element_text(tensor, got, first) + " (" + grouped(differ) + " of " + grouped(elements) + " elements differ)";
}

std::optional<std::string> first_mismatch(const Graph& graph, const std::vector<std::vector<std::uint8_t>>& inputs,
                                          const JobResult& result) {
  const golden::Values golden = golden::run(graph, inputs);
  for (const Operator& op : graph.operators)
    for (int t : op.outputs) {
      const auto& got = result.tensors[static_cast<std::size_t>(t)];
      const auto& expected = golden[static_cast<std::size_t>(t)];
      if (!got.empty() && got != expected) return describe_mismatch(graph, t, expected, got);
    }
  return std::nullopt;
}

}  // namespace twill::cli
