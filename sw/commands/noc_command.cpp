// SPDX-License-Identifier: Apache-2.0
// twill noc: the network by itself under synthetic loads.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>
#include <sstream>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/link_faults.hpp"
#include "common/link_report.hpp"
#include "common/number_range.hpp"
#include "common/options.hpp"
#include "common/output_file.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/table.hpp"
#include "twill/error.hpp"
#include "twill/noc/crc.hpp"
#include "twill/noc/simulation.hpp"
#include "twill/noc_systemc/network_module.hpp"

namespace twill::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t window = 1000;  // cycles between two looks of SystemC at the network

struct Point {
  noc::LoadResult result;
  std::uint64_t cycles = 0;
  double cycles_per_second = 0;  // of processor time
  noc::LinkReport busiest;       // of a network of one chip: none, its name is empty
};

Point run_point(noc::Fabric& fabric, const noc::Traffic& traffic, const noc::Load& load, noc::NetworkModule& module,
                std::optional<noc::Simulation>& running, std::uint64_t before, Progress& progress) {
  running.emplace(fabric, traffic, load);
  const std::clock_t start = std::clock();
  while (!running->done()) {
    module.run();
    progress.update(before + std::min(running->now(), running->expected_cycles()));
  }
  Point point;
  point.cycles_per_second =
      static_cast<double>(running->now()) * CLOCKS_PER_SEC / static_cast<double>(std::max<std::clock_t>(1, std::clock() - start));
  point.result = running->result();
  point.cycles = running->now();
  for (noc::LinkReport& link : fabric.links())
    if (point.busiest.name.empty() || link.busy_cycles > point.busiest.busy_cycles) point.busiest = link;
  return point;
}

double busy_share(const Point& point) { return static_cast<double>(point.busiest.busy_cycles) / static_cast<double>(point.cycles); }

std::vector<std::uint8_t> csv(const std::vector<Point>& points) {
  std::ostringstream text;
  text << "offered,accepted,mean_latency,latency_99,packets,saturated\n";
  for (const Point& point : points) {
    const noc::LoadResult& r = point.result;
    text << decimal(r.offered, 4) << ',' << decimal(r.accepted, 6) << ',' << decimal(r.mean_latency, 3) << ',' << r.latency_99 << ','
         << r.packets << ',' << (r.saturated ? 1 : 0) << '\n';
  }
  const std::string bytes = text.str();
  return {bytes.begin(), bytes.end()};
}

double busiest_goodput(const Point& point, const noc::NetworkOptions& network) { return goodput(point.busiest, network, point.cycles); }

ordered_json points_json(const std::vector<Point>& points, const noc::NetworkOptions& network) {
  auto list = ordered_json::array();
  for (const Point& point : points) {
    const noc::LoadResult& r = point.result;
    list.push_back({{"offered", r.offered},
                    {"accepted", r.accepted},
                    {"mean_latency", r.mean_latency},
                    {"latency_99", r.latency_99},
                    {"packets", r.packets},
                    {"saturated", r.saturated},
                    {"cycles", point.cycles},
                    {"cycles_per_second", point.cycles_per_second},
                    {"busiest_link", point.busiest.name},
                    {"busiest_link_busy", busy_share(point)},
                    {"busiest_link_goodput", busiest_goodput(point, network)},
                    {"busiest_link_retry", counts_json(point.busiest)}});
  }
  return list;
}

noc::NetworkOptions network_options(const Values& values) {
  noc::NetworkOptions options;
  options.vcs = static_cast<unsigned>(values.integer("vcs", 1, 16));
  options.buffer = static_cast<unsigned>(values.integer("buffer", 0, 1024));
  options.link_latency = static_cast<unsigned>(values.integer("link-latency", 1, 256));
  options.link_width = static_cast<unsigned>(values.integer("link-width", 1, 16));
  options.pipeline = static_cast<unsigned>(values.integer("pipeline", 1, 7));
  read_link_faults(values, options);
  return options;
}

