// SPDX-License-Identifier: Apache-2.0
// twill inject: a campaign of flipped bits, and what became of each.
#include <algorithm>
#include <chrono>
#include <map>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/nearest.hpp"
#include "common/options.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/table.hpp"
#include "inject/campaign.hpp"
#include "twill/error.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t most_faults = 1'000'000;
constexpr std::size_t most_bits_found = 4;  // by a link's checksum, always

struct Row {
  std::uint64_t faults = 0;
  std::map<Ending, std::uint64_t> ended;
  std::uint64_t silent() const {
    const auto found = ended.find(Ending::silent);
    return found == ended.end() ? 0 : found->second;
  }
  void count(Ending ending) {
    ++faults;
    ++ended[ending];
  }
  std::vector<std::string> cells() const {
    std::vector<std::string> cells{grouped(faults)};
    for (const Ending ending : endings) cells.push_back(grouped(ended.count(ending) ? ended.at(ending) : 0));
    return cells;
  }
  ordered_json json() const {
    ordered_json json{{"faults", faults}};
    for (const Ending ending : endings) json[std::string(name(ending))] = ended.count(ending) ? ended.at(ending) : 0;
    return json;
  }
};

struct Struck {
  std::uint64_t number;
  Strike strike;
  StruckOutcome outcome;
};

bool is_memory(State state) { return state != State::links && state != State::registers; }
bool is_protected(State state, bool ecc) { return state == State::links || (is_memory(state) && ecc); }

/// It must not go unnoticed: errors of so many bits are always found.
bool is_covered(const Strike& strike, bool ecc) {
  return is_protected(strike.state, ecc) && strike.bits.size() <= (strike.state == State::links ? most_bits_found : 2);
}

std::string bits_class(const Strike& strike) { return strike.bits.size() < 3 ? std::to_string(strike.bits.size()) : "3+"; }

ordered_json json_of(const Struck& struck) {
  return {{"number", struck.number},
          {"state", name(struck.strike.state)},
          {"where", struck.strike.where},
          {"bits", struck.strike.bits},
          {"cycle", struck.strike.cycle},
          {"ending", name(struck.outcome.ending)},
          {"said", struck.outcome.said},
          {"recovered", struck.outcome.recovered}};
}

std::string text_of(const Struck& struck) {
  std::string bits;
  for (const unsigned bit : struck.strike.bits) bits += (bits.empty() ? "" : ", ") + std::to_string(bit);
  return "fault " + std::to_string(struck.number) + ": " + struck.strike.where + ", " + (struck.strike.bits.size() == 1 ? "bit " : "bits ") + bits + ", cycle " +
         grouped(struck.strike.cycle) + " of the job: " + std::string(name(struck.outcome.ending)) + (struck.outcome.said.empty() ? "" : ": " + struck.outcome.said) +
         (struck.outcome.recovered ? "" : " - and after a reset the job is wrong, too");
}

std::optional<Values> parse(const std::vector<std::string>& args) {
  Options options("inject", "",
                  "Runs a matrix product on two chips again and again, flips bits while it runs - in memories, in frames on the link, in registers - and "
                  "says what became of each.");
  ReportFile::add_option(options);
  return options.value("faults", "N", "how many, each in a run of its own", "1000")
      .value("seed", "N", "of the job and the faults", "1")
      .value("config", "NAME", "the machine of both chips: " + listed(tb::configurations_with_registers()), "tiny_ecc")
      .value("only", "N", "nothing but fault N of this seed, and all there is to say of it")
      .flag("quiet", "no progress on standard error")
      .parse(args);
}

std::string machine_of(const Values& values) {
  const std::string config = values.text("config");
  const auto names = tb::configurations_with_registers();
  if (std::find(names.begin(), names.end(), config) == names.end())
    throw InputError("of configuration '" + config + "' this twill has no chip whose registers can be flipped; " +
                     (names.empty() ? "add tiny_ecc to TWILL_CONFIGS" : suggestion(config, names)));
  return config;
}

}  // namespace

