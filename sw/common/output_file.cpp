// SPDX-License-Identifier: Apache-2.0
#include "common/output_file.hpp"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include "twill/error.hpp"
#include "twill/file.hpp"

namespace fs = std::filesystem;

namespace twill::cli {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) { throw InputError(path + ": cannot be written: " + why); }

/// A name in the same folder, so that renaming it is atomic.
std::string temporary(const std::string& path) { return path + "." + std::to_string(getpid()) + ".tmp"; }

/// A pipe or a terminal (/dev/stdout) is written as it is.
bool special(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status);
}

/// Tries it: permission bits do not tell all (a full or read-only file system, a super-user).
void check_folder(const fs::path& folder, const std::string& for_path) {
  std::error_code error;
  if (!fs::exists(folder, error)) refuse(for_path, "there is no folder " + folder.string());
  if (!fs::is_directory(folder, error)) refuse(for_path, folder.string() + " is not a folder");
  const std::string probe = temporary((folder / "twill").string());
  try {
    write_file(probe, {});
  } catch (const InputError&) {
    refuse(for_path, "the folder " + folder.string() + " takes no files");
  }
  fs::remove(probe, error);
}

fs::path parent(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path) {
  if (!wanted()) return;
  std::error_code error;
  if (fs::is_directory(path, error)) refuse(path, "it is a folder");
  if (special(path)) {
    if (access(path.c_str(), W_OK) != 0) refuse(path, std::strerror(errno));
    return;
  }
  if (fs::exists(path, error) && access(path.c_str(), W_OK) != 0) refuse(path, std::strerror(errno));
  check_folder(parent(path), path);
}

void OutputFile::write(const std::vector<std::uint8_t>& bytes) const {
  if (!wanted()) return;
  if (special(path_)) return write_file(path_, bytes);
  const std::string half = temporary(path_);
  std::error_code error;
  try {
    write_file(half, bytes);
    fs::rename(half, path_);
  } catch (const fs::filesystem_error& failure) {
    fs::remove(half, error);
    refuse(path_, failure.code().message());
  } catch (...) {
    fs::remove(half, error);
    throw;
  }
}

void OutputFile::write(const nlohmann::ordered_json& json) const {
  if (!wanted()) return;
  const std::string text = json.dump(2) + "\n";
  write(std::vector<std::uint8_t>(text.begin(), text.end()));
}

OutputFolder::OutputFolder(const std::string& path) : path_(path) {
  if (!wanted()) return;
  std::error_code error;
  // As many levels as are missing will be made: what counts is the first that is there.
  fs::path folder = fs::absolute(path);
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  check_folder(folder, path);
}

std::string OutputFolder::write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) refuse(path_, error.message());
  const std::string path = (fs::path(path_) / name).string();
  OutputFile(path).write(bytes);
  return path;
}

}  // namespace twill::cli
