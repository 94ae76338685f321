// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "case.hpp"

namespace twill::fuzz {

/// A smaller case that still fails: without the ops, images and delays it can do without, with smaller fields. `fails` runs a case; it is
/// asked of sound ones only, at most `most_runs` times.
Case shrink(Case test, const std::function<bool(const Case&)>& fails, unsigned most_runs);

}  // namespace twill::fuzz
