// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "twill/graph.hpp"
#include "twill/mapper.hpp"

namespace twill::parallel {

/// Some consecutive operators of a network as a graph of their own. Tensor indices are those of the network.
struct StageGraph {
  Graph graph;                 ///< its outputs: what the host reads
  std::vector<int> operators;  ///< by operator of `graph`: its index in the network
  std::vector<int> from_host;  ///< inputs that the host writes
  std::vector<int> arriving;   ///< inputs that operators of earlier stages make
};

/// A network as a chain of operators that run on a chip, to be cut between any two of them.
class Chain {
 public:
  /// `whole`: the network mapped onto one chip; it says what runs where. Both must outlive the chain.
  Chain(const Graph& graph, const Plan& whole);
  Chain(const Graph&, Plan&&) = delete;
  Chain(Graph&&, const Plan&) = delete;

  /// Operators that run on the chip, in order.
  const std::vector<int>& operators() const { return operators_; }
  /// The position in operators() of the operator that makes a tensor, -1 when none does.
  int maker(int tensor) const { return maker_[static_cast<std::size_t>(tensor)]; }
  std::size_t bytes(int tensor) const { return graph_.tensors[static_cast<std::size_t>(tensor)].bytes(); }

  /// Operators [first, last) with the views they read through.
  StageGraph stage(std::size_t first, std::size_t last) const;

 private:
  bool is_view(int op) const { return whole_.layers[static_cast<std::size_t>(op)].where == PlanLayer::Where::view; }
  int root(int tensor) const;

  const Graph& graph_;
  const Plan& whole_;
  std::vector<int> operators_;
  std::vector<int> made_by_;   ///< by tensor: operator of the network, -1: none
  std::vector<int> maker_;
  std::vector<int> host_reads_;  ///< tensors made on a chip
};

}  // namespace twill::parallel
