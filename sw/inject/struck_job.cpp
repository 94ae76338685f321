// SPDX-License-Identifier: Apache-2.0
#include "inject/struck_job.hpp"

#include <algorithm>
#include <stdexcept>

#include "common/machine_choice.hpp"
#include "common/random_bytes.hpp"
#include "common/single_layer.hpp"
#include "twill/error.hpp"
#include "twill/golden/run.hpp"
#include "twill/protocol_error.hpp"

namespace twill::cli {
namespace {

namespace reg = contract::reg;

constexpr GemmShape shape{24, 96, 48};
constexpr std::uint32_t patience = 20'000;      // of the watchdogs: much more than any wait of this job
constexpr std::uint64_t most_cycles = 200'000;  // of a job that no watchdog ends
constexpr std::uint32_t clearing = 1u << 10;    // of STATUS: memories are being cleared

std::uint64_t noticed(tb::BareSystem& system) {
  std::uint64_t sum = 0;
  for (unsigned rank = 0; rank < system.chips(); ++rank)
    for (const std::uint32_t counter : {reg::ECC_SCRATCHPAD, reg::ECC_ACCUMULATORS, reg::ECC_QUEUES})
      sum += system.chip(rank).read_register(counter);
  for (const noc::LinkReport& link : system.fabric().links())
    if (link.retry) sum += link.retry->crc_errors + link.retry->answer_errors;
  return sum;
}

/// Of a job that ended with an error after so many cycles. That wrong bits passed a checksum is known to the simulator alone.
Ending ending_of(tb::BareSystem& system, std::uint64_t cycles) {
  const auto links = system.fabric().links();
  if (std::any_of(links.begin(), links.end(), [](const noc::LinkReport& link) { return link.retry && link.retry->missed; }))
    return Ending::silent;
  if (!system.fabric().failure().empty()) return Ending::reported;
  bool hung = cycles > most_cycles;
  for (unsigned rank = 0; rank < system.chips(); ++rank) {
    const auto code = static_cast<contract::Error>(system.chip(rank).read_register(reg::ERROR_CODE));
    const bool waits = code == contract::Error::watchdog || code == contract::Error::remote_wait;
    if (code != contract::Error::none && !waits) return Ending::reported;
    hung |= waits;
  }
  return hung ? Ending::hung : Ending::reported;
}

}  // namespace

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::corrected: return "corrected";
    case Ending::masked: return "masked";
    case Ending::reported: return "reported";
    case Ending::hung: return "hung";
    case Ending::broken: return "broken";
    case Ending::silent: return "silent";
  }
  return "?";
}

StruckJob::StruckJob(const std::string& config, std::uint64_t seed) : machine_(configuration_named(config)) {
  const Graph graph = random_gemm(shape, seed);
  const std::vector<std::uint8_t> input = random_inputs(graph, seed).front();
  job_ = split_rows(graph, Machine::of(machine_), chip_count, RowResult::all_gather, input);
  golden_ = golden::run(graph, {input})[static_cast<std::size_t>(graph.outputs[0])];

  clean_ = make({});
  registers_ = clean_->bare(0).registers();
  wires_ = static_cast<unsigned>(2 * clean_->fabric().links().size());
  begin_ = clean_->cycles();
  launch_on(*clean_);
  end_ = clean_->cycles();
  for (unsigned rank = 0; rank < chip_count; ++rank) drams_.push_back(dram(*clean_, rank));
  if (const std::string what = wrong(*clean_); !what.empty()) throw std::logic_error("the job without a fault: " + what);
}

/// Chips that are ready: their memories are cleared.
std::unique_ptr<tb::BareSystem> StruckJob::make(const std::vector<noc::LinkFaults::Hit>& hits) const {
  noc::NetworkOptions network;
  network.retry = true;
  network.faults.hits = hits;
  tb::ChipOptions options;
  options.registers = true;
  auto system = std::make_unique<tb::BareSystem>(std::string(machine_.name), chip_count, network, options);
  wait_until_ready(*system);
  return system;
}

