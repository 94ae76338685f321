// SPDX-License-Identifier: Apache-2.0
#include "twill/npy.hpp"

#include <cstdlib>
#include <random>
#include <stdexcept>

#include "catch.hpp"
#include "temporary_file.hpp"
#include "twill/error.hpp"
#include "twill/file.hpp"

namespace {

using namespace twill;
using Bytes = std::vector<std::uint8_t>;

/// A .npy file with this header and data, version 1.0.
Bytes file(const std::string& header, std::size_t data_bytes, int major = 1, int minor = 0) {
  Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(major), static_cast<std::uint8_t>(minor)};
  bytes.push_back(static_cast<std::uint8_t>(header.size() & 255));
  bytes.push_back(static_cast<std::uint8_t>(header.size() >> 8));
  if (major == 2) bytes.insert(bytes.end(), 2, 0);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (std::size_t i = 0; i < data_bytes; ++i) bytes.push_back(static_cast<std::uint8_t>(i + 1));
  return bytes;
}

}  // namespace

TEST_CASE("what is written is read back, from disk too") {
  for (DataType type : {DataType::int8, DataType::uint8, DataType::int32, DataType::float32})
    for (const std::vector<int>& shape : std::vector<std::vector<int>>{{}, {3}, {1, 2, 3}, {2, 1, 1, 5, 1}}) {
      Array array{type, shape, {}};
      std::size_t bytes = size_of(type);
      for (int extent : shape) bytes *= static_cast<std::size_t>(extent);
      for (std::size_t i = 0; i < bytes; ++i) array.data.push_back(static_cast<std::uint8_t>(17 * i + 3));
      const test::TemporaryFile there("array.npy");
      write_npy(there.path(), array);
      const Array back = read_npy(there.path());
      CHECK(back.type == type);
      CHECK(back.shape == shape);
      CHECK(back.data == array.data);
      CHECK((format_npy(array).size() - bytes) % 64 == 0);
    }
}

TEST_CASE("the written header is NumPy's own") {
  const Bytes bytes = format_npy({DataType::float32, {2, 3}, Bytes(24)});
  const std::string header(bytes.begin() + 10, bytes.end() - 24);
  CHECK(header.substr(0, 59) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  CHECK(header.substr(59) == std::string(header.size() - 60, ' ') + "\n");
  const Bytes one = format_npy({DataType::int8, {4}, Bytes(4)});
  CHECK(std::string(one.begin() + 10, one.end()).find("'shape': (4,), }") != std::string::npos);
}

TEST_CASE("headers as other writers make them") {
  CHECK(parse_npy(file("{'shape':(2,3),'fortran_order':False,'descr':'<i1'}", 6), "f").shape == std::vector<int>{2, 3});
  CHECK(parse_npy(file("{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (5,), }\n", 5), "f").type == DataType::uint8);
  CHECK(parse_npy(file("{'descr': '<i4', 'fortran_order': True, 'shape': (2,), }", 8), "f").data.size() == 8);  // one axis has no order
  CHECK(parse_npy(file("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 2), }   \n", 4, 2), "f").data == Bytes{1, 2, 3, 4});
}

TEST_CASE("other files are refused in words") {
  const auto header = [](const std::string& descr, const std::string& order, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  };
  const auto refuses = [](const Bytes& bytes, const std::string& words) {
    std::string said = "nothing";
    try {
      parse_npy(bytes, "x.npy");
    } catch (const InputError& error) {
      said = error.what();
    }
    INFO(words << " is not in: " << said);
    CHECK(said.find(words) != std::string::npos);
  };
  refuses({}, "x.npy: this is not an .npy file");
  refuses(file(header("|i1", "False", "(4,)"), 4, 3), "version 3.0");
  refuses(file(header("|i1", "False", "(4,)"), 4, 1, 1), "version 1.1");
  refuses(file(header("<f8", "False", "(4,)"), 32), "'<f8'");
  refuses(file(header(">i4", "False", "(4,)"), 16), "'>i4'");
  refuses(file(header("", "False", "(4,)"), 4), "elements are ''");
  refuses(file(header("|i1", "True", "(2, 2)"), 4), "Fortran");
  refuses(file(header("|i1", "Maybe", "(4,)"), 4), "neither True nor False");
  refuses(file(header("|i1", "False", "(4,)"), 3), "3 bytes of data");
  refuses(file(header("|i1", "False", "(4,)"), 5), "5 bytes of data");
  refuses(file(header("|i1", "False", "(0,)"), 0), "extent of 0");
  refuses(file(header("|i1", "False", "(-4,)"), 4), "no extent");
  refuses(file(header("|i1", "False", "(4000000000,)"), 4), "above 2147483647");
  refuses(file(header("<i4", "False", "(2147483647, 2147483647, 2147483647)"), 4), "shape");  // 2^95 bytes
  refuses(file("{'descr': '|i1', 'descr': '|i1'}", 4), "a second 'descr'");
  refuses(file("{'descr': '|i1', 'colour': '|i1'}", 4), "unknown key 'colour'");
  refuses(file("{'descr': '|i1'}", 4), "not all of");
  refuses(file("{'descr: |i1}", 4), "open quote");
  refuses(file(header("|i1", "False", "(4,)") + " x", 4), "text after");
  CHECK_THROWS_WITH(read_npy("/nonexistent/x.npy"), "/nonexistent/x.npy: there is no such file.");
  CHECK_THROWS_WITH(read_npy("/tmp"), "/tmp: this is not a regular file.");
}

TEST_CASE("every truncation is refused, and no damage crashes the reader") {
  const Bytes good = format_npy({DataType::int32, {3, 5}, Bytes(60, 7)});
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK_THROWS_AS(parse_npy(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)), "cut"), InputError);

  const char* given = std::getenv("TWILL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 0) : 1;
  INFO("TWILL_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20000; ++round) {
    Bytes bad = good;
    for (int k = 0; k < 3; ++k) bad[random() % 80] = static_cast<std::uint8_t>(random());
    try {
      const Array array = parse_npy(bad, "damaged");
      REQUIRE(array.data.size() <= good.size());
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("an array that is none is not written") {
  CHECK_THROWS_AS(format_npy({DataType::int8, {3}, Bytes(4)}), std::invalid_argument);
  CHECK_THROWS_AS(format_npy({DataType::int8, {0}, {}}), std::invalid_argument);
  CHECK_THROWS_AS(write_npy("/nonexistent/x.npy", {DataType::int8, {1}, Bytes(1)}), InputError);
}
