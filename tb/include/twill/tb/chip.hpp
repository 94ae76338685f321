// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "twill/fault.hpp"
#include "twill/memory/dram.hpp"
#include "twill/noc/fabric.hpp"

namespace twill::tb {

/// Pins at which nothing answers any more, as bits: channels of the memory port, credits of the network port.
enum DeadPins : unsigned { dead_ar = 1, dead_r = 2, dead_aw = 4, dead_w = 8, dead_b = 16, dead_credit = 32, all_pins = 63 };

struct ChipOptions {
  memory::DramTiming dram;
  std::uint64_t refused_from = 0, refused_to = 0;  ///< DRAM addresses [from, to) that answer with a bus error; none
  noc::Fabric* fabric = nullptr;                   ///< the network whose terminal `node` is at the chip's network port; null: nothing is
  unsigned node = 0;
  std::uint32_t initial_state = 0;  ///< seed of what registers and memories hold before the first reset; 0: zeros. Of a chip
                                    ///< with assertions; others always have zeros
  double stalls = 0;                ///< for tests: the share of cycles, 0 to 0.9, in which memory and network hold back,
                                    ///< and a chip with assertions at its inner handshakes
  bool inner_stalls = true;         ///< the latter too
  std::uint64_t stall_seed = 0;
  unsigned dead_pins = 0;  ///< DeadPins, from cycle dead_from to the next reset; none in a chip without assertions
  std::uint64_t dead_from = 0;
  bool registers = false;  ///< a model whose registers() can be flipped, slower; of the machines for which there is one
  bool sleep = true;       ///< a chip in which nothing moves is not evaluated (never while waves are open)
  std::string wave_file;   ///< FST file, written while the cycle is in [wave_start, wave_stop); empty: none
  std::uint64_t wave_start = 0, wave_stop = ~std::uint64_t{0};
};

/// A register or a memory of a chip.
struct Register {
  std::string name;        ///< where it is in the chip, "u_fetch.head_q"
  std::uint32_t elements;  ///< 1 unless it is an array
  unsigned bits;           ///< of each
};

/// The Verilated chip with its DRAM at the memory port, its router at the network port and a driver at the register port: a plain object
/// that is stepped. Everything in chip cycles. Not thread-safe; different chips may be stepped by different threads (chips that share a
/// fabric in windows of it). The fabric's node is stepped with the chip; its cycles are the chip's.
///
/// A chip that sleeps (asleep_o), with nothing under way in its memory and nothing arriving, is not evaluated: its cycles are owed, and
/// paid with one clock edge for up to `most_owed` of them before anything of it changes or is looked at. Nothing else shows of that.
class Chip {
 public:
  struct Answer {
    std::uint32_t data;  ///< 0 for a write
    bool ok;             ///< false: the offset is not in the register table
  };

  virtual ~Chip() = default;

  /// Throws ProtocolError when the chip breaks the protocol of its memory or network port; a chip with assertions std::logic_error when one
  /// fails.
  virtual void step(std::uint64_t cycles) = 0;

  /// One AXI4-Lite transaction on the pins, back to back; takes at most `transaction_cycles`. The register changes (or is sampled)
  /// within it. Throws ProtocolError if the chip does not answer.
  Answer read_register(std::uint32_t offset);
  Answer write_register(std::uint32_t offset, std::uint32_t value);
  static constexpr std::uint64_t transaction_cycles = 8;

  /// The same a cycle at a time: begin one, then step_access() until it has an answer; step() only when none is under way.
  virtual void begin_read(std::uint32_t offset) = 0;
  virtual void begin_write(std::uint32_t offset, std::uint32_t value) = 0;
  virtual std::optional<Answer> step_access() = 0;

  /// Holds reset for a few cycles, in which the fabric is not stepped. DRAM contents stay; whatever was under way on the bus is forgotten, and
  /// so are flips to come. What holds back at random does so as from the start.
  virtual void reset() = 0;

  virtual bool interrupt() const = 0;
  virtual std::uint64_t cycles() const = 0;  ///< stepped so far, resets included
  virtual std::uint64_t slept() const = 0;   ///< of these, cycles that were not evaluated
  virtual void may_sleep(bool sleep) = 0;    ///< as ChipOptions::sleep, from now on
  virtual bool asleep() const = 0;           ///< it will not move in the next `most_owed` cycles unless something comes from outside
  static constexpr std::uint64_t most_owed = 4096;
  virtual memory::SparseMemory& memory() = 0;

  /// Flips a bit before the fault's cycle, or the next one in which the chip is stepped. Faults take effect in the order of the calls, none
  /// before an earlier call's. Throws InputError at once where there is no such bit, or the machine has no SEC-DED memories.
  virtual void flip(const Fault& fault) = 0;

  /// All registers and memories, by name; none without ChipOptions::registers.
  virtual const std::vector<Register>& registers() const = 0;
  /// The same for a bit of one of them, by its place in the list. What is driven by it follows before the next clock edge. Such a chip no
  /// longer sleeps. Throws std::out_of_range at once where there is no such register, element or bit.
  virtual void flip(std::size_t reg, std::uint32_t element, unsigned bit, std::uint64_t cycle) = 0;
  /// A bit as it is now. Throws std::out_of_range where there is none.
  virtual bool peek(std::size_t reg, std::uint32_t element, unsigned bit) const = 0;

  /// Switches waves on or off from the next cycle. Throws InputError when the chip was built or opened without them.
  virtual void wave(bool on) = 0;
};

/// Throws InputError for a machine that is not built in, naming those that are; for `registers` where there is no model that shows them;
/// for a wave file without the trace build or that cannot be written; for an initial state or dead pins of a chip without assertions; and
/// for stalls or DRAM figures out of range. std::out_of_range for a node that the fabric does not have.
std::unique_ptr<Chip> make_chip(std::string_view configuration, const ChipOptions& options = {});

/// The machines built in (TWILL_CONFIGS), in the order of spec/configurations.toml.
std::vector<std::string> built_configurations();
/// Those of which there is a model with `registers`.
std::vector<std::string> configurations_with_registers();

}  // namespace twill::tb
