// SPDX-License-Identifier: Apache-2.0
#include "twill/noc_systemc/network_module.hpp"

#include <utility>

// libsystemc refers to sc_main even when nothing calls it.
extern "C" __attribute__((weak)) int sc_main(int, char*[]) { return 0; }

namespace twill::noc {

NetworkModule::NetworkModule(const sc_core::sc_module_name& name, Fabric& fabric, std::uint64_t window, std::function<void()> run_window)
    : sc_core::sc_module(name), window_(window), run_window_(std::move(run_window)) {
  for (unsigned n = 0; n < fabric.nodes(); ++n)
    routers_.push_back(std::make_unique<RouterModule>(("router_" + std::to_string(n)).c_str(), fabric.router(n)));
  SC_HAS_PROCESS(NetworkModule);
  SC_METHOD(move);
  dont_initialize();
  sensitive << window_begins_;
}

void NetworkModule::move() {
  try {
    run_window_();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void NetworkModule::run() {
  window_begins_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start(static_cast<double>(window_), sc_core::SC_NS);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace twill::noc
