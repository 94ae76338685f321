// SPDX-License-Identifier: Apache-2.0
// twill info: what this build is and can simulate.
#include <algorithm>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/options.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/table.hpp"
#include "twill/configurations.hpp"
#include "twill/rtl_device.hpp"
#include "version.hpp"

namespace twill::cli {

int info_command(const std::vector<std::string>& args) {
  Options options("info", "", "Shows versions, machines and devices of this build.");
  ReportFile::add_option(options);
  const auto values = options.parse(args);
  if (!values) return 0;
  const ReportFile report_file(*values);
  std::ostream& out = report_file.text();

  const auto built = rtl_configurations();
  Table table({{"configuration", Table::Side::left},
               {"array", Table::Side::left},
               {"scratchpad"},
               {"accumulators"},
               {"SEC-DED", Table::Side::left},
               {"DRAM bytes/cycle"},
               {"RTL", Table::Side::left},
               {"what for", Table::Side::left}});
  nlohmann::ordered_json machines = nlohmann::ordered_json::array();
  for (const auto& c : contract::configurations) {
    const bool here = std::find(built.begin(), built.end(), c.name) != built.end();
    const std::string word = std::to_string(c.word_bytes);
    table.row({std::string(c.name), word + " x " + word, byte_count(c.scratchpad_bytes),
               byte_count(std::uint64_t{c.accumulator_words} * c.word_bytes * 4), c.ecc ? "yes" : "no", word, here ? "built in" : "no",
               std::string(c.description)});
    machines.push_back({{"name", c.name},
                        {"description", c.description},
                        {"word_bytes", c.word_bytes},
                        {"scratchpad_bytes", c.scratchpad_bytes},
                        {"accumulator_words", c.accumulator_words},
                        {"ecc", c.ecc},
                        {"rtl", here}});
  }

  auto report = report_head("info");
  report["build_type"] = build_type;
  report["compiler"] = compiler;
  report["verilator"] = verilator;
  report["waves"] = has_waves;
  report["devices"] = {"rtl", "functional"};
  report["configurations"] = std::move(machines);
  report_file.write(report);
  out << "twill      " << twill_version << " (" << build_type << (has_waves ? ", with waves" : ", without waves") << ")\n"
      << "contract   " << contract_name() << '\n'
      << "compiler   " << compiler << '\n'
      << "Verilator  " << verilator << '\n'
      << "devices    rtl (the Verilated chip, cycle by cycle), functional (untimed)\n\n";
  table.print(out);
  return 0;
}

}  // namespace twill::cli
