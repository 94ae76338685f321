// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace twill::golden {

/// Element positions of one operand while the output is walked in C order, by NumPy's rules: shapes are aligned at the
/// last axis, and an axis of extent 1 (or a missing one) stays where it is.
class BroadcastWalk {
 public:
  BroadcastWalk(const std::vector<int>& shape, const std::vector<int>& output)
      : output_(output), step_(output.size(), 0), index_(output.size(), 0) {
    std::size_t stride = 1;
    for (std::size_t back = 1; back <= shape.size(); ++back) {
      const int extent = shape[shape.size() - back];
      if (extent > 1) step_[output.size() - back] = stride;
      stride *= static_cast<std::size_t>(extent);
    }
  }

  std::size_t position() const { return position_; }

  void next() {
    for (std::size_t axis = output_.size(); axis-- > 0;) {
      position_ += step_[axis];
      if (++index_[axis] < output_[axis]) return;
      position_ -= step_[axis] * static_cast<std::size_t>(output_[axis]);
      index_[axis] = 0;
    }
  }

 private:
  std::vector<int> output_;
  std::vector<std::size_t> step_;
  std::vector<int> index_;
  std::size_t position_ = 0;
};

}  // namespace twill::golden
