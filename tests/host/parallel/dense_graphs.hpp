// SPDX-License-Identifier: Apache-2.0
// Graphs of fully connected layers with seeded random weights.
#pragma once
#include <cmath>
#include <cstring>
#include <random>
#include <utility>

#include "twill/arithmetic/fixed_point.hpp"
#include "twill/graph.hpp"

namespace test {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;

class DenseGraph {
 public:
  DenseGraph(int rows, int k, std::uint64_t seed) : random_(seed), rows_(rows) {
    graph.name = "dense";
    activation(k);
    graph.inputs = {0};
    input.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(k));
    for (auto& byte : input) byte = static_cast<std::uint8_t>(random_());
  }

  DenseGraph& dense(int n) {
    const int from = last_, k = tensor(from).shape[1];
    const int weights = add({n, k}, DataType::int8), bias = add({n}, DataType::int32);
    tensor(weights).data.resize(tensor(weights).bytes());
    for (auto& byte : tensor(weights).data) byte = static_cast<std::uint8_t>(random_());
    tensor(bias).data.resize(tensor(bias).bytes());
    FullyConnected layer;
    for (int o = 0; o < n; ++o) {
      const std::int32_t value = between(-200000, 200000);
      std::memcpy(&tensor(bias).data[static_cast<std::size_t>(o) * 4], &value, 4);
      const auto q = arithmetic::quantize_multiplier((20 + o % 50) / (std::sqrt(k) * 74.0 * 74.0));
      layer.requant.push_back({q.multiplier, q.shift});
    }
    activation(n);
    push("FULLY_CONNECTED", {from, weights, bias}, layer);
    return *this;
  }

  DenseGraph& table() {
    const int from = last_;
    Table table;
    for (auto& entry : table.table) entry = static_cast<std::int8_t>(random_());
    activation(tensor(from).shape[1]);
    push("GELU", {from}, table);
    return *this;
  }

  Graph graph;
  Bytes input;

 private:
  Tensor& tensor(int i) { return graph.tensors[static_cast<std::size_t>(i)]; }
  int between(int low, int high) { return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1)); }
  int add(std::vector<int> shape, DataType type) {
    Tensor t;
    t.shape = std::move(shape);
    t.type = type;
    t.scale = {0.05f};
    t.zero_point = {0};
    graph.tensors.push_back(std::move(t));
    return static_cast<int>(graph.tensors.size()) - 1;
  }
  void activation(int columns) {
    last_ = add({rows_, columns}, DataType::int8);
    tensor(last_).zero_point = {between(-128, 127)};
  }
  void push(const char* type, std::vector<int> inputs, Attributes attributes) {
    Operator op;
    op.type = type;
    op.inputs = std::move(inputs);
    op.outputs = {last_};
    op.attributes = std::move(attributes);
    graph.operators.push_back(std::move(op));
    graph.outputs = {last_};
  }

  std::mt19937_64 random_;
  int rows_, last_ = 0;
};

}  // namespace test
