// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>

namespace twill::mapper {

/// Latencies in cycles that the prediction uses; the block tests measure them (docs/microarchitecture.md, cycle table).
struct Timing {
  int word;

  std::size_t fetch_depth = 8;     ///< commands asked for or waiting in the fetch buffer
  std::int64_t most_bursts = 128;  ///< of one engine in flight, where their bytes allow it
  std::size_t most_loads = 9;      ///< LOADs under way
  std::size_t most_marks = 8;      ///< records on their way to memory
  int fetch_start = 4;             ///< doorbell to the first command asked for
  int dispatch_latency = 8;        ///< command answered to offered to its queue
  int token = 1;                   ///< signal of one queue to the start of the waiting command in another
  int first_weights() const { return word + 3; }         ///< first weight read to first operand, when nothing ran before
  int weight_interval() const { return word + 1; }       ///< from pass to pass at least; longer passes follow each other without a gap
  int sum_latency_conv() const { return 2 * word + 4; }  ///< operand read granted to its sum written
  int sum_latency_depthwise = 6;
  int post_start = 4;        ///< post command accepted to its first read
  int post_latency = 8;      ///< last read granted to last byte written
  int post_parameters = 18;  ///< records of one tile, when not hidden: 16 words at any word size
  std::int64_t add = 3, mul = 2, lookup = 1, move = 1, pool = 1;  ///< cycles a word, of a pool: a word of a tap
  int table() const { return 256 / word + 2; }                    ///< of a LOOKUP, read before its first word
  int divider = 33;
  int load_latency = 6;   ///< on top of the DRAM latency: address issued to last byte in the scratchpad
  int send = 8, signal_remote = 2;  ///< on top of the flits of a SEND; the whole of a SIGNAL_REMOTE
  int store_latency = 8;  ///< on top of the DRAM latency: first read to the first beat, last beat to completion
};

}  // namespace twill::mapper
