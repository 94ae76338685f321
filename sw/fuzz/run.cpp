// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include <algorithm>
#include <exception>
#include <numeric>
#include <sstream>

#include "interpreter.hpp"
#include "rig.hpp"
#include "twill/functional_device.hpp"

namespace twill::fuzz {
namespace {

namespace reg = contract::reg;

constexpr std::uint32_t watchdog = 200'000;  // far above any latency drawn
constexpr std::uint64_t most_cycles = 5'000'000;
constexpr std::uint32_t error_cause = 2;  // of IRQ_STATUS

std::uint32_t scratchpad_bytes(const Case& test) { return configuration(test.config).scratchpad_bytes; }
std::uint32_t accumulator_bytes(const Case& test) {
  const auto& machine = configuration(test.config);
  return machine.accumulator_words * machine.word_bytes * 4;
}

struct Counter {
  const char* name;
  std::uint32_t offset;
};
constexpr std::uint32_t counter(unsigned record_word) { return reg::COUNTERS + 4 * (record_word - contract::mark_word::engines); }
/// Those that count work, not cycles.
constexpr Counter counters[] = {{"bytes loaded", counter(contract::mark_word::loaded)},
                                {"bytes stored", counter(contract::mark_word::stored)},
                                {"operand words", counter(contract::mark_word::operands)},
                                {"weight rows", counter(contract::mark_word::weights)},
                                {"result words", counter(contract::mark_word::results)},
                                {"commands", counter(contract::mark_word::commands)},
                                {"marks", counter(contract::mark_word::sequence)},
                                {"bytes sent", reg::NETWORK},
                                {"flits sent", reg::NETWORK + 4},
                                {"bytes received", reg::NETWORK + 8},
                                {"flits received", reg::NETWORK + 12}};

/// Either kind of system, as little of it as a run needs.
class Machines {
 public:
  virtual ~Machines() = default;
  virtual std::uint32_t get(unsigned chip, std::uint32_t offset) = 0;
  virtual void set(unsigned chip, std::uint32_t offset, std::uint32_t value) = 0;
  virtual void read(unsigned chip, std::uint64_t address, void* data, std::size_t bytes) = 0;
  virtual void write(unsigned chip, std::uint64_t address, const void* data, std::size_t bytes) = 0;
  virtual bool raised(unsigned chip) = 0;
  virtual void go_on(std::uint64_t cycles) = 0;
  virtual std::uint64_t cycles() const = 0;
  /// After a job: nothing moves any more outside the registers' sight.
  virtual bool asleep(unsigned chip) = 0;
};

class RtlMachines final : public Machines {
 public:
  RtlMachines(const Case& test, const ChipMaker& make) : rig_(test, make) {}
  std::uint32_t get(unsigned chip, std::uint32_t offset) override { return rig_.get(chip, offset); }
  void set(unsigned chip, std::uint32_t offset, std::uint32_t value) override { rig_.set(chip, offset, value); }
  void read(unsigned chip, std::uint64_t address, void* data, std::size_t bytes) override {
    rig_.chip(chip).memory().read(address, data, bytes);
  }
  void write(unsigned chip, std::uint64_t address, const void* data, std::size_t bytes) override {
    rig_.chip(chip).memory().write(address, data, bytes);
  }
  bool raised(unsigned chip) override { return rig_.chip(chip).interrupt(); }
  void go_on(std::uint64_t cycles) override { rig_.step(cycles); }
  std::uint64_t cycles() const override { return rig_.cycles(); }
  bool asleep(unsigned chip) override { return rig_.chip(chip).asleep() && rig_.network_at_rest(); }

 private:
  Rig rig_;
};

class FunctionalMachines final : public Machines {
 public:
  FunctionalMachines(const Case& test, const FunctionalOptions& options)
      : system_(make_functional_system(test.config, test.chips, options)) {}
  std::uint32_t get(unsigned chip, std::uint32_t offset) override { return system_->chip(chip).read_register(offset); }
  void set(unsigned chip, std::uint32_t offset, std::uint32_t value) override { system_->chip(chip).write_register(offset, value); }
  void read(unsigned chip, std::uint64_t address, void* data, std::size_t bytes) override {
    system_->chip(chip).read_memory(address, data, bytes);
  }
  void write(unsigned chip, std::uint64_t address, const void* data, std::size_t bytes) override {
    system_->chip(chip).write_memory(address, data, bytes);
  }
  bool raised(unsigned chip) override { return system_->wait_interrupts(std::uint64_t{1} << chip, 0) != 0; }
  void go_on(std::uint64_t cycles) override { system_->wait_interrupts(0, cycles); }
  std::uint64_t cycles() const override { return 0; }
  bool asleep(unsigned) override { return true; }

