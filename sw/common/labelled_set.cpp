// SPDX-License-Identifier: Apache-2.0
#include "common/labelled_set.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/format.hpp"
#include "common/model.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"

namespace twill::cli {

LabelledSet::LabelledSet(const std::string& folder, const Graph& graph) {
  const std::filesystem::path base(folder);
  const std::string manifest = (base / "manifest.json").string();
  const auto bytes = read_file(manifest);
  const auto json = nlohmann::json::parse(bytes.begin(), bytes.end());
  if (!json.contains("accuracy")) throw InputError(manifest + " has no key \"accuracy\", so there are no labelled images to run");
  const auto& key = json["accuracy"];
  const auto text = [&](const char* name) {
    if (!key.is_object() || !key.contains(name) || !key[name].is_string())
      throw InputError(manifest + ": accuracy." + name + " must be the name of a .npy file");
    return (base / key[name].get<std::string>()).string();
  };
  images_ = read_npy(text("images"));
  labels_ = read_npy(text("labels"));
  if (!key.contains("int8") || !key["int8"].is_number()) throw InputError(manifest + ": accuracy.int8 must be a share from 0 to 1");
  stated_ = key["int8"].get<double>();

  if (graph.inputs.size() != 1) throw InputError(manifest + ": labelled images need a network with one input");
  const Tensor& input = graph.tensors[static_cast<std::size_t>(graph.inputs[0])];
  if (images_.type != input.type || images_.shape.empty() ||
      images_.data.size() != static_cast<std::size_t>(images_.shape[0]) * input.bytes())
    throw InputError(text("images") + " is " + type_name(images_.type) + " " + extents(images_.shape) +
                     ", which is not a number of inputs of the network (" + type_name(input.type) + " " + extents(input.shape) + ")");
  if (labels_.type != DataType::uint8 || labels_.shape != std::vector<int>{images_.shape[0]})
    throw InputError(text("labels") + " must be uint8 with one label an image");
}

std::vector<std::uint8_t> LabelledSet::image(std::size_t index) const {
  const std::size_t bytes = images_.data.size() / size();
  const auto first = images_.data.begin() + static_cast<std::ptrdiff_t>(index * bytes);
  return {first, first + static_cast<std::ptrdiff_t>(bytes)};
}

bool LabelledSet::right(const Graph& graph, const std::vector<std::uint8_t>& output, std::size_t index) const {
  const Tensor& tensor = graph.tensors[static_cast<std::size_t>(graph.outputs.at(0))];
  std::size_t best = 0;
  for (std::size_t i = 1; i < tensor.elements(); ++i)
    if (real_value(tensor, output, i) > real_value(tensor, output, best)) best = i;
  return best == labels_.data[index];
}

}  // namespace twill::cli
