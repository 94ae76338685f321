// SPDX-License-Identifier: Apache-2.0
#include "twill/tb/bare_system.hpp"

#include <algorithm>
#include <stdexcept>

#include "twill/error.hpp"
#include "twill/tb/error_text.hpp"

namespace twill::tb {

class BareSystem::ChipDevice final : public Device {
 public:
  ChipDevice(BareSystem& system, unsigned rank) : system_(system), rank_(rank) {}

  std::uint32_t read_register(std::uint32_t offset) override {
    return system_.access(rank_, offset, [&](Chip& chip) { chip.begin_read(offset); });
  }
  void write_register(std::uint32_t offset, std::uint32_t value) override {
    system_.access(rank_, offset, [&](Chip& chip) { chip.begin_write(offset, value); });
  }
  void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { memory().read(address, data, bytes); }
  void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { memory().write(address, data, bytes); }
  void close_memory(bool closed) override { closed_ = closed; }
  bool wait_interrupt(std::uint64_t cycles) override { return system_.wait_interrupts(std::uint64_t{1} << rank_, cycles) != 0; }
  void reset() override { system_.reset(); }
  std::string last_error() override { return text_of_error(*this); }
  std::string kind() const override { return "rtl"; }

 private:
  memory::SparseMemory& memory() {
    if (closed_) throw std::logic_error("the host touched DRAM between the doorbell and the last MARK");
    return system_.bare(rank_).memory();
  }

  BareSystem& system_;
  unsigned rank_;
  bool closed_ = false;
};

BareSystem::BareSystem(const std::string& configuration, unsigned chips, const noc::NetworkOptions& network, const ChipOptions& options)
    : BareSystem(chips, network, options, [&](const ChipOptions& of_chip) { return make_chip(configuration, of_chip); }) {}

BareSystem::BareSystem(unsigned chips, const noc::NetworkOptions& network, ChipOptions options, const Make& make)
    : fabric_(noc::parse_topology("ring", chips), network) {
  options.fabric = &fabric_;
  const std::uint32_t state = options.initial_state;
  for (options.node = 0; options.node < chips; ++options.node) {
    if (state != 0) options.initial_state = state * 64 + options.node;
    chips_.push_back(make(options));
    devices_.push_back(std::make_unique<ChipDevice>(*this, options.node));
  }
  number_chips();
}

Device& BareSystem::chip(unsigned rank) { return *devices_.at(rank); }

void BareSystem::exchange() {
  fabric_.exchange();
  if (!fabric_.failure().empty()) throw ChipError(fabric_.failure());
}

void BareSystem::run(std::uint64_t cycles) {
  for (std::uint64_t window; cycles > 0; cycles -= window) {
    window = std::min<std::uint64_t>(cycles, fabric_.window_limit());
    for (const auto& chip : chips_) chip->step(window);
    exchange();
  }
}

std::uint64_t BareSystem::wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) {
  for (std::uint64_t used = 0;; used += fabric_.window_limit()) {
    std::uint64_t raised = 0;
    for (unsigned rank = 0; rank < chips(); ++rank) raised |= std::uint64_t{chips_[rank]->interrupt()} << rank;
    if ((raised & ranks) != 0 || used >= cycles) return raised & ranks;
    run(fabric_.window_limit());
  }
}

void BareSystem::reset() {
  for (const auto& chip : chips_) chip->reset();
  // A fault may have ended a window half-way: from here all are in the same cycle again.
  std::uint64_t now = 0;
  for (const auto& chip : chips_) now = std::max(now, chip->cycles());
  fabric_.reset();
  for (const auto& chip : chips_) chip->step(now - chip->cycles());
  fabric_.reset();
  for (const auto& device : devices_) device->close_memory(false);
  number_chips();
}

// Windows until one chip has answered.
template <class Begin>
std::uint32_t BareSystem::access(unsigned rank, std::uint32_t offset, Begin begin) {
  Chip& asked = *chips_[rank];
  begin(asked);
  std::optional<Chip::Answer> answer;
  while (!answer) {
    const std::uint64_t end = cycles() + fabric_.window_limit();
    while (!answer && asked.cycles() < end) answer = asked.step_access();
    for (const auto& chip : chips_)
      if (chip->cycles() < end) chip->step(end - chip->cycles());
    exchange();
  }
  if (!answer->ok) throw InputError("there is no register at offset " + std::to_string(offset));
  return answer->data;
}

void BareSystem::number_chips() {
  if (chips() == 1) return;
  for (unsigned rank = 0; rank < chips(); ++rank) devices_[rank]->write_register(contract::reg::NODE, rank | chips() << 8);
}

}  // namespace twill::tb
