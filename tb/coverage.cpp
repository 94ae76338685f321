// SPDX-License-Identifier: Apache-2.0
#include "coverage.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>
#include <verilated.h>
#include <verilated_cov.h>

namespace {

struct Instance {
  std::string module_name, names;
  std::vector<unsigned> widths, rose, fell;
};
thread_local std::vector<Instance> instances;  // of the model whose final() runs in this thread

void print(std::ostream& out, const std::vector<unsigned>& words) {
  out << '|';
  for (const unsigned word : words) out << word << ' ';
}

}  // namespace

// Called by tb/coverage/twill_port_toggles.sv.
extern "C" {
void twill_ports_begin(const char* module_name, const char* names) { instances.push_back({module_name, names, {}, {}, {}}); }
void twill_ports_width(unsigned width) { instances.back().widths.push_back(width); }
void twill_ports_bits(unsigned rose, unsigned fell) {
  instances.back().rose.push_back(rose);
  instances.back().fell.push_back(fell);
}
}

namespace twill::tb {

void coverage_starts(VerilatedContext& context) { context.coveragep()->zero(); }

void coverage_ends(VerilatedContext& context) noexcept {
  static std::atomic<unsigned> chips{0};
  const std::vector<Instance> seen = std::exchange(instances, {});
  const char* folder = std::getenv("TWILL_COVERAGE_DIR");
  if (!folder) return;
  std::error_code ignored;  // what matters is whether the files can be written
  std::filesystem::create_directories(folder, ignored);
  const std::string name = std::string(folder) + '/' + std::to_string(getpid()) + '-' + std::to_string(chips++);
  context.coveragep()->forcePerInstance(true);
  context.coveragep()->write((name + ".dat").c_str());
  std::ofstream out(name + ".ports");
  for (const Instance& instance : seen) {
    out << instance.module_name << '|' << instance.names;
    for (const auto* words : {&instance.widths, &instance.rose, &instance.fell}) print(out, *words);
    out << '\n';
  }
  if (out.flush() && std::filesystem::exists(name + ".dat")) return;
  std::cerr << "error: cannot write coverage to the folder " << folder << " (TWILL_COVERAGE_DIR)\n";
  std::abort();  // from a destructor: nothing can be thrown, and data must not be missed silently
}

}  // namespace twill::tb
