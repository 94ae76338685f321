// SPDX-License-Identifier: Apache-2.0
// Flows for every operation and algorithm.
#pragma once
#include "flow.hpp"

namespace twill::collective {

struct Task {
  Collective operation = Collective::barrier;
  Buffer buffer, to;      ///< `to`: of all_to_all
  unsigned root = 0;      ///< of send: the sender; the receiver is `peer`
  unsigned peer = 0;
  Algorithm algorithm = Algorithm::ring;
  std::uint64_t piece = 4096;  ///< bytes a message has at most, where they are cut; a multiple of 16
};

/// The algorithms there are for an operation on this shape, the first being the one for many bytes.
std::vector<Algorithm> algorithms_for(Collective operation, const Shape& shape);

Flow make_flow(const Task& task, const Shape& shape);

/// Pieces a buffer's part is best cut into, for a message of at most `piece` bytes.
struct Piece {
  std::uint64_t address, bytes;
};
std::vector<Piece> pieces(std::uint64_t address, std::uint64_t bytes, std::uint64_t piece);

}  // namespace twill::collective
