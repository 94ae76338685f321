// SPDX-License-Identifier: Apache-2.0
// Files made to do harm: each is sound but for one thing, or garbage of a certain kind.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace twill::test {

struct BadFile {
  std::string name;                 ///< what is wrong with it
  std::vector<std::uint8_t> bytes;
  std::string words;                ///< what the refusal must hold: the field and the reason
};

std::vector<BadFile> damaged_models();  ///< .tflite files whose flatbuffer is broken, or asks for too much
std::vector<BadFile> senseless_models(); ///< .tflite files whose flatbuffer is sound and says what cannot be
std::vector<BadFile> bad_arrays();      ///< .npy files, to be an input of the demo network
std::vector<BadFile> bad_manifests();   ///< manifest.json files, to stand in a copy of the demo's folder

}  // namespace twill::test
