// SPDX-License-Identifier: Apache-2.0
// Programs onto chips: set up, ring all doorbells, wait for all, read what they left; and say who waits for whom when they do not end.
#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "twill/chip_id.hpp"
#include "twill/disassembler.hpp"
#include "twill/error.hpp"
#include "twill/program.hpp"
#include "twill/protocol_error.hpp"

namespace twill {
namespace {

namespace reg = contract::reg;

constexpr std::uint64_t very_many_cycles = 100'000'000'000;
constexpr std::size_t most_commands = 65536;
constexpr std::uint32_t irq_mark = 1, irq_error = 2, soft_reset = 2;  // of IRQ_STATUS; of CONTROL

/// The backdoor stays closed while this lives, whatever way the job ends.
class ClosedMemory {
 public:
  explicit ClosedMemory(System& system) : system_(system) { close(true); }
  ~ClosedMemory() { close(false); }
  ClosedMemory(const ClosedMemory&) = delete;
  ClosedMemory& operator=(const ClosedMemory&) = delete;

 private:
  void close(bool closed) {
    for (unsigned rank = 0; rank < system_.chips(); ++rank) system_.chip(rank).close_memory(closed);
  }
  System& system_;
};

/// A line of the disassembler without its columns.
std::string in_a_sentence(std::string line) {
  line.erase(std::unique(line.begin(), line.end(), [](char a, char b) { return a == ' ' && b == ' '; }), line.end());
  return line.substr(line.find_first_not_of(' '));
}

std::uint32_t power_of_two(std::size_t at_least) {
  std::uint32_t size = 1;
  while (size < at_least) size *= 2;
  return size;
}

bool uses_network(const Program& program) {
  return std::any_of(program.commands.begin(), program.commands.end(),
                     [](const contract::Command& c) { return (c.words[0] & 0xffu) >= static_cast<std::uint32_t>(contract::Opcode::send); });
}

/// "ranks 0, 1 and 3"
std::string text_of(const std::vector<unsigned>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < ranks.size(); ++i) text += (i == 0 ? "" : i + 1 == ranks.size() ? " and " : ", ") + std::to_string(ranks[i]);
  return text;
}

class Launch {
 public:
  Launch(System& system, const std::vector<Program>& programs, const LaunchOptions& options) : system_(system), programs_(programs), options_(options) {
    if (programs.size() > system.chips())
      throw InputError(std::to_string(programs.size()) + " programs for a system of " + std::to_string(system.chips()) + " chips");
    for (unsigned rank = 0; rank < programs.size(); ++rank) check(rank);
  }

  std::vector<Outcome> run() {
    write_memory();
    set_up();
    {
      ClosedMemory closed(system_);
      for (unsigned rank = 0; rank < programs_.size(); ++rank)
        if (has_work(rank)) system_.chip(rank).write_register(reg::DOORBELL, static_cast<std::uint32_t>(programs_[rank].commands.size()));
      wait();
    }
    std::vector<Outcome> outcomes(programs_.size());
    for (unsigned rank = 0; rank < programs_.size(); ++rank)
      if (has_work(rank)) outcomes[rank] = {marks_of(rank), network_of(rank)};
    return outcomes;
  }

 private:
  bool many() const { return system_.chips() > 1; }
  bool has_work(unsigned rank) const { return rank < programs_.size() && !programs_[rank].commands.empty(); }
  /// Begins a sentence about a chip where there are several: "rank 3: ".
  std::string of_rank(unsigned rank) const { return many() ? "rank " + std::to_string(rank) + ": " : ""; }
  std::string the_chip(unsigned rank) const { return many() ? "rank " + std::to_string(rank) : "the chip"; }

  void check(unsigned rank) const {
    const Program& p = programs_[rank];
    if (p.commands.empty()) return;
    if (p.commands.size() > most_commands)
      throw InputError(of_rank(rank) + "a program of " + std::to_string(p.commands.size()) + " commands; there can be " + std::to_string(most_commands));
    if (p.ring_address == 0)
      throw std::logic_error(of_rank(rank) + "the program's ring lies at DRAM address 0, which in an error's address stands for no command; it can lie anywhere else");
    const contract::Command& last = p.commands.back();
    if ((last.words[0] & 0xffu) != static_cast<std::uint32_t>(contract::Opcode::mark) || !contract::Mark::decode(last).irq)
      throw std::logic_error(of_rank(rank) + "the program does not end with a MARK that interrupts");
    if (!p.labels.empty() && p.labels.size() != p.commands.size())
      throw std::logic_error(of_rank(rank) + "the program has " + std::to_string(p.commands.size()) + " commands and " + std::to_string(p.labels.size()) + " labels");
  }

