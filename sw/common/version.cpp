// SPDX-License-Identifier: Apache-2.0
#include "version.hpp"

#include <iomanip>
#include <sstream>

#include "twill/contract.hpp"

namespace twill::cli {

std::string contract_name() {
  std::ostringstream text;
  text << (contract::version >> 16) << '.' << (contract::version & 0xffff) << ' ' << std::hex << std::setfill('0') << std::setw(16)
       << contract::hash;
  return text.str();
}

}  // namespace twill::cli
