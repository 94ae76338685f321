// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace twill::mapper {

/// Gives scratchpad addresses to buffers that live from layer `first` to layer `last`: two buffers may share bytes only when
/// their lives do not meet. Largest first, each at the lowest place that is free throughout its life (or the highest: weights
/// grow down from the top, into other banks than activations).
class Arena {
 public:
  Arena(std::uint32_t bytes, std::uint32_t alignment) : bytes_(bytes), alignment_(alignment) {}

  void add(std::size_t bytes, int first, int last, bool from_top, std::uint32_t* address);

  /// The life of a buffer that found no place.
  struct Failure {
    int first, last;
  };
  /// Writes every address; tells which buffer found no place, if one did not. With a `bank` size, buffers of a quarter bank
  /// or more take whole banks, so that two engines seldom meet in one.
  std::optional<Failure> place(std::uint32_t bank = 0) const;

 private:
  struct Buffer {
    std::uint32_t bytes;
    int first, last;
    bool from_top;
    std::uint32_t* address;
  };
  std::uint32_t bytes_, alignment_;
  std::vector<Buffer> buffers_;
};

}  // namespace twill::mapper
