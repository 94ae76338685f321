// SPDX-License-Identifier: Apache-2.0
// Latencies and throughputs against closed forms and bounds.
#include "twill/noc/simulation.hpp"
#include "traffic_chips.hpp"
#include "twill/error.hpp"

namespace {

using namespace twill::noc;
using namespace twill::noc::test;

LoadResult run(Fabric& fabric, const std::string& pattern, const Load& load) {
  const Traffic traffic(pattern, fabric.topology());
  Simulation simulation(fabric, traffic, load);
  while (!simulation.done()) simulation.advance(1000);
  return simulation.result();
}

NetworkOptions close_links() { return {4, 8, 1, 16, 2}; }  // of a network on a chip

TEST_CASE("A lone packet takes what the closed form says, whatever the network") {
  for (const TopologySpec& spec : shapes()) {
    if (spec.chips() > 20) continue;
    for (const NetworkOptions& options :
         {NetworkOptions{}, NetworkOptions{4, 8, 1, 16, 1}, NetworkOptions{2, 64, 7, 4, 5}, NetworkOptions{3, 21, 1, 1, 7}}) {
      Fabric fabric(spec, options);
      for (const char* pattern : {"uniform", "neighbor", "hotspot"}) {
        const Traffic traffic(pattern, fabric.topology());
        for (const unsigned packet : {1u, 5u, 20u}) {
          INFO(spec.text() << " " << pattern << ", latency " << options.link_latency << ", width " << options.link_width << ", pipeline "
                           << options.pipeline << ", packet " << packet);
          CHECK(measure_zero_load_latency(fabric, traffic, packet) == Approx(zero_load_latency(fabric, traffic, packet)).epsilon(1e-12));
        }
      }
    }
  }
}

TEST_CASE("The closed form is the textbook's: routers, links, and a packet's flits one behind the other") {
  CHECK(zero_load_latency(NetworkOptions{4, 8, 1, 16, 2}, 0, 1) == 2);
  CHECK(zero_load_latency(NetworkOptions{4, 8, 1, 16, 2}, 14, 1) == 15 * 2 + 14);
  CHECK(zero_load_latency(NetworkOptions{4, 8, 16, 4, 3}, 2, 5) == 3 * 3 + 2 * (16 + 3) + 4 * 4);
  const auto mean_hops = [](const char* topology, const char* pattern) {
    return Traffic(pattern, Topology(parse_topology(topology))).mean_hops();
  };
  CHECK(mean_hops("mesh:8x8", "uniform") == Approx(2 * 63.0 / 24));  // 2 (k k - 1) / 3 k
  CHECK(mean_hops("torus:8x8", "uniform") == Approx(4));             // 2 k / 4
  CHECK(mean_hops("ring:7", "uniform") == Approx(48.0 / 28));        // (k k - 1) / 4 k
  CHECK(mean_hops("switch:8", "uniform") == Approx(2 * 7.0 / 8));
  CHECK(mean_hops("mesh:8x8", "transpose") == Approx(2 * 63.0 / 24));
  CHECK(mean_hops("torus:8x8", "neighbor") == Approx(1));
  CHECK(mean_hops("mesh:8x8", "neighbor") == Approx(2 * 7.0 / 8));
}

TEST_CASE("One flow fills a link of any latency with the buffers that come with it") {
  for (const char* text : {"ring:4", "mesh:1x3", "switch:3"}) {
    for (const unsigned latency : {1u, 16u, 64u, 256u}) {
      for (const unsigned pipeline : {1u, 2u, 7u}) {
        NetworkOptions options;
        options.link_latency = latency;
        options.pipeline = pipeline;
        Fabric fabric(parse_topology(text), options);
        std::uint64_t got = 0, first = 0, cycle = 0;
        unsigned credits = Terminal::send_credits;
        constexpr std::uint64_t flits = 5000;
        for (; got < flits; ++cycle) {
          Terminal &from = fabric.terminal(0), &to = fabric.terminal(2);
          credits += from.credit();
          if (to.arriving() != nullptr) {
            if (got++ == 0) first = cycle;
            to.give_credit();
          }
          if (credits > 0) {
            from.send(flit(0, 2));
            --credits;
          }
          for (unsigned n = 0; n < fabric.nodes(); ++n) fabric.step(n, cycle);
          fabric.exchange();
        }
        INFO(text << ", latency " << latency << ", pipeline " << pipeline);
        CHECK(cycle - 1 - first == flits - 1);  // one a cycle, without a gap
        CHECK(first == zero_load_latency(options, 2, 1));
      }
    }
  }
}

TEST_CASE("A flow through too small a buffer goes no faster than its credits come round") {
  NetworkOptions options{4, 10, 16, 16, 2};  // 9 flits (a place is kept) every 2 x 16 + 2 cycles
  Fabric fabric(parse_topology("mesh:1x2"), options);
  Load load;
  load.injection = 1;
  const double accepted = run(fabric, "neighbor", load).accepted;
  CHECK(accepted == Approx(9.0 / 34).epsilon(0.01));
}

TEST_CASE("A link carries its width and no more") {
  for (const unsigned width : {1u, 2u, 4u, 8u, 16u}) {
    NetworkOptions options;
    options.link_width = width;
    Fabric fabric(parse_topology("ring:4"), options);
    Load load;
    load.injection = 1;
    CHECK(run(fabric, "neighbor", load).accepted == Approx(width / 16.0).epsilon(0.01));
    for (const LinkReport& link : fabric.links()) {
      CHECK(link.busy_cycles == link.flits * 16 / width);
      const bool used = link.to == (link.from + 1) % 4;
      CHECK((link.flits > 1000) == used);
    }
  }
}

TEST_CASE("The 8x8 mesh accepts 0.40 flits a chip and cycle and more, and what is offered below that") {
  Fabric fabric(parse_topology("mesh:8x8"), close_links());
  Load load;
  load.cycles = 10'000;
  load.injection = 0.45;
  const LoadResult full = run(fabric, "uniform", load);
  CHECK(full.accepted >= 0.40);
  CHECK(full.accepted < 0.5);  // what the links across the middle carry
  CHECK(full.saturated);
  load.injection = 0.1;
  const LoadResult light = run(fabric, "uniform", load);
  CHECK(light.accepted == Approx(0.1).epsilon(0.02));
  CHECK_FALSE(light.saturated);
  CHECK(light.mean_latency >= 17.5);
  CHECK(light.mean_latency < 19);
  CHECK(light.latency_99 >= 37);
}

TEST_CASE("Latencies that grow without end are told as they are") {  // a link that carries an eighth of what is offered
  NetworkOptions options;
  options.link_width = 2;
  Fabric fabric(parse_topology("ring:2"), options);
  Load load;
  load.injection = 1;
  load.warmup = 0;
  load.cycles = 100'000;
  const LoadResult result = run(fabric, "neighbor", load);
  CHECK(result.saturated);
  CHECK(result.latency_99 > 90'000);
  CHECK(static_cast<double>(result.latency_99) == Approx(1.98 * result.mean_latency).epsilon(0.02));  // they grow evenly from 0
}

TEST_CASE("Rings keep their throughput beyond saturation") {
  for (const auto& [text, least] : {std::pair{"ring:16", 0.38}, {"ring:32", 0.19}, {"torus:8x8", 0.6}}) {
    Fabric fabric(parse_topology(text), close_links());
    Load load;
    load.cycles = 5'000;
    for (const double injection : {0.7, 1.0}) {
      load.injection = injection;
      INFO(text << " at " << injection);
      CHECK(run(fabric, "uniform", load).accepted > least);
    }
  }
}

TEST_CASE("Every pattern saturates where its bound says, not above") {
  Load load;
  load.cycles = 5'000;
  load.injection = 1;
  const auto accepted = [&](const char* topology, const char* pattern) {
    Fabric fabric(parse_topology(topology), close_links());
    return run(fabric, pattern, load).accepted;
  };
  CHECK(accepted("torus:8x8", "neighbor") == Approx(1).epsilon(0.01));  // a link for every flow
  CHECK(accepted("mesh:8x8", "neighbor") <= 1.01);
  const double hot = accepted("mesh:4x4", "hotspot");  // the chip in the middle takes 1 of 16 (0.9 / 16 + 0.1)
  CHECK(hot < 1.0 / (16 * (0.9 / 16 + 0.1)) + 0.01);
  CHECK(hot > 0.2);
  CHECK(accepted("mesh:8x8", "transpose") > 0.1);
  CHECK(accepted("switch:16", "uniform") > 0.7);
}

TEST_CASE("A seed fixes everything, another changes it") {
  Fabric fabric(parse_topology("torus:4x4"), close_links());
  Load load;
  load.injection = 0.3;
  load.packet = 4;
  const auto same = [](const LoadResult& a, const LoadResult& b) {
    return a.accepted == b.accepted && a.mean_latency == b.mean_latency && a.latency_99 == b.latency_99 && a.packets == b.packets;
  };
  const LoadResult first = run(fabric, "uniform", load);
  CHECK(same(first, run(fabric, "uniform", load)));
  Fabric other(parse_topology("torus:4x4"), close_links());
  CHECK(same(first, run(other, "uniform", load)));
  load.seed = 2;
  CHECK_FALSE(same(first, run(fabric, "uniform", load)));
}

TEST_CASE("Loads and patterns that make no sense are refused") {
  Fabric fabric(parse_topology("mesh:2x3"), {});
  const Traffic traffic("uniform", fabric.topology());
  for (const Load& load : {Load{0}, Load{1.5}, Load{-1}, Load{0.1, 0}, Load{0.1, 1025}, Load{0.1, 1, 0, 0}})
    CHECK_THROWS_AS(Simulation(fabric, traffic, load), twill::InputError);
  CHECK_THROWS_AS(Traffic("tornado", fabric.topology()), twill::InputError);
  CHECK_THROWS_AS(Traffic("transpose", fabric.topology()), twill::InputError);
  CHECK_THROWS_AS(Traffic("transpose", Topology(parse_topology("mesh:2x8"))), twill::InputError);
  CHECK_NOTHROW(Traffic("transpose", Topology(parse_topology("switch:16"))));
  CHECK_THROWS_AS(Traffic("transpose", Topology(parse_topology("ring:8"))), twill::InputError);
}

}  // namespace
