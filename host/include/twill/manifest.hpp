// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "twill/graph.hpp"

namespace twill {

/// What a model's manifest.json says: the model file, its interface, and test cases with the reference output of every
/// operator. All paths are resolved against the folder of the manifest and lie in it.
struct Manifest {
  struct Interface {  ///< one input or output of the model
    int index = 0;    ///< tensor index
    std::string name;
    std::vector<int> shape;
    DataType type = DataType::int8;
    std::optional<double> scale;
    std::optional<int> zero_point;
  };
  struct Golden {
    int index = 0;       ///< tensor index
    int op = 0;          ///< position of the operator that makes it
    std::string sha256;  ///< of the raw data: little-endian, C order
    std::string path;    ///< .npy with the data; empty when only the hash is known
  };
  struct Case {
    std::string name, provenance;
    std::vector<std::string> inputs, outputs;  ///< .npy files, in the order of the model's inputs and outputs
    std::vector<Golden> tensors;
  };

  struct Accuracy {  ///< labelled images and the share of them that a correct implementation gets right
    std::string images, labels;
    double share = 0;
  };

  std::string model, path, sha256;
  std::uint64_t size = 0;  ///< bytes of the model file
  std::uint64_t total_macs = 0, total_params = 0;
  std::vector<Interface> inputs, outputs;
  std::vector<std::string> classes;  ///< of an output, as many as it has elements; often none
  std::optional<Accuracy> accuracy;
  std::vector<Case> cases;  ///< no two of one name

  /// Throws InputError naming the cases there are.
  const Case& find_case(const std::string& name) const;
};

/// Throws InputError, naming the field, for a file that is missing, is no JSON or does not have this layout.
Manifest read_manifest(const std::string& path);

/// Only the `classes` of a manifest, and none when its `file` is another model than `model` (a file name). Throws as read_manifest
/// does, but reads no other field: names for classes need no more.
std::vector<std::string> read_class_names(const std::string& path, const std::string& model);

}  // namespace twill