 private:
  std::unique_ptr<System> system_;
};

void begin(Machines& machines, const Case& test, const std::vector<Ring>& rings) {
  for (const Image& image : test.images) {
    const auto bytes = image.contents();
    machines.write(image.chip, image.address, bytes.data(), bytes.size());
  }
  for (unsigned chip = 0; chip < test.chips; ++chip) {
    for (std::size_t i = 0; i < rings[chip].commands.size(); ++i)
      machines.write(chip, ring_at + i * contract::command_bytes, rings[chip].commands[i].words.data(), contract::command_bytes);
    const std::pair<std::uint32_t, std::uint32_t> settings[] = {{reg::NODE, chip | test.chips << 8},
                                                                {reg::REMOTE, rings[chip].remote},
                                                                {reg::WATCHDOG, watchdog},
                                                                {reg::WATCHDOG_REMOTE, 4 * watchdog},
                                                                {reg::RING_LO, static_cast<std::uint32_t>(ring_at)},
                                                                {reg::RING_HI, ring_at >> 32},
                                                                {reg::RING_SIZE, ring_size},
                                                                {reg::MARK_LO, static_cast<std::uint32_t>(marks_at)},
                                                                {reg::MARK_HI, marks_at >> 32},
                                                                {reg::MARK_SIZE, mark_size},
                                                                {reg::IRQ_ENABLE, 3},
                                                                {reg::CONTROL, 1}};
    for (const auto& [offset, value] : settings) machines.set(chip, offset, value);
  }
  for (unsigned chip = 0; chip < test.chips; ++chip)
    machines.set(chip, reg::DOORBELL, static_cast<std::uint32_t>(rings[chip].commands.size()));
}

/// Until all chips are done or one has stopped. The last mark of a chip interrupts, and others may; the last but one may come after it.
/// Keeps the causes of every chip's interrupts. What does not come, as Outcome::unended.
std::string wait(Machines& machines, const Case& test, const std::vector<Ring>& rings, std::vector<std::uint32_t>& seen) {
  for (std::uint64_t waited = 0; waited < most_cycles; waited += 64) {
    bool all = true;
    for (unsigned chip = 0; chip < test.chips; ++chip) {
      if (machines.raised(chip)) {
        const std::uint32_t causes = machines.get(chip, reg::IRQ_STATUS);
        seen[chip] |= causes;
        if (causes & error_cause) return {};
        machines.set(chip, reg::IRQ_STATUS, causes);
      }
      all = all && seen[chip] && machines.get(chip, reg::MARK_COUNT) >= rings[chip].marks;
    }
    if (all) return {};
    machines.go_on(64);
  }
  for (unsigned chip = 0; chip < test.chips; ++chip) {
    const std::uint32_t marks = machines.get(chip, reg::MARK_COUNT);
    if (seen[chip] && marks >= rings[chip].marks) continue;
    return (test.chips > 1 ? "chip " + std::to_string(chip) + ": " : std::string()) + "after " + std::to_string(most_cycles) + " cycles " +
           std::to_string(marks) + " of " + std::to_string(rings[chip].marks) + " marks are taken" +
           (seen[chip] ? "" : " and no interrupt has come");
  }
  return {};
}

/// A job's end is not yet that of its last signals.
std::string rest(Machines& machines, unsigned chip) {
  for (int i = 0; i < 50; ++i) {
    machines.go_on(256);  // a chip falls asleep when nobody has asked it anything for 128
    if (machines.asleep(chip) && machines.get(chip, reg::STATUS) == 0) return {};
  }
  std::ostringstream text;
  const std::uint32_t status = machines.get(chip, reg::STATUS);
  if (status == 0) return "something moves though all queues are empty";
  text << "STATUS is 0x" << std::hex << status;
  return text.str();
}

Outcome collect(Machines& machines, const Case& test, const std::vector<Ring>& rings, const std::vector<std::uint32_t>& seen) {
  Outcome outcome;
  outcome.cycles = machines.cycles();
  for (unsigned number = 0; number < test.chips; ++number) {
    Outcome::Chip chip;
    chip.error = static_cast<contract::Error>(machines.get(number, reg::ERROR_CODE));
    chip.queue = machines.get(number, reg::ERROR_QUEUE);
    chip.info = machines.get(number, reg::ERROR_INFO);
    chip.address = std::uint64_t{machines.get(number, reg::ERROR_ADDRESS_HI)} << 32 | machines.get(number, reg::ERROR_ADDRESS_LO);
    chip.causes = seen[number] | machines.get(number, reg::IRQ_STATUS);
    outcome.chips.push_back(chip);
  }
  if (outcome.failed()) return outcome;
  for (unsigned number = 0; number < test.chips; ++number) {
    Outcome::Chip& chip = outcome.chips[number];
    chip.restless = rest(machines, number);
    chip.scratchpad.resize(scratchpad_bytes(test));
    chip.accumulators.resize(accumulator_bytes(test));
    machines.read(number, last_at, chip.scratchpad.data(), chip.scratchpad.size());
    machines.read(number, last_at + chip.scratchpad.size(), chip.accumulators.data(), chip.accumulators.size());
    for (const Window& window : windows) {
      chip.dram.emplace_back(window.bytes);
      machines.read(number, window.address, chip.dram.back().data(), window.bytes);
    }
    for (std::uint32_t i = 0; i < std::min(rings[number].marks, mark_size); ++i) {
      std::uint32_t record[2];
      machines.read(number, marks_at + i * contract::mark_bytes, record, sizeof record);
      chip.marks.emplace_back(record[0], record[1]);
    }
    std::sort(chip.marks.begin(), chip.marks.end());
    for (const Counter& c : counters) chip.counters.emplace_back(c.name, machines.get(number, c.offset));
    chip.counters.emplace_back("commands fetched", machines.get(number, reg::FETCHED));
    chip.counters.emplace_back("marks acknowledged", machines.get(number, reg::MARK_COUNT));
  }
  return outcome;
}

Outcome run(Machines& machines, const Case& test, const std::vector<Ring>& rings) {
  try {
    begin(machines, test, rings);
    std::vector<std::uint32_t> seen(test.chips);
    Outcome outcome;
    outcome.unended = wait(machines, test, rings, seen);
    return outcome.unended.empty() ? collect(machines, test, rings, seen) : outcome;
  } catch (const std::exception& error) {
    Outcome outcome;
    outcome.broken = error.what();
    return outcome;
  }
}

std::string bytes_differ(const std::vector<std::uint8_t>& expected, const std::vector<std::uint8_t>& got, const std::string& where,
                         std::uint64_t base) {
  const auto [a, b] = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  if (a == expected.end() && b == got.end()) return {};
  const auto count = std::inner_product(a, expected.end(), b, std::size_t{0}, std::plus<>(), [](int x, int y) { return x != y ? 1u : 0u; });
  std::ostringstream text;
  text << "byte 0x" << std::hex << base + static_cast<std::uint64_t>(a - expected.begin()) << " of the " << where << " is " << std::dec
       << int{*b} << ", not " << int{*a};
  if (count > 1) text << " (" << count << " bytes differ)";
  return text.str();
}

std::string stopped(const Outcome::Chip& chip) {
  if (chip.error == contract::Error::none) return "goes through";
  std::ostringstream text;
  text << "stops with " << contract::name(chip.error) << " in queue " << chip.queue << " at ";
  if (chip.address >= ring_at && chip.address < ring_at + std::uint64_t{ring_size} * contract::command_bytes)
    text << "command " << (chip.address - ring_at) / contract::command_bytes;
  else
    text << "address 0x" << std::hex << chip.address;
  if (chip.info != 0) text << " (info 0x" << std::hex << chip.info << ")";
  return text.str();
}

/// How they stopped, or that they did not.
Fault stops_differ(const Outcome::Chip& expected, const Outcome::Chip& got) {
  using contract::Error;
  if (expected.error == got.error && (expected.error == Error::none || (expected.queue == got.queue && expected.address == got.address)))
    return {};
  const bool hangs = got.error == Error::watchdog || got.error == Error::remote_wait;
  return {hangs ? Fault::Kind::hang : Fault::Kind::error, stopped(got) + " where it " + stopped(expected)};
}

/// What they left, when neither stopped.
Fault remains_differ(const Outcome::Chip& expected, const Outcome::Chip& got) {
  const bool in_order = expected.counters.empty();  // run_in_order knows memories alone
  if (!in_order && expected.causes != got.causes)
    return {Fault::Kind::interrupt,
            "its interrupts have the causes " + std::to_string(got.causes) + " of IRQ_STATUS, not " + std::to_string(expected.causes)};
  std::string bytes;
  for (std::size_t i = 0; i < std::size(windows) && bytes.empty(); ++i)
    bytes = bytes_differ(expected.dram.at(i), got.dram.at(i), "DRAM", windows[i].address);
  if (bytes.empty()) bytes = bytes_differ(expected.scratchpad, got.scratchpad, "scratchpad", 0);
  if (bytes.empty()) bytes = bytes_differ(expected.accumulators, got.accumulators, "accumulators", 0);
  if (!bytes.empty()) return {Fault::Kind::bytes, bytes};
  if (!got.restless.empty()) return {Fault::Kind::restless, "not at rest: " + got.restless};
  if (in_order) return {};
  if (expected.marks != got.marks) return {Fault::Kind::marks, "other marks are taken"};
  for (std::size_t i = 0; i < expected.counters.size(); ++i)
    if (expected.counters[i] != got.counters.at(i))
      return {Fault::Kind::count, "the count of " + expected.counters[i].first + " is " + std::to_string(got.counters[i].second) +
                                      ", not " + std::to_string(expected.counters[i].second)};
  return {};
}

}  // namespace

bool Outcome::failed() const {
  return std::any_of(chips.begin(), chips.end(), [](const Chip& chip) { return chip.error != contract::Error::none; });
}

Outcome run_rtl(const Case& test, const std::vector<Ring>& rings, const ChipMaker& make) {
  RtlMachines machines(test, make);
  return run(machines, test, rings);
}

Outcome run_functional(const Case& test, const std::vector<Ring>& rings) {
  FunctionalOptions options;
  options.schedule = static_cast<Schedule>(test.seed % 4);
  options.seed = test.seed + 1;
  FunctionalMachines machines(test, options);
  return run(machines, test, rings);
}

Outcome run_in_order(const Case& test) {
  Interpreter interpreter(configuration(test.config), test.chips, test.images);
  for (const Op& op : test.ops) interpreter.run(op);
  Outcome outcome;
  for (unsigned number = 0; number < test.chips; ++number) {
    Outcome::Chip chip;
    const functional::State& state = interpreter.state(number);
    chip.scratchpad = state.scratchpad;
    const auto* sums = reinterpret_cast<const std::uint8_t*>(state.accumulators.data());
    chip.accumulators.assign(sums, sums + state.accumulators.size() * sizeof(std::int32_t));
    for (const Window& window : windows) {
      chip.dram.emplace_back(window.bytes);
      interpreter.dram(number).read(window.address, chip.dram.back().data(), window.bytes);
    }
    outcome.chips.push_back(std::move(chip));
  }
  return outcome;
}

Fault difference(const Outcome& expected, const Outcome& got) {
  if (!got.broken.empty()) return {Fault::Kind::broken, got.broken};
  if (!got.unended.empty()) return {Fault::Kind::unended, got.unended};
  const auto first_of = [&](auto differ) -> Fault {
    for (std::size_t i = 0; i < expected.chips.size(); ++i)
      if (Fault fault = differ(expected.chips[i], got.chips.at(i)); fault.found()) {
        if (expected.chips.size() > 1) fault.text = "chip " + std::to_string(i) + ": " + fault.text;
        return fault;
      }
    return {};
  };
  const Fault fault = first_of(stops_differ);
  return fault.found() || expected.failed() ? fault : first_of(remains_differ);
}

Fault stream_fault(const Case& test, const Outcome& functional) {
  if (!functional.broken.empty()) throw std::logic_error("the functional chip: " + functional.broken);
  const bool refused = std::any_of(test.ops.begin(), test.ops.end(), [](const Op& op) { return op.refused; });
  Fault fault;
  if (!refused || !functional.unended.empty())
    fault = difference(run_in_order(test), functional);
  else if (!functional.failed())
    fault.text = "runs a command that should be refused";
  if (fault.text.empty()) return {};
  return {Fault::Kind::stream, "the functional chip by itself: " + fault.text};
}

Verdict judge(const Case& test, const ChipMaker& make) {
  Verdict verdict;
  const std::vector<Ring> rings = weave(test);
  for (const Ring& ring : rings) verdict.commands += ring.commands.size();
  const Outcome functional = run_functional(test, rings);
  verdict.fault = stream_fault(test, functional);
  if (verdict.fault.found()) return verdict;
  const Outcome rtl = run_rtl(test, rings, make);
  verdict.cycles = rtl.cycles;
  verdict.fault = difference(functional, rtl);
  return verdict;
}

}  // namespace twill::fuzz
