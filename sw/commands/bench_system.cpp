// SPDX-License-Identifier: Apache-2.0
// twill bench --chips: how fast busy chips simulate together, with one thread and with several, and what memory each takes.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <unistd.h>

#include "bench/busy_chip.hpp"
#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/system_choice.hpp"
#include "twill/program.hpp"
#include "twill/rtl_system.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

/// Host memory of this process, in bytes.
std::uint64_t resident_bytes() {
  std::uint64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// The same job on every chip at once; the chip cycles of a second of wall time.
class BusyChips {
 public:
  BusyChips(RtlSystem& system, const MachineChoice& choice) : system_(system) {
    const Graph graph = busy_gemm(choice.machine());
    const Plan plan = choice.plan(graph);
    Program program = program_of(graph, plan);
    program.images = plan.images;
    program.images.emplace_back(plan.inputs.at(0).address, std::vector<std::uint8_t>(plan.inputs.at(0).bytes, 0x35));
    programs_.assign(system.chips(), program);
    plan_ = plan;
    options_.memory_silence = memory_silence(choice.machine());
  }

  double rate(unsigned threads) {
    using clock = std::chrono::steady_clock;
    system_.use_threads(threads);
    const auto start = clock::now();
    const std::uint64_t before = system_.cycles();
    system_.reset();
    outcomes_ = launch(system_, programs_, options_);
    const std::chrono::duration<double> took = clock::now() - start;
    return static_cast<double>(system_.cycles() - before) * system_.chips() / took.count();
  }

  double busy() const {
    double sum = 0;
    for (const Outcome& outcome : outcomes_) sum += array_busy(make_report(plan_, outcome.marks).total);
    return sum / static_cast<double>(outcomes_.size());
  }

 private:
  RtlSystem& system_;
  std::vector<Program> programs_;
  std::vector<Outcome> outcomes_;
  Plan plan_;
  LaunchOptions options_;
};

double idle_rate(RtlSystem& system, double seconds) {
  using clock = std::chrono::steady_clock;
  system.reset();
  const auto start = clock::now();
  const std::uint64_t before = system.cycles();
  std::chrono::duration<double> took{};
  while (took.count() < seconds) {
    system.run(1'000'000);
    took = clock::now() - start;
  }
  return static_cast<double>(system.cycles() - before) * system.chips() / took.count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int bench_system(const Values& values) {
  const SystemChoice choice(values, false);
  const MachineChoice& machine = choice.of_all("twill bench");
  const double seconds = static_cast<double>(values.number("seconds", 1, 3600));
  const ReportFile report_file(values);
  std::ostream& out = report_file.text();

  const std::uint64_t before = resident_bytes();
  const auto opened = choice.open();
  auto& system = dynamic_cast<RtlSystem&>(*opened);
  BusyChips chips(system, machine);
  system.use_threads(choice.threads());
  const unsigned threads = system.threads();

  // One thread and several take turns, so that both see the same host.
  std::vector<double> one, several, ratios;
  Progress progress("simulation rate", 0, "jobs", values.flag("quiet"));
  const auto start = std::chrono::steady_clock::now();
  while (one.empty() || std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < seconds) {
    one.push_back(chips.rate(1));
    several.push_back(threads > 1 ? chips.rate(threads) : one.back());
    ratios.push_back(several.back() / one.back());
    progress.update(one.size());
  }
  std::uint64_t dram = 0;
  for (unsigned rank = 0; rank < system.chips(); ++rank) dram += system.dram_bytes(rank);
  const std::uint64_t resident = resident_bytes();
  const double memory = resident > before + dram ? static_cast<double>(resident - before - dram) / system.chips() : 0;
  const double idle = idle_rate(system, 1);

  const auto rate_json = [](const std::vector<double>& r) {
    return ordered_json{{"chip_cycles_per_second", median(r)}, {"best_chip_cycles_per_second", *std::max_element(r.begin(), r.end())}};
  };
  const auto rate_text = [](const std::vector<double>& r) {
    return rate(median(r)) + "chip cycles/s, at best " + rate(*std::max_element(r.begin(), r.end())) + "chip cycles/s";
  };
  out << choice.text() << ", array busy " << percent(chips.busy()) << " of the cycles\n";
  out << "1 thread    " << rate_text(one) << "\n";
  if (threads > 1) {
    out << threads << " threads   " << rate_text(several) << "\n";
    out << "ratio       " << decimal(median(ratios), 2) << ", at best " << decimal(*std::max_element(ratios.begin(), ratios.end()), 2) << "\n";
  }
  out << "idle chips  " << rate(idle) << "chip cycles/s (no command in them)\n";
  out << "memory      " << decimal(memory / (1 << 20), 1) << " MiB a chip beside what its DRAM holds" << std::endl;

  ordered_json json = report_head("bench");
  json["system"] = choice.json();
  json["threads"] = threads;
  json["array_busy"] = chips.busy();
  json["one_thread"] = rate_json(one);
  json["several_threads"] = rate_json(several);
  json["ratio"] = median(ratios);
  json["idle"] = {{"chip_cycles_per_second", idle}};
  json["memory_per_chip_bytes"] = static_cast<std::uint64_t>(memory);
  report_file.write(json);
  return 0;
}

}  // namespace twill::cli