int inject_command(const std::vector<std::string>& args) {
  const auto values = parse(args);
  if (!values) return 0;
  const std::string config = machine_of(*values);
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX), faults = values->number("faults", 1, most_faults);
  if (values->has("only") && values->has("faults")) throw InputError("--only N is one fault; give it or --faults");
  const ReportFile report_file(*values);
  const bool ecc = std::find_if(contract::configurations.begin(), contract::configurations.end(), [&](const auto& c) { return c.name == config; })->ecc;

  const StruckJob job(config, seed);
  const Campaign campaign(job, ecc, seed);
  const std::uint64_t first = values->has("only") ? values->number("only", 0, most_faults - 1) : 0;
  const std::uint64_t end = values->has("only") ? first + 1 : faults;

  std::map<std::pair<State, std::string>, Row> rows;
  std::map<std::string, Row> blocks;
  std::vector<Struck> all;
  std::uint64_t uncovered = 0, unrecovered = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress("injecting", end - first, "faults", values->flag("quiet"));
    for (std::uint64_t number = first; number < end; ++number) {
      Struck struck{number, campaign.strike(number), {}};
      struck.outcome = job.run(struck.strike);
      rows[{struck.strike.state, bits_class(struck.strike)}].count(struck.outcome.ending);
      if (struck.strike.state == State::registers) blocks[struck.strike.block].count(struck.outcome.ending);
      uncovered += struck.outcome.ending == Ending::silent && is_covered(struck.strike, ecc);
      unrecovered += !struck.outcome.recovered;
      all.push_back(std::move(struck));
      progress.update(number - first + 1);
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  ordered_json report = report_head("inject");
  report["config"] = config;
  report["ecc"] = ecc;
  report["seed"] = seed;
  report["cycles"] = job.cycles();
  report["register_bits"] = campaign.register_bits();
  report["silent_covered"] = uncovered;
  report["not_recovered"] = unrecovered;
  report["states"] = ordered_json::array();
  for (const auto& [key, row] : rows) {
    ordered_json json = row.json();
    json["state"] = name(key.first);
    json["protected"] = is_protected(key.first, ecc);
    json["bits"] = key.second;
    report["states"].push_back(json);
  }
  report["blocks"] = ordered_json::array();
  for (const auto& [block, row] : blocks) {
    ordered_json json = row.json();
    json["block"] = block;
    report["blocks"].push_back(json);
  }
  report["faults"] = ordered_json::array();
  for (const Struck& struck : all) report["faults"].push_back(json_of(struck));
  report["seconds"] = seconds;
  report_file.write(report);

  std::ostream& out = report_file.text();
  if (values->has("only")) {
    out << text_of(all.front()) << '\n';
  } else {
    out << grouped(faults) << " faults in a job of " << grouped(job.cycles()) << " cycles on 2 x " << config << ", seed " << seed << "\n\n";
    std::vector<Table::Column> columns{{"state", Table::Side::left}, {"protected", Table::Side::left}, {"bits"}, {"faults"}};
    for (const Ending ending : endings) columns.push_back({std::string(name(ending))});
    Table table(columns);
    for (const auto& [key, row] : rows) {
      std::vector<std::string> cells{std::string(name(key.first)), is_protected(key.first, ecc) ? "yes" : "no", key.second};
      const auto counts = row.cells();
      cells.insert(cells.end(), counts.begin(), counts.end());
      table.row(cells);
    }
    table.print(out);
    if (!blocks.empty()) {
      out << "\nunprotected registers, " << grouped(campaign.register_bits()) << " bits a chip\n";
      columns.erase(columns.begin(), columns.begin() + 4);
      columns.insert(columns.begin(), {{"block", Table::Side::left}, {"faults"}});
      columns.push_back({"silent rate"});
      Table by_block(columns);
      for (const auto& [block, row] : blocks) {
        std::vector<std::string> cells{block};
        const auto counts = row.cells();
        cells.insert(cells.end(), counts.begin(), counts.end());
        cells.push_back(percent(static_cast<double>(row.silent()) / static_cast<double>(row.faults)));
        by_block.row(cells);
      }
      by_block.print(out);
    }
    out << '\n';
    for (const Struck& struck : all)
      if (struck.outcome.ending == Ending::silent && is_covered(struck.strike, ecc)) out << "NOT FOUND: " << text_of(struck) << '\n';
    out << "silent where errors of so many bits are always found: " << uncovered << "; not right again after a reset: " << unrecovered << '\n'
        << grouped(faults) << " faults in " << duration(seconds) << "; `twill inject --config " << config << " --seed " << seed << " --only N` repeats one\n";
  }
  return uncovered > 0 || unrecovered > 0 ? 1 : 0;
}

}  // namespace twill::cli