/// "" for links without the protocol.
std::string retry_line(const noc::NetworkOptions& network) {
  if (!network.protects_links()) return "";
  std::ostringstream text;
  text << "links repeat       bit errors " << network.faults.bit_error_rate << ", frames dropped " << network.faults.drop_rate
       << ", duplicated " << network.faults.duplicate_rate;
  for (const noc::LinkFaults::Dead& dead : network.faults.dead)
    text << ", " << dead.from << "-" << dead.to << " dead from cycle " << dead.cycle;
  text << "; wrong unseen, of a frame: " << noc::undetected_rate(network.faults.bit_error_rate) << '\n';
  return text.str();
}

/// Beside the closed form, which a link that always has something to send comes up to.
void print_retries(std::ostream& out, const std::vector<Point>& points, const noc::NetworkOptions& network) {
  Table table({{"offered"}, {"busiest link"}, {"goodput"}, {"always busy, by formula"}, {"frames"}, {"wrong"}, {"replays"}, {"timeouts"}});
  for (const Point& point : points) {
    if (!point.busiest.retry) return;
    const noc::RetryCounts& counts = *point.busiest.retry;
    table.row({decimal(point.result.offered, 3), point.busiest.name, decimal(busiest_goodput(point, network), 4),
               decimal(goodput_model(network), 4), grouped(counts.frames), grouped(counts.crc_errors), grouped(counts.replays),
               grouped(counts.timeouts)});
  }
  out << '\n';
  table.print(out);
}

void print(std::ostream& out, const std::vector<Point>& points) {
  Table table({{"offered"}, {"accepted"}, {"mean latency"}, {"99 % within"}, {"busiest link"}, {"", Table::Side::left}, {"cycles/s"}});
  for (const Point& point : points) {
    const noc::LoadResult& r = point.result;
    table.row({decimal(r.offered, 3), decimal(r.accepted, 4), decimal(r.mean_latency, 2), grouped(r.latency_99),
               point.busiest.name.empty() ? "" : point.busiest.name + " " + percent(busy_share(point)), r.saturated ? "saturated" : "",
               rate(point.cycles_per_second)});
  }
  table.print(out);
}

}  // namespace

