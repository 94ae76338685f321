// SPDX-License-Identifier: Apache-2.0
#include "core.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <sstream>

#include "strided_walk.hpp"

namespace twill::functional {
namespace {

constexpr std::uint32_t irq_mark = 1, irq_error = 2;
constexpr std::uint32_t mark_magic = 0x4b52414d;

contract::Opcode opcode_of(const contract::Command& command) { return static_cast<contract::Opcode>(command.words[0] & 0xff); }

std::string_view opcode_name(const contract::Command& command) {
  for (const auto& info : contract::commands)
    if (info.opcode == opcode_of(command)) return info.name;
  return "of unknown opcode";
}

/// Memories hold noise after power-up; a stream that reads what nobody wrote gives other bytes with another seed.
void fill_with_noise(State& state, std::uint64_t seed) {
  std::mt19937 random(static_cast<std::uint32_t>(seed));
  for (auto& byte : state.scratchpad) byte = static_cast<std::uint8_t>(random());
  for (auto& word : state.accumulators) word = static_cast<std::int32_t>(random());
}

}  // namespace

Core::Core(const contract::Configuration& machine, memory::SparseMemory& dram, Network& network, const FunctionalOptions& options)
    : state_(machine), dram_(dram), network_(network), scheduler_(options.schedule, options.seed) {
  fill_with_noise(state_, options.seed);
  reset();
}

void Core::reset() {
  semaphores_ = {};
  state_.work = {};
  doorbell = fetched_ = marks_ = interrupts_ = 0;
  next_.reset();
  still_ = 0;
  error_.reset();
  queues_.clear();
  const Inside inside{state_, dram_, semaphores_, network_, settings.node, [this](contract::Queue queue, const contract::Mark& mark) { take_record(queue, mark); }};
  for (unsigned q = 0; q < contract::queues; ++q) queues_.emplace_back(static_cast<contract::Queue>(q), inside);
}

std::uint32_t Core::not_empty() const {
  std::uint32_t mask = 0;
  for (unsigned q = 0; q < contract::queues; ++q) mask |= (queues_[q].empty() ? 0u : 1u) << q;
  return mask;
}

std::uint32_t Core::status() const { return not_empty() | (error_ ? 1u << 8 : 0u) | (doorbell != fetched_ ? 1u << 9 : 0u); }

std::uint32_t Core::runnable() const {
  std::uint32_t mask = 0;
  for (unsigned q = 0; q < contract::queues; ++q) mask |= (queues_[q].runnable() ? 1u : 0u) << q;
  // A command for a full queue holds up those behind it.
  const bool stuck = next_ && queues_[static_cast<unsigned>(queue_of(next_->command))].full();
  return mask | (doorbell != fetched_ && !stuck ? 1u << Scheduler::fetch : 0u);
}

bool Core::step() {
  if (!settings.run || error_) return false;
  const std::uint32_t mask = runnable();
  if (mask == 0) return false;
  still_ = 0;
  const unsigned actor = scheduler_.pick(mask);
  if (actor == Scheduler::fetch) {
    fetch();
    return true;
  }
  try {
    queues_[actor].advance();
  } catch (const Fault& fault) {
    stop(fault.error, static_cast<contract::Queue>(actor), queues_[actor].oldest(), fault.info, fault.what());
  }
  return true;
}

void Core::fetch() {
  if (!next_) {
    next_.emplace();
    next_->index = fetched_;
    next_->address = settings.commands.address(fetched_, contract::command_bytes);
    dram_.read(next_->address, next_->command.words.data(), contract::command_bytes);
    if (const Verdict verdict = check(next_->command); !verdict.legal())
      stop(verdict.error, queue_of(next_->command), *next_, 0, verdict.reason);
    return;
  }
  queues_[static_cast<unsigned>(queue_of(next_->command))].push(std::move(*next_));
  next_.reset();
  ++fetched_;
}

Verdict Core::check(const contract::Command& command) const {
  Verdict verdict = check_command(command, state_.machine);
  if (!verdict.legal()) return verdict;
  const contract::Opcode opcode = opcode_of(command);
  if (opcode != contract::Opcode::send && opcode != contract::Opcode::send_add && opcode != contract::Opcode::signal_remote) return verdict;
  const unsigned chip = contract::SignalRemote::decode(command).chip;  // where the others have it, too
  if (chip >= settings.chips)
    verdict = {contract::Error::bad_field, "chip = " + std::to_string(chip) + " is not one of the " + std::to_string(settings.chips) + " chips of the network"};
  return verdict;
}

bool Core::waits_for_another_chip(unsigned queue) const {
  const contract::Slot slot = queues_[queue].waits_on();
  return slot.enabled() && ((settings.remote >> slot.semaphore()) & 1u) != 0;
}

bool Core::waits_for_another_chip() const {
  for (unsigned q = 0; q < contract::queues; ++q)
    if (waits_for_another_chip(q)) return true;
  return false;
}

std::optional<std::uint64_t> Core::patience() const {
  if (!settings.run || error_ || not_empty() == 0) return std::nullopt;
  const std::uint64_t limit = waits_for_another_chip() ? settings.watchdog_remote : settings.watchdog;
  if (limit == 0) return std::nullopt;
  return limit - std::min(limit, still_);
}

void Core::stand_still(std::uint64_t cycles) {
  const auto left = patience();
  still_ += cycles;
  if (left && *left <= cycles) bark();
}

/// The queue with the oldest command among those of which eligible(queue) holds; contract::queues if there is none.
template <typename Eligible>
unsigned Core::oldest_queue(Eligible eligible) const {
  unsigned oldest = contract::queues;
  for (unsigned q = 0; q < contract::queues; ++q) {
    if (queues_[q].empty() || !eligible(q)) continue;
    if (oldest == contract::queues || static_cast<std::int32_t>(queues_[q].oldest().index - queues_[oldest].oldest().index) < 0) oldest = q;
  }
  return oldest;
}

void Core::bark() {
  // The oldest command is what everything else waits for in the end; where another chip is waited for, the oldest that does so.
  const bool remote = waits_for_another_chip();
  const unsigned oldest = remote ? oldest_queue([this](unsigned q) { return waits_for_another_chip(q); }) : oldest_queue([](unsigned) { return true; });
  std::ostringstream reason;
  reason << "nothing moved for " << still_ << " cycles;";
  for (unsigned q = 0; q < contract::queues; ++q) {
    const contract::Slot slot = queues_[q].waits_on();
    if (slot.enabled())
      reason << " queue " << name(static_cast<contract::Queue>(q)) << " waits on semaphore " << slot.semaphore()
             << (waits_for_another_chip(q) ? ", which other chips signal," : "") << " in command " << queues_[q].oldest().index << " ("
             << opcode_name(queues_[q].oldest().command) << ");";
  }
  if (next_) reason << " command " << next_->index << " waits for room in queue " << name(queue_of(next_->command)) << ";";
  std::string text = reason.str();
  text.pop_back();
  stop(remote ? contract::Error::remote_wait : contract::Error::watchdog, static_cast<contract::Queue>(oldest), queues_[oldest].oldest(),
       not_empty() << 24 | queues_[oldest].waits_on().code, text);
  for (unsigned q = 0; q < contract::queues; ++q) {
    const contract::Slot slot = queues_[q].waits_on();
    if (!slot.enabled()) continue;
    error_->waits |= static_cast<std::uint32_t>(contract::Wait::semaphore) << (4 * q);
    error_->slots |= std::uint32_t{slot.code} << (6 * q);
  }
}

void Core::receive(const Parcel& parcel) {
  if (error_) return;
  state_.work.bytes_received += parcel.bytes;
  state_.work.flits_received += parcel.flits();
  if (parcel.space == contract::Space::dram) {
    dram_.write(parcel.address, parcel.data, parcel.bytes);
    return;
  }
  const LocalSpace local(state_, static_cast<std::uint32_t>(parcel.space));
  const std::uint64_t inside = parcel.address < local.bytes ? std::min<std::uint64_t>(parcel.bytes, local.bytes - parcel.address) : 0;
  std::uint8_t* const to = local.data + parcel.address;
  if (parcel.message == contract::Message::add) {
    for (std::uint64_t i = 0; i < inside; i += 4) add_int32(to + i, parcel.data + i);
  } else {
    std::memmove(to, parcel.data, inside);  // a chip may send to itself
  }
  if (inside == parcel.bytes) return;
  const std::uint64_t outside = parcel.address + inside;
  const auto shown = static_cast<std::uint32_t>(outside) & 0xffffffu & ~(contract::flit_bytes - 1);
  stop_by_message(contract::Error::remote_access, parcel.source << 26 | static_cast<std::uint32_t>(parcel.space) << 24 | shown,
                  "a message of chip " + std::to_string(parcel.source) + " names byte " + std::to_string(outside) + ", outside the " + local.name +
                      " of " + std::to_string(local.bytes) + " bytes");
}

void Core::receive_signal(unsigned source, unsigned semaphore) {
  if (error_) return;
  ++state_.work.flits_received;
  try {
    semaphores_.give(contract::Slot::on(semaphore));
  } catch (const Fault& fault) {
    stop_by_message(fault.error, fault.info, std::string(fault.what()) + " when chip " + std::to_string(source) + " signals it");
  }
}

void Core::stop_by_message(contract::Error code, std::uint32_t info, const std::string& reason) {
  error_ = Latched{code, contract::Queue::network, 0, info, std::string(name(code)) + " in queue network: " + reason + "."};
  interrupts_ |= irq_error;
}

void Core::stop(contract::Error code, contract::Queue queue, const Fetched& command, std::uint32_t info, const std::string& reason) {
  std::ostringstream sentence;
  sentence << name(code) << " in queue " << name(queue) << ", command " << command.index << " (" << opcode_name(command.command) << ") at DRAM address 0x"
           << std::hex << command.address << ": " << reason << ".";
  error_ = Latched{code, queue, command.address, info, sentence.str()};
  interrupts_ |= irq_error;
}

std::uint32_t Core::counter(unsigned word) const {
  namespace mark_word = contract::mark_word;
  switch (word) {
    case mark_word::loaded: return state_.work.loaded;
    case mark_word::stored: return state_.work.stored;
    case mark_word::operands: return state_.work.operands;
    case mark_word::weights: return state_.work.weights;
    case mark_word::results: return state_.work.results;
    case mark_word::commands: {
      std::uint32_t sum = 0;
      for (const CommandQueue& queue : queues_) sum += queue.completed();
      return sum;
    }
    case mark_word::sequence: return marks_;
    case mark_word::magic: return mark_magic;
    default: return 0;  // whatever counts cycles
  }
}

void Core::take_record(contract::Queue queue, const contract::Mark& mark) {
  std::uint32_t record[contract::mark_bytes / 4];
  for (unsigned word = 0; word < contract::mark_bytes / 4; ++word) record[word] = counter(word);
  record[contract::mark_word::tag] = mark.tag;
  record[contract::mark_word::queue] = static_cast<std::uint32_t>(queue);
  dram_.write(settings.marks.address(marks_, contract::mark_bytes), record, sizeof record);
  ++marks_;
  if (mark.irq) interrupts_ |= irq_mark;
}

std::uint32_t Core::take_interrupts() {
  const std::uint32_t raised = interrupts_;
  interrupts_ = 0;
  return raised;
}

}  // namespace twill::functional
