// SPDX-License-Identifier: Apache-2.0
// `twill fuzz` of chips with a bug that forget the upper limit of an average POOL.
#include <iostream>

#include "commands/fuzz_command.hpp"
#include "common/guarded.hpp"
#include "faulty_chip.hpp"

int main(int argc, char* argv[]) {
  using namespace twill;
  const fuzz::ChipMaker make = [](const std::string& config, const tb::ChipOptions& options) -> std::unique_ptr<tb::Chip> {
    return std::make_unique<faulty::FaultyChip>(
        tb::make_chip(config, options),
        faulty::misreads<contract::Pool>([](const auto& c) { return c.mode == 1 && c.max < 100; }, [](auto& c) { c.max = 127; }));
  };
  return cli::guarded([&] { return cli::fuzz_with(make, {argv + 1, argv + argc}); }, std::cerr);
}
