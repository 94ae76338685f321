// SPDX-License-Identifier: Apache-2.0
// twill fuzz: random command streams on the RTL and on the functional chip.
#include "commands/fuzz_command.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/interruption.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "fuzz/case_file.hpp"
#include "fuzz/generate.hpp"
#include "fuzz/modes.hpp"
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

/// The machine is known, and there are chips of it.
void check_built(const std::string& config, const std::string& for_what) {
  fuzz::configuration(config);
  const auto built = tb::built_configurations();
  if (std::find(built.begin(), built.end(), config) == built.end())
    throw InputError("this build has no RTL of '" + config + "'" + for_what + "; `twill info` lists what it has");
}

fuzz::Choice parse_choice(const Values& values) {
  fuzz::Choice choice;
  choice.config = values.text("config");
  check_built(choice.config, "");
  const unsigned asked = values.has("chips") ? static_cast<unsigned>(values.number("chips", 1, fuzz::most_chips)) : 0;
  const std::string network = values.has("topology") ? values.text("topology") : "ring";
  const noc::TopologySpec topology = noc::parse_topology(network, asked == 0 && network.find(':') == std::string::npos ? 1 : asked);
  if (topology.chips() > fuzz::most_chips)
    throw InputError("--topology " + network + " has " + std::to_string(topology.chips()) + " chips; streams are made for 1 to " +
                     std::to_string(fuzz::most_chips));
  choice.chips = topology.chips();
  choice.topology = topology.text();
  const auto stalls = parse_real(values.text("stalls"));
  if (!stalls || !(*stalls >= 0 && *stalls <= memory::Stalls::most))
    throw InputError("--stalls takes a share of cycles from 0 to " + decimal(memory::Stalls::most, 1) + ", not '" + values.text("stalls") +
                     "'");
  choice.stalls = *stalls;
  return choice;
}