int noc_command(const std::vector<std::string>& args) {
  Options options(
      "noc", "",
      "Simulates the network alone under synthetic traffic: latency and throughput for each injection rate. Rates are in flits a\n"
      "chip and cycle, latencies in cycles from the offer of a packet to its last flit at the other chip.");
  options.value("topology", "T", "ring:N, mesh:RxC, torus:RxC or switch:N; up to 64 chips", "mesh:8x8")
      .value("chips", "N", "how many chips, where the topology does not say")
      .value("traffic", "P", "uniform, transpose, hotspot or neighbor", "uniform")
      .value("injection", "LOW:HIGH:STEP", "offered rates, each above 0 and at most 1; or one rate", "0.05:0.45:0.05")
      .value("vcs", "N", "virtual channels of a link, up to 16", "4")
      .value("buffer", "FLITS", "of a virtual channel; 0: twice the link's latency and 8", "8")
      .value("link-latency", "CYCLES", "up to 256", "1")
      .value("link-width", "BYTES", "payload a cycle: 1, 2, 4, 8 or 16", "16")
      .value("pipeline", "CYCLES", "in a router, up to 7", "2")
      .value("packet", "FLITS", "offered at once", "1")
      .value("cycles", "N", "measured for each rate", "20000")
      .value("warmup", "N", "cycles before them", "5000")
      .value("seed", "N", "of the traffic", "1");
  add_link_faults(options);
  options.value("csv", "FILE", "write the table there, too");
  ReportFile::add_option(options);
  options.flag("quiet", "no progress on standard error");
  const auto values = options.parse(args);
  if (!values) return 0;

  const unsigned chips = values->has("chips") ? static_cast<unsigned>(values->integer("chips", 1, contract::chips)) : 0;
  const noc::TopologySpec topology = noc::parse_topology(values->text("topology"), chips);
  const std::vector<double> rates = number_range(values->text("injection"), "--injection", 1.0);
  noc::Load load;
  load.packet = static_cast<unsigned>(values->integer("packet", 1, 1024));
  load.cycles = values->number("cycles", 1, 1'000'000'000);
  load.warmup = values->number("warmup", 0, 1'000'000'000);
  load.seed = values->number("seed", 0, UINT64_MAX);
  noc::Fabric fabric(topology, network_options(*values));
  const noc::Traffic traffic(values->text("traffic"), fabric.topology());
  if (values->text("csv") == "-") throw InputError("--csv needs a file; on the standard output there is the report, with --json -");
  const OutputFile csv_file(values->text("csv"));
  const ReportFile report_file(*values);
  keep_apart({}, {csv_file.path(), report_file.path()});

  const double zero_load = noc::zero_load_latency(fabric, traffic, load.packet);
  noc::NetworkOptions faultless = fabric.options();
  faultless.faults = {};
  noc::Fabric quiet(topology, faultless);
  const double measured_zero_load = noc::measure_zero_load_latency(quiet, traffic, load.packet);

  std::optional<noc::Simulation> running;
  noc::NetworkModule module("network", fabric, window, [&] { running->advance(window); });
  const std::uint64_t each = load.warmup + load.cycles;
  Progress progress("network", each * rates.size(), "cycles", values->flag("quiet"));
  std::vector<Point> points;
  std::string fault;
  try {
    for (const double rate : rates) {
      load.injection = rate;
      points.push_back(run_point(fabric, traffic, load, module, running, each * points.size(), progress));
    }
  } catch (const ChipError& error) {  // what was measured before counts
    fault = "at an injection of " + decimal(load.injection, 3) + " " + error.what();
  }
  progress.wipe();
  double most_accepted = 0;
  for (const Point& point : points) most_accepted = std::max(most_accepted, point.result.accepted);

  const noc::NetworkOptions& network = fabric.options();
  ordered_json json = report_head("noc");
  json["network"] = {{"topology", topology.text()},
                     {"chips", topology.chips()},
                     {"vcs", network.vcs},
                     {"buffer", network.buffer},
                     {"link_latency", network.link_latency},
                     {"link_width", network.link_width},
                     {"pipeline", network.pipeline},
                     {"retry", retry_json(network)}};
  json["traffic"] = values->text("traffic");
  json["packet"] = load.packet;
  json["warmup"] = load.warmup;
  json["cycles"] = load.cycles;
  json["seed"] = load.seed;
  json["mean_hops"] = traffic.mean_hops();
  json["zero_load_latency"] = measured_zero_load;
  json["zero_load_latency_formula"] = zero_load;
  json["most_accepted"] = most_accepted;
  json["fault"] = fault;
  json["points"] = points_json(points, network);
  csv_file.write(csv(points));
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << topology.text() << ", " << values->text("traffic") << " traffic, packets of " << load.packet
      << (load.packet == 1 ? " flit" : " flits") << ", seed " << load.seed << '\n'
      << "routers            " << network.vcs << " virtual channels x " << network.buffer << " flits, " << network.pipeline
      << (network.pipeline == 1 ? " cycle" : " cycles") << '\n'
      << "links              " << network.link_latency << (network.link_latency == 1 ? " cycle, " : " cycles, ") << network.link_width
      << (network.link_width == 1 ? " byte" : " bytes") << " a cycle; " << decimal(traffic.mean_hops(), 4) << " on the way on average\n"
      << retry_line(network) << "zero-load latency  " << decimal(measured_zero_load, 4) << " cycles measured, " << decimal(zero_load, 4)
      << " by formula\n"
      << "most accepted      " << decimal(most_accepted, 4) << " flits a chip and cycle\n\n";
  if (!points.empty()) {
    print(out, points);
    print_retries(out, points, network);
  }
  if (!fault.empty()) throw ChipError(fault);
  return 0;
}

}  // namespace twill::cli
