// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>

#include "twill/error.hpp"
#include "twill/parallel.hpp"

namespace twill {
namespace {

/// D, P and T of "DxPxT"; false when the text is not of that form with three positive numbers.
bool factors(const std::string& text, std::array<unsigned, 3>& values) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && (at == end || *at++ != 'x')) return false;
    const auto [next, error] = std::from_chars(at, end, values[i]);
    if (error != std::errc() || values[i] == 0 || values[i] > contract::chips) return false;
    at = next;
  }
  return at == end;
}

}  // namespace

ParallelShape ParallelShape::parse(const std::string& text, unsigned chips) {
  if (text == "data") return {chips, 1, 1};
  if (text == "pipeline") return {1, chips, 1};
  if (text == "tensor") return {1, 1, chips};
  std::array<unsigned, 3> f{};
  if (!factors(text, f))
    throw InputError("--parallel '" + text + "' is not tensor, pipeline, data or DxPxT (D data groups of P pipeline stages of T tensor ranks)");
  const ParallelShape shape{f[0], f[1], f[2]};
  if (shape.chips() != chips)
    throw InputError("--parallel " + text + " takes " + std::to_string(shape.chips()) + " chips, the system has " + std::to_string(chips));
  return shape;
}

}  // namespace twill
