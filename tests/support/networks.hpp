// SPDX-License-Identifier: Apache-2.0
// The published networks with their golden tensors, which are too large for this repository. TWILL_NETWORKS names the
// folder they are in, and there is no default. Where it is not set a test case says so and ctest counts it as skipped (by
// what it prints: the one way that Catch2 2 and 3 share; see Networks.cmake). With TWILL_REQUIRE_NETWORKS=1 it fails.
#pragma once
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "catch.hpp"

namespace twill::test {

inline constexpr std::array<const char*, 8> networks{
    "ad_fcae", "hello_world", "ic_resnet8", "kws_dscnn", "mcunet_vww", "micro_speech", "vww_mobilenetv1_025_96", "yolo_fastest_192_face"};

/// The folder of a network; nothing when the test case should end here, as skipped.
inline std::optional<std::filesystem::path> network(const std::string& name) {
  const char* folder = std::getenv("TWILL_NETWORKS");
  const char* required = std::getenv("TWILL_REQUIRE_NETWORKS");
  const std::filesystem::path path = folder ? std::filesystem::path(folder) / name : std::filesystem::path();
  if (folder && std::filesystem::exists(path / "manifest.json")) return path;
  const std::string why = folder ? path.string() + " has no manifest.json" : "TWILL_NETWORKS is not set";
  if (required && std::string(required) == "1") FAIL(name << " is required: " << why);
  std::cout << "skipped: " << name << " is not here: " << why << "\n";
  return std::nullopt;
}

}  // namespace twill::test
