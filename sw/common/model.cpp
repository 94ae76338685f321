// SPDX-License-Identifier: Apache-2.0
#include "common/model.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "common/format.hpp"
#include "twill/error.hpp"
#include "twill/manifest.hpp"
#include "twill/npy.hpp"

namespace twill::cli {
namespace {

template <typename Element>
Element element_at(const std::vector<std::uint8_t>& bytes, std::size_t index) {
  Element value;
  std::memcpy(&value, &bytes.at(index * sizeof value), sizeof value);
  return value;
}

double stored_value(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element) {
  switch (tensor.type) {
    case DataType::int8: return element_at<std::int8_t>(bytes, element);
    case DataType::uint8: return bytes.at(element);
    case DataType::int32: return element_at<std::int32_t>(bytes, element);
    case DataType::float32: return element_at<float>(bytes, element);
  }
  return 0;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> read_inputs(const Graph& graph, const std::vector<std::string>& files) {
  std::vector<std::vector<std::uint8_t>> values;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Tensor& tensor = graph.tensors[static_cast<std::size_t>(graph.inputs.at(i))];
    Array array = read_npy(files[i]);
    if (array.type != tensor.type || array.shape != tensor.shape)
      throw InputError(files[i] + " is " + type_name(array.type) + " " + extents(array.shape) + ", but input " + std::to_string(i) +
                       " of the network ('" + shown(tensor.name) + "') takes " + type_name(tensor.type) + " " + extents(tensor.shape));
    values.push_back(std::move(array.data));
  }
  return values;
}

double real_value(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element) {
  const double value = stored_value(tensor, bytes, element);
  if (tensor.type == DataType::float32 || tensor.scale.size() != 1) return value;
  return static_cast<double>(tensor.scale[0]) * (value - tensor.zero_point.at(0));
}

std::string element_text(const Tensor& tensor, const std::vector<std::uint8_t>& bytes, std::size_t element) {
  std::ostringstream text;
  text.precision(9);  // tells any two floats apart
  text << stored_value(tensor, bytes, element);
  return text.str();
}

std::string input_count(std::size_t count) { return std::to_string(count) + (count == 1 ? " input" : " inputs"); }

std::string manifest_beside(const std::string& model) {
  const std::filesystem::path manifest = std::filesystem::path(model).parent_path() / "manifest.json";
  std::error_code error;
  return std::filesystem::is_regular_file(manifest, error) ? manifest.string() : std::string();
}

std::vector<std::string> class_names(const std::string& model, const Graph& graph) {
  const std::string manifest = manifest_beside(model);
  if (manifest.empty()) return {};
  const auto names = read_class_names(manifest, std::filesystem::path(model).filename().string());
  const auto as_many = [&](int output) { return graph.tensors[static_cast<std::size_t>(output)].elements() == names.size(); };
  if (!names.empty() && std::none_of(graph.outputs.begin(), graph.outputs.end(), as_many))
    throw InputError(manifest + ": it lists " + std::to_string(names.size()) + " classes, but no output has as many elements");
  return names;
}

}  // namespace twill::cli