/// Chips of one machine take as long.
void StruckJob::wait_until_ready(tb::BareSystem& system) {
  while (system.chip(0).read_register(reg::STATUS) & clearing) system.run(100);
}

void StruckJob::launch_on(tb::BareSystem& system) const {
  for (unsigned rank = 0; rank < chip_count; ++rank) system.chip(rank).write_register(reg::WATCHDOG, patience);
  LaunchOptions options;
  options.limit = most_cycles;
  options.remote_patience = patience;
  launch(system, job_.programs, options);
}

StruckJob::Dram StruckJob::dram(tb::BareSystem& system, unsigned rank) const {
  memory::SparseMemory& memory = system.bare(rank).memory();
  Dram pages;
  for (const std::uint64_t address : memory.page_addresses()) {
    std::vector<std::uint8_t> page(memory::SparseMemory::page_bytes);
    memory.read(address, page.data(), page.size());
    const Program& program = job_.programs[rank];
    for (std::uint64_t at = program.mark_address; at < program.mark_address + program.marks * contract::mark_bytes; ++at)  // times
      if (at >= address && at - address < page.size()) page[at - address] = 0;
    if (std::any_of(page.begin(), page.end(), [](std::uint8_t byte) { return byte != 0; })) pages[address] = std::move(page);
  }
  return pages;
}

std::string StruckJob::wrong(tb::BareSystem& system) const {
  const auto results = read_results(system, job_);
  for (std::size_t rank = 0; rank < results.size(); ++rank)
    if (results[rank] != golden_) return "rank " + std::to_string(rank) + " has a wrong result";
  for (unsigned rank = 0; rank < chip_count; ++rank)
    if (dram(system, rank) != drams_[rank]) return "DRAM of rank " + std::to_string(rank) + " has other bytes beside the result";
  return "";
}

std::vector<std::uint32_t> StruckJob::used(unsigned chip, std::size_t memory) const {
  std::vector<std::uint32_t> elements;
  for (std::uint32_t element = 0; element < registers_[memory].elements; ++element)
    for (unsigned bit = 0; bit < registers_[memory].bits; ++bit)
      if (clean_->bare(chip).peek(memory, element, bit)) {
        elements.push_back(element);
        break;
      }
  return elements;
}

StruckOutcome StruckJob::run(const Strike& strike) const {
  std::vector<noc::LinkFaults::Hit> hits;
  if (strike.state == State::links) hits.push_back({strike.chip, begin_ + strike.cycle, strike.bits});
  const auto system = make(hits);
  if (strike.state != State::links)
    for (const unsigned bit : strike.bits) system->bare(strike.chip).flip(strike.reg, strike.element, bit, begin_ + strike.cycle);

  StruckOutcome outcome;
  try {
    try {
      launch_on(*system);
      const std::uint64_t seen = noticed(*system);
      outcome.said = wrong(*system);
      outcome.ending = !outcome.said.empty() ? Ending::silent : seen > 0 ? Ending::corrected : Ending::masked;
    } catch (const ChipError& error) {
      outcome.said = error.what();
      outcome.ending = ending_of(*system, system->cycles() - begin_);
    }
  } catch (const ProtocolError& error) {
    outcome.said = error.what();
    outcome.ending = Ending::broken;
  } catch (const InputError& error) {  // a chip knows one of the contract's registers no longer
    outcome.said = error.what();
    outcome.ending = Ending::broken;
  }
  if (outcome.ending == Ending::corrected || outcome.ending == Ending::masked) return outcome;
  try {
    system->reset();
    wait_until_ready(*system);
    for (unsigned rank = 0; rank < chip_count; ++rank) system->bare(rank).memory().clear();
    launch_on(*system);
    const std::string still_wrong = wrong(*system);
    outcome.recovered = still_wrong.empty();
    if (!outcome.recovered) outcome.said += "; then: " + still_wrong;
  } catch (const ChipError& error) {
    outcome.recovered = false;
    outcome.said += "; then: " + std::string(error.what());
  } catch (const ProtocolError& error) {
    outcome.recovered = false;
    outcome.said += "; then: " + std::string(error.what());
  }
  return outcome;
}

}  // namespace twill::cli
