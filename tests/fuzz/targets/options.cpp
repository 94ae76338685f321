// SPDX-License-Identifier: Apache-2.0
// The small languages that options are written in. The first line of the input names one, the rest is its text.
#include <algorithm>
#include <functional>
#include <map>

#include "common/bit_flips.hpp"
#include "common/nearest.hpp"
#include "common/number_range.hpp"
#include "common/options.hpp"
#include "common/sizes.hpp"
#include "common/system_choice.hpp"
#include "target.hpp"
#include "twill/noc/routing.hpp"
#include "twill/parallel.hpp"

namespace {

using namespace twill;
using fuzzing::require;

/// What the user wrote is quoted as it was written.
template <class Parse>
void accepted(Parse parse) {
  fuzzing::accepted(parse, true);
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result{""};
  for (const char c : text) {
    if (c == '\n')
      result.emplace_back();
    else
      result.back() += c;
  }
  return result;
}

/// "ring:8", for every number of chips that may be asked for besides.
void topology(const std::string& text) {
  for (unsigned chips : {0u, 1u, 6u, 64u})
    accepted([&] {
      const noc::TopologySpec spec = noc::parse_topology(text, chips);
      require(spec.chips() >= 1 && spec.chips() <= contract::chips && (chips == 0 || spec.chips() == chips), "a topology has the chips asked for");
      const noc::Topology topology(spec);
      require(noc::parse_topology(spec.text()).text() == spec.text(), "a topology reads as it is written");
      require(topology.distance(0, spec.chips() - 1) < 64, "all chips are joined");
    });
}

/// "0.05:0.45:0.05"
void range(const std::string& text) {
  accepted([&] {
    const auto numbers = cli::number_range(text, "--rates", 1);
    require(!numbers.empty() && numbers.size() <= 1000, "a range has 1 to 1000 numbers");
    require(std::is_sorted(numbers.begin(), numbers.end()) && numbers.front() > 0 && numbers.back() <= 1, "they rise, above 0 and up to 1");
  });
}

/// "1MiB"
void bytes(const std::string& text) {
  accepted([&] { require(cli::parse_bytes(text, "--bytes") <= 1u << 30, "at most 1 GiB"); });
}

/// "3x5"
void kernel(const std::string& text) {
  accepted([&] {
    const auto [height, width] = cli::parse_kernel(text, "--kernel", 255);
    require(height >= 1 && height <= 255 && width >= 1 && width <= 255, "a kernel is 1 to 255 both ways");
  });
}

/// "2x4x1"
void parallel(const std::string& text) {
  for (unsigned chips : {1u, 8u, 64u})
    accepted([&] { require(ParallelShape::parse(text, chips).chips() == chips, "a shape has the chips of the system"); });
}

/// "base*2,small"
void config(const std::string& text) {
  accepted([&] { require(!cli::parse_configurations(text).empty(), "a list of configurations names some"); });
}

/// A whole command line, one word a line: the options of a system of chips with faulty links.
void system_of_chips(const std::string& text) {
  accepted([&] {
    cli::Options options("fuzz", "WORD...", "");
    cli::SystemChoice::add_options(options);
    const auto values = options.parse(lines(text), SIZE_MAX);
    if (!values) return;
    const cli::SystemChoice choice(*values);
    require(choice.chips() >= 1 && choice.chips() <= contract::chips, "a system has 1 to 64 chips");
    choice.json();
    if (choice.timed()) choice.open();  // which checks the links; the functional system has none, and filling its memories takes time
  });
}

/// "scratchpad:0x1f8:3@5000", each behind its --flip
void flip(const std::string& text) {
  accepted([&] {
    cli::Options options("fuzz", "WORD...", "");
    cli::MachineChoice::add_options(options);
    cli::add_flips(options);
    const auto values = options.parse(lines(text), SIZE_MAX);
    if (!values) return;
    for (const Fault& fault : cli::read_flips(*values, cli::MachineChoice(*values))) require(fault.bit < 72, "a code word has 72 bits");
  });
}

/// A misspelt word, and the words there are.
void nearest(const std::string& text) {
  std::vector<std::string> words = lines(text);
  const std::string word = words.back();
  words.pop_back();
  require(!cli::suggestion(word, words).empty(), "something is suggested");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::map<std::string, std::function<void(const std::string&)>> languages{
      {"topology", topology}, {"range", range},   {"bytes", bytes},   {"kernel", kernel},
      {"parallel", parallel}, {"config", config}, {"system", system_of_chips}, {"flip", flip},   {"nearest", nearest}};
  const std::string text(data, data + size);
  const auto end = std::min(text.find('\n'), text.size());
  const auto language = languages.find(text.substr(0, end));
  if (language != languages.end()) language->second(text.substr(std::min(end + 1, text.size())));
  return 0;
}
