// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "twill/contract.hpp"
#include "twill/system.hpp"

namespace twill {

/// What one chip is to run: bytes to put into its DRAM, commands for its ring. The last command is a MARK with irq.
struct Program {
  std::vector<std::pair<std::uint64_t, std::vector<std::uint8_t>>> images;  ///< DRAM address and bytes
  std::vector<contract::Command> commands;                                  ///< at most 65,536
  std::vector<std::uint32_t> labels;  ///< by command: index into `names`; empty: no names
  std::vector<std::string> names;     ///< what a command belongs to: "layer 3 (CONV_2D)", "all_reduce 2 of world"
  std::array<std::uint8_t, contract::semaphores> semaphores{};  ///< initial values
  std::uint32_t remote_semaphores = 0;                          ///< those that other chips signal (register REMOTE)
  std::uint64_t ring_address = 0, mark_address = 0;             ///< multiples of 64 and 128; that of the ring not 0
  std::uint32_t marks = 0;                                      ///< MARK commands
  /// Remote semaphore -> whose signal it is and what for: "all_reduce 2 of world: data of rank 1". Used when the wait never ends.
  std::array<std::string, contract::semaphores> awaited;
};

/// A mark record as it lies in DRAM (words as in contract::mark_word).
struct MarkRecord {
  std::array<std::uint32_t, contract::mark_bytes / 4> words{};
  std::uint32_t operator[](unsigned i) const { return words[i]; }
  std::uint64_t cycle() const { return words[contract::mark_word::cycle] | std::uint64_t{words[contract::mark_word::cycle + 1]} << 32; }
};

/// The NETWORK registers of a chip when its program ended.
struct NetworkCounters {
  std::uint32_t bytes_sent = 0, flits_sent = 0, bytes_received = 0, flits_received = 0, send_waits = 0, receive_waits = 0, exposed = 0;
};

struct Outcome {
  std::vector<MarkRecord> marks;  ///< in the order they were taken
  NetworkCounters network;
};

struct LaunchOptions {
  std::function<void(std::uint64_t cycles)> progress;  ///< called now and then with the cycles waited
  std::uint64_t limit = 0;                             ///< cycles after which a job that shows no error is given up, or somewhat later; 0: very many
  std::uint64_t memory_silence = 0;                    ///< cycles that WATCHDOG allows on top of its value, see twill::memory_silence()
  std::uint32_t remote_patience = 0;                   ///< WATCHDOG_REMOTE; 0: its reset value
};

/// Runs program r on chip r, all at once (empty commands: that chip stays idle), and waits until all are done. All doorbells
/// are posted before any takes effect, so all chips start in the same cycle. The backdoor to DRAM is closed meanwhile. The system is not reset here; images are
/// written first. Throws InputError for more programs than chips and more commands than a ring holds; ChipError naming rank, command, label
/// and, for a remote wait, which rank waits for whom; std::logic_error for a program that does not end with a MARK with irq, and its kind
/// ProtocolError when a record is missing or counters do not add up.
std::vector<Outcome> launch(System& system, const std::vector<Program>& programs, const LaunchOptions& options = {});

}  // namespace twill
