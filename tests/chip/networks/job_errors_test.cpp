// SPDX-License-Identifier: Apache-2.0
// A command stream with a fault in it, on the RTL and on the functional chip: the chip reports it, the host names command
// and layer, and the next job runs correctly. And the memory backdoor is closed while a job runs.
#include <algorithm>
#include <functional>
#include <regex>
#include <sstream>

#include "compare_networks.hpp"
#include "layer_graphs.hpp"
#include "twill/disassembler.hpp"
#include "twill/error.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_device.hpp"

using namespace twill;

namespace {

std::unique_ptr<Device> device_of(const std::string& kind) {
  if (kind == "rtl") return make_rtl_device(rtl_configurations().front());
  return make_functional_device(rtl_configurations().front());
}

contract::Command& find(Plan& plan, contract::Opcode opcode) {
  for (contract::Command& c : plan.commands)
    if ((c.words[0] & 0xffu) == static_cast<std::uint32_t>(opcode)) return c;
  FAIL("the plan has no such command");
  return plan.commands.front();
}

void broken_then_good(const std::string& kind, const std::string& expected, const std::function<void(Plan&)>& damage) {
  const auto device = device_of(kind);
  const Graph graph = test::layer_graph({8, 8, 8, 8, 3, 1, 1}, 1);
  const std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes(), 7));
  const Plan good = map_graph(graph, Machine::of(*device));
  Plan broken = good;
  damage(broken);
  Runtime runtime(*device);
  std::string said;
  try {
    runtime.run(graph, broken, inputs);
  } catch (const ChipError& e) {
    said = e.what();
  }
  INFO(kind << " said: " << said);
  REQUIRE(said.find(expected) != std::string::npos);
  if (expected != "watchdog") {
    REQUIRE(said.find("command ") != std::string::npos);
    REQUIRE(said.find("layer 0 (CONV_2D)") != std::string::npos);
  }
  const JobResult result = runtime.run(graph, good, inputs);
  test::require_equal(graph, result, golden::run(graph, inputs), false);
}

/// A device as it is; a test replaces what it wants to see.
class Forwarding : public Device {
 public:
  explicit Forwarding(Device& d) : d_(d) {}
  std::uint32_t read_register(std::uint32_t o) override { return d_.read_register(o); }
  void write_register(std::uint32_t o, std::uint32_t v) override { d_.write_register(o, v); }
  void read_memory(std::uint64_t a, void* p, std::size_t n) override { d_.read_memory(a, p, n); }
  void write_memory(std::uint64_t a, const void* p, std::size_t n) override { d_.write_memory(a, p, n); }
  void close_memory(bool closed) override { d_.close_memory(closed); }
  bool wait_interrupt(std::uint64_t cycles) override { return d_.wait_interrupt(cycles); }
  void reset() override { d_.reset(); }
  std::string last_error() override { return d_.last_error(); }
  std::string kind() const override { return d_.kind(); }

 protected:
  Device& d_;
};

}  // namespace

#define ON_BOTH(name, expected, ...)                                                \
  TEST_CASE(name " on the RTL") { broken_then_good("rtl", expected, __VA_ARGS__); } \
  TEST_CASE(name " on the functional chip") { broken_then_good("functional", expected, __VA_ARGS__); }

ON_BOTH("an undefined opcode", "bad_opcode", [](Plan& p) { find(p, contract::Opcode::conv).set_bits(0, 8, 0xee); })
ON_BOTH("a reserved bit", "reserved_bit", [](Plan& p) { find(p, contract::Opcode::requant).set_bits(511, 1, 1); })
ON_BOTH("a command in the wrong queue", "wrong_queue", [](Plan& p) { find(p, contract::Opcode::conv).set_bits(8, 3, 0); })
ON_BOTH("a reserved element type", "unsupported_type", [](Plan& p) { find(p, contract::Opcode::conv).set_bits(377, 3, 1); })
ON_BOTH("a zero count", "bad_field", [](Plan& p) { find(p, contract::Opcode::conv).set_bits(352, 12, 0); })
ON_BOTH("operands outside the scratchpad", "address_range", [](Plan& p) { find(p, contract::Opcode::conv).set_bits(64, 24, 0x7f0000); })
ON_BOTH("results outside the scratchpad", "address_range", [](Plan& p) { find(p, contract::Opcode::requant).set_bits(64, 24, 0x7f0000); })
ON_BOTH("a load outside the scratchpad", "address_range", [](Plan& p) { find(p, contract::Opcode::load).set_bits(112, 24, 0x7f0000); })
ON_BOTH("a move whose sides differ in length", "walk_mismatch", [](Plan& p) {
  contract::Command& c = find(p, contract::Opcode::load);
  c.set_bits(136, 24, c.bits(136, 24) + 1);
})
ON_BOTH("a semaphore that never comes", "watchdog", [](Plan& p) {
  contract::Command& c = find(p, contract::Opcode::requant);
  contract::Slots s = contract::slots(c);
  s.wait2 = contract::Slot::on(31);
  contract::set_slots(c, s);
})
ON_BOTH("a message to a chip that is not there", "bad_field", [](Plan& p) {
  contract::Command& c = find(p, contract::Opcode::load);
  contract::Send send;
  send.chip = 1;
  c = send.encode();
})

