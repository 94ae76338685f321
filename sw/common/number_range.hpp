// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace twill::cli {

/// "0.05:0.45:0.05": from the first number to the second in steps of the third, both ends included as far as the steps reach them; or
/// "0.1": one number. Each is above 0 and at most `high`. Throws InputError that names `what`.
std::vector<double> number_range(const std::string& text, const std::string& what, double high);

}  // namespace twill::cli
