// SPDX-License-Identifier: Apache-2.0
#include "common/system_report.hpp"

#include <algorithm>

#include "common/format.hpp"
#include "common/report.hpp"
#include "common/table.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr auto array_queue = static_cast<unsigned>(contract::Queue::array);
constexpr auto network_queue = static_cast<unsigned>(contract::Queue::network);

double share(std::uint64_t part, std::uint64_t whole) { return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0; }

Span span_of(const Outcome& outcome) {
  Span s;
  if (outcome.marks.empty()) return s;  // an idle chip
  const MarkRecord& last = outcome.marks.back();
  s.cycles = last.cycle();
  for (unsigned q = 0; q < contract::queues; ++q) {
    const unsigned w = contract::mark_word::engines + 4 * q;
    s.engines[q] = {last[w], last[w + 1], last[w + 2], last[w + 3]};
  }
  s.loaded = last[contract::mark_word::loaded];
  s.stored = last[contract::mark_word::stored];
  s.operands = last[contract::mark_word::operands];
  s.weights = last[contract::mark_word::weights];
  s.results = last[contract::mark_word::results];
  return s;
}

std::vector<std::string> row_of(const std::string& name, const ChipCost& c, std::uint64_t cycles) {
  const auto part = [&](std::uint64_t of) { return cycles ? percent(share(of, cycles)) : std::string(); };
  return {name,
          c.columns ? grouped(static_cast<std::uint64_t>(*c.columns)) : "",
          cycles ? grouped(c.span.cycles) : "",
          part(c.span.engines[array_queue].busy),
          part(c.span.engines[network_queue].busy),
          byte_count(c.network.bytes_sent),
          byte_count(c.network.bytes_received),
          cycles ? grouped(c.exposed()) : "",
          cycles ? grouped(c.hidden()) : "",
          cycles ? percent(c.port_use()) : ""};
}

}  // namespace

std::uint64_t ChipCost::communication() const {
  const EngineCycles& n = span.engines[network_queue];
  return n.busy + n.starved + n.blocked;
}

double ChipCost::port_use() const { return share(network.flits_sent, span.cycles); }

std::vector<ChipCost> chip_costs(const std::vector<Outcome>& outcomes) {
  std::vector<ChipCost> costs;
  for (const Outcome& outcome : outcomes) costs.push_back({span_of(outcome), outcome.network, {}});
  return costs;
}

std::uint64_t longest(const std::vector<ChipCost>& costs) {
  std::uint64_t cycles = 0;
  for (const ChipCost& c : costs) cycles = std::max(cycles, c.span.cycles);
  return cycles;
}

void print_chips(std::ostream& out, const std::vector<ChipCost>& costs, const std::vector<std::string>& configurations) {
  std::vector<Table::Column> columns{{"chip"}, {"columns"}, {"cycles"}, {"array"}, {"network"}, {"sent"}, {"received"}, {"exposed"}, {"hidden"}, {"port used"}};
  if (!configurations.empty()) columns.push_back({"config", Table::Side::left});
  Table table(columns);
  for (std::size_t rank = 0; rank < costs.size(); ++rank) {
    std::vector<std::string> row = row_of(std::to_string(rank), costs[rank], longest(costs));
    if (!configurations.empty()) row.push_back(configurations[rank]);
    table.row(row);
  }
  table.print(out);
}

ordered_json chips_json(const std::vector<ChipCost>& costs) {
  ordered_json chips = ordered_json::array();
  for (std::size_t rank = 0; rank < costs.size(); ++rank) {
    const ChipCost& c = costs[rank];
    ordered_json json{{"rank", rank}};
    if (c.columns) json["columns"] = *c.columns;
    json.update(span_json(c.span));
    json["network"] = {{"bytes_sent", c.network.bytes_sent},         {"flits_sent", c.network.flits_sent},
                       {"bytes_received", c.network.bytes_received}, {"flits_received", c.network.flits_received},
                       {"send_waits", c.network.send_waits},         {"receive_waits", c.network.receive_waits},
                       {"exposed", c.network.exposed}};
    json["exposed_cycles"] = c.exposed();
    json["hidden_cycles"] = c.hidden();
    json["port_use"] = c.port_use();
    chips.push_back(std::move(json));
  }
  return chips;
}

}  // namespace twill::cli
