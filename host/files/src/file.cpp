// SPDX-License-Identifier: Apache-2.0
#include "twill/file.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "twill/error.hpp"

namespace twill {

std::vector<std::uint8_t> read_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw InputError(path + ": there is no such file.");
  if (!std::filesystem::is_regular_file(status)) throw InputError(path + ": this is not a regular file.");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto bytes = file.tellg();
  std::vector<std::uint8_t> data(file ? static_cast<std::size_t>(bytes) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size()));
  if (!file) throw InputError(path + ": the file cannot be read.");
  return data;
}

void write_file(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw InputError(path + ": the file cannot be written.");
}

}  // namespace twill
