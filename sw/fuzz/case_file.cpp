// SPDX-License-Identifier: Apache-2.0
#include "case_file.hpp"

#include <algorithm>
#include <limits>

#include "generate.hpp"
#include "twill/disassembler.hpp"
#include "twill/error.hpp"
#include "twill/memory/stalls.hpp"

namespace twill::fuzz {
namespace {

using nlohmann::ordered_json;

constexpr const char* format = "twill fuzz case 1";
constexpr std::uint64_t most_image_bytes = 1 << 24;  // of all
constexpr std::size_t most_text = 4 << 20, most_ops = ring_size;
constexpr int most_depth = 8;  // of lists and objects in each other

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    for (const int digit : {byte >> 4, byte & 15}) text += "0123456789abcdef"[digit];
  return text;
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw InputError("'" + shown(std::string(1, c)) + "' is no hexadecimal digit");
  };
  if (text.size() % 2 != 0) throw InputError("half a byte of an image is missing");
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return bytes;
}

/// A whole number that fits: JSON's own conversions let others wrap around.
template <class T>
T whole(const ordered_json& value, const char* what) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw InputError(std::string(what) + " must be a whole number from 0 to " + std::to_string(std::numeric_limits<T>::max()));
  return value.get<T>();
}

template <class T>
void read(const ordered_json& from, const char* key, T& value) {
  value = whole<T>(from.at(key), key);
}

Case read(const ordered_json& json) {
  if (json.at("format") != format) throw InputError("its format is not '" + std::string(format) + "'");
  Case test;
  read(json, "seed", test.seed);
  test.config = json.at("config");
  test.topology = json.at("topology");
  read(json, "chips", test.chips);
  const contract::Configuration& machine = configuration(test.config);
  if (test.chips < 1 || test.chips > most_chips) throw InputError("chips is " + std::to_string(test.chips) + "; it can be 1 to " + std::to_string(most_chips));
  const ordered_json& delays = json.at("delays");
  read(delays, "dram_latency", test.delays.dram_latency);
  read(delays, "dram_bandwidth", test.delays.dram_bandwidth);
  read(delays, "link_latency", test.delays.link_latency);
  read(delays, "link_width", test.delays.link_width);
  read(delays, "vcs", test.delays.vcs);
  test.delays.stalls = delays.at("stalls");
  memory::Stalls{test.delays.stalls};  // refuses a share that it could not have
  if (test.delays.dram_latency < 1 || test.delays.dram_latency > 10000 || test.delays.dram_bandwidth > machine.word_bytes) throw InputError("its DRAM figures are out of range");
  std::uint64_t image_bytes = 0;
  for (const ordered_json& item : json.at("images")) {
    Image image;
    read(item, "chip", image.chip);
    read(item, "address", image.address);
    if (item.contains("bytes")) {
      image.bytes = from_hex(item.at("bytes"));
    } else {
      read(item, "seed", image.seed);
      read(item, "random_bytes", image.random_bytes);
    }
    if (image.chip >= test.chips || image.random_bytes > most_image_bytes || image.address >> 40 != 0) throw InputError("an image has no place");
    image_bytes += image.bytes.size() + image.random_bytes;
    if (image_bytes > most_image_bytes) throw InputError("its images have more than " + std::to_string(most_image_bytes) + " bytes");
    test.images.push_back(std::move(image));
  }
  for (const ordered_json& item : json.at("ops")) {
    Op op;
    if (test.ops.size() == most_ops) throw InputError("it has more than " + std::to_string(most_ops) + " ops");
    read(item, "id", op.id);
    read(item, "chip", op.chip);
    op.fixed = item.value("fixed", false);
    op.refused = item.value("refused", false);
    if (item.contains("after")) read(item, "after", op.after);
    const ordered_json& words = item.at("words");
    if (words.size() != op.command.words.size()) throw InputError("an op has " + std::to_string(op.command.words.size()) + " words");
    for (std::size_t i = 0; i < words.size(); ++i) op.command.words[i] = whole<std::uint32_t>(words.at(i), "a word of an op");
    if (op.chip >= test.chips || op.id == 0) throw InputError("an op has an id or chip that there is not");
    test.ops.push_back(op);
  }
  if (!sound(test)) throw InputError("one of its ops is illegal, reaches outside its space or finds operands it cannot use");
  return test;
}

}  // namespace

ordered_json to_json(const Case& test) {
  const Delays& d = test.delays;
  ordered_json json{{"format", format},
                    {"seed", test.seed},
                    {"config", test.config},
                    {"topology", test.topology},
                    {"chips", test.chips},
                    {"delays",
                     {{"dram_latency", d.dram_latency}, {"dram_bandwidth", d.dram_bandwidth}, {"link_latency", d.link_latency}, {"link_width", d.link_width}, {"vcs", d.vcs}, {"stalls", d.stalls}}}};
  auto& images = json["images"] = ordered_json::array();
  for (const Image& image : test.images) {
    ordered_json item{{"chip", image.chip}, {"address", image.address}};
    if (!image.bytes.empty()) {
      item["bytes"] = hex(image.bytes);
    } else {
      item["seed"] = image.seed;
      item["random_bytes"] = image.random_bytes;
    }
    images.push_back(std::move(item));
  }
  auto& ops = json["ops"] = ordered_json::array();
  for (const Op& op : test.ops) {
    ordered_json item{{"id", op.id}, {"chip", op.chip}};
    if (op.fixed) item["fixed"] = true;
    if (op.refused) item["refused"] = true;
    if (op.after != 0) item["after"] = op.after;
    item["words"] = op.command.words;
    item["text"] = disassemble(op.command, op.id);
    ops.push_back(std::move(item));
  }
  return json;
}

Case from_json(const std::string& text, const std::string& source) {
  try {
    if (text.size() > most_text) throw InputError("it has more than " + std::to_string(most_text) + " bytes");
    return read(ordered_json::parse(text, [](int depth, ordered_json::parse_event_t, ordered_json&) {
      if (depth > most_depth) throw InputError("its lists and objects are nested more than " + std::to_string(most_depth) + " deep");
      return true;
    }));
  } catch (const nlohmann::json::exception& error) {
    throw InputError(source + " is no case of twill fuzz: " + shown(error.what(), 200));
  } catch (const InputError& error) {
    throw InputError(source + " is no case of twill fuzz: " + error.what());
  }
}

std::string listing(const Case& test) {
  std::string text;
  for (const Op& op : test.ops) {
    if (op.fixed) continue;
    text += (test.chips > 1 ? "chip " + std::to_string(op.chip) + "  " : std::string()) + disassemble(op.command, op.id);
    if (op.after != 0) text += "  bank by bank after " + std::to_string(op.after);
    text += op.refused ? "  to be refused\n" : "\n";
  }
  return text;
}

}  // namespace twill::fuzz
