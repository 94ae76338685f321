// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "twill/graph.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"

namespace twill::cli {

/// The labelled images that a manifest names: "accuracy": {"images": FILE.npy, "labels": FILE.npy, "int8": share}. Images are
/// [N, ...] in the network's input type, labels uint8 [N]. The share is exact: the same for every correct implementation.
class LabelledSet {
 public:
  /// `folder` of the manifest. Throws InputError when the manifest names none, or when they do not fit the network.
  LabelledSet(const std::string& folder, const Manifest& manifest, const Graph& graph);

  std::size_t size() const { return labels_.data.size(); }
  double stated() const { return stated_; }
  std::vector<std::uint8_t> image(std::size_t index) const;

  /// Whether the largest value of the network's output (the first of several) is that of the image's class.
  bool right(const Graph& graph, const std::vector<std::uint8_t>& output, std::size_t index) const;

 private:
  Array images_, labels_;
  double stated_ = 0;
};

}  // namespace twill::cli