/// So that it reads back as the same number.
std::string exact(double number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

/// What runs a case again.
std::string again(std::uint64_t seed, const fuzz::Choice& choice) {
  std::string text = "twill fuzz --seed " + std::to_string(seed) + " --seeds 1 --config " + choice.config;
  if (choice.chips > 1) text += " --chips " + std::to_string(choice.chips) + " --topology " + choice.topology;
  if (choice.stalls > 0) text += " --stalls " + exact(choice.stalls);
  return text;
}

std::size_t commands_of(const fuzz::Case& test) {
  return static_cast<std::size_t>(std::count_if(test.ops.begin(), test.ops.end(), [](const fuzz::Op& op) { return !op.fixed; }));
}

/// A run of `twill fuzz` over seeds.
class Seeds {
 public:
  Seeds(const Values& values, const fuzz::ChipMaker& make)
      : make_(make),
        choice_(parse_choice(values)),
        count_(values.number("seeds", 1, 1'000'000'000)),
        first_(values.number("seed", 0, UINT64_MAX - count_)),
        quiet_(values.flag("quiet")),
        keep_going_(values.flag("keep-going")),
        show_modes_(values.flag("modes")),
        case_file_(values.text("case")),
        report_file_(values),
        out_(report_file_.text()) {
    if (keep_going_ && case_file_.wanted())
      throw InputError("--case is one file; with --keep-going every failing case goes to a fuzz-SEED.json of its own");
    keep_apart({}, {case_file_.path(), report_file_.path()});
    if (!case_file_.wanted()) file_of(first_);  // which throws where it could not be written
  }

  int run() {
    const auto start = std::chrono::steady_clock::now();
    Progress progress("fuzzing " + choice_.config, count_, "seeds", quiet_);
    for (; done_ < count_ && (failures_.empty() || keep_going_) && !interruption_.came(); progress.update(done_)) {
      const std::uint64_t seed = first_ + done_++;
      const fuzz::Case test = fuzz::generate(seed, choice_);
      const fuzz::Verdict verdict = fuzz::judge(test, make_);
      commands_ += verdict.commands;
      cycles_ += verdict.cycles;
      modes_.add(test);
      if (!verdict.fault.found()) continue;
      progress.wipe();
      report_failure(test, verdict.fault);
    }
    progress.wipe();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report_file_.write(json(seconds));
    print(seconds);
    return interruption_.came() ? Interruption::code : failures_.empty() ? 0 : 1;
  }

 private:
  struct Failure {
    std::uint64_t seed;
    std::string fault, file;
    std::size_t commands;
  };

  static OutputFile file_of(std::uint64_t seed) { return OutputFile("fuzz-" + std::to_string(seed) + ".json"); }

  /// Makes the case small, shows it, and writes it to a file. An interruption has it stay as large as it is by then.
  void report_failure(const fuzz::Case& test, const fuzz::Fault& fault) {
    out_ << "seed " << test.seed << " FAILS: " << fault.text << "\n  again:   " << again(test.seed, choice_) << '\n' << std::flush;
    unsigned runs = 0;
    Progress progress("shrinking seed " + std::to_string(test.seed), 0, "runs", quiet_);
    fuzz::Fault last = fault;
    const fuzz::Case small = fuzz::shrink(
        test,
        [&](const fuzz::Case& candidate) {
          if (interruption_.came()) return false;
          progress.update(++runs);
          const fuzz::Fault other = fuzz::judge(candidate, make_).fault;
          if (other.kind == fault.kind) last = other;
          return other.kind == fault.kind;
        },
        most_shrink_runs);
    progress.wipe();
    const OutputFile file = case_file_.wanted() ? case_file_ : file_of(test.seed);
    const std::string text = fuzz::to_json(small).dump(1) + "\n";
    out_ << "  shrunk:  " << counted(commands_of(small), "command") << ", and those that fill and read memory: " << last.text << "\n\n"
         << fuzz::listing(small) << '\n';
    file.write({text.begin(), text.end()});
    out_ << "  written: " << file.path() << "; twill fuzz --replay " << file.path() << " runs it\n";
    failures_.push_back({test.seed, fault.text, file.path(), commands_of(small)});
  }

  ordered_json json(double seconds) const {
    auto report = report_head("fuzz");
    report["config"] = choice_.config;
    report["chips"] = choice_.chips;
    report["topology"] = choice_.topology;
    report["stalls"] = choice_.stalls;
    report["first_seed"] = first_;
    report["seeds"] = done_;
    report["interrupted"] = interruption_.came();
    report["commands"] = commands_;
    report["cycles"] = cycles_;
    report["seconds"] = seconds;
    report["failures"] = ordered_json::array();
    for (const Failure& f : failures_)
      report["failures"].push_back({{"seed", f.seed}, {"fault", f.fault}, {"file", f.file}, {"commands", f.commands}});
    report["modes"] = modes_.counts();
    return report;
  }

  void print(double seconds) const {
    if (show_modes_) print_modes();
    if (interruption_.came()) out_ << "interrupted after " << grouped(done_) << " of " << counted(count_, "seed") << '\n';
    out_ << counted(done_, "seed") << " from " << first_ << " on " << choice_.config << (choice_.chips > 1 ? ", " + choice_.topology : "")
         << ": " << grouped(commands_) << " commands, " << grouped(cycles_) << " cycles, " << counted(failures_.size(), "failure") << ", "
         << decimal(seconds, 1) << " s\n";
  }

  void print_modes() const {
    for (const auto& [opcode, row] : modes_.counts()) {
      out_ << opcode << "  ";
      const char* separator = "";
      for (const auto& [mode, count] : row) {
        out_ << separator << mode << ' ' << grouped(count);
        separator = ", ";
      }
      out_ << '\n';
    }
  }

  const fuzz::ChipMaker& make_;
  const fuzz::Choice choice_;
  const std::uint64_t count_, first_;
  const bool quiet_, keep_going_, show_modes_;
  const OutputFile case_file_;
  const ReportFile report_file_;
  std::ostream& out_;
  const Interruption interruption_;
  fuzz::ModeCounts modes_;
  std::vector<Failure> failures_;
  std::uint64_t commands_ = 0, cycles_ = 0, done_ = 0;
};

/// Runs the case of a file.
int replay(const Values& values, const fuzz::ChipMaker& make) {
  for (const char* option : {"seeds", "seed", "config", "chips", "topology", "stalls", "case"})
    if (values.has(option))
      throw InputError(std::string("--") + option + " is for seeds; the file of --replay says all there is of its case");
  for (const char* option : {"keep-going", "modes"})
    if (values.flag(option)) throw InputError(std::string("--") + option + " is for seeds; --replay runs one case");
  const std::string file = values.text("replay");
  const ReportFile report_file(values);
  keep_apart({file}, {report_file.path()});
  const auto bytes = read_file(file);
  const fuzz::Case test = fuzz::from_json({bytes.begin(), bytes.end()}, file);
  check_built(test.config, ", which " + file + " is for");

  const fuzz::Verdict verdict = fuzz::judge(test, make);
  auto report = report_head("fuzz");
  report["replayed"] = file;
  report["config"] = test.config;
  report["chips"] = test.chips;
  report["topology"] = test.topology;
  report["stalls"] = test.delays.stalls;
  report["seed"] = test.seed;
  report["commands"] = verdict.commands;
  report["cycles"] = verdict.cycles;
  report["fault"] = verdict.fault.text;
  report_file.write(report);
  report_file.text() << fuzz::listing(test) << '\n'
                     << (verdict.fault.found() ? "FAILS: " + verdict.fault.text : "RTL and functional chip agree") << '\n';
  return verdict.fault.found() ? 1 : 0;
}

}  // namespace

int fuzz_with(const fuzz::ChipMaker& make, const std::vector<std::string>& args) {
  Options options(
      "fuzz", "",
      "Runs random command streams on the RTL and on the functional chip and compares all they leave: memories, errors, counts, and that "
      "the chip is at rest. A seed that fails is made small, shown and written to a file.");
  options.value("seeds", "N", "how many", "100").value("seed", "FIRST", "the first of them", "1");
  options.value("config", "NAME", "the machine", "tiny")
      .value("chips", "N", "1 to " + std::to_string(fuzz::most_chips) + "; when not given, as many as the topology says, or 1")
      .value("topology", "T", "of their network: ring, mesh:RxC, torus:RxC or switch; ring when not given");
  options.value("stalls", "SHARE", "of cycles in which memory and network hold back, 0 to " + decimal(memory::Stalls::most, 1), "0");
  options.value("case", "FILE", "where a failing case goes; fuzz-SEED.json when not given")
      .value("replay", "FILE", "runs such a file instead of seeds");
  options.flag("keep-going", "goes on after a seed that fails")
      .flag("modes", "counts commands by opcode and mode")
      .flag("quiet", "no progress on standard error");
  ReportFile::add_option(options);
  const auto values = options.parse(args);
  if (!values) return 0;
  return values->has("replay") ? replay(*values, make) : Seeds(*values, make).run();
}

int fuzz_command(const std::vector<std::string>& args) {
  return fuzz_with([](const std::string& config, const tb::ChipOptions& chip) { return tb::make_chip(config, chip); }, args);
}

}  // namespace twill::cli
