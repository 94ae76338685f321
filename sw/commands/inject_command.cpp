// SPDX-License-Identifier: Apache-2.0
// twill inject: a campaign of flipped bits, and what became of each.
#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/interruption.hpp"
#include "common/machine_choice.hpp"
#include "common/nearest.hpp"
#include "common/options.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/table.hpp"
#include "inject/campaign.hpp"
#include "inject/share.hpp"
#include "twill/error.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t most_faults = 1'000'000;
constexpr std::size_t most_bits_found = 4;    // by a link's checksum, always
constexpr std::size_t most_bits_decoded = 2;  // by SEC-DED

struct Row {
  std::uint64_t faults = 0;
  std::map<Ending, std::uint64_t> ended;
  std::uint64_t of(Ending ending) const { return ended.count(ending) ? ended.at(ending) : 0; }
  void count(Ending ending) {
    ++faults;
    ++ended[ending];
  }
  void add_cells(std::vector<std::string>& cells) const {
    cells.push_back(grouped(faults));
    for (const Ending ending : endings) cells.push_back(grouped(of(ending)));
  }
  ordered_json json() const {
    ordered_json json{{"faults", faults}};
    for (const Ending ending : endings) json[std::string(name(ending))] = of(ending);
    return json;
  }
};

struct Struck {
  std::uint64_t number;
  Strike strike;
  StruckOutcome outcome;
};

/// What is done about wrong bits in a state.
enum class Protection {
  none,
  beyond,  ///< a code, and more wrong bits than it always finds
  code
};

std::string_view name(Protection protection) {
  switch (protection) {
    case Protection::none: return "no";
    case Protection::beyond: return "beyond the code";
    case Protection::code: return "yes";
  }
  return "?";
}

/// Faults that are told as one: the state, and how many bits.
struct Kind {
  State state;
  std::string bits;
  Protection protection;
  bool operator<(const Kind& other) const { return std::tie(state, bits) < std::tie(other.state, other.bits); }
};

Kind kind_of(const Strike& strike, bool ecc) {
  const std::size_t bits = strike.bits.size();
  if (strike.state == State::links)
    return {strike.state,
            bits < 3                  ? std::to_string(bits)
            : bits <= most_bits_found ? "3-4"
                                      : "5-8",
            bits <= most_bits_found ? Protection::code : Protection::beyond};
  const std::string text = bits < 3 ? std::to_string(bits) : "3-5";
  if (strike.state == State::registers || !ecc) return {strike.state, text, Protection::none};
  return {strike.state, text, bits <= most_bits_decoded ? Protection::code : Protection::beyond};
}

ordered_json json_of(const Struck& struck) {
  return {{"number", struck.number},     {"state", name(struck.strike.state)},   {"where", struck.strike.where},
          {"bits", struck.strike.bits},  {"cycle", struck.strike.cycle},         {"ending", name(struck.outcome.ending)},
          {"said", struck.outcome.said}, {"recovered", struck.outcome.recovered}};
}

ordered_json json_of(const Share& share) { return {{"value", share.value}, {"low", share.low}, {"high", share.high}}; }

std::string text_of(const Struck& struck) {
  std::string bits;
  for (const unsigned bit : struck.strike.bits) bits += (bits.empty() ? "" : ", ") + std::to_string(bit);
  return "fault " + std::to_string(struck.number) + ": " + struck.strike.where + ", " +
         (struck.strike.bits.size() == 1 ? "bit " : "bits ") + bits + ", cycle " + grouped(struck.strike.cycle) +
         " of the job: " + std::string(name(struck.outcome.ending)) + (struck.outcome.said.empty() ? "" : ": " + struck.outcome.said) +
         (struck.outcome.recovered ? "" : " - and after a reset the job is wrong, too");
}

std::optional<Values> parse(const std::vector<std::string>& args) {
  Options options("inject", "",
                  "Runs a matrix product on two chips again and again, flips bits while it runs - in memories, in frames on the link, in "
                  "registers - and says what became of each.");
  ReportFile::add_option(options);
  return options.value("faults", "N", "how many, each in a run of its own", "1000")
      .value("seed", "N", "of the job and the faults", "1")
      .value("config", "NAME", "the machine of both chips: " + listed(tb::configurations_with_registers()), "tiny_ecc")
      .flag("blocks", "unprotected registers alone, as many faults in each block of the chip")
      .value("only", "N", "nothing but fault N of this seed, and all there is to say of it")
      .flag("quiet", "no progress on standard error")
      .parse(args);
}