  void write_memory() {
    for (unsigned rank = 0; rank < programs_.size(); ++rank) {
      const Program& p = programs_[rank];
      Device& chip = system_.chip(rank);
      for (const auto& [address, bytes] : p.images) chip.write_memory(address, bytes.data(), bytes.size());
      if (has_work(rank)) chip.write_memory(p.ring_address, p.commands.data(), p.commands.size() * contract::command_bytes);
    }
  }

  void set_up() {
    std::size_t most = 0;
    unsigned last = 0;
    for (unsigned rank = 0; rank < system_.chips(); ++rank)
      if (const std::size_t writes = set_up(rank); writes > most) most = writes, last = rank;
    // Writes take effect some at a time, in each chip on its own. The doorbells are to come at once, so all others must be through.
    if (many()) system_.chip(last).read_register(reg::CONTROL);
  }

  std::size_t set_up(unsigned rank) {
    std::size_t writes = 0;
    const auto write = [&](std::uint32_t at, std::uint64_t value) {
      system_.chip(rank).write_register(at, static_cast<std::uint32_t>(value));
      ++writes;
    };
    if (has_work(rank)) {
      const Program& p = programs_[rank];
      write(reg::RING_LO, p.ring_address);
      write(reg::RING_HI, p.ring_address >> 32);
      write(reg::RING_SIZE, power_of_two(p.commands.size()));
      write(reg::MARK_LO, p.mark_address);
      write(reg::MARK_HI, p.mark_address >> 32);
      write(reg::MARK_SIZE, power_of_two(p.marks));
      for (unsigned s = 0; s < contract::semaphores; ++s)
        if (p.semaphores[s]) write(reg::SEMAPHORE, s << 8 | p.semaphores[s]);
      if (p.remote_semaphores) write(reg::REMOTE, p.remote_semaphores);
      if (options_.memory_silence) lengthen_watchdog(rank);
      if (options_.remote_patience) write(reg::WATCHDOG_REMOTE, options_.remote_patience);
      write(reg::CONTROL, 1);
    }
    write(reg::IRQ_ENABLE, irq_mark | irq_error);
    return writes;
  }

  /// On top of its default the watchdog allows the silence of a slow memory.
  void lengthen_watchdog(unsigned rank) {
    Device& chip = system_.chip(rank);
    if (const std::uint32_t patience = chip.read_register(reg::WATCHDOG))
      chip.write_register(reg::WATCHDOG, static_cast<std::uint32_t>(std::min<std::uint64_t>(patience + options_.memory_silence, UINT32_MAX)));
  }

  void wait() {
    constexpr std::uint64_t slice = 1u << 17, silence = 64 * slice;
    const std::uint64_t limit = options_.limit ? options_.limit : very_many_cycles;
    for (unsigned rank = 0; rank < programs_.size(); ++rank)
      if (has_work(rank)) running_ |= bit(rank);
    const std::uint64_t all = ~std::uint64_t{0} >> (64 - system_.chips());
    for (std::uint64_t waited = 0; running_ != 0;) {
      const std::uint64_t raised = system_.wait_interrupts(all, slice);
      if (raised == 0) waited += slice;  // a slice cut short by an interrupt is not counted: with many chips there are many
      if (options_.progress) options_.progress(waited);
      std::uint64_t failed = 0;
      for (unsigned rank = 0; rank < system_.chips(); ++rank) {
        if (!(raised & bit(rank))) continue;
        const std::uint32_t status = system_.chip(rank).read_register(reg::IRQ_STATUS);
        if (status & irq_error) failed |= bit(rank);
        if (!(status & irq_mark)) continue;
        running_ &= ~bit(rank);
        if (running_) system_.chip(rank).write_register(reg::IRQ_STATUS, irq_mark);  // an error may follow
      }
      if (failed) fail(failed);
      if (running_ && raised == 0 && waited % silence == 0) look_for_life();
      if (running_ && waited > limit) give_up(waited);
    }
  }

  /// After a long silence: does each chip still answer, and was it the interrupt that was lost? So a dead chip is no wait for the limit.
  void look_for_life() {
    constexpr std::uint64_t moment = 4096;  // an interrupt is seen long before
    for (const unsigned rank : ranks_of(running_)) {
      Device& chip = system_.chip(rank);
      if (const std::uint32_t id = chip.read_register(reg::ID); id != chip_id)
        throw ChipError(of_rank(rank) + "the chip does not answer: register ID reads " + hex(id) + ", that of a chip at work " + hex(chip_id));
      if (chip.read_register(reg::CONTROL) & soft_reset)
        throw ChipError(of_rank(rank) + "a soft reset of the chip does not end: memory does not take or answer what was begun before it (STATUS reads " +
                        hex(chip.read_register(reg::STATUS)) + ")");
      if (const std::uint32_t status = chip.read_register(reg::IRQ_STATUS); status != 0 && system_.wait_interrupts(bit(rank), moment) == 0)
        throw ChipError(of_rank(rank) + "the chip's interrupt does not come: IRQ_STATUS reads " + hex(status) + ", the chip " +
                        ((status & irq_error) ? "has stopped with " + chip.last_error() : "has ended its program"));
    }
  }

