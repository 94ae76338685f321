// SPDX-License-Identifier: Apache-2.0
#include "twill/manifest.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "twill/error.hpp"
#include "twill/file.hpp"

namespace twill {
namespace {

constexpr std::size_t most_axes = 8;         // as the importer has it
constexpr std::size_t most_path = 512;       // bytes
constexpr std::size_t most_bytes = 4 << 20;  // of the file: a value takes up to fifty times as much memory as text
constexpr int most_depth = 32;               // of lists and objects in each other

/// A JSON value together with the words for where it stands, so that every refusal names the field.
class Field {
 public:
  Field(const nlohmann::json& json, std::string file, std::string where = "")
      : json_(json), file_(std::move(file)), where_(std::move(where)) {}

  [[noreturn]] void refuse(const std::string& expected) const {
    throw InputError(file_ + ": " + (where_.empty() ? "the manifest" : where_) + " must be " + expected + ".");
  }

  bool has(const std::string& key) const { return json_.is_object() && json_.contains(key); }

  Field operator[](const std::string& key) const {
    if (!json_.is_object()) refuse("an object");
    const auto found = json_.find(key);
    if (found == json_.end()) refuse("an object with the field '" + key + "'");
    return Field(*found, file_, where_.empty() ? key : where_ + "." + key);
  }

  template <typename Function>
  void each(Function function) const {
    if (!json_.is_array()) refuse("an array");
    for (std::size_t i = 0; i < json_.size(); ++i) function(Field(json_[i], file_, where_ + "[" + std::to_string(i) + "]"));
  }

  std::string text() const {
    if (!json_.is_string()) refuse("a string");
    return json_.get<std::string>();
  }
  std::string name() const {
    if (!json_.is_string() || json_.get_ref<const std::string&>().empty()) refuse("a string that is not empty");
    return json_.get<std::string>();
  }
  int integer() const {
    const bool large = json_.is_number_unsigned() && json_.get<std::uint64_t>() > std::numeric_limits<int>::max();  // a comparison would take it for negative
    if (!json_.is_number_integer() || large || json_.get<std::int64_t>() < std::numeric_limits<int>::min()) refuse("a 32-bit integer");
    return json_.get<int>();
  }
  std::uint64_t count() const {
    if (!json_.is_number_unsigned()) refuse("a non-negative integer");
    return json_.get<std::uint64_t>();
  }
  double number() const {
    if (!json_.is_number()) refuse("a number");
    return json_.get<double>();
  }
  double share() const {
    if (!json_.is_number() || json_ < 0 || json_ > 1) refuse("a share from 0 to 1");
    return json_.get<double>();
  }
  int index() const {
    const int value = integer();
    if (value < 0) refuse("a non-negative integer");
    return value;
  }
  int extent() const {
    const int value = integer();
    if (value < 1) refuse("a positive integer");
    return value;
  }
  std::string hash() const {
    const std::string value = text();
    if (value.size() != 64 || value.find_first_not_of("0123456789abcdef") != std::string::npos)
      refuse("a SHA-256 of 64 lower-case hexadecimal digits");
    return value;
  }
  DataType data_type() const {
    const std::string value = text();
    if (value == "int8") return DataType::int8;
    if (value == "uint8") return DataType::uint8;
    if (value == "int32") return DataType::int32;
    if (value == "float32") return DataType::float32;
    refuse("one of int8, uint8, int32 and float32");
  }
  /// A path relative to the folder of the manifest, which it must not leave.
  std::string path() const {
    const std::filesystem::path path = name();
    if (path.native().size() > most_path || path.is_absolute() || *path.lexically_normal().begin() == ".." || path.native().find('\0') != std::string::npos)
      refuse("the path of a file in the folder of the manifest, of at most " + std::to_string(most_path) + " bytes");
    return (std::filesystem::path(file_).parent_path() / path).string();
  }

