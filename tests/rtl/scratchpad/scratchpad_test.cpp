// SPDX-License-Identifier: Apache-2.0
// The scratchpad against an array of bytes: random requests on all ports in every cycle, with grants, latency and
// visibility as the documentation states them.
#include "Vscratchpad_16.h"
#include "Vscratchpad_32.h"
#include "Vscratchpad_4.h"
#include "Vscratchpad_64.h"
#include "Vscratchpad_8.h"
#include "catch.hpp"
#include "traffic.hpp"

using scratchpad::random_traffic;

TEST_CASE("random traffic on all ports, words of 4 bytes") {
  random_traffic<Vscratchpad_4>(4, 32768, 60000, pins::seed("scratchpad 4"));
}

TEST_CASE("random traffic on all ports, words of 16 bytes") {
  random_traffic<Vscratchpad_16>(16, 262144, 60000, pins::seed("scratchpad 16"));
}

TEST_CASE("random traffic on all ports, words of 8 bytes") {
  random_traffic<Vscratchpad_8>(8, 32768, 30000, pins::seed("scratchpad 8"));
}

TEST_CASE("random traffic on all ports, words of 32 bytes") {
  random_traffic<Vscratchpad_32>(32, 131072, 30000, pins::seed("scratchpad 32"));
}

TEST_CASE("random traffic on all ports, words of 64 bytes") {
  random_traffic<Vscratchpad_64>(64, 262144, 30000, pins::seed("scratchpad 64"));
}