  static std::string hex(std::uint32_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
  }

  struct Blame {
    contract::Error code = contract::Error::none;
    std::uint32_t info = 0;
    std::string said, command, label;
  };

  [[noreturn]] void give_up(std::uint64_t cycles) const {
    const std::vector<unsigned> late = ranks_of(running_);
    std::vector<unsigned> lost, stuck;
    for (const unsigned rank : late) (was_reset(rank) ? lost : stuck).push_back(rank);
    throw ChipError("the job did not end within " + std::to_string(cycles) + " cycles, and " + (many() ? "no" : "the") + " chip reported " +
                    (many() ? "an" : "no") + " error" + (many() ? "; " + text_of(late) + " had not ended" : "") + text_of_reset(lost) + what_keeps(stuck));
  }

  /// Their watchdogs are left with little patience: what they then say, "; asked, rank 3 reports: watchdog in the load queue, ...; command ...".
  std::string what_keeps(const std::vector<unsigned>& ranks) const {
    const std::uint64_t patience = 4096 + options_.memory_silence;
    std::uint64_t asked = 0;
    for (const unsigned rank : ranks) {
      for (const std::uint32_t limit : {reg::WATCHDOG, reg::WATCHDOG_REMOTE, reg::WATCHDOG_WAIT})
        system_.chip(rank).write_register(limit, static_cast<std::uint32_t>(std::min<std::uint64_t>(patience, UINT32_MAX)));
      asked |= bit(rank);
    }
    while (const std::uint64_t raised = asked ? system_.wait_interrupts(asked, 5 * patience) : 0) asked &= ~raised;  // a queue is found within twice its two limits
    std::string text;
    for (const unsigned rank : ranks) {
      const Blame blame = read_blame(rank);
      text += blame.code == contract::Error::none ? "; " + the_chip(rank) + " is still at work" : "; asked, " + the_chip(rank) + " reports: " + blame.said + where(blame);
    }
    return text;
  }

  /// A soft reset clears DOORBELL, and the program is lost.
  bool was_reset(unsigned rank) const {
    return system_.chip(rank).read_register(reg::DOORBELL) != static_cast<std::uint32_t>(programs_[rank].commands.size());
  }
  std::string text_of_reset(const std::vector<unsigned>& ranks) const {
    if (ranks.empty()) return "";
    const bool one = ranks.size() == 1;
    return "; " + (many() ? text_of(ranks) : "the chip") + (one ? " was" : " were") + " reset in the middle of " + (one ? "its program" : "their programs");
  }

  // ---- errors

  Blame read_blame(unsigned rank) const {
    Device& chip = system_.chip(rank);
    Blame blame;
    blame.code = static_cast<contract::Error>(chip.read_register(reg::ERROR_CODE));
    if (blame.code == contract::Error::none) return blame;
    blame.info = chip.read_register(reg::ERROR_INFO);
    blame.said = chip.last_error();
    const std::uint64_t at = chip.read_register(reg::ERROR_ADDRESS_LO) | std::uint64_t{chip.read_register(reg::ERROR_ADDRESS_HI)} << 32;
    const bool by_message = blame.code == contract::Error::remote_access ||
                            ((blame.code == contract::Error::semaphore_overflow || blame.code == contract::Error::ecc) && at == 0);
    if (!has_work(rank) || by_message) return blame;
    const Program& p = programs_[rank];
    if (at < p.ring_address || at >= p.ring_address + p.commands.size() * contract::command_bytes) return blame;
    const auto index = static_cast<std::size_t>((at - p.ring_address) / contract::command_bytes);
    blame.command = in_a_sentence(disassemble(p.commands[index], static_cast<unsigned>(index)));
    if (!p.labels.empty()) blame.label = p.names.at(p.labels[index]);
    return blame;
  }

  [[noreturn]] void fail(std::uint64_t failed) {
    std::map<unsigned, Blame> blames;
    for (const unsigned rank : ranks_of(failed)) blames[rank] = read_blame(rank);
    // Whatever else is wrong comes before a wait for it.
    auto first = std::find_if(blames.begin(), blames.end(), [](const auto& b) { return b.second.code != contract::Error::remote_wait; });
    std::string waits;
    if (first == blames.end()) {
      first = blames.begin();
      if (many()) waits = who_waits(blames) + "; ";
    }
    throw ChipError(waits + the_chip(first->first) + " reported an error: " + first->second.said + where(first->second));
  }