const contract::Configuration& machine_of(const Values& values) {
  const std::string config = values.text("config");
  const auto names = tb::configurations_with_registers();
  if (std::find(names.begin(), names.end(), config) == names.end())
    throw InputError("of configuration '" + config + "' this twill has no chip whose registers can be flipped; " +
                     (names.empty() ? "add tiny_ecc to TWILL_CONFIGS" : suggestion(config, names)));
  return configuration_named(config);
}

/// All that was struck, counted.
class Tally {
 public:
  Tally(const Campaign& campaign, bool ecc) : campaign_(campaign), ecc_(ecc) {}

  void add(Struck struck) {
    const Kind kind = kind_of(struck.strike, ecc_);
    const bool silent = struck.outcome.ending == Ending::silent;
    kinds_[kind].count(struck.outcome.ending);
    if (struck.strike.state == State::registers) blocks_[struck.strike.block].count(struck.outcome.ending);
    if (silent) ++silent_[kind.protection];
    not_recovered_ += !struck.outcome.recovered;
    all_.push_back(std::move(struck));
  }

  bool failed() const { return silent(Protection::code) > 0 || not_recovered_ > 0; }
  const std::vector<Struck>& all() const { return all_; }

  void write(ordered_json& report) const {
    report["silent_covered"] = silent(Protection::code);
    report["not_recovered"] = not_recovered_;
    report["states"] = ordered_json::array();
    for (const auto& [kind, row] : kinds_) {
      ordered_json json = row.json();
      json["state"] = name(kind.state);
      json["protected"] = kind.protection != Protection::none;
      json["covered"] = kind.protection == Protection::code;
      json["bits"] = kind.bits;
      report["states"].push_back(json);
    }
    report["blocks"] = ordered_json::array();
    for (const Campaign::Block& block : campaign_.blocks()) {
      ordered_json json = of(block).json();
      json["block"] = block.name;
      json["bits"] = block.bits;
      json["silent_share"] = of(block).faults == 0 ? ordered_json(nullptr) : json_of(silent_share(block));
      report["blocks"].push_back(json);
    }
    const auto share = silent_share();
    report["register_silent_share"] = share ? json_of(*share) : ordered_json(nullptr);
    report["faults"] = ordered_json::array();
    for (const Struck& struck : all_) report["faults"].push_back(json_of(struck));
  }

  void print(std::ostream& out) const {
    std::vector<Table::Column> columns{{"state", Table::Side::left}, {"protected", Table::Side::left}, {"bits"}};
    add_columns(columns);
    Table by_kind(columns);
    for (const auto& [kind, row] : kinds_) {
      std::vector<std::string> cells{std::string(name(kind.state)), std::string(name(kind.protection)), kind.bits};
      row.add_cells(cells);
      by_kind.row(cells);
    }
    by_kind.print(out);
    if (!blocks_.empty()) print_blocks(out);
    out << '\n';
    for (const Struck& struck : all_)
      if (struck.outcome.ending == Ending::silent && kind_of(struck.strike, ecc_).protection == Protection::code)
        out << "NOT FOUND: " << text_of(struck) << '\n';
    for (const Struck& struck : all_)
      if (!struck.outcome.recovered) out << "NOT RIGHT AGAIN: " << text_of(struck) << '\n';
    out << "silent, of so few bits that a code always finds them   " << grouped(silent(Protection::code)) << '\n'
        << "silent, of more bits than the code is made for         " << grouped(silent(Protection::beyond)) << '\n'
        << "silent, where nothing protects                         " << grouped(silent(Protection::none)) << '\n'
        << "wrong again after a reset                              " << grouped(not_recovered_) << '\n';
  }

 private:
  std::uint64_t silent(Protection protection) const { return silent_.count(protection) ? silent_.at(protection) : 0; }
  Row of(const Campaign::Block& block) const { return blocks_.count(block.name) ? blocks_.at(block.name) : Row(); }
  Share silent_share(const Campaign::Block& block) const {
    const Row row = of(block);
    return Share::of(row.of(Ending::silent), row.faults);
  }

