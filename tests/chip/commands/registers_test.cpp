// SPDX-License-Identifier: Apache-2.0
// The models of which registers can be flipped: they are the chip, they show its registers, and a flip is a flip.
#include <algorithm>

#include "bench.hpp"
#include "twill/error.hpp"

using namespace bench;
namespace reg = contract::reg;

namespace {

std::size_t find(const std::vector<tb::Register>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const tb::Register& r) { return r.name == name; });
  REQUIRE(found != all.end());
  return static_cast<std::size_t>(found - all.begin());
}

std::uint32_t cycles_of_a_round_trip(Bench& b) {
  std::mt19937 random(seed());
  const auto data = random_bytes(random, 2000);
  b.poke(0x5000, data);
  auto in = load(0x5000, 1, 2000);
  in.slots.signal0 = Slot::on(3);
  auto out = store(0x9001, 1, 2000);
  out.slots.wait0 = Slot::on(3);
  b.run({in.encode(), out.encode(), mark(contract::Queue::store, 1, true).encode()});
  CHECK(b.peek(0x9001, 2000) == data);
  return static_cast<std::uint32_t>(b.mark().cycle());
}

}  // namespace

TEST_CASE("a chip whose registers can be flipped takes the cycles of one whose cannot, and names them") {
  for (const std::string& name : tb::configurations_with_registers()) {
    CAPTURE(name);
    tb::ChipOptions options;
    Bench plain(name, options);
    CHECK(plain.chip->registers().empty());
    options.registers = true;
    Bench shown(name, options);
    CHECK(cycles_of_a_round_trip(shown) == cycles_of_a_round_trip(plain));
    const auto& registers = shown.chip->registers();
    CHECK(registers.size() > 500);
    CHECK(registers[find(registers, "u_fetch.requested_q")].bits == 32);
    CHECK(registers[find(registers, "u_array.i_array.weight")].elements == 16);
    CHECK_THROWS_AS(shown.chip->flip(0, registers[0].elements, 0, 0), std::out_of_range);
    CHECK_THROWS_AS(shown.chip->flip(0, 0, registers[0].bits, 0), std::out_of_range);
  }
  tb::ChipOptions options;
  options.registers = true;
  CHECK_THROWS_AS(tb::make_chip("base", options), InputError);
}

TEST_CASE("a reset forgets flips to come") {
  for (const std::string& name : tb::configurations_with_registers()) {
    CAPTURE(name);
    tb::ChipOptions options;
    options.registers = true;
    Bench b(name, options);
    const std::size_t ring = find(b.chip->registers(), "u_csr.ring_lo_q");
    b.chip->flip(ring, 0, 3, b.chip->cycles() + 100);
    b.chip->reset();
    const bool was = b.chip->peek(ring, 0, 3);
    b.chip->step(200);
    CHECK(b.chip->peek(ring, 0, 3) == was);
  }
}

TEST_CASE("a flipped register is what all see that it drives, from the next cycle") {
  for (const std::string& name : tb::configurations_with_registers()) {
    CAPTURE(name);
    tb::ChipOptions options;
    options.registers = true;
    Bench b(name, options);
    const auto& registers = b.chip->registers();
    const std::uint32_t before = b.get(reg::RING_LO);
    const std::size_t ring = find(registers, "u_csr.ring_lo_q");
    const bool was = b.chip->peek(ring, 0, 3);
    b.chip->flip(ring, 0, 3, b.chip->cycles() + 10);
    b.chip->step(10);
    CHECK(b.chip->peek(ring, 0, 3) == was);
    b.chip->step(1);
    CHECK(b.chip->peek(ring, 0, 3) != was);
    CHECK(b.get(reg::RING_LO) != before);
    b.chip->flip(ring, 0, 3, 0);
    b.chip->step(1);
    CHECK(b.get(reg::RING_LO) == before);

    // Behind logic: the chip is stopped by an error that nobody made.
    b.chip->flip(find(registers, "u_error.stopped_o"), 0, 0, 0);
    b.chip->step(1);
    CHECK((b.get(reg::STATUS) & 0x100) != 0);
    b.leaves_work = true;
  }
}