  static std::string where(const Blame& blame) {
    return (blame.command.empty() ? "" : "; command " + blame.command) + (blame.label.empty() ? "" : " of " + blame.label);
  }

  /// Chips that wait, too, are made to say so at once. Then: "ranks 0 and 1 wait for all_reduce 2 of world: data of rank 3; rank 3 has ended".
  std::string who_waits(std::map<unsigned, Blame>& blames) {
    std::uint64_t silent = running_;
    for (const auto& [rank, blame] : blames) silent &= ~bit(rank);
    for (const unsigned rank : ranks_of(silent)) system_.chip(rank).write_register(reg::WATCHDOG_REMOTE, 1);
    constexpr std::uint64_t moment = 4096;  // longer than any command lasts of which a wait is due
    while (const std::uint64_t raised = silent ? system_.wait_interrupts(silent, moment) : 0) {
      silent &= ~raised;
      for (const unsigned rank : ranks_of(raised)) blames[rank] = read_blame(rank);
    }

    std::map<std::string, std::vector<unsigned>> waiting;
    std::vector<unsigned> ended, running, lost;
    for (unsigned rank = 0; rank < system_.chips(); ++rank) {
      const auto found = blames.find(rank);
      if (found != blames.end() && found->second.code != contract::Error::none) {
        waiting[what_is_awaited(rank, found->second)].push_back(rank);
      } else if (running_ & bit(rank)) {
        (was_reset(rank) ? lost : running).push_back(rank);
      } else {
        ended.push_back(rank);
      }
    }
    std::string text;
    for (const auto& [what, ranks] : waiting) text += (text.empty() ? "" : "; ") + text_of(ranks) + (ranks.size() == 1 ? " waits" : " wait") + what;
    if (!running.empty()) text += "; " + text_of(running) + (running.size() == 1 ? " is" : " are") + " still at work";
    text += text_of_reset(lost);
    if (!ended.empty()) text += "; " + text_of(ended) + (ended.size() == 1 ? " has" : " have") + " nothing left to do";
    return text;
  }

  std::string what_is_awaited(unsigned rank, const Blame& blame) const {
    if (blame.code != contract::Error::remote_wait) return " no longer: " + blame.said;
    const contract::Slot slot{blame.info & 0x3fu};
    if (const std::string& awaited = programs_[rank].awaited[slot.semaphore()]; !awaited.empty()) return " for " + awaited;
    return " for another chip's signal to semaphore " + std::to_string(slot.semaphore()) + (blame.label.empty() ? "" : " in " + blame.label);
  }

  // ---- results

  std::vector<MarkRecord> marks_of(unsigned rank) const {
    const Program& p = programs_[rank];
    std::vector<MarkRecord> records(p.marks);
    system_.chip(rank).read_memory(p.mark_address, records.data(), records.size() * contract::mark_bytes);
    const bool timed = system_.kind() != "functional";
    for (const MarkRecord& r : records) {
      if (r[contract::mark_word::magic] != 0x4b52414du) throw ProtocolError(of_rank(rank) + "a mark record is missing");
      for (unsigned q = 0; timed && q < contract::queues; ++q) {
        const unsigned w = contract::mark_word::engines + 4 * q;
        if (static_cast<std::uint32_t>(r[w] + r[w + 1] + r[w + 2] + r[w + 3]) != static_cast<std::uint32_t>(r.cycle()))
          throw ProtocolError(of_rank(rank) + "the counters of the " + std::string(contract::name(static_cast<contract::Queue>(q))) +
                                 " engine do not sum to the cycles");
      }
    }
    return records;
  }

  NetworkCounters network_of(unsigned rank) const {
    NetworkCounters n;
    if (!many() && !uses_network(programs_[rank])) return n;  // reading takes cycles
    std::uint32_t at = reg::NETWORK;
    for (std::uint32_t* word : {&n.bytes_sent, &n.flits_sent, &n.bytes_received, &n.flits_received, &n.send_waits, &n.receive_waits, &n.exposed}) {
      *word = system_.chip(rank).read_register(at);
      at += 4;
    }
    return n;
  }

  static std::uint64_t bit(unsigned rank) { return std::uint64_t{1} << rank; }
  static std::vector<unsigned> ranks_of(std::uint64_t mask) {
    std::vector<unsigned> ranks;
    for (unsigned rank = 0; rank < 64; ++rank)
      if (mask & bit(rank)) ranks.push_back(rank);
    return ranks;
  }

  System& system_;
  const std::vector<Program>& programs_;
  const LaunchOptions& options_;
  std::uint64_t running_ = 0;  // programs that have not ended
};

}  // namespace

std::vector<Outcome> launch(System& system, const std::vector<Program>& programs, const LaunchOptions& options) {
  return Launch(system, programs, options).run();
}

}  // namespace twill