  /// Of a bit of any register, each as likely; nothing where a block was not struck at all.
  std::optional<Share> silent_share() const {
    std::vector<Stratum> strata;
    for (const Campaign::Block& block : campaign_.blocks()) {
      const Row row = of(block);
      if (row.faults == 0) return std::nullopt;
      strata.push_back(
          {static_cast<double>(block.bits) / static_cast<double>(campaign_.register_bits()), row.of(Ending::silent), row.faults});
    }
    return weighted(strata);
  }

  static void add_columns(std::vector<Table::Column>& columns) {
    columns.push_back({"faults"});
    for (const Ending ending : endings) columns.push_back({std::string(name(ending))});
  }

  void print_blocks(std::ostream& out) const {
    out << "\nunprotected registers, " << grouped(campaign_.register_bits()) << " bits a chip; in brackets the bounds of 95 % confidence\n";
    std::vector<Table::Column> columns{{"block", Table::Side::left}, {"bits"}};
    add_columns(columns);
    columns.push_back({"silent, of its faults"});
    Table table(columns);
    for (const Campaign::Block& block : campaign_.blocks()) {
      const Row row = of(block);
      if (row.faults == 0) continue;
      std::vector<std::string> cells{block.name, grouped(block.bits)};
      row.add_cells(cells);
      cells.push_back(silent_share(block).text());
      table.row(cells);
    }
    table.print(out);
    if (const auto share = silent_share()) out << "of a bit of any of them, each as likely: " << share->text() << " silent\n";
  }

  const Campaign& campaign_;
  bool ecc_;
  std::map<Kind, Row> kinds_;
  std::map<std::string, Row> blocks_;
  std::map<Protection, std::uint64_t> silent_;
  std::uint64_t not_recovered_ = 0;
  std::vector<Struck> all_;
};

/// What ends a run and is none of the endings is a bug here, found by this fault.
StruckOutcome run(const StruckJob& job, const Strike& strike, std::uint64_t number) {
  try {
    return job.run(strike);
  } catch (const std::exception& error) {
    throw std::logic_error("fault " + std::to_string(number) + ", " + strike.where + ": " + error.what());
  }
}

}  // namespace

int inject_command(const std::vector<std::string>& args) {
  const auto values = parse(args);
  if (!values) return 0;
  const contract::Configuration& machine = machine_of(*values);
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX), faults = values->number("faults", 1, most_faults);
  const bool only = values->has("only"), blocks = values->flag("blocks");
  if (only && values->has("faults")) throw InputError("--only N is one fault; give it or --faults");
  const ReportFile report_file(*values);

  const StruckJob job(std::string(machine.name), seed);
  const Campaign campaign(job, blocks ? Campaign::Aim::blocks : Campaign::Aim::all, seed);
  const std::uint64_t first = only ? values->number("only", 0, most_faults - 1) : 0, count = only ? 1 : faults;

  Tally tally(campaign, machine.ecc);
  const Interruption interruption;
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress("injecting", count, "faults", values->flag("quiet"));
    for (std::uint64_t done = 0; done < count && !interruption.came(); progress.update(++done)) {
      const Strike strike = campaign.strike(first + done);
      tally.add({first + done, strike, run(job, strike, first + done)});
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  ordered_json report = report_head("inject");
  report["config"] = machine.name;
  report["ecc"] = machine.ecc;
  report["seed"] = seed;
  report["aim"] = blocks ? "blocks" : "all";
  report["asked"] = count;
  report["cycles"] = job.cycles();
  report["register_bits"] = campaign.register_bits();
  tally.write(report);
  report["seconds"] = seconds;
  report_file.write(report);

  std::ostream& out = report_file.text();
  if (only && !tally.all().empty()) {
    out << text_of(tally.all().front()) << '\n';
  } else {
    out << (interruption.came() ? grouped(tally.all().size()) + " of " : "")
        << counted(interruption.came() ? count : tally.all().size(), "fault") << " in a job of " << grouped(job.cycles())
        << " cycles on 2 x " << machine.name << ", seed " << seed << "\n\n";
    tally.print(out);
    out << counted(tally.all().size(), "fault") << " in " << duration(seconds) << "; `twill inject --config " << machine.name << " --seed "
        << seed << (blocks ? " --blocks" : "") << " --only N` repeats one\n";
  }
  return interruption.came() ? Interruption::code : tally.failed() ? 1 : 0;
}

}  // namespace twill::cli
