// SPDX-License-Identifier: Apache-2.0
#include "common/link_report.hpp"

#include "common/format.hpp"
#include "twill/rtl_system.hpp"

namespace twill::cli {
namespace {

double use(const noc::LinkReport& link, std::uint64_t cycles) {
  return cycles ? static_cast<double>(link.busy_cycles) / static_cast<double>(cycles) : 0;
}

}  // namespace

nlohmann::ordered_json counts_json(const noc::LinkReport& link) {
  if (!link.retry) return nullptr;
  return {{"frames", link.retry->frames},
          {"replays", link.retry->replays},
          {"timeouts", link.retry->timeouts},
          {"crc_errors", link.retry->crc_errors},
          {"answer_errors", link.retry->answer_errors}};
}

std::vector<noc::LinkReport> links_of(System& system) {
  const auto* timed = dynamic_cast<const RtlSystem*>(&system);
  return timed ? timed->links() : std::vector<noc::LinkReport>{};
}

void print_links(std::ostream& out, const std::vector<noc::LinkReport>& links, std::uint64_t cycles) {
  const noc::LinkReport* busiest = nullptr;
  double sum = 0;
  std::size_t used = 0;
  for (const noc::LinkReport& link : links) {
    if (!busiest || link.busy_cycles > busiest->busy_cycles) busiest = &link;
    if (link.flits > 0) sum += use(link, cycles), ++used;
  }
  if (used == 0) return;
  out << "links             " << used << " of " << links.size() << " used, busy " << percent(sum / static_cast<double>(used)) << " on average, the busiest ("
      << busiest->name << ") " << percent(use(*busiest, cycles)) << '\n';
  if (!busiest->retry) return;
  noc::RetryCounts sum_of;
  for (const noc::LinkReport& link : links) {
    sum_of.frames += link.retry->frames;
    sum_of.replays += link.retry->replays;
    sum_of.timeouts += link.retry->timeouts;
    sum_of.crc_errors += link.retry->crc_errors;
  }
  out << "retries           " << grouped(sum_of.replays) << " replays, " << grouped(sum_of.timeouts) << " timeouts; " << grouped(sum_of.crc_errors) << " of "
      << grouped(sum_of.frames) << " frames arrived wrong\n";
}

nlohmann::ordered_json links_json(const std::vector<noc::LinkReport>& links, std::uint64_t cycles) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const noc::LinkReport& link : links)
    all.push_back({{"name", link.name},
                   {"from", link.from},
                   {"to", link.to},
                   {"flits", link.flits},
                   {"busy_cycles", link.busy_cycles},
                   {"use", use(link, cycles)},
                   {"retry", counts_json(link)}});
  return all;
}

}  // namespace twill::cli
