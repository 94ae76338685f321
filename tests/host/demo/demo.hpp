// SPDX-License-Identifier: Apache-2.0
// The demo's folder, and the part of its manifest that only the demo has.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "twill/file.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"

namespace demo {

inline std::string path(const std::string& name) { return std::string(TWILL_DEMO_DIR) + "/" + name; }

inline twill::Manifest manifest() { return twill::read_manifest(path("manifest.json")); }

/// The labelled test pictures and how many of them the network must get right.
struct TestSet {
  twill::Array images, labels;  ///< int8 [N, y, x, 3], uint8 [N]
  double float_accuracy = 0, int8_accuracy = 0;
  std::size_t classes = 0;

  std::size_t size() const { return labels.data.size(); }
  std::size_t image_bytes() const { return images.data.size() / size(); }
};

inline TestSet test_set() {
  const auto json = nlohmann::json::parse(twill::read_file(path("manifest.json")));
  const auto& accuracy = json.at("accuracy");
  return {twill::read_npy(path(accuracy.at("images"))), twill::read_npy(path(accuracy.at("labels"))), accuracy.at("float"), accuracy.at("int8"),
          json.at("classes").size()};
}

}  // namespace demo
