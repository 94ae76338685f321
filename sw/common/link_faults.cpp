// SPDX-License-Identifier: Apache-2.0
#include "common/link_faults.hpp"

#include <charconv>

#include "common/scanner.hpp"
#include "twill/error.hpp"
#include "twill/noc/crc.hpp"
#include "twill/noc/retry_model.hpp"

namespace twill::cli {
namespace {

constexpr unsigned most_replays = 1000;

/// 0 to `high`, as 0.0001 or 1e-4.
double probability(const Values& values, const std::string& name, double high, const std::string& high_text) {
  const std::string text = values.text(name);
  const auto value = parse_real(text);
  if (!value || !(*value == 0 || (*value >= noc::LinkFaults::least_rate && *value <= high)))
    throw InputError("--" + name + " takes a probability from 1e-15 to " + high_text + ", or 0, not '" + text + "'");
  return *value;
}

/// "2-3@5000"
noc::LinkFaults::Dead dead_link(const std::string& text) {
  noc::LinkFaults::Dead dead{};
  Scanner scanner(text);
  if (!(scanner.number(dead.from, '-') && scanner.number(dead.to, '@') && scanner.number(dead.cycle, '\0')))
    throw InputError("--dead-link takes two neighbouring routers and a cycle, as in 2-3@5000, not '" + text + "'");
  return dead;
}

}  // namespace

void add_link_faults(Options& options) {
  options.flag("retry", "links repeat what is not acknowledged; those with faults do anyway")
      .value("bit-error-rate", "P",
             "probability that a bit on a link arrives wrong, up to 0.01; from about 0.002 on a link may be given up that works", "0")
      .value("drop-rate", "P", "that a frame on a link is lost, up to 0.5", "0")
      .value("duplicate-rate", "P", "that one arrives twice, up to 0.5", "0")
      .values("dead-link", "A-B@CYCLE",
              "the wires between the routers A and B stand still from that cycle on, counted from the doorbell (noc: of each rate); may be "
              "repeated")
      .value("fault-seed", "N", "of these faults", "1")
      .value("replay-limit", "N", "replays in a row without an answer before a link is given up, 1 to " + std::to_string(most_replays),
             "16");
}

const std::vector<std::string>& link_fault_options() {
  static const std::vector<std::string> names{"bit-error-rate", "drop-rate",    "duplicate-rate", "dead-link",
                                              "fault-seed",     "replay-limit", "retry"};
  return names;
}

void read_link_faults(const Values& values, noc::NetworkOptions& network) {
  network.retry = values.flag("retry");
  network.faults.bit_error_rate = probability(values, "bit-error-rate", noc::LinkFaults::most_bit_error_rate, "0.01");
  network.faults.drop_rate = probability(values, "drop-rate", noc::LinkFaults::most_frame_rate, "0.5");
  network.faults.duplicate_rate = probability(values, "duplicate-rate", noc::LinkFaults::most_frame_rate, "0.5");
  for (const std::string& text : values.texts("dead-link")) network.faults.dead.push_back(dead_link(text));
  network.faults.seed = values.number("fault-seed", 0, UINT64_MAX);
  network.replay_limit = static_cast<unsigned>(values.number("replay-limit", 1, most_replays));
  const bool random = network.faults.bit_error_rate > 0 || network.faults.drop_rate > 0 || network.faults.duplicate_rate > 0;
  if (values.has("fault-seed") && !random)
    throw InputError("--fault-seed is for random faults; give --bit-error-rate, --drop-rate or --duplicate-rate, too");
  if (values.has("replay-limit") && !network.protects_links())
    throw InputError("--replay-limit is for links that repeat; give --retry or a fault, too");
}

nlohmann::ordered_json retry_json(const noc::NetworkOptions& network) {
  if (!network.protects_links()) return nullptr;
  const noc::RetryTiming timing(network.link_latency, contract::flit_bytes / network.link_width);
  auto dead = nlohmann::ordered_json::array();
  for (const noc::LinkFaults::Dead& link : network.faults.dead)
    dead.push_back({{"from", link.from}, {"to", link.to}, {"cycle", link.cycle}});
  return {{"bit_error_rate", network.faults.bit_error_rate},
          {"drop_rate", network.faults.drop_rate},
          {"duplicate_rate", network.faults.duplicate_rate},
          {"dead_links", dead},
          {"seed", network.faults.seed},
          {"replay_limit", network.replay_limit},
          {"round_trip", timing.round_trip},
          {"timeout", timing.timeout},
          {"window", timing.window},
          {"goodput_model", goodput_model(network)},
          {"undetected_per_frame", noc::undetected_rate(network.faults.bit_error_rate)}};
}

double goodput(const noc::LinkReport& link, const noc::NetworkOptions& network, std::uint64_t cycles) {
  if (cycles == 0) return 0;
  return static_cast<double>(link.flits) * (contract::flit_bytes / network.link_width) / static_cast<double>(cycles);
}

double goodput_model(const noc::NetworkOptions& network) {
  return noc::retry_goodput(noc::RetryTiming(network.link_latency, contract::flit_bytes / network.link_width), network.faults);
}

}  // namespace twill::cli
