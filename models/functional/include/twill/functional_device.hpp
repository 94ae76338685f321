// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "twill/contract.hpp"
#include "twill/device.hpp"
#include "twill/system.hpp"

namespace twill {

/// In which order the queues of a functional chip move when several could, and the chips of a functional system: round_robin lets the
/// chips move in turn, the others let them run ahead of each other for spells of random length. A stream with all its dependencies gives the
/// same bytes under every one of them; one that lacks a dependency gives wrong bytes or hangs under some.
enum class Schedule {
  round_robin,
  producers_first,  ///< what comes early on a value's path runs as far ahead as it may: finds buffers overwritten too early
  consumers_first,  ///< what comes late runs as early as it may: finds values used before they exist
  random,           ///< priorities drawn anew after spells of random length
};

struct FunctionalOptions {
  Schedule schedule = Schedule::round_robin;
  std::uint64_t seed = 1;  ///< of the random schedules, and of the noise memories hold after power-up
};

/// A chip that executes the command stream without time: the reference for the command set and the fast device of host
/// developers. It behaves as the chip does, with these differences:
///   - cycle counters read 0, and so do busy, starved, blocked, idle and the waits of the network port; the counts of bytes, words,
///     flits and commands are kept;
///   - the chip moves only inside wait_interrupt() and, a little, at every read_register(), so that polling works;
///     wait_interrupt counts one unit of work (one pass over an accumulator bank, or a command) as a cycle;
///   - an error stops all queues at once. The watchdog counts the cycles wait_interrupt was given and could not use;
///   - rules between fields (command_rules.hpp) are checked when a command is fetched, on the chip by its engine;
///   - queues hold exactly queue_depth commands beyond the one being run (the chip may hold a few more).
/// A soft reset (CONTROL bit 1) empties queues and semaphores, clears DOORBELL, FETCHED, MARK_COUNT, errors and counters;
/// the other registers and all memories stay.
/// Throws InputError for a name spec/configurations.toml does not have; accesses to registers that do not exist throw it too.
std::unique_ptr<Device> make_functional_device(std::string_view configuration, const FunctionalOptions& options = {});
std::unique_ptr<Device> make_functional_device(const contract::Configuration& machine, const FunctionalOptions& options = {});

/// Such chips, numbered as they come, joined by a network without time: a message takes effect when it is sent, so the messages of
/// one chip arrive in order. All move together, whichever the host waits for or polls; a watchdog counts only cycles in which no
/// chip could move. The reset of one is the reset of all. A chip stopped by an error takes messages and forgets them; a message it
/// could not take leaves 0 in ERROR_ADDRESS. Throws InputError unless there are 1 to contract::chips.
std::unique_ptr<System> make_functional_system(const std::vector<contract::Configuration>& machines, const FunctionalOptions& options = {});
std::unique_ptr<System> make_functional_system(std::string_view configuration, unsigned chips, const FunctionalOptions& options = {});

}  // namespace twill
