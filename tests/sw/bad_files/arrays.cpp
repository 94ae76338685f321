// SPDX-License-Identifier: Apache-2.0
// The demo network takes int8 1x24x24x3.
#include "bad_files.hpp"

namespace twill::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t image = 24 * 24 * 3;

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// Version 1.0: magic, length of the header, header, data.
Bytes file(const std::string& header, std::size_t data, std::uint8_t major = 1, std::uint8_t minor = 0) {
  std::string text = "\x93NUMPY";
  text += {static_cast<char>(major), static_cast<char>(minor), static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8 & 255)};
  if (major == 2) text += std::string{static_cast<char>(header.size() >> 16 & 255), static_cast<char>(header.size() >> 24)};
  return bytes_of(text + header + std::string(data, '\x05'));
}

std::string dictionary(const std::string& shape, const std::string& descr = "'|i1'", const std::string& order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

/// The length of the header overwritten by another.
Bytes with_length(Bytes bytes, std::uint32_t length, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[8 + i] = static_cast<std::uint8_t>(length >> (8 * i));
  return bytes;
}

Bytes cut(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::vector<BadFile> bad_arrays() {
  const std::string shape = "(1, 24, 24, 3)", header = dictionary(shape);
  const Bytes good = file(header, image), good2 = file(header, image, 2);
  const std::string not_npy = "this is not an .npy file", ends = "the file ends inside its .npy header", size = "which is not what its shape and element type ask for";
  std::string many = "(1";
  for (int i = 0; i < 20000; ++i) many += ",1";
  return {
      {"an array of no bytes", {}, not_npy},
      {"an array of 7 bytes", cut(good, 7), not_npy},
      {"an array with another magic", bytes_of("\x93NUMPZ" + std::string(2000, 'x')), not_npy},
      {"text for an array", bytes_of("1, 2, 3\n"), not_npy},
      {"an array of version 0.0", file(header, image, 0), "this is .npy version 0.0, accepted are 1.0 and 2.0"},
      {"an array of version 1.1", file(header, image, 1, 1), "this is .npy version 1.1"},
      {"an array of version 255.255", file(header, image, 255, 255), "this is .npy version 255.255"},
      {"an array cut behind its version", cut(good, 8), ends},
      {"an array cut in the length of its header", cut(good, 9), ends},
      {"an array of version 2.0 cut in the length of its header", cut(good2, 11), ends},
      {"an array cut in its header", cut(good, 40), ends},
      {"an array with a header longer than the file", with_length(good, 65535, 2), ends},
      {"an array of version 2.0 with a header of 4 GiB", with_length(good2, 0xffffffff, 4), ends},
      {"an array with a header of 0 bytes", with_length(good, 0, 2), "its .npy header has no '{'"},
      {"an array whose header ends within its dictionary", with_length(good, 30, 2), "its .npy header has"},
      {"an array whose data were taken for header", with_length(good, static_cast<std::uint32_t>(header.size()) + 5, 2), "its .npy header has text after its '}'"},
      {"an array without a shape", file("{'descr': '|i1', 'fortran_order': False}", image), "not all of 'descr', 'fortran_order' and 'shape'"},
      {"an array with two shapes", file("{'descr': '|i1', 'shape': (1,), 'shape': (1,)}", 1), "a second 'shape'"},
      {"an array with an unknown key", file("{'descr': '|i1', 'colour': 'red'}", image), "an unknown key 'colour'"},
      {"an array with a key of 60000 bytes", file("{'" + std::string(60000, 'k') + "': 1}", image), "an unknown key 'kkk"},
      {"an array with a key that commands a terminal", file("{'\x1b[2J\x07': 1}", image), "an unknown key '?[2J?'"},
      {"an array with an open quote", file("{'descr: |i1}", image), "an open quote"},
      {"an array without a comma", file("{'descr': '|i1' 'shape': (1,)}", image), "no ',' or '}'"},
      {"an array of objects", file(dictionary(shape, "'|O'"), image), "its elements are '|O', accepted are int8 '|i1'"},
      {"an array of big-endian numbers", file(dictionary(shape, "'>i4'"), image * 4), "its elements are '>i4'"},
      {"an array of structures", file(dictionary(shape, "[('a', '|i1')]"), image), "no quoted text"},
      {"an array of type ''", file(dictionary(shape, "''"), image), "its elements are ''"},
      {"an array in Fortran order", file(dictionary(shape, "'|i1'", "True"), image), "the array is in Fortran order, accepted is C order"},
      {"an array in the order 1", file(dictionary(shape, "'|i1'", "1"), image), "neither True nor False"},
      {"an array with a negative extent", file(dictionary("(1, -24, 24, 3)"), image), "no extent"},
      {"an array with an extent of 0", file(dictionary("(1, 0, 24, 3)"), image), "the array has an extent of 0"},
      {"an array with an extent of 2^31", file(dictionary("(2147483648,)"), image), "an extent above 2147483647"},
      {"an array with an extent of 30 digits", file(dictionary("(999999999999999999999999999999,)"), image), "an extent above 2147483647"},
      {"an array with a fractional extent", file(dictionary("(1.5,)"), image), "no ',' or ')'"},
      {"an array whose shape is a number", file(dictionary("1728"), image), "no '('"},
      {"an array whose shape is never closed", file("{'shape': (1, 24", image), "no ',' or ')'"},
      {"an array of a huge shape in a small file", file(dictionary("(2147483647, 2147483647)"), image), size},
      {"an array whose product is 0 modulo 2^64", file(dictionary("(65536, 65536, 65536, 65536)"), image), size},
      {"an array whose product is its data modulo 2^64", file(dictionary("(1, 24, 24, 3, 65536, 65536, 65536, 65536)"), image), size},
      {"an array of 20001 axes", file(dictionary(many + ")"), 1), "its .npy header has more than 32 extents"},
      {"an array without data", file(header, 0), "holds 0 bytes of data, " + size},
      {"an array that lacks its last byte", file(header, image - 1), "holds 1727 bytes of data, " + size},
      {"an array with one byte more", file(header, image + 1), "holds 1729 bytes of data, " + size},
      {"an array of another type", file(dictionary(shape, "'|u1'"), image), "is uint8 1x24x24x3, but input 0 of the network ('image') takes int8 1x24x24x3"},
      {"an array of another shape", file(dictionary("(24, 24, 3)"), image), "is int8 24x24x3, but input 0"},
      {"an array that is a scalar", file(dictionary("()"), 1), "is int8 scalar, but input 0"},
  };
}

}  // namespace twill::test
