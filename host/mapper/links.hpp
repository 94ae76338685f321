// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <climits>
#include <cstddef>
#include <vector>

#include "layer.hpp"

namespace twill::mapper {

/// The links of a stage to other chips as the emission of its layers needs them: by storage and by layer.
class Links {
 public:
  /// One tensor of a link; `link` counts in MapOptions::from or ::to.
  struct End {
    std::size_t link = 0;
    const PipeLink::Tensor* tensor = nullptr;
  };
  using Source = End;
  using Target = End;

  Links(const Lowered& lowered, const MapOptions& options);

  /// The link that brings a storage, or null.
  const Source* source(int storage) const {
    const Source& s = sources_[static_cast<std::size_t>(storage)];
    return s.tensor ? &s : nullptr;
  }
  /// Where a storage is sent.
  const std::vector<Target>& targets(int storage) const { return targets_[static_cast<std::size_t>(storage)]; }
  /// A layer of this chip reads the storage.
  bool read_here(int storage) const { return read_here_[static_cast<std::size_t>(storage)]; }

  /// The layer behind which all tensors of link `to` are made, or none of link `from` is read any more.
  int last_maker(std::size_t link) const { return last_maker_[link]; }
  int last_reader(std::size_t link) const { return last_reader_[link]; }

  /// True the first time it is asked for a micro-batch.
  bool first_use(std::size_t link, unsigned micro_batch) { return first(used_[link], micro_batch); }
  bool first_send(std::size_t link, unsigned micro_batch) { return first(sent_[link], micro_batch); }

 private:
  static bool first(unsigned& last, unsigned now) {
    const bool is = last != now;
    last = now;
    return is;
  }

  std::vector<Source> sources_;
  std::vector<std::vector<Target>> targets_;
  std::vector<bool> read_here_;
  std::vector<int> last_maker_, last_reader_;
  std::vector<unsigned> used_, sent_;  ///< the micro-batch of the last one
};

}  // namespace twill::mapper
