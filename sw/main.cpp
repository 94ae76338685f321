// SPDX-License-Identifier: Apache-2.0
// The `twill` command: finds the subcommand and runs it.
#include <iomanip>
#include <iostream>

#include "commands/commands.hpp"
#include "common/guarded.hpp"
#include "common/nearest.hpp"
#include "twill/error.hpp"
#include "version.hpp"

namespace {

using namespace twill::cli;

void print_help() {
  std::cout << "Twill " << twill_version << ": runs int8 networks on a simulated AI accelerator, exactly and cycle by cycle.\n\n"
            << "usage: twill SUBCOMMAND [options]\n\n";
  for (const Command& command : commands) {
    std::cout << "  " << std::left << std::setw(12) << command.name << command.summary << '\n';
  }
  std::cout << "  help        what a subcommand takes: twill help SUBCOMMAND\n"
            << "  --version   the version\n\n"
            << "Exit codes: 0 all is well, 1 a result differs from its reference, 2 an input or option cannot be used,\n"
            << "3 the chip reported an error or a link is dead, 70 an internal error, 130 interrupted.\n";
}

const Command& find(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (command.name == name) return command;
    names.emplace_back(command.name);
  }
  names.emplace_back("help");
  throw twill::InputError("there is no subcommand '" + name + "'; " + suggestion(name, names));
}

/// What `twill help`, `twill --help` and `twill --version` take.
void at_most(std::size_t most, const std::vector<std::string>& args) {
  if (args.size() > most) throw twill::InputError("'" + args[most] + "' is one argument too many; `twill --help` shows what there is");
}

int dispatch(std::vector<std::string> args) {
  if (args.empty()) throw twill::InputError("name a subcommand; `twill --help` lists them");
  const std::string name = args.front();
  args.erase(args.begin());
  if (name == "help" || name == "--help" || name == "-h") {
    at_most(name == "help" ? 1 : 0, args);
    if (!args.empty() && args.front() != "help") return find(args.front()).run({"--help"});
    print_help();
    return 0;
  }
  if (name == "--version") {
    at_most(0, args);
    std::cout << "twill " << twill_version << '\n';
    return 0;
  }
  return find(name).run(args);
}

}  // namespace

int main(int argc, char* argv[]) {
  const auto run = [&] {
    const int code = dispatch({argv + 1, argv + argc});
    if (!std::cout.flush()) throw twill::InputError("the standard output cannot be written");
    return code;
  };
  return guarded(run, std::cerr);
}
