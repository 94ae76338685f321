// SPDX-License-Identifier: Apache-2.0
// Not every build has the RTL of every machine (TWILL_CONFIGS). A test case that wants one that is not there says so, and
// ctest counts it as skipped, as it does for a network (Networks.cmake).
#pragma once
#include <algorithm>
#include <iostream>
#include <string>

#include "twill/rtl_device.hpp"

namespace twill::test {

/// False when the test case should end here, as skipped.
inline bool built(const std::string& configuration) {
  const auto all = rtl_configurations();
  if (std::find(all.begin(), all.end(), configuration) != all.end()) return true;
  std::cout << "skipped: " << configuration << " is not here: this build has no RTL of it\n";
  return false;
}

}  // namespace twill::test
