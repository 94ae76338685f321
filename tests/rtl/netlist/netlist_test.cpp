// SPDX-License-Identifier: Apache-2.0
// The chip's RTL equals the netlist Yosys makes of it, output by output, cycle by cycle.
#include <algorithm>
#include <iostream>
#include <random>

#include "Vtwill_tiny.h"
#include "compare_networks.hpp"
#include "random_network.hpp"
#include "twill/rtl_device.hpp"
#include "twin.hpp"
#include "workloads.hpp"

using namespace twill;
using netlist::comparison;

netlist::Busy netlist::run_networks(std::uint64_t seed, std::uint64_t cycles) {
  RtlOptions options;
  options.dram_latency = 20;
  const auto device = make_rtl_device("tiny", options);
  Busy all;
  for (; all.cycles < cycles; seed++) {
    INFO("TWILL_SEED=" << seed);
    const Graph graph = test::random_network(seed, {4, 7, 10, {}, 3, 6});
    const Span total = test::run_and_compare(*device, graph, test::random_inputs(graph, seed), false).result.report.total;
    std::uint64_t busy = 0;
    for (const auto& engine : total.engines) busy = std::max<std::uint64_t>(busy, engine.busy);
    all.busy += busy, all.cycles += total.cycles;
    INFO(comparison.first);
    REQUIRE(comparison.different == 0);
  }
  return all;
}

TEST_CASE("20,000 cycles of random networks") {
  comparison = {};
  const netlist::Busy all = netlist::run_networks(test::seed_or(1), 20000);
  std::cout << comparison.cycles << " cycles are equal, hash " << std::hex << comparison.rtl.value << " and " << comparison.netlist.value << std::dec
            << "; of " << all.cycles << " cycles of jobs the busiest engine works in " << 100 * all.busy / all.cycles << " %\n";
  CHECK(comparison.rtl.value == comparison.netlist.value);
  CHECK(comparison.cycles >= 20000);
  CHECK(4 * all.busy >= all.cycles);
}

void netlist::run_pins(std::uint32_t seed) {
  INFO("TWILL_SEED=" << seed);
  std::mt19937 random(seed);
  VerilatedContext context;
  netlist::Twin<Vtwill_tiny> pins(&context, "chip");
  const auto fill = [&](auto& pin) {
    unsigned char* bytes = reinterpret_cast<unsigned char*>(&pin);
    for (std::size_t i = 0; i < sizeof pin; i++) bytes[i] = static_cast<unsigned char>(random());
  };
  for (int cycle = 0; cycle < 10000; cycle++) {
    pins.rst_ni = cycle % 1000 >= 3;
    pins.elapsed_i = 1;
    pins.s_axil_awaddr = (random() % 128) * 4, pins.s_axil_araddr = (random() % 128) * 4;
    pins.s_axil_wdata = random() >> random() % 32;
    pins.s_axil_wstrb = random() % 16;
    pins.s_axil_awvalid = random() % 2, pins.s_axil_wvalid = random() % 2, pins.s_axil_bready = random() % 2;
    pins.s_axil_arvalid = random() % 2, pins.s_axil_rready = random() % 2;
    pins.m_axi_arready = random() % 2, pins.m_axi_awready = random() % 2, pins.m_axi_wready = random() % 2;
    pins.m_axi_rvalid = random() % 2, pins.m_axi_rid = random() % 2, pins.m_axi_rlast = random() % 2, pins.m_axi_rresp = random() % 16 ? 0 : 2;
    fill(pins.m_axi_rdata);
    pins.m_axi_bvalid = random() % 4 == 0, pins.m_axi_bid = random() % 3, pins.m_axi_bresp = random() % 16 ? 0 : 2;
    pins.net_rx_valid_i = random() % 8 == 0, pins.net_tx_credit_i = random() % 8 == 0;
    fill(pins.net_rx_flit_i);
    pins.clk_i = 0;
    pins.eval();
    pins.clk_i = 1;
    pins.eval();
    INFO(comparison.first);
    REQUIRE(comparison.different == 0);
  }
}

TEST_CASE("10,000 cycles of random pins") {
  comparison = {};
  netlist::run_pins(static_cast<std::uint32_t>(test::seed_or(1)));
  CHECK(comparison.rtl.value == comparison.netlist.value);
}
