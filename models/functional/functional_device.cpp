// SPDX-License-Identifier: Apache-2.0
// The registers of the contract in front of the core.
#include "twill/functional_device.hpp"

#include <sstream>
#include <stdexcept>

#include "core.hpp"
#include "twill/error.hpp"
#include "twill/memory/sparse_memory.hpp"

namespace twill {
namespace {

using functional::Core;
namespace reg = contract::reg;

constexpr std::uint32_t chip_id = 0x5457494c;          // reset value of ID
constexpr std::uint32_t counter_bytes = 28 * 4;        // COUNTERS: words 4 to 31 of a mark record
constexpr unsigned first_counter = 4;
constexpr unsigned units_a_read = 16;                  // the chip moves on a little while the host polls

void set_low(std::uint64_t& address, std::uint32_t value) { address = (address & ~std::uint64_t{0xffffffff}) | value; }
void set_high(std::uint64_t& address, std::uint32_t value) { address = (address & 0xffffffff) | std::uint64_t{value & 0xffu} << 32; }

class FunctionalDevice : public Device {
 public:
  FunctionalDevice(const contract::Configuration& machine, const FunctionalOptions& options)
      : machine_(machine), options_(options), core_(std::make_unique<Core>(machine, dram_, options)) {}

  std::uint32_t read_register(std::uint32_t offset) override;
  void write_register(std::uint32_t offset, std::uint32_t value) override;

  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override {
    require_open();
    dram_.read(address, data, bytes);
  }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override {
    require_open();
    dram_.write(address, data, bytes);
  }
  void close_memory(bool closed) override { closed_ = closed; }

  bool wait_interrupt(std::uint64_t cycles) override {
    std::uint64_t used = 0;
    while (!line() && used < cycles && step()) ++used;
    if (!line() && used < cycles) {
      core_->stand_still(cycles - used);
      collect();
    }
    return line();
  }

  void reset() override {
    core_ = std::make_unique<Core>(machine_, dram_, options_);
    irq_status_ = irq_enable_ = semaphore_ = 0;
    watchdog_remote_ = 100000000;
    closed_ = false;
  }

  std::string last_error() override { return core_->error() ? core_->error()->sentence : std::string(); }
  std::string kind() const override { return "functional"; }

 private:
  void require_open() const {
    if (closed_) throw std::logic_error("the chip's DRAM is closed to the host between the doorbell and the last MARK");
  }

  bool line() const { return (irq_status_ & irq_enable_) != 0; }
  void collect() { irq_status_ |= core_->take_interrupts(); }
  bool step() {
    const bool moved = core_->step();
    collect();
    return moved;
  }

  contract::Configuration machine_;
  FunctionalOptions options_;
  memory::SparseMemory dram_;
  std::unique_ptr<Core> core_;
  std::uint32_t irq_status_ = 0, irq_enable_ = 0, semaphore_ = 0;
  std::uint32_t watchdog_remote_ = 100000000;  // kept for the host; there is no network port to wait for
  bool closed_ = false;
};

std::string no_register(std::uint32_t offset) {
  std::ostringstream text;
  text << "The chip has no register at offset 0x" << std::hex << offset << ".";
  return text.str();
}

std::uint32_t FunctionalDevice::read_register(std::uint32_t offset) {
  for (unsigned i = 0; i < units_a_read && step(); ++i) {
  }
  const functional::Settings& s = core_->settings;
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
    case reg::CAP_FEATURES: return 0;
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
    case reg::WATCHDOG_REMOTE: return watchdog_remote_;
    case reg::SEMAPHORE: return core_->semaphores().value(semaphore_);
    case reg::ERROR_CODE: return error ? static_cast<std::uint32_t>(error->code) : 0;
    case reg::ERROR_QUEUE: return error ? static_cast<std::uint32_t>(error->queue) : 0;
    case reg::ERROR_ADDRESS_LO: return error ? static_cast<std::uint32_t>(error->address) : 0;
    case reg::ERROR_ADDRESS_HI: return error ? static_cast<std::uint32_t>(error->address >> 32) : 0;
    case reg::ERROR_INFO: return error ? error->info : 0;
    case reg::CYCLE_LO:
    case reg::CYCLE_HI: return 0;
    default: break;
  }
  if (offset >= reg::COUNTERS && offset < reg::COUNTERS + counter_bytes && offset % 4 == 0)
    return core_->counter(first_counter + (offset - reg::COUNTERS) / 4);
  throw InputError(no_register(offset));
}

void FunctionalDevice::write_register(std::uint32_t offset, std::uint32_t value) {
  functional::Settings& s = core_->settings;
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
    case reg::WATCHDOG_REMOTE: watchdog_remote_ = value; return;
    case reg::SEMAPHORE:
      semaphore_ = (value >> 8) & 0x1fu;
      core_->semaphores().set(semaphore_, value & 0xffu);
      return;
    default: read_register(offset);  // a read-only register ignores the write; one that does not exist throws
  }
}

}  // namespace

std::unique_ptr<Device> make_functional_device(const contract::Configuration& machine, const FunctionalOptions& options) {
  return std::make_unique<FunctionalDevice>(machine, options);
}

std::unique_ptr<Device> make_functional_device(std::string_view configuration, const FunctionalOptions& options) {
  std::string known;
  for (const contract::Configuration& machine : contract::configurations) {
    if (machine.name == configuration) return make_functional_device(machine, options);
    known += (known.empty() ? "" : ", ") + std::string(machine.name);
  }
  throw InputError("There is no machine '" + std::string(configuration) + "'; there are " + known + ".");
}

}  // namespace twill
