// SPDX-License-Identifier: Apache-2.0
// The registers of the contract in front of the core.
#include "functional_chip.hpp"

#include <sstream>
#include <stdexcept>

#include "twill/chip_id.hpp"
#include "twill/error.hpp"

namespace twill::functional {
namespace {

namespace reg = contract::reg;

constexpr std::uint32_t counter_bytes = 28 * 4;  // COUNTERS: words 4 to 31 of a mark record
constexpr unsigned first_counter = 4;

constexpr std::uint32_t network_words = 7;

void set_low(std::uint64_t& address, std::uint32_t value) { address = (address & ~std::uint64_t{0xffffffff}) | value; }
void set_high(std::uint64_t& address, std::uint32_t value) { address = (address & 0xffffffff) | std::uint64_t{value & 0xffu} << 32; }

std::string no_register(std::uint32_t offset) {
  std::ostringstream text;
  text << "The chip has no register at offset 0x" << std::hex << offset << ".";
  return text.str();
}

std::uint32_t network_word(const Work& work, unsigned word) {
  switch (word) {
    case 0: return work.bytes_sent;
    case 1: return work.flits_sent;
    case 2: return work.bytes_received;
    case 3: return work.flits_received;
    default: return 0;  // whatever counts cycles
  }
}

}  // namespace

FunctionalChip::FunctionalChip(const contract::Configuration& machine, Network& network, const FunctionalOptions& options, unsigned node, unsigned chips)
    : machine_(machine), network_(network), options_(options), node_(node), chips_(chips) {
  reset();
}

void FunctionalChip::reset() {
  FunctionalOptions options = options_;
  options.seed += node_;  // other noise in every chip
  core_ = std::make_unique<Core>(machine_, dram_, network_, options);
  core_->settings.node = node_;
  core_->settings.chips = chips_;
  irq_status_ = irq_enable_ = semaphore_ = 0;
  closed_ = stuck_ = false;
}

bool FunctionalChip::step() {
  if (stuck_) return false;
  const bool moved = core_->step();
  collect();
  stuck_ = !moved;
  return moved;
}

void FunctionalChip::stand_still(std::uint64_t cycles) {
  core_->stand_still(cycles);
  collect();
}

void FunctionalChip::receive(const Parcel& parcel) {
  core_->receive(parcel);
  collect();
}

void FunctionalChip::receive_signal(unsigned source, unsigned semaphore) {
  core_->receive_signal(source, semaphore);
  collect();
  stuck_ = false;
}

void FunctionalChip::read_memory(std::uint64_t address, void* data, std::size_t bytes) {
  require_open();
  dram_.read(address, data, bytes);
}

void FunctionalChip::write_memory(std::uint64_t address, const void* data, std::size_t bytes) {
  require_open();
  dram_.write(address, data, bytes);
}

void FunctionalChip::require_open() const {
  if (closed_) throw std::logic_error("the chip's DRAM is closed to the host between the doorbell and the last MARK");
}

std::uint32_t FunctionalChip::read_register(std::uint32_t offset) {
  const Settings& s = core_->settings;
  const auto& error = core_->error();
  switch (offset) {
    case reg::ID: return chip_id;
    case reg::VERSION: return contract::version;
    case reg::HASH_LO: return static_cast<std::uint32_t>(contract::hash);
    case reg::HASH_HI: return static_cast<std::uint32_t>(contract::hash >> 32);
    case reg::CAP_WORD: return machine_.word_bytes;
    case reg::CAP_SCRATCHPAD: return machine_.scratchpad_bytes;
    case reg::CAP_ACCUMULATOR: return machine_.accumulator_words;
    case reg::CAP_QUEUES: return contract::queue_depth;
    case reg::CAP_FEATURES: return machine_.ecc ? 3 : 1;
    case reg::CONTROL: return s.run ? 1 : 0;
    case reg::STATUS: return core_->status();
    case reg::IRQ_STATUS: return irq_status_;
    case reg::IRQ_ENABLE: return irq_enable_;
    case reg::RING_LO: return static_cast<std::uint32_t>(s.commands.base);
    case reg::RING_HI: return static_cast<std::uint32_t>(s.commands.base >> 32);
    case reg::RING_SIZE: return s.commands.size;
    case reg::DOORBELL: return core_->doorbell;
    case reg::FETCHED: return core_->fetched();
    case reg::MARK_LO: return static_cast<std::uint32_t>(s.marks.base);
    case reg::MARK_HI: return static_cast<std::uint32_t>(s.marks.base >> 32);
    case reg::MARK_SIZE: return s.marks.size;
    case reg::MARK_COUNT: return core_->mark_count();
    case reg::WATCHDOG: return s.watchdog;
    case reg::WATCHDOG_REMOTE: return s.watchdog_remote;
    case reg::NODE: return s.node | s.chips << 8;
    case reg::REMOTE: return s.remote;
    case reg::SEMAPHORE: return core_->semaphores().value(semaphore_);
    case reg::ERROR_CODE: return error ? static_cast<std::uint32_t>(error->code) : 0;
    case reg::ERROR_QUEUE: return error ? static_cast<std::uint32_t>(error->queue) : 0;
    case reg::ERROR_ADDRESS_LO: return error ? static_cast<std::uint32_t>(error->address) : 0;
    case reg::ERROR_ADDRESS_HI: return error ? static_cast<std::uint32_t>(error->address >> 32) : 0;
    case reg::ERROR_INFO: return error ? error->info : 0;
    case reg::ERROR_WAITS: return error ? error->waits : 0;
    case reg::ERROR_SLOTS: return error ? error->slots : 0;
    case reg::WATCHDOG_WAIT: return s.watchdog_wait;
    case reg::CYCLE_LO:
    case reg::CYCLE_HI:
    case reg::ECC_SCRATCHPAD:  // nothing in here flips a bit
    case reg::ECC_ACCUMULATORS:
    case reg::ECC_QUEUES: return 0;
    default: break;
  }
  if (offset >= reg::COUNTERS && offset < reg::COUNTERS + counter_bytes && offset % 4 == 0)
    return core_->counter(first_counter + (offset - reg::COUNTERS) / 4);
  if (offset >= reg::NETWORK && offset < reg::NETWORK + network_words * 4 && offset % 4 == 0)
    return network_word(core_->work(), (offset - reg::NETWORK) / 4);
  throw InputError(no_register(offset));
}

void FunctionalChip::write_register(std::uint32_t offset, std::uint32_t value) {
  stuck_ = false;
  Settings& s = core_->settings;
  switch (offset) {
    case reg::CONTROL:
      s.run = (value & 1u) != 0;
      if (value & 2u) core_->reset();
      return;
    case reg::IRQ_STATUS: irq_status_ &= ~value; return;
    case reg::IRQ_ENABLE: irq_enable_ = value & 3u; return;
    case reg::RING_LO: set_low(s.commands.base, value); return;
    case reg::RING_HI: set_high(s.commands.base, value); return;
    case reg::RING_SIZE: s.commands.size = value; return;
    case reg::DOORBELL: core_->doorbell = value; return;
    case reg::MARK_LO: set_low(s.marks.base, value); return;
    case reg::MARK_HI: set_high(s.marks.base, value); return;
    case reg::MARK_SIZE: s.marks.size = value; return;
    case reg::WATCHDOG: s.watchdog = value; return;
    case reg::WATCHDOG_REMOTE: s.watchdog_remote = value; return;
    case reg::WATCHDOG_WAIT: s.watchdog_wait = value; return;
    case reg::NODE:
      s.node = value & 0x3fu;
      s.chips = value >> 8 & 0x7fu;
      return;
    case reg::REMOTE: s.remote = value; return;
    case reg::SEMAPHORE:
      semaphore_ = (value >> 8) & 0x1fu;
      core_->semaphores().set(semaphore_, value & 0xffu);
      return;
    default: read_register(offset);  // a read-only register ignores the write; one that does not exist throws
  }
}

}  // namespace twill::functional