TEST_CASE("a job that meets a word with two bits wrong is stopped, and the next one is right") {
  const auto built = rtl_configurations();
  if (std::find(built.begin(), built.end(), "tiny_ecc") == built.end()) return;
  const auto device = make_rtl_device("tiny_ecc");
  const Graph graph = test::layer_graph({8, 8, 8, 8, 3, 1, 1}, 1);
  const std::vector<test::Bytes> inputs(1, test::Bytes(graph.tensors[0].bytes(), 7));
  const Plan plan = map_graph(graph, Machine::of(*device));
  const auto conv = std::find_if(plan.commands.begin(), plan.commands.end(), [](const contract::Command& c) {
    return (c.words[0] & 0xffu) == static_cast<std::uint32_t>(contract::Opcode::conv);
  });
  REQUIRE(conv != plan.commands.end());
  Fault fault;
  fault.address = contract::Conv::decode(*conv).weight_base;

  // Some time between their load and their use the first weights are struck: when, is found by trying.
  class Striking final : public Forwarding {
   public:
    Striking(RtlDevice& chip, Fault fault, unsigned bits, std::uint64_t delay) : Forwarding(chip), chip_(chip), fault_(fault), bits_(bits), delay_(delay) {}
    void write_register(std::uint32_t offset, std::uint32_t value) override {
      Forwarding::write_register(offset, value);
      fault_.cycle = chip_.cycles() + RtlDevice::host_latency + delay_;
      for (fault_.bit = 0; offset == contract::reg::DOORBELL && fault_.bit < bits_; ++fault_.bit) chip_.flip(fault_);
    }

   private:
    RtlDevice& chip_;
    Fault fault_;
    unsigned bits_;
    std::uint64_t delay_;
  };
  const auto golden = golden::run(graph, inputs);
  std::string said;
  std::uint64_t delay = 0;
  for (; said.empty() && delay < 20000; delay += 50) {
    Striking striking(*device, fault, 2, delay);
    try {
      test::require_equal(graph, Runtime(striking).run(graph, plan, inputs), golden, false);  // not read, or written later
    } catch (const ChipError& e) {
      said = e.what();
    }
  }
  INFO(said);
  std::ostringstream where;
  where << "ecc in the array queue, more than one bit wrong at address 0x" << std::hex << fault.address << " of the scratchpad, command at DRAM address 0x";
  CHECK(said.find("the chip reported an error: " + where.str()) == 0);
  const std::string line = std::regex_replace(disassemble(*conv, static_cast<unsigned>(conv - plan.commands.begin())), std::regex(" +"), " ");
  CHECK(said.find("; command" + line + " of layer 0 (CONV_2D)") != std::string::npos);

  // One bit at the same place in the same cycle is put right and counted.
  Striking striking(*device, fault, 1, delay - 50);
  test::require_equal(graph, Runtime(striking).run(graph, plan, inputs), golden, false);
  CHECK(device->read_register(contract::reg::ECC_SCRATCHPAD) > 0);
  test::require_equal(graph, Runtime(*device).run(graph, plan, inputs), golden, false);
  CHECK(device->read_register(contract::reg::ECC_SCRATCHPAD) == 0);
}

TEST_CASE("the memory backdoor is closed between doorbell and last mark") {
  class Peeking final : public Forwarding {
   public:
    using Forwarding::Forwarding;
    bool wait_interrupt(std::uint64_t cycles) override {
      char byte = 0;
      REQUIRE_THROWS_AS(d_.read_memory(0, &byte, 1), std::logic_error);
      REQUIRE_THROWS_AS(d_.write_memory(0, &byte, 1), std::logic_error);
      ++peeks;
      return d_.wait_interrupt(cycles);
    }
    int peeks = 0;
  };
  for (const char* kind : {"functional", "rtl"}) {
    const auto device = device_of(kind);
    Peeking peeking(*device);
    const Graph graph = test::layer_graph({8, 8, 8, 8, 3, 1, 1}, 1);
    test::run_and_compare(peeking, graph, {test::Bytes(graph.tensors[0].bytes(), 7)}, false);
    REQUIRE(peeking.peeks > 0);
  }
}

TEST_CASE("a job whose interrupt never comes") {
  class Silent final : public Forwarding {
   public:
    using Forwarding::Forwarding;
    bool wait_interrupt(std::uint64_t cycles) override {
      d_.wait_interrupt(cycles);
      return false;
    }
  };
  const auto device = device_of("functional");
  Silent silent(*device);
  const Graph graph = test::layer_graph({8, 8, 8, 8, 3, 1, 1}, 1);
  const Plan plan = map_graph(graph, Machine::of(silent));
  std::string said;
  try {
    Runtime(silent).run(graph, plan, {test::Bytes(graph.tensors[0].bytes(), 7)});
  } catch (const ChipError& e) {
    said = e.what();
  }
  INFO(said);
  REQUIRE(said == "the chip's interrupt does not come: IRQ_STATUS reads 0x1, the chip has ended its program");
}
