// SPDX-License-Identifier: Apache-2.0
#include "stage_graph.hpp"

#include <algorithm>
#include <set>

namespace twill::parallel {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

void add_once(std::vector<int>& to, int value) {
  if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

}  // namespace

Chain::Chain(const Graph& graph, const Plan& whole) : graph_(graph), whole_(whole) {
  made_by_.assign(graph.tensors.size(), -1);
  maker_.assign(graph.tensors.size(), -1);
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const bool on_chip = whole.layers[i].where == PlanLayer::Where::chip;
    for (int t : graph.operators[i].outputs) {
      made_by_[at(t)] = static_cast<int>(i);
      if (on_chip) maker_[at(t)] = static_cast<int>(operators_.size());
    }
    if (on_chip) operators_.push_back(static_cast<int>(i));
  }
  const auto host_reads = [&](int tensor) {
    if (tensor >= 0 && maker(root(tensor)) >= 0) add_once(host_reads_, root(tensor));
  };
  for (int t : graph.outputs) host_reads(t);
  for (int op : whole.host_after)
    for (int t : graph.operators[at(op)].inputs) host_reads(t);
}

/// The tensor whose bytes this one shares.
int Chain::root(int tensor) const {
  for (;;) {
    const int op = made_by_[at(tensor)];
    if (op < 0 || !is_view(op)) return tensor;
    tensor = graph_.operators[at(op)].inputs[0];
  }
}

StageGraph Chain::stage(std::size_t first, std::size_t last) const {
  // A view (RESHAPE, a PAD that folds into convolutions) costs nothing: every stage that reads through one has it itself, so that only what
  // an operator really made goes from chip to chip.
  std::set<int> included(operators_.begin() + static_cast<std::ptrdiff_t>(first), operators_.begin() + static_cast<std::ptrdiff_t>(last));
  for (std::vector<int> open(included.begin(), included.end()); !open.empty();) {
    const int op = open.back();
    open.pop_back();
    for (int t : graph_.operators[at(op)].inputs)
      if (t >= 0 && made_by_[at(t)] >= 0 && is_view(made_by_[at(t)]) && included.insert(made_by_[at(t)]).second) open.push_back(made_by_[at(t)]);
  }

  StageGraph stage;
  stage.graph.name = graph_.name;
  for (const Tensor& t : graph_.tensors) stage.graph.tensors.push_back({t.name, t.shape, t.type, t.scale, t.zero_point, {}});
  std::vector<bool> made(graph_.tensors.size(), false);
  for (int op : included) {
    const Operator& o = graph_.operators[at(op)];
    stage.operators.push_back(op);
    stage.graph.operators.push_back(o);
    for (int t : o.inputs) {
      if (t < 0 || made[at(t)]) continue;
      if (graph_.tensors[at(t)].constant()) {
        stage.graph.tensors[at(t)].data = graph_.tensors[at(t)].data;
        continue;
      }
      add_once(stage.graph.inputs, t);
      add_once(maker(t) >= 0 ? stage.arriving : stage.from_host, t);
    }
    for (int t : o.outputs) made[at(t)] = true;
  }
  for (int t : host_reads_)
    if (made[at(t)]) stage.graph.outputs.push_back(t);
  return stage;
}

}  // namespace twill::parallel