 private:
  const nlohmann::json& json_;
  std::string file_, where_;
};

Manifest::Interface read_interface(const Field& field) {
  Manifest::Interface result;
  result.index = field["index"].index();
  result.name = field["name"].text();
  field["shape"].each([&](const Field& extent) {
    if (result.shape.size() == most_axes) field["shape"].refuse("an array of at most " + std::to_string(most_axes) + " extents");
    result.shape.push_back(extent.extent());
  });
  result.type = field["dtype"].data_type();
  if (field.has("scale")) result.scale = field["scale"].number();
  if (field.has("zero_point")) result.zero_point = field["zero_point"].integer();
  return result;
}

Manifest::Golden read_golden(const Field& field) {
  return {field["index"].index(), field["op"].index(), field["sha256"].hash(), field.has("file") ? field["file"].path() : ""};
}

Manifest::Case read_case(const Field& field) {
  Manifest::Case result;
  result.name = field["name"].name();
  result.provenance = field["provenance"].text();
  field["inputs"].each([&](const Field& f) { result.inputs.push_back(f.path()); });
  field["outputs"].each([&](const Field& f) { result.outputs.push_back(f.path()); });
  field["tensors"].each([&](const Field& f) { result.tensors.push_back(read_golden(f)); });
  return result;
}

std::vector<std::string> read_classes(const Field& root) {
  std::vector<std::string> classes;
  if (root.has("classes")) root["classes"].each([&](const Field& f) { classes.push_back(f.name()); });
  return classes;
}

std::uint64_t elements(const Manifest::Interface& interface) {
  std::uint64_t product = 1;
  for (int extent : interface.shape) product *= static_cast<std::uint64_t>(extent);
  return product;
}

/// Places in the file for a person: lines and columns from 1.
nlohmann::json parse(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  if (bytes.size() > most_bytes) throw InputError(path + ": this has " + std::to_string(bytes.size()) + " bytes; a manifest has at most " + std::to_string(most_bytes) + ".");
  const auto check_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > most_depth) throw InputError(path + ": its lists and objects are nested more than " + std::to_string(most_depth) + " deep, which no manifest is.");
    return true;
  };
  try {
    return nlohmann::json::parse(bytes.begin(), bytes.end(), check_depth);
  } catch (const nlohmann::json::parse_error& error) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), error.byte > 0 ? error.byte - 1 : 0));
    const auto line = 1 + std::count(bytes.begin(), at, '\n');
    const auto start = std::find(std::make_reverse_iterator(at), bytes.rend(), '\n').base();
    throw InputError(path + ": this is not JSON: " + (at == bytes.end() ? "it ends too early, in line " : "it goes wrong in line ") +
                     std::to_string(line) + ", column " + std::to_string(at - start + 1) + ".");
  } catch (const nlohmann::json::exception&) {
    throw InputError(path + ": this is not JSON that can be read: a number in it is too large.");
  }
}

}  // namespace

Manifest read_manifest(const std::string& path) {
  const nlohmann::json json = parse(path);
  const Field root(json, path);
  Manifest result;
  result.model = root["model"].text();
  result.path = root["file"].path();
  result.size = root["size"].count();
  result.sha256 = root["sha256"].hash();
  result.total_macs = root["total_macs"].count();
  result.total_params = root["total_params"].count();
  root["inputs"].each([&](const Field& f) { result.inputs.push_back(read_interface(f)); });
  root["outputs"].each([&](const Field& f) { result.outputs.push_back(read_interface(f)); });
  result.classes = read_classes(root);
  const auto has_classes = [&](const Manifest::Interface& output) { return elements(output) == result.classes.size(); };
  if (!result.classes.empty() && std::none_of(result.outputs.begin(), result.outputs.end(), has_classes))
    root["classes"].refuse("an array of as many names as an output has elements, not " + std::to_string(result.classes.size()));
  if (root.has("accuracy")) {
    const Field accuracy = root["accuracy"];
    result.accuracy = {accuracy["images"].path(), accuracy["labels"].path(), accuracy["int8"].share()};
  }
  root["cases"].each([&](const Field& f) {
    Manifest::Case next = read_case(f);
    for (const Manifest::Case& earlier : result.cases)
      if (earlier.name == next.name) f["name"].refuse("a name of its own; another case is '" + shown(next.name) + "' too");
    result.cases.push_back(std::move(next));
  });
  return result;
}

std::vector<std::string> read_class_names(const std::string& path, const std::string& model) {
  const nlohmann::json json = parse(path);
  const Field root(json, path);
  return root["file"].text() == model ? read_classes(root) : std::vector<std::string>();
}

const Manifest::Case& Manifest::find_case(const std::string& name) const {
  std::string known;
  for (const Case& candidate : cases) {
    if (candidate.name == name) return candidate;
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  throw InputError("the manifest of " + shown(model) + " has no case '" + name + "'; it has " + shown(known, 400));
}

}  // namespace twill
