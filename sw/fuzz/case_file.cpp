// SPDX-License-Identifier: Apache-2.0
#include "case_file.hpp"

#include <algorithm>
#include <limits>

#include "generate.hpp"
#include "rig.hpp"
#include "twill/disassembler.hpp"
#include "twill/error.hpp"
#include "twill/memory/stalls.hpp"
#include "weave.hpp"

namespace twill::fuzz {
namespace {

using nlohmann::ordered_json;

constexpr const char* format = "twill fuzz case 1";
constexpr std::uint64_t most_image_bytes = 1 << 24;  // of all
constexpr std::size_t most_text = 4 << 20, most_ops = 1024;
constexpr int most_depth = 8;  // of lists and objects in each other

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    for (const int digit : {byte >> 4, byte & 15}) text += "0123456789abcdef"[digit];
  return text;
}

/// A value with the words for where it stands, so that every refusal names it.
class Field {
 public:
  Field(const ordered_json& json, std::string where) : json_(json), where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& wanted) const { throw InputError(where_ + " must be " + wanted); }

  bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
  Field operator[](const char* key) const {
    if (!has(key)) refuse("an object with the field '" + std::string(key) + "'");
    return {json_.at(key), where_ == whole_file ? key : where_ + "." + key};
  }
  /// Visits what a list holds.
  template <class Visit>
  void each(Visit visit) const {
    if (!json_.is_array()) refuse("a list");
    for (std::size_t i = 0; i < json_.size(); ++i) visit(Field(json_.at(i), where_ + "[" + std::to_string(i) + "]"));
  }

  /// A whole number that fits: JSON's own conversions let others wrap around.
  template <class T>
  void read(T& value, std::uint64_t low = 0, std::uint64_t high = std::numeric_limits<T>::max()) const {
    if (!json_.is_number_unsigned() || json_.get<std::uint64_t>() < low || json_.get<std::uint64_t>() > high)
      refuse("a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    value = json_.get<T>();
  }
  double share() const {
    if (!json_.is_number() || !(json_.get<double>() >= 0 && json_.get<double>() <= memory::Stalls::most)) refuse("a share from 0 to 0.9");
    return json_.get<double>();
  }
  bool truth() const {
    if (!json_.is_boolean()) refuse("true or false");
    return json_.get<bool>();
  }
  std::string text() const {
    if (!json_.is_string()) refuse("a string");
    return json_.get<std::string>();
  }

  /// Two lower-case hexadecimal digits a byte.
  std::vector<std::uint8_t> bytes() const {
    static const std::string digits = "0123456789abcdef";
    const std::string all = text();
    if (all.empty() || all.size() % 2 != 0 || all.find_first_not_of(digits) != std::string::npos)
      refuse("a byte or more, of two digits 0-9 or a-f each");
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < all.size(); i += 2)
      bytes.push_back(static_cast<std::uint8_t>(digits.find(all[i]) << 4 | digits.find(all[i + 1])));
    return bytes;
  }

  static constexpr const char* whole_file = "it";

 private:
  const ordered_json& json_;
  std::string where_;
};

Image read_image(const Field& field, unsigned chips) {
  Image image;
  field["chip"].read(image.chip, 0, chips - 1);
  field["address"].read(image.address, 0, (std::uint64_t{1} << 40) - 1);
  if (field.has("bytes")) {
    image.bytes = field["bytes"].bytes();
  } else {
    field["seed"].read(image.seed);
    field["random_bytes"].read(image.random_bytes, 0, most_image_bytes);
  }
  return image;
}

Op read_op(const Field& field, unsigned chips) {
  Op op;
  field["id"].read(op.id, 1);
  field["chip"].read(op.chip, 0, chips - 1);
  if (field.has("fixed")) op.fixed = field["fixed"].truth();
  if (field.has("refused")) op.refused = field["refused"].truth();
  if (field.has("after")) field["after"].read(op.after, 1);
  std::size_t words = 0;
  field["words"].each([&](const Field& word) {
    if (words < op.command.words.size()) word.read(op.command.words[words]);
    ++words;
  });
  if (words != op.command.words.size()) field["words"].refuse(std::to_string(op.command.words.size()) + " numbers");
  return op;
}

Case read(const Field& field) {
  if (field["format"].text() != format) field["format"].refuse("'" + std::string(format) + "'");
  Case test;
  field["seed"].read(test.seed);
  test.config = field["config"].text();
  test.topology = field["topology"].text();
  field["chips"].read(test.chips, 1, most_chips);
  const contract::Configuration& machine = configuration(test.config);
  const Field delays = field["delays"];
  delays["dram_latency"].read(test.delays.dram_latency, 1, 10000);
  delays["dram_bandwidth"].read(test.delays.dram_bandwidth, 0, machine.word_bytes);
  delays["link_latency"].read(test.delays.link_latency);
  delays["link_width"].read(test.delays.link_width);
  delays["vcs"].read(test.delays.vcs);
  test.delays.stalls = delays["stalls"].share();
  fabric_of(test);
  std::uint64_t image_bytes = 0;
  field["images"].each([&](const Field& item) {
    test.images.push_back(read_image(item, test.chips));
    image_bytes += test.images.back().bytes.size() + test.images.back().random_bytes;
    if (image_bytes > most_image_bytes) field["images"].refuse("at most " + std::to_string(most_image_bytes) + " bytes in all");
  });
  field["ops"].each([&](const Field& item) {
    if (test.ops.size() == most_ops) field["ops"].refuse("a list of at most " + std::to_string(most_ops));
    test.ops.push_back(read_op(item, test.chips));
  });
  if (const std::string why = unsound(test); !why.empty()) throw InputError(why);
  for (const Ring& ring : weave(test))
    if (ring.commands.size() > ring_size)
      throw InputError("a chip gets " + std::to_string(ring.commands.size()) + " commands, with those that wait and signal; a ring has " +
                       std::to_string(ring_size));
  return test;
}

ordered_json parse(const std::string& text) {
  if (text.size() > most_text) throw InputError("it has more than " + std::to_string(most_text) + " bytes");
  try {
    return ordered_json::parse(text, [](int depth, ordered_json::parse_event_t, ordered_json&) {
      if (depth > most_depth) throw InputError("its lists and objects are nested more than " + std::to_string(most_depth) + " deep");
      return true;
    });
  } catch (const nlohmann::json::parse_error& error) {
    throw InputError("it is not JSON from byte " + std::to_string(error.byte) + " on");
  } catch (const nlohmann::json::exception&) {
    throw InputError("a number in it is too large");
  }
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
                     {{"dram_latency", d.dram_latency},
                      {"dram_bandwidth", d.dram_bandwidth},
                      {"link_latency", d.link_latency},
                      {"link_width", d.link_width},
                      {"vcs", d.vcs},
                      {"stalls", d.stalls}}}};
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
    const ordered_json json = parse(text);
    return read(Field(json, Field::whole_file));
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
