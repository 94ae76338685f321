// SPDX-License-Identifier: Apache-2.0
#include "cost.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "twill/noc/routing.hpp"

namespace twill::collective {
namespace {

constexpr std::uint64_t router_cycles = 2;      ///< pipeline of a router
constexpr std::uint64_t command_cycles = 10;    ///< from the end of one SEND to the first flit of the next
constexpr std::uint64_t reaction_cycles = 40;   ///< from the last flit's arrival to the first of a SEND that waited for it
constexpr unsigned virtual_channels = 2;        ///< any legal number: routes do not depend on it

std::uint64_t hop_cycles(const CommunicatorOptions& options) { return options.link_latency + router_cycles; }

}  // namespace

Costs costs_of(const Flow& flow, const Shape& shape, const CommunicatorOptions& options) {
  const noc::Topology topology(options.topology);
  const noc::Routing routing(topology, virtual_channels);
  const unsigned n = shape.size();
  Costs costs;
  costs.sent.assign(n, 0);
  std::map<std::pair<unsigned, unsigned>, double> links;  // node, port
  const auto cell = [&](int c) { return flow.cells()[static_cast<std::size_t>(c)]; };

  // Ports and links as servers that take hops in the order of their times.
  std::vector<std::uint64_t> port(n, 0), sink(n, 0), ready(flow.cells().size(), 0);
  std::uint64_t opening = 0;
  if (flow.opening != Opening::edges && n > 1) opening = (n / 2) * (hop_cycles(options) + reaction_cycles) * (flow.opening == Opening::all ? 2 : 1);
  std::vector<const Hop*> order;
  for (const Hop& h : flow.hops()) order.push_back(&h);
  std::stable_sort(order.begin(), order.end(), [](const Hop* a, const Hop* b) { return a->time < b->time; });
  std::uint64_t end = opening;
  std::fill(port.begin(), port.end(), opening);
  for (const Hop* h : order) {
    const unsigned from = cell(h->from).rank, to = cell(h->to).rank;
    const std::uint64_t bytes = cell(h->to).bytes, flits = (bytes + contract::flit_bytes - 1) / contract::flit_bytes;
    const std::uint64_t cycles = flits * std::max(1u, contract::flit_bytes / options.link_width);
    const unsigned a = shape.chips[from], b = shape.chips[to];
    costs.sent[from] += bytes;
    for (unsigned node = a; node != b;) {
      const unsigned by = routing.port(node, b);
      links[{node, by}] += static_cast<double>(bytes);
      node = topology.neighbour(node, by).node;
    }
    const std::uint64_t start = std::max(port[from], ready[static_cast<std::size_t>(h->from)]);
    port[from] = start + flits + command_cycles;
    sink[to] = std::max(sink[to] + flits, start + cycles + topology.distance(a, b) * hop_cycles(options));
    const std::uint64_t there = sink[to] + reaction_cycles;
    ready[static_cast<std::size_t>(h->to)] = std::max(ready[static_cast<std::size_t>(h->to)], there);
    end = std::max(end, there);
  }
  for (const auto& [link, bytes] : links) costs.busiest_link = std::max(costs.busiest_link, bytes);
  costs.estimate = std::max(end, opening + static_cast<std::uint64_t>(costs.busiest_link / options.link_width));
  return costs;
}

void add_bounds(CallInfo& info, const Task& task, const Shape& shape, const CommunicatorOptions& options, const Costs& costs) {
  const noc::Topology topology(options.topology);
  const unsigned n = shape.size();
  const double bytes = static_cast<double>(task.buffer.bytes()), width = options.link_width, hop = static_cast<double>(hop_cycles(options));
  const double part = n > 0 ? bytes * (n - 1) / n : 0;
  unsigned far = 0;
  for (unsigned r = 0; r < n; ++r) far = std::max(far, topology.distance(shape.chips[task.root], shape.chips[r]));
  const std::string w = std::to_string(options.link_width), h = std::to_string(hop_cycles(options)), b = std::to_string(task.buffer.bytes());
  const std::string nn = std::to_string(n), less = std::to_string(n - 1), f = std::to_string(far);
  double link = 0, dram = 0;
  switch (task.operation) {
    case Collective::all_reduce:
      link = 2 * part / width + 2 * (n - 1) * hop;
      info.bound_text = "2*" + less + "/" + nn + " * " + b + "/" + w + " + 2*" + less + " * " + h;
      dram = bytes;
      break;
    case Collective::reduce_scatter:
    case Collective::all_gather:
      link = part / width + (n - 1) * hop;
      info.bound_text = less + "/" + nn + " * " + b + "/" + w + " + " + less + " * " + h;
      dram = task.operation == Collective::reduce_scatter ? bytes : part;
      break;
    case Collective::broadcast:
    case Collective::reduce:
      link = n > 1 ? bytes / width + far * hop : 0;
      info.bound_text = b + "/" + w + " + " + f + " * " + h;
      dram = bytes;
      break;
    case Collective::scatter:
    case Collective::gather:
      link = part / width + far * hop;
      info.bound_text = less + "/" + nn + " * " + b + "/" + w + " + " + f + " * " + h;
      dram = part;
      break;
    case Collective::all_to_all:
      link = std::max(part, costs.busiest_link) / width + far * hop;
      info.bound_text = (costs.busiest_link > part ? std::to_string(static_cast<std::uint64_t>(costs.busiest_link)) + "/" + w + " (the busiest link)"
                                                   : less + "/" + nn + " * " + b + "/" + w) +
                        " + " + f + " * " + h;
      dram = bytes;
      break;
    case Collective::barrier:
      link = n > 1 ? 2 * far * hop : 0;
      info.bound_text = "2*" + f + " * " + h;
      break;
    default:
      link = bytes / width + topology.distance(shape.chips[task.root], shape.chips[task.peer]) * hop;
      info.bound_text = b + "/" + w + " + " + std::to_string(topology.distance(shape.chips[task.root], shape.chips[task.peer])) + " * " + h;
      dram = bytes;
  }
  info.link_bound = n > 1 ? static_cast<std::uint64_t>(std::ceil(link)) : 0;
  info.dram_bound = task.buffer.space == contract::Space::dram ? static_cast<std::uint64_t>(std::ceil(dram / options.dram_bandwidth)) : 0;
}

}  // namespace twill::collective
