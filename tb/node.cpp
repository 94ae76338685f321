// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"

#include <string>

#include "twill/error.hpp"

namespace twill::tb {

void Node::begin_window(std::uint64_t now, std::uint64_t cycles) {
  now_ = now;
  window_end_ = chip_->cycles() + cycles;
  accepting_ = !posted_.empty();
  accessed_ = false;
}

void Node::run(std::uint64_t cycles) {
  if (broken_) return;
  try {
    for (const std::uint64_t end = chip_->cycles() + cycles; chip_->cycles() < end;) {
      if (under_way_ || (accepting_ && begin_access())) {
        step_access();
      } else {
        chip_->step(end - chip_->cycles());
      }
    }
  } catch (...) {
    failure_ = std::current_exception();
    broken_ = true;
  }
}

bool Node::begin_access() {
  accepting_ = !posted_.empty() && posted_.front().due <= now_ && chip_->cycles() + Chip::transaction_cycles <= window_end_;
  if (!accepting_) return false;
  const Access& access = posted_.front();
  if (access.write) {
    chip_->begin_write(access.offset, access.value);
  } else {
    chip_->begin_read(access.offset);
  }
  return under_way_ = true;
}

void Node::step_access() {
  const auto answer = chip_->step_access();
  if (!answer) return;
  answer_ = *answer;
  under_way_ = false;
  accessed_ = true;
  const Access access = posted_.front();
  posted_.pop_front();
  if (access.write && !answer_.ok) failure_ = std::make_exception_ptr(InputError("there is no register at offset " + std::to_string(access.offset)));
}

void Node::end_window() {
  seen_ = line_ && !accessed_;
  line_ = chip_->interrupt();
}

void Node::reset() {
  posted_.clear();
  accepting_ = under_way_ = false;
  failure_ = nullptr;
  chip_->reset();
  line_ = seen_ = false;
}

}  // namespace twill::tb
