// SPDX-License-Identifier: Apache-2.0
// Four chips add up what each of them has: a program for each, a communicator, one launch.
//
//     first_collective rtl|functional
#include <cstring>
#include <iostream>
#include <memory>

#include "twill/communicator.hpp"
#include "twill/functional_device.hpp"
#include "twill/mapper.hpp"
#include "twill/rtl_system.hpp"

int main(int argc, char* argv[]) try {
  const std::string kind = argc == 2 ? argv[1] : "";
  if (kind != "rtl" && kind != "functional") {
    std::cerr << "usage: first_collective rtl|functional\n";
    return 2;
  }
  constexpr unsigned chips = 4;
  constexpr std::uint64_t elements = 1000, ring_at = 1 << 20, marks_at = 1 << 24;  // DRAM addresses
  std::unique_ptr<twill::System> system;
  if (kind == "rtl") {
    twill::RtlSystemOptions options;
    options.topology = "ring:4";
    system = twill::make_rtl_system(options);
  } else {
    system = twill::make_functional_system("base", chips);
  }

  // What each chip is to have in its DRAM when its program starts: rank r has r + 1 everywhere.
  const twill::Buffer buffer{twill::contract::Space::dram, 0, elements, twill::DataType::int32};
  std::vector<twill::ProgramWriter> writers(chips);
  std::vector<twill::ProgramWriter*> streams;
  for (std::uint32_t rank = 0; rank < chips; ++rank) {
    const std::vector<std::uint32_t> values(elements, rank + 1);
    std::vector<std::uint8_t> bytes(buffer.bytes());
    std::memcpy(bytes.data(), values.data(), bytes.size());
    writers[rank].image(buffer.address, std::move(bytes));
    streams.push_back(&writers[rank]);
  }

  // From DRAM to DRAM bytes pass through the scratchpad, all of which is free here.
  twill::CommunicatorOptions options;
  options.topology = twill::noc::parse_topology("ring:4");
  options.scratchpad = options.staging_bytes = twill::Machine::of(system->chip(0)).scratchpad;
  const twill::Communicator world(streams, options);
  twill::CallInfo call;
  for (unsigned rank = 0; rank < chips; ++rank) call = world.all_reduce(rank, buffer);

  std::vector<twill::Program> programs;
  for (twill::ProgramWriter& writer : writers) programs.push_back(writer.finish(ring_at, marks_at));
  system->reset();
  const std::vector<twill::Outcome> outcomes = world.run(*system, programs);

  for (unsigned rank = 0; rank < chips; ++rank) {
    std::vector<std::int32_t> sums(elements);
    system->chip(rank).read_memory(buffer.address, sums.data(), buffer.bytes());
    for (const std::int32_t sum : sums)
      if (sum != 1 + 2 + 3 + 4) {
        std::cerr << "first_collective: rank " << rank << " has " << sum << '\n';
        return 1;
      }
  }
  std::cout << call.name << " by " << twill::name_of(call.algorithm) << ": every rank has 10 everywhere";
  if (kind == "rtl") std::cout << ", after " << outcomes[0].marks.back().cycle() << " cycles";
  std::cout << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "first_collective: " << error.what() << '\n';
  return 2;
}
