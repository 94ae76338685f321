// SPDX-License-Identifier: Apache-2.0
#include "links.hpp"

#include <algorithm>
#include <stdexcept>

namespace twill::mapper {

Links::Links(const Lowered& lowered, const MapOptions& options)
    : sources_(lowered.storages.size()),
      targets_(lowered.storages.size()),
      read_here_(lowered.storages.size(), false),
      last_maker_(options.to.size(), -1),
      last_reader_(options.from.size(), -1),
      used_(options.from.size(), UINT_MAX),
      sent_(options.to.size(), UINT_MAX) {
  const auto storage = [&](const PipeLink::Tensor& tensor) {
    const int s = lowered.storage_of.at(static_cast<std::size_t>(tensor.tensor));
    if (s < 0) throw std::logic_error("tensor " + std::to_string(tensor.tensor) + " of a link is not on this chip");
    return static_cast<std::size_t>(s);
  };
  for (std::size_t l = 0; l < options.from.size(); ++l)
    for (const PipeLink::Tensor& tensor : options.from[l].tensors) sources_[storage(tensor)] = {l, &tensor};
  for (std::size_t l = 0; l < options.to.size(); ++l)
    for (const PipeLink::Tensor& tensor : options.to[l].tensors) targets_[storage(tensor)].push_back({l, &tensor});
  for (std::size_t i = 0; i < lowered.layers.size(); ++i) {
    const Layer& layer = *lowered.layers[i];
    for (const Target& target : targets_[static_cast<std::size_t>(layer.output.storage)]) last_maker_[target.link] = static_cast<int>(i);
    for (const Operand& in : layer.inputs) {
      const auto s = static_cast<std::size_t>(in.storage);
      read_here_[s] = true;
      if (sources_[s].tensor) last_reader_[sources_[s].link] = static_cast<int>(i);
    }
  }
  if (std::count(last_maker_.begin(), last_maker_.end(), -1) + std::count(last_reader_.begin(), last_reader_.end(), -1) > 0)
    throw std::logic_error("a link without a maker or a reader");
}

}  // namespace twill::mapper
