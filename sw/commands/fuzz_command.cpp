// SPDX-License-Identifier: Apache-2.0
// twill fuzz: random command streams on the RTL and on the functional chip.
#include <algorithm>
#include <chrono>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/machine_choice.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/modes.hpp"
#include "fuzz/run.hpp"
#include "fuzz/shrink.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"
#include "twill/memory/stalls.hpp"
#include "twill/noc/topology.hpp"
#include "twill/tb/chip.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr unsigned most_shrink_runs = 2000;

std::unique_ptr<tb::Chip> make_chip(const std::string& config, const tb::ChipOptions& options) { return tb::make_chip(config, options); }

double parse_stalls(const std::string& text) {
  std::size_t used = 0;
  double share = -1;
  try {
    share = std::stod(text, &used);
  } catch (const std::exception&) {
  }
  if (used != text.size() || !(share >= 0 && share <= memory::Stalls::most)) throw InputError("--stalls takes a share of cycles from 0 to " + decimal(memory::Stalls::most, 1) + ", not '" + text + "'");
  return share;
}

fuzz::Choice parse_choice(const Values& values) {
  fuzz::Choice choice;
  choice.config = values.text("config");
  const auto built = tb::built_configurations();
  fuzz::configuration(choice.config);
  if (std::find(built.begin(), built.end(), choice.config) == built.end()) throw InputError("this build has no RTL of '" + choice.config + "'; `twill info` lists what it has");
  choice.chips = static_cast<unsigned>(values.number("chips", 1, fuzz::most_chips));
  choice.topology = noc::parse_topology(values.text("topology"), choice.chips).text();
  choice.stalls = parse_stalls(values.text("stalls"));
  return choice;
}

std::string counted(std::uint64_t number, const std::string& what) { return grouped(number) + " " + what + (number == 1 ? "" : "s"); }

/// What runs a case again.
std::string again(std::uint64_t seed, const fuzz::Choice& choice) {
  std::string text = "twill fuzz --seed " + std::to_string(seed) + " --seeds 1 --config " + choice.config;
  if (choice.chips > 1) text += " --chips " + std::to_string(choice.chips) + " --topology " + choice.topology;
  if (choice.stalls > 0) text += " --stalls " + decimal(choice.stalls, 2);
  return text;
}

struct Failure {
  std::uint64_t seed;
  std::string fault, file;
  std::size_t ops;
};

/// Makes the case small, shows it, and writes it to a file.
Failure report_failure(const fuzz::Case& test, const std::string& fault, const std::string& how, const std::string& file, std::ostream& out, bool quiet) {
  out << "FAILS: " << fault << "\n  again:   " << how << '\n' << std::flush;
  unsigned runs = 0;
  Progress progress("shrinking seed " + std::to_string(test.seed), 0, "runs", quiet);
  const fuzz::Case small = fuzz::shrink(test, [&](const fuzz::Case& candidate) {
    progress.update(++runs);
    return fuzz::same_fault(fault, fuzz::judge(candidate, make_chip).fault);
  }, most_shrink_runs);
  progress.wipe();
  const std::size_t ops = static_cast<std::size_t>(std::count_if(small.ops.begin(), small.ops.end(), [](const fuzz::Op& op) { return !op.fixed; }));
  out << "  shrunk:  " << counted(ops, "command") << ", and those that fill and read memory: " << fuzz::judge(small, make_chip).fault << "\n\n" << fuzz::listing(small) << '\n';
  const std::string text = fuzz::to_json(small).dump(1) + "\n";
  OutputFile(file).write({text.begin(), text.end()});
  out << "  written: " << file << "; twill fuzz --replay " << file << " runs it\n";
  return {test.seed, fault, file, ops};
}

int replay(const std::string& file, std::ostream& out) {
  const auto bytes = read_file(file);
  const fuzz::Case test = fuzz::from_json({bytes.begin(), bytes.end()}, file);
  const auto built = tb::built_configurations();
  if (std::find(built.begin(), built.end(), test.config) == built.end()) throw InputError("this build has no RTL of '" + test.config + "', which " + file + " is for");
  const fuzz::Verdict verdict = fuzz::judge(test, make_chip);
  out << fuzz::listing(test) << '\n' << (verdict.fault.empty() ? "RTL and functional chip agree" : "FAILS: " + verdict.fault) << '\n';
  return verdict.fault.empty() ? 0 : 1;
}

