// SPDX-License-Identifier: Apache-2.0
#include "twill/npy.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>

#include "twill/error.hpp"
#include "twill/file.hpp"

namespace twill {
namespace {

constexpr char magic[] = "\x93NUMPY";
constexpr std::size_t magic_bytes = 6, version_bytes = 2;
constexpr std::size_t most_axes = 32;  // NumPy's own limit for long

[[noreturn]] void refuse(const std::string& name, const std::string& why) { throw InputError(name + ": " + why + "."); }

std::string descriptor(DataType type) {
  switch (type) {
    case DataType::int8: return "|i1";
    case DataType::uint8: return "|u1";
    case DataType::int32: return "<i4";
    case DataType::float32: return "<f4";
  }
  throw std::invalid_argument("no such data type");
}

/// Reads the header's Python dictionary, which NumPy writes with exactly these three keys in any order.
class Header {
 public:
  Header(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr")
        set(descr, quoted(), key);
      else if (key == "fortran_order")
        set(fortran_order, boolean(), key);
      else if (key == "shape")
        set(shape, tuple(), key);
      else
        fail("an unknown key '" + shown(key) + "'");
      if (!accept(',') && peek() != '}') fail("no ',' or '}'");
    }
    skip_space();
    if (at_ != text_.size()) fail("text after its '}'");
    if (!descr || !fortran_order || !shape) fail("not all of 'descr', 'fortran_order' and 'shape'");
  }

  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int>> shape;

 private:
  [[noreturn]] void fail(const std::string& what) const {
    refuse(name_, "its .npy header has " + what + " at character " + std::to_string(at_) + " of the dictionary");
  }
  template <typename Value>
  void set(std::optional<Value>& field, Value value, const std::string& key) {
    if (field) fail("a second '" + key + "'");
    field = std::move(value);
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("no '") + c + "'");
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("no quoted text");
    const std::size_t end = text_.find(quote, ++at_);
    if (end == std::string::npos) fail("an open quote");
    const std::string value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_space();
    for (bool value : {false, true}) {
      const std::string word = value ? "True" : "False";
      if (text_.compare(at_, word.size(), word) == 0) {
        at_ += word.size();
        return value;
      }
    }
    fail("neither True nor False");
  }
  std::vector<int> tuple() {
    std::vector<int> values;
    expect('(');
    while (!accept(')')) {
      if (!std::isdigit(static_cast<unsigned char>(peek()))) fail("no extent");
      std::int64_t value = 0;
      while (std::isdigit(static_cast<unsigned char>(peek()))) {
        value = value * 10 + (text_[at_++] - '0');
        if (value > std::numeric_limits<int>::max()) fail("an extent above 2147483647");
      }
      if (values.size() == most_axes) fail("more than " + std::to_string(most_axes) + " extents");
      values.push_back(static_cast<int>(value));
      if (!accept(',') && peek() != ')') fail("no ',' or ')'");
    }
    return values;
  }

  std::string text_, name_;
  std::size_t at_ = 0;
};

DataType data_type(const std::string& descr, const std::string& name) {
  // Byte order means nothing for one byte; NumPy writes '|' there and other tools '<'.
  const bool one_byte = descr.size() == 3 && descr[2] == '1';
  for (DataType type : {DataType::int8, DataType::uint8, DataType::int32, DataType::float32})
    if (descr == descriptor(type) || (one_byte && size_of(type) == 1 && descr[1] == descriptor(type)[1])) return type;
  refuse(name, "its elements are '" + shown(descr) + "', accepted are int8 '|i1', uint8 '|u1', int32 '<i4' and float32 '<f4'");
}

}  // namespace

Array parse_npy(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  if (bytes.size() < magic_bytes + version_bytes || std::memcmp(bytes.data(), magic, magic_bytes) != 0)
    refuse(name, "this is not an .npy file (one begins with NumPy's six magic bytes and a version)");
  const int major = bytes[magic_bytes], minor = bytes[magic_bytes + 1];
  if ((major != 1 && major != 2) || minor != 0)
    refuse(name, "this is .npy version " + std::to_string(major) + "." + std::to_string(minor) + ", accepted are 1.0 and 2.0");

  const std::size_t length_bytes = major == 1 ? 2 : 4, text_at = magic_bytes + version_bytes + length_bytes;
  if (bytes.size() < text_at) refuse(name, "the file ends inside its .npy header");
  std::size_t text_bytes = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) text_bytes |= std::size_t{bytes[magic_bytes + version_bytes + i]} << (8 * i);
  if (bytes.size() - text_at < text_bytes) refuse(name, "the file ends inside its .npy header");
  const Header header(
      std::string(bytes.begin() + static_cast<std::ptrdiff_t>(text_at), bytes.begin() + static_cast<std::ptrdiff_t>(text_at + text_bytes)),
      name);

  Array array;
  array.type = data_type(*header.descr, name);
  array.shape = *header.shape;
  if (*header.fortran_order && array.shape.size() > 1) refuse(name, "the array is in Fortran order, accepted is C order");
  const std::size_t data_bytes = bytes.size() - text_at - text_bytes;
  std::size_t expected = size_of(array.type);
  for (int extent : array.shape) {
    if (extent == 0) refuse(name, "the array has an extent of 0, accepted are 1 and more");
    expected *= static_cast<std::size_t>(extent);
    if (expected > data_bytes) break;  // before the product can overflow
  }
  if (expected != data_bytes)
    refuse(name, "the file holds " + std::to_string(data_bytes) + " bytes of data, which is not what its shape and element type ask for");
  array.data.assign(bytes.end() - static_cast<std::ptrdiff_t>(data_bytes), bytes.end());
  return array;
}

Array read_npy(const std::string& path) { return parse_npy(read_file(path), path); }

std::vector<std::uint8_t> format_npy(const Array& array) {
  std::size_t expected = size_of(array.type);
  std::string shape;
  for (int extent : array.shape) {
    if (extent < 1) throw std::invalid_argument("an array's extents are at least 1");
    expected *= static_cast<std::size_t>(extent);
    shape += std::to_string(extent) + ", ";
  }
  if (array.data.size() != expected) throw std::invalid_argument("an array's data does not fit its shape");
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);  // Python writes (3,) but (3, 4)
  if (array.shape.size() == 1) shape.resize(shape.size() - 1);
  std::string text = "{'descr': '" + descriptor(array.type) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // The data begins at a multiple of 64, the byte before it is a newline.
  const std::size_t before = magic_bytes + version_bytes + 2;
  text.resize((before + text.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
  text += '\n';
  if (text.size() > 65535) throw std::invalid_argument("an array has too many dimensions for .npy 1.0");

  const std::string version_and_length{1, 0, static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  const std::string head = std::string(magic, magic_bytes) + version_and_length + text;
  std::vector<std::uint8_t> bytes(head.size() + array.data.size());
  std::copy(array.data.begin(), array.data.end(), std::copy(head.begin(), head.end(), bytes.begin()));
  return bytes;
}

void write_npy(const std::string& path, const Array& array) { write_file(path, format_npy(array)); }

}  // namespace twill
