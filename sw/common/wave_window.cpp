// SPDX-License-Identifier: Apache-2.0
#include "common/wave_window.hpp"

#include "twill/contract.hpp"

namespace twill::cli {

void WaveWindow::write_register(std::uint32_t offset, std::uint32_t value) {
  device_.write_register(offset, value);
  if (offset == contract::reg::DOORBELL) doorbell_ = device_.cycles() + RtlDevice::host_latency;
}

// Window by window, with one to spare on each side: posted writes ahead of the doorbell may have taken one.
bool WaveWindow::wait_interrupt(std::uint64_t cycles) {
  constexpr std::uint64_t spare = RtlDevice::window;
  const std::uint64_t start = device_.cycles();
  for (;;) {
    const std::uint64_t now = device_.cycles();
    const bool wanted = now + 2 * spare > doorbell_ + begin_ && now < doorbell_ + end_ + 2 * spare;
    if (wanted != on_) device_.wave(on_ = wanted);
    if (device_.wait_interrupt(RtlDevice::window)) return true;
    if (device_.cycles() - start >= cycles) return false;
  }
}

}  // namespace twill::cli
