// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace twill::cli {

/// A file that will be written at the end of a command, whole or not at all.
class OutputFile {
 public:
  OutputFile() = default;  ///< none: write() does nothing

  /// Throws InputError now, before anything runs, when the file could not be written. An empty path is no file.
  explicit OutputFile(const std::string& path);

  bool wanted() const { return !path_.empty(); }
  const std::string& path() const { return path_; }

  /// Writes to a temporary file beside it and renames that, so that nobody ever sees half of it. Throws InputError.
  void write(const std::vector<std::uint8_t>& bytes) const;
  void write(const nlohmann::ordered_json& json) const;

 private:
  std::string path_;
};

/// A folder that files will be written to; it is made when the first one is.
class OutputFolder {
 public:
  /// Throws InputError when files could not be written there. An empty path is no folder.
  explicit OutputFolder(const std::string& path);

  bool wanted() const { return !path_.empty(); }

  /// Returns the path of the file.
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) const;

 private:
  std::string path_;
};

}  // namespace twill::cli
