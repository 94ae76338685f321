// SPDX-License-Identifier: Apache-2.0
// twill run --wave: in a build of the trace preset waves, in any other a sentence that says which build has them.
#include "twill_process.hpp"
#include "version.hpp"

namespace {

using namespace twill::test;

/// First and last time of an FST file, from its header block: a type byte, a length, and these two, big-endian.
std::pair<std::uint64_t, std::uint64_t> times(const std::string& path) {
  const std::string bytes = read_text(path);
  REQUIRE(bytes.size() > 25);
  REQUIRE(bytes[0] == 0);
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  return {number(9), number(17)};
}

TEST_CASE("waves cover the layer asked for, or the whole run") {
  const Scratch scratch;
  const std::string file = scratch / "w.fst";
  if (!twill::cli::has_waves) {
    const auto outcome = twill_command({"run", model, "--wave", file, "--json", scratch / "report.json"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "trace"));
    CHECK(scratch.files().empty());
    return;
  }
  constexpr std::uint64_t ticks_a_cycle = 2, spare = 6 * 64;
  succeed({"run", model, "--wave", file, "--wave-layer", "3", "--json", scratch / "report.json"});
  const auto report = read_json(scratch / "report.json");
  const auto layer = report["layers"][3]["cycles"].get<std::uint64_t>(), total = report["total"]["cycles"].get<std::uint64_t>();
  const auto [first, last] = times(file);
  CHECK((last - first) / ticks_a_cycle >= layer);
  CHECK((last - first) / ticks_a_cycle <= layer + spare);

  std::filesystem::create_symlink("all.fst", scratch / "link.fst");
  succeed({"run", model, "--wave", scratch / "link.fst"});
  CHECK(std::filesystem::is_symlink(scratch / "link.fst"));
  const auto [begin, end] = times(scratch / "all.fst");
  CHECK((end - begin) / ticks_a_cycle >= total);
}

}  // namespace
