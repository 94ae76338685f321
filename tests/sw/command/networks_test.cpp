// SPDX-License-Identifier: Apache-2.0
// The published networks through the program, on the chip: as they run, and tensor by tensor.
#include "networks.hpp"
#include "twill_process.hpp"

namespace {

using namespace twill::test;

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

void check_verified(const std::string& name) {
  const auto folder = network(name);
  if (!folder) return;
  CHECK(widest_line(succeed({"run", (*folder / "model.tflite").string()}).out) <= 110);
  CHECK(contains(succeed({"verify", folder->string()}).out, ", 0 failed"));
  CHECK(contains(succeed({"verify", folder->string(), "--every-layer"}).out, ", 0 failed"));
}

TEST_CASE("verify ad_fcae") { check_verified("ad_fcae"); }
TEST_CASE("verify hello_world") { check_verified("hello_world"); }
TEST_CASE("verify ic_resnet8") { check_verified("ic_resnet8"); }
TEST_CASE("verify kws_dscnn") { check_verified("kws_dscnn"); }
TEST_CASE("verify mcunet_vww") { check_verified("mcunet_vww"); }
TEST_CASE("verify micro_speech") { check_verified("micro_speech"); }
TEST_CASE("verify vww_mobilenetv1_025_96") { check_verified("vww_mobilenetv1_025_96"); }
TEST_CASE("verify yolo_fastest_192_face") { check_verified("yolo_fastest_192_face"); }

}  // namespace
