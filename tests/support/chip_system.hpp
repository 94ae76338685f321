// SPDX-License-Identifier: Apache-2.0
// Chips joined by a network, stepped without SystemC: a test may have as many of these systems as it wants, each from another initial state.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"
#include "twill/system.hpp"
#include "twill/tb/chip.hpp"
#include "twill/tb/error_text.hpp"

namespace twill::test {

class ChipSystem final : public System {
 public:
  using Make = std::function<std::unique_ptr<tb::Chip>(const tb::ChipOptions&)>;

  static std::unique_ptr<tb::Chip> make_first(const tb::ChipOptions& options) { return tb::make_chip(tb::built_configurations().front(), options); }

  /// A ring of chips; each gets an initial state of its own from that of the options.
  explicit ChipSystem(unsigned chips, tb::ChipOptions options = {}, const Make& make = make_first)
      : fabric_(noc::parse_topology("ring", chips), noc::NetworkOptions{}) {
    options.fabric = &fabric_;
    const std::uint32_t state = options.initial_state;
    for (unsigned rank = 0; rank < chips; ++rank) {
      options.node = rank;
      if (state != 0) options.initial_state = state * 64 + rank;
      chips_.push_back(make(options));
      devices_.emplace_back(*this, rank);
    }
    number_chips();
  }

  unsigned chips() const override { return static_cast<unsigned>(chips_.size()); }
  Device& chip(unsigned rank) override { return devices_.at(rank); }
  tb::Chip& bare(unsigned rank) { return *chips_.at(rank); }
  std::string kind() const override { return "rtl"; }
  std::uint64_t cycles() const { return chips_.front()->cycles(); }
  /// Nothing is under way in the network.
  bool network_at_rest() { return fabric_.at_rest(cycles()); }

  void run(std::uint64_t cycles) {
    for (std::uint64_t window; cycles > 0; cycles -= window) {
      window = std::min<std::uint64_t>(cycles, fabric_.window_limit());
      for (const auto& chip : chips_) chip->step(window);
      fabric_.exchange();
    }
  }

  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override {
    for (std::uint64_t used = 0;; used += fabric_.window_limit()) {
      std::uint64_t raised = 0;
      for (unsigned rank = 0; rank < chips(); ++rank) raised |= std::uint64_t{chips_[rank]->interrupt()} << rank;
      if ((raised & ranks) != 0 || used >= cycles) return raised & ranks;
      run(fabric_.window_limit());
    }
  }

  void reset() override {
    for (const auto& chip : chips_) chip->reset();
    fabric_.reset();
    number_chips();
  }

 private:
  class ChipDevice final : public Device {
   public:
    ChipDevice(ChipSystem& system, unsigned rank) : system_(system), rank_(rank) {}

    std::uint32_t read_register(std::uint32_t offset) override {
      return system_.access(rank_, [&](tb::Chip& chip) { chip.begin_read(offset); });
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
      system_.access(rank_, [&](tb::Chip& chip) { chip.begin_write(offset, value); });
    }
    void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { system_.bare(rank_).memory().read(address, data, bytes); }
    void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { system_.bare(rank_).memory().write(address, data, bytes); }
    void close_memory(bool) override {}
    bool wait_interrupt(std::uint64_t cycles) override { return system_.wait_interrupts(std::uint64_t{1} << rank_, cycles) != 0; }
    void reset() override { system_.reset(); }
    std::string last_error() override { return tb::text_of_error(*this); }
    std::string kind() const override { return "rtl"; }

   private:
    ChipSystem& system_;
    unsigned rank_;
  };

  /// A window in which one chip answers.
  template <class Begin>
  std::uint32_t access(unsigned rank, Begin begin) {
    const std::uint64_t end = cycles() + fabric_.window_limit();
    tb::Chip& asked = *chips_[rank];
    begin(asked);
    std::optional<tb::Chip::Answer> answer;
    while (!answer) answer = asked.step_access();
    REQUIRE(answer->ok);
    REQUIRE(asked.cycles() <= end);
    for (const auto& chip : chips_) chip->step(end - chip->cycles());
    fabric_.exchange();
    return answer->data;
  }

  void number_chips() {
    if (chips() == 1) return;
    for (unsigned rank = 0; rank < chips(); ++rank) devices_[rank].write_register(contract::reg::NODE, rank | chips() << 8);
  }

  noc::Fabric fabric_;
  std::vector<std::unique_ptr<tb::Chip>> chips_;
  std::deque<ChipDevice> devices_;
};

}  // namespace twill::test
