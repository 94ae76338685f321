// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include <verilated.h>

#include "Vassertions.h"
#include "Vassertions_checked.h"
#include "catch.hpp"

namespace {

/// The bench with every promise kept, out of reset.
template <class Model>
struct Bench {
  VerilatedContext context;
  Model pins{&context, "bench"};

  Bench() {
    pins.always_i = pins.driven_i = pins.room_i = 1;
    for (int i = 0; i < 2; i++) clock();
    pins.rst_ni = 1;
    clock();
  }
  ~Bench() { Verilated::threadContextp(&context); }  // from which the model signs off
  void clock() {
    pins.clk_i = 0;
    pins.eval();
    pins.clk_i = 1;
    pins.eval();
  }
  /// A transfer that waits two cycles, full counters, one grant, a push: all of it allowed.
  void behave() {
    pins.valid_i = 1, pins.data_i = 7, pins.ready_i = 0, pins.count_i = 8, pins.grants_i = 4, pins.push_i = 1;
    clock();
    clock();
    pins.ready_i = 1;
    clock();
    pins.data_i = 8;
    clock();
    pins.valid_i = 0, pins.ready_i = 0, pins.push_i = 0, pins.grants_i = 0, pins.room_i = 0;
    clock();
    pins.room_i = 1;
    clock();
  }
};

/// Breaks one promise; the assertion must end it in that cycle, and must not be there in a model that is not checked.
template <class Break>
void must_fail(Break&& broken) {
  Bench<Vassertions_checked> checked;
  checked.behave();
  broken(checked, [&] { CHECK_THROWS_AS(checked.clock(), std::logic_error); });
  Bench<Vassertions> plain;
  plain.behave();
  broken(plain, [&] { CHECK_NOTHROW(plain.clock()); });
}

}  // namespace

TEST_CASE("a promise of every cycle") {
  must_fail([](auto& b, auto&& fails) { b.pins.always_i = 0, fails(); });
}

TEST_CASE("a promise of whoever drives the inputs") {
  must_fail([](auto& b, auto&& fails) { b.pins.driven_i = 0, fails(); });
}

TEST_CASE("an offer that changes before it is taken") {
  must_fail([](auto& b, auto&& fails) {
    b.pins.valid_i = 1, b.pins.data_i = 1;
    b.clock();
    b.pins.data_i = 2, fails();
  });
}

TEST_CASE("an offer that goes away before it is taken") {
  must_fail([](auto& b, auto&& fails) {
    b.pins.valid_i = 1;
    b.clock();
    b.pins.valid_i = 0, fails();
  });
}

TEST_CASE("a counter beyond its bounds") {
  must_fail([](auto& b, auto&& fails) { b.pins.count_i = 9, fails(); });
}

TEST_CASE("two at once where one may be") {
  must_fail([](auto& b, auto&& fails) { b.pins.grants_i = 0x11, fails(); });
}

TEST_CASE("a push where there is no room") {
  must_fail([](auto& b, auto&& fails) { b.pins.push_i = 1, b.pins.room_i = 0, fails(); });
}

TEST_CASE("nothing is asserted in reset") {
  Bench<Vassertions_checked> b;
  b.pins.rst_ni = 0, b.pins.always_i = 0, b.pins.count_i = 15;
  CHECK_NOTHROW(b.clock());
}
