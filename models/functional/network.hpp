// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "twill/contract.hpp"

namespace twill::functional {

/// Bytes on their way to another chip, which sends a flit for each block of flit_bytes that a run of the remote side touches.
struct Parcel {
  contract::Message message;  ///< write or add
  unsigned source;            ///< number of the chip it comes from
  contract::Space space;
  std::uint64_t address;      ///< there; the bytes follow each other
  const std::uint8_t* data;
  std::uint32_t bytes;
  bool continues;             ///< the first byte belongs to the flit that the parcel before it ends with

  std::uint32_t flits() const {
    return (static_cast<std::uint32_t>(address % contract::flit_bytes) + bytes + contract::flit_bytes - 1) / contract::flit_bytes - (continues ? 1 : 0);
  }
};

/// The other chips as a chip's network port sees them. What is sent takes effect at once.
class Network {
 public:
  virtual ~Network() = default;
  virtual void send(unsigned chip, const Parcel& parcel) = 0;
  virtual void signal(unsigned chip, unsigned source, unsigned semaphore) = 0;
};

}  // namespace twill::functional
