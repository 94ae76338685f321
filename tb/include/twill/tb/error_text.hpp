// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "twill/device.hpp"

namespace twill::tb {

/// The error registers of an RTL chip as a sentence, empty when there is no error.
std::string text_of_error(Device& chip);

}  // namespace twill::tb
