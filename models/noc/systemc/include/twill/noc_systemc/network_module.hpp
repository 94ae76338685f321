// SPDX-License-Identifier: Apache-2.0
// The network in SystemC: shells around plain objects. No other header of the network knows SystemC.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "twill/noc/fabric.hpp"

namespace twill::noc {

/// A router's place in the hierarchy of modules ("network.router_3"). It has no process of its own: whoever owns the time of its node steps
/// it.
class RouterModule : public sc_core::sc_module {
 public:
  RouterModule(const sc_core::sc_module_name& name, Router& router) : sc_core::sc_module(name), router_(router) {}

  Router& router() const { return router_; }

 private:
  Router& router_;
};

/// A network and the one process that moves it: temporally decoupled, a window of cycles at a time (a cycle is a nanosecond). A clock would
/// cost more than the routers.
class NetworkModule : public sc_core::sc_module {
 public:
  /// `run_window` moves the network on by `window` cycles; it is called at the beginning of each. The fabric outlives the module.
  NetworkModule(const sc_core::sc_module_name& name, Fabric& fabric, std::uint64_t window, std::function<void()> run_window);

  /// Simulates one window. Throws what run_window threw, which SystemC would swallow.
  void run();

  const std::vector<std::unique_ptr<RouterModule>>& routers() const { return routers_; }

 private:
  void move();

  const std::uint64_t window_;
  std::function<void()> run_window_;
  std::vector<std::unique_ptr<RouterModule>> routers_;
  sc_core::sc_event window_begins_;
  std::exception_ptr failure_;
};

}  // namespace twill::noc
