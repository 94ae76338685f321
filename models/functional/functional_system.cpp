// SPDX-License-Identifier: Apache-2.0
// Chips that take turns, and the host's view of each.
#include <algorithm>
#include <deque>
#include <numeric>
#include <random>
#include <stdexcept>

#include "functional_chip.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/only_chip.hpp"

namespace twill {
namespace {

using functional::FunctionalChip;
using functional::Parcel;

constexpr unsigned units_a_read = 16;  // the chips move on a little while the host polls

class FunctionalSystem final : public System, public functional::Network {
 public:
  FunctionalSystem(const std::vector<contract::Configuration>& machines, const FunctionalOptions& options)
      : schedule_(options.schedule), random_(options.seed) {
    const auto count = static_cast<unsigned>(machines.size());
    if (count < 1 || count > contract::chips)
      throw InputError("a system of " + std::to_string(count) + " chips: there can be 1 to " + std::to_string(contract::chips));
    for (unsigned rank = 0; rank < count; ++rank) {
      chips_.push_back(std::make_unique<FunctionalChip>(machines[rank], *this, options, rank, count));
      devices_.emplace_back(*this, rank);
    }
    order_.resize(count);
    std::iota(order_.begin(), order_.end(), 0u);
  }

  unsigned chips() const override { return static_cast<unsigned>(chips_.size()); }
  Device& chip(unsigned rank) override { return devices_.at(rank); }
  std::string kind() const override { return "functional"; }

  void reset() override {
    for (const auto& chip : chips_) chip->reset();
  }

  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override {
    for (std::uint64_t used = 0;;) {
      if (const std::uint64_t raised = lines(ranks); raised != 0 || used >= cycles) return raised;
      if (round()) {
        ++used;
        continue;
      }
      // Nobody can move: time passes until the first watchdog barks.
      std::uint64_t still = cycles - used;
      for (const auto& chip : chips_)
        if (const auto patience = chip->patience()) still = std::min(still, *patience);
      for (const auto& chip : chips_) chip->stand_still(still);
      used += still;
    }
  }

 private:
  /// A chip as the host sees it.
  class ChipDevice final : public Device {
   public:
    ChipDevice(FunctionalSystem& system, unsigned rank) : system_(system), rank_(rank) {}

    std::uint32_t read_register(std::uint32_t offset) override {
      for (unsigned i = 0; i < units_a_read && system_.round(); ++i) {
      }
      return chip().read_register(offset);
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override { chip().write_register(offset, value); }
    void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { chip().read_memory(address, data, bytes); }
    void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { chip().write_memory(address, data, bytes); }
    void close_memory(bool closed) override { chip().close_memory(closed); }
    bool wait_interrupt(std::uint64_t cycles) override { return system_.wait_interrupts(std::uint64_t{1} << rank_, cycles) != 0; }
    void reset() override { system_.reset(); }
    std::string last_error() override { return chip().last_error(); }
    std::string kind() const override { return "functional"; }

   private:
    FunctionalChip& chip() { return *system_.chips_[rank_]; }

    FunctionalSystem& system_;
    unsigned rank_;
  };

  void send(unsigned chip, const Parcel& parcel) override { chips_[chip]->receive(parcel); }
  void signal(unsigned chip, unsigned source, unsigned semaphore) override { chips_[chip]->receive_signal(source, semaphore); }

  std::uint64_t lines(std::uint64_t ranks) const {
    std::uint64_t raised = 0;
    for (unsigned rank = 0; rank < chips(); ++rank) raised |= std::uint64_t{chips_[rank]->line()} << rank;
    return raised & ranks;
  }

  /// Every chip takes a turn; false when none could move. Under round_robin a turn is one move, else a spell of random length in a
  /// random order: some errors need one chip to run far ahead.
  bool round() {
    if (schedule_ == Schedule::round_robin || chips() == 1) {
      bool moved = false;
      for (const auto& chip : chips_) moved |= chip->step();
      return moved;
    }
    for (unsigned i = chips(); i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
    bool moved = false;
    for (const unsigned rank : order_)
      for (unsigned spell = 1u << random_() % 8; spell > 0 && chips_[rank]->step(); --spell) moved = true;
    return moved;
  }

  Schedule schedule_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<FunctionalChip>> chips_;
  std::deque<ChipDevice> devices_;
  std::vector<unsigned> order_;
};

const contract::Configuration& configuration_named(std::string_view name) {
  std::string known;
  for (const contract::Configuration& machine : contract::configurations) {
    if (machine.name == name) return machine;
    known += (known.empty() ? "" : ", ") + std::string(machine.name);
  }
  throw InputError("There is no machine '" + std::string(name) + "'; there are " + known + ".");
}

}  // namespace

std::unique_ptr<System> make_functional_system(const std::vector<contract::Configuration>& machines, const FunctionalOptions& options) {
  return std::make_unique<FunctionalSystem>(machines, options);
}

std::unique_ptr<System> make_functional_system(std::string_view configuration, unsigned chips, const FunctionalOptions& options) {
  return make_functional_system(std::vector<contract::Configuration>(chips, configuration_named(configuration)), options);
}

std::unique_ptr<Device> make_functional_device(const contract::Configuration& machine, const FunctionalOptions& options) {
  auto system = make_functional_system(std::vector<contract::Configuration>{machine}, options);
  Device& chip = system->chip(0);
  return std::make_unique<OnlyChip<>>(std::move(system), chip);
}

std::unique_ptr<Device> make_functional_device(std::string_view configuration, const FunctionalOptions& options) {
  return make_functional_device(configuration_named(configuration), options);
}

}  // namespace twill
