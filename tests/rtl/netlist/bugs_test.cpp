// SPDX-License-Identifier: Apache-2.0
// The seeded bugs: one bit of the netlist is inverted, drawn over the whole chip; pins, semaphores, messages and networks must show it.
// Each runs in a process of its own, which ends at the first difference.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>

#include "catch.hpp"
#include "twin.hpp"
#include "workloads.hpp"

using netlist::comparison;

namespace {

struct Workload {
  const char* name;
  void (*run)();
};
constexpr Workload workloads[] = {
    {"random pins", [] { netlist::run_pins(1); }},
    {"semaphores", [] { netlist::run_semaphores(); }},
    {"messages", [] { netlist::run_messages(1); }},
    {"networks", [] { netlist::run_networks(1, 20000); }},
};

/// The bugs that are in the netlist: where an inverted bit makes no difference Yosys has left it out.
std::set<unsigned> bugs() {
  std::ifstream file(TWILL_NETLIST);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string compared = "fault_i == 8'h";
  std::set<unsigned> found;
  for (std::size_t at = text.find(compared); at != std::string::npos; at = text.find(compared, at + 1))
    found.insert(static_cast<unsigned>(std::stoul(text.substr(at + compared.size(), 2), nullptr, 16)));
  return found;
}

/// Does the netlist with this bug differ?
bool shows(unsigned bug, const Workload& workload) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    comparison = {};
    comparison.fault = bug;
    comparison.exit_if_different = true;
    try {
      workload.run();
    } catch (...) {
      std::_Exit(2);
    }
    std::_Exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) < 2);
  return WEXITSTATUS(status) == 1;
}

}  // namespace

// Of the seven that Yosys 0.23 draws one shows nowhere: bit 17 of an address of messages in the scratchpad, which has 2^15 bytes; what is
// beyond was refused before. Another version draws others, so a quarter may be such.
TEST_CASE("netlists with one bit inverted differ") {
  const std::set<unsigned> seeded = bugs();
  REQUIRE(seeded.size() >= 6);  // of 8
  std::size_t found = 0;
  for (const unsigned bug : seeded) {
    const auto* showing = std::find_if(std::begin(workloads), std::end(workloads), [&](const Workload& workload) { return shows(bug, workload); });
    if (showing != std::end(workloads)) found++;
    std::cout << "bit " << bug << " inverted: " << (showing == std::end(workloads) ? "no difference" : showing->name) << std::endl;
  }
  std::cout << found << " of " << seeded.size() << " netlists with one bit inverted differ; where it makes none, Yosys has left out the others of 8\n";
  CHECK(4 * found >= 3 * seeded.size());
}
