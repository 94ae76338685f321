// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "fuzz/case.hpp"
#include "twill/tb/chip.hpp"

namespace faulty {

/// A chip that reads some commands wrongly: they are altered in memory when the doorbell rings.
class FaultyChip final : public twill::tb::Chip {
 public:
  using Alter = std::function<void(twill::contract::Command&)>;

  FaultyChip(std::unique_ptr<twill::tb::Chip> chip, Alter alter) : chip_(std::move(chip)), alter_(std::move(alter)) {}

  void step(std::uint64_t cycles) override { chip_->step(cycles); }
  void begin_read(std::uint32_t offset) override { chip_->begin_read(offset); }
  void begin_write(std::uint32_t offset, std::uint32_t value) override {
    if (offset == twill::contract::reg::DOORBELL)
      for (std::uint32_t i = 0; i < value; ++i) {
        const std::uint64_t at = twill::fuzz::ring_at + std::uint64_t{i} * twill::contract::command_bytes;
        twill::contract::Command command;
        memory().read(at, command.words.data(), twill::contract::command_bytes);
        alter_(command);
        memory().write(at, command.words.data(), twill::contract::command_bytes);
      }
    chip_->begin_write(offset, value);
  }
  std::optional<Answer> step_access() override { return chip_->step_access(); }
  void reset() override { chip_->reset(); }
  bool interrupt() const override { return chip_->interrupt(); }
  std::uint64_t cycles() const override { return chip_->cycles(); }
  std::uint64_t slept() const override { return chip_->slept(); }
  void may_sleep(bool sleep) override { chip_->may_sleep(sleep); }
  bool asleep() const override { return chip_->asleep(); }
  twill::memory::SparseMemory& memory() override { return chip_->memory(); }
  void flip(const twill::Fault& fault) override { chip_->flip(fault); }
  const std::vector<twill::tb::Register>& registers() const override { return chip_->registers(); }
  void flip(std::size_t reg, std::uint32_t element, unsigned bit, std::uint64_t cycle) override { chip_->flip(reg, element, bit, cycle); }
  bool peek(std::size_t reg, std::uint32_t element, unsigned bit) const override { return chip_->peek(reg, element, bit); }
  void wave(bool on) override { chip_->wave(on); }

 private:
  std::unique_ptr<twill::tb::Chip> chip_;
  Alter alter_;
};

/// One that takes a field of one command for something else where `when` holds of it.
template <class C>
FaultyChip::Alter misreads(std::function<bool(const C&)> when, std::function<void(C&)> change) {
  return [when, change](twill::contract::Command& command) {
    if (twill::fuzz::opcode_of(command) != C::opcode || twill::contract::check(command) != twill::contract::Error::none) return;
    C c = C::decode(command);
    if (!when(c)) return;
    change(c);
    command = c.encode();
  };
}

}  // namespace faulty
