// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace twill::cli {

/// A file that will be written at the end of a command, whole or not at all. A symbolic link is followed: what it points to is
/// written, and the link stays.
class OutputFile {
 public:
  OutputFile() = default;  ///< none: write() does nothing

  /// Throws InputError now, before anything runs, when the file could not be written. An empty path is no file. `coming` is a folder
  /// that will have been made by then.
  explicit OutputFile(const std::string& path, const std::string& coming = "");

  bool wanted() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  const std::string& target() const { return target_; }  ///< where its links lead: for a writer that would replace a link
  bool stream() const;                                   ///< a pipe, a terminal or another device, where nothing can be gone back to

  /// Writes to a temporary file beside it and renames that, so that nobody ever sees half of it; who may read a file that was there stays
  /// as it was. Throws InputError.
  void write(const std::vector<std::uint8_t>& bytes) const;

 private:
  std::string path_, target_;  ///< as given, and where its links lead
};

/// A folder that files will be written to; it is made when the first one is.
class OutputFolder {
 public:
  /// Throws InputError when files of these names could not be written there. An empty path is no folder.
  OutputFolder(const std::string& path, const std::vector<std::string>& names);

  bool wanted() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  const std::vector<std::string>& files() const { return files_; }  ///< the paths they will have

  /// Returns the path of the file.
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) const;

 private:
  std::string path_;
  std::vector<std::string> files_;
};

/// Throws InputError when an output is one of the inputs, under whatever name or link, two outputs are one file, or one is where
/// `folder` or a folder above it will be. Empty paths are none.
void keep_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const std::string& folder = "");

}  // namespace twill::cli
