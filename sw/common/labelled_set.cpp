// SPDX-License-Identifier: Apache-2.0
#include "common/labelled_set.hpp"

#include "common/format.hpp"
#include "common/model.hpp"
#include "twill/error.hpp"

namespace twill::cli {

LabelledSet::LabelledSet(const std::string& folder, const Manifest& manifest, const Graph& graph) {
  if (!manifest.accuracy) throw InputError(folder + ": its manifest.json has no key \"accuracy\", so there are no labelled images to run");
  const Manifest::Accuracy& files = *manifest.accuracy;
  images_ = read_npy(files.images);
  labels_ = read_npy(files.labels);
  stated_ = files.share;

  if (graph.inputs.size() != 1) throw InputError(folder + ": labelled images need a network with one input");
  const Tensor& input = graph.tensors[static_cast<std::size_t>(graph.inputs[0])];
  if (images_.type != input.type || images_.shape.empty() ||
      images_.data.size() != static_cast<std::size_t>(images_.shape[0]) * input.bytes())
    throw InputError(files.images + " is " + type_name(images_.type) + " " + extents(images_.shape) +
                     ", which is not a number of inputs of the network (" + type_name(input.type) + " " + extents(input.shape) + ")");
  if (labels_.type != DataType::uint8 || labels_.shape != std::vector<int>{images_.shape[0]})
    throw InputError(files.labels + " must be uint8 with one label an image");
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