void print_modes(std::ostream& out, const fuzz::ModeCounts& modes) {
  for (const auto& [opcode, row] : modes.counts()) {
    out << opcode << "  ";
    const char* separator = "";
    for (const auto& [mode, count] : row) {
      out << separator << mode << ' ' << grouped(count);
      separator = ", ";
    }
    out << '\n';
  }
}

}  // namespace

int fuzz_command(const std::vector<std::string>& args) {
  Options options("fuzz", "",
                  "Runs random command streams on the RTL and on the functional chip and compares all they leave: memories, errors, counts, and that "
                  "the chip is at rest. A seed that fails is made small, shown and written to a file.");
  options.value("seeds", "N", "how many", "100").value("seed", "FIRST", "the first of them", "1");
  options.value("config", "NAME", "the machine", "tiny")
      .value("chips", "N", "1 to " + std::to_string(fuzz::most_chips), "1")
      .value("topology", "T", "of their network: ring, mesh:RxC, torus:RxC or switch", "ring");
  options.value("stalls", "SHARE", "of cycles in which memory and network hold back, 0 to " + decimal(memory::Stalls::most, 1), "0");
  options.value("case", "FILE", "where a failing case goes; fuzz-SEED.json when not given").value("replay", "FILE", "runs such a file instead of seeds");
  options.flag("keep-going", "goes on after a seed that fails").flag("modes", "counts commands by opcode and mode").flag("quiet", "no progress on standard error");
  ReportFile::add_option(options);
  const auto values = options.parse(args);
  if (!values) return 0;
  const ReportFile report_file(*values);
  if (values->has("replay")) return replay(values->text("replay"), report_file.text());
  const fuzz::Choice choice = parse_choice(*values);
  const std::uint64_t count = values->number("seeds", 1, 1'000'000'000), first = values->number("seed", 0, UINT64_MAX - count);
  const bool quiet = values->flag("quiet");

  std::ostream& out = report_file.text();
  fuzz::ModeCounts modes;
  std::vector<Failure> failures;
  std::uint64_t commands = 0, cycles = 0, done = 0;
  const auto start = std::chrono::steady_clock::now();
  Progress progress("fuzzing " + choice.config, count, "seeds", quiet);
  for (; done < count && (failures.empty() || values->flag("keep-going")); progress.update(++done)) {
    const std::uint64_t seed = first + done;
    const fuzz::Case test = fuzz::generate(seed, choice);
    const fuzz::Verdict verdict = fuzz::judge(test, make_chip);
    commands += verdict.commands;
    cycles += verdict.cycles;
    modes.add(test);
    if (verdict.fault.empty()) continue;
    progress.wipe();
    out << "seed " << seed << ' ';
    const std::string file = values->has("case") ? values->text("case") : "fuzz-" + std::to_string(seed) + ".json";
    failures.push_back(report_failure(test, verdict.fault, again(seed, choice), file, out, quiet));
  }
  progress.wipe();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  auto report = report_head("fuzz");
  report["config"] = choice.config;
  report["chips"] = choice.chips;
  report["topology"] = choice.topology;
  report["stalls"] = choice.stalls;
  report["first_seed"] = first;
  report["seeds"] = done;
  report["commands"] = commands;
  report["cycles"] = cycles;
  report["seconds"] = seconds;
  report["failures"] = ordered_json::array();
  for (const Failure& f : failures) report["failures"].push_back({{"seed", f.seed}, {"fault", f.fault}, {"file", f.file}, {"commands", f.ops}});
  report["modes"] = modes.counts();
  report_file.write(report);

  if (values->flag("modes")) print_modes(out, modes);
  out << counted(done, "seed") << " from " << first << " on " << choice.config << (choice.chips > 1 ? ", " + choice.topology : "") << ": " << grouped(commands) << " commands, " << grouped(cycles)
      << " cycles, " << counted(failures.size(), "failure") << ", " << decimal(seconds, 1) << " s\n";
  return failures.empty() ? 0 : 1;
}

}  // namespace twill::cli
