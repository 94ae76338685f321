// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace twill {

/// Answers TWILL_STALL (rtl/common/twill_assert.svh) of the model that is evaluated in this thread.
class InnerStalls {
 public:
  virtual ~InnerStalls() = default;
  virtual bool stalled() = 0;

  static thread_local InnerStalls* current;  ///< null: nothing stalls
};

}  // namespace twill
