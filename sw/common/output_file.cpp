// SPDX-License-Identifier: Apache-2.0
#include "common/output_file.hpp"

#include <sys/stat.h>
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

/// A pipe or a terminal is written as it is.
bool special(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return fs::exists(status) && !fs::is_regular_file(status);
}

fs::path parent(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// Where a path leads when its last part is a symbolic link; what it leads to need not be there yet.
std::string followed(const std::string& path) {
  constexpr int most_links = 40;  // as Linux follows
  fs::path at = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(at, error)); ++links) {
    if (links == most_links) refuse(path, "its symbolic links go round in circles");
    const fs::path next = fs::read_symlink(at, error);
    if (error) refuse(path, error.message());
    at = parent(at.string()) / next;
  }
  return at.string();
}

/// Writes an empty file there and removes it: permission bits do not tell all (a full or read-only file system, a super-user, a name
/// that is too long).
void try_file(const std::string& probe, const fs::path& folder, const std::string& for_path) {
  std::error_code error;
  if (!fs::exists(folder, error)) refuse(for_path, "there is no folder " + folder.string());
  if (!fs::is_directory(folder, error)) refuse(for_path, folder.string() + " is not a folder");
  try {
    write_file(probe, {});
  } catch (const InputError&) {
    refuse(for_path, "the folder " + folder.string() + " takes no such file");
  }
  fs::remove(probe, error);
}

/// Gives `half` the permissions, and if it may the owner, of the file it will replace.
void keep_owner(const std::string& target, const std::string& half) {
  struct stat old {};
  if (stat(target.c_str(), &old) != 0) return;
  if (chown(half.c_str(), old.st_uid, old.st_gid) != 0) errno = 0;  // another's file in one's own folder becomes one's own
  chmod(half.c_str(), old.st_mode & 07777);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::exists(a, error) && fs::exists(b, error)) return fs::equivalent(a, b, error);
  return fs::weakly_canonical(fs::absolute(followed(a)), error) == fs::weakly_canonical(fs::absolute(followed(b)), error);
}

}  // namespace

OutputFile::OutputFile(const std::string& path, const std::string& coming) : path_(path) {
  if (!wanted()) return;
  target_ = special(path) ? path : followed(path);
  std::error_code error;
  if (fs::is_directory(target_, error)) refuse(path, "it is a folder");
  if (fs::exists(target_, error) && access(target_.c_str(), W_OK) != 0) refuse(path, std::strerror(errno));
  const bool made_by_then = !coming.empty() && !fs::exists(parent(target_), error) &&
                            fs::weakly_canonical(fs::absolute(parent(target_)), error) == fs::weakly_canonical(fs::absolute(coming), error);
  if (!special(target_) && !made_by_then) try_file(temporary(target_), parent(target_), path);
}

bool OutputFile::stream() const { return special(target_); }

void OutputFile::write(const std::vector<std::uint8_t>& bytes) const {
  if (!wanted()) return;
  if (special(target_)) return write_file(target_, bytes);
  const std::string half = temporary(target_);
  std::error_code error;
  try {
    write_file(half, bytes);
    keep_owner(target_, half);
    fs::rename(half, target_);
  } catch (const fs::filesystem_error& failure) {
    fs::remove(half, error);
    refuse(path_, failure.code().message());
  } catch (const InputError&) {
    fs::remove(half, error);
    refuse(path_, "its folder is full or takes no more files");
  }
}

OutputFolder::OutputFolder(const std::string& path, const std::vector<std::string>& names) : path_(path) {
  if (!wanted()) return;
  for (const std::string& name : names) files_.push_back((fs::path(path) / name).string());
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const std::string& file : files_) OutputFile{file};
    return;
  }
  if (fs::exists(fs::symlink_status(path, error))) refuse(path, path + " is not a folder");
  // As many levels as are missing will be made: what counts is the first that is there.
  fs::path folder = fs::absolute(path);
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  try_file(temporary((folder / "twill").string()), folder, path);
}

std::string OutputFolder::write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) refuse(path_, error.message());
  const std::string path = (fs::path(path_) / name).string();
  OutputFile(path).write(bytes);
  return path;
}

void keep_apart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs, const std::string& folder) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].empty() || special(outputs[i])) continue;
    for (const std::string& input : inputs)
      if (!input.empty() && same_file(outputs[i], input)) refuse(outputs[i], "it is an input of this command (" + input + ")");
    for (std::size_t k = 0; k < i; ++k)
      if (!outputs[k].empty() && same_file(outputs[i], outputs[k])) refuse(outputs[i], "two outputs would be this file");
    if (folder.empty()) continue;
    std::error_code error;
    for (fs::path above = fs::weakly_canonical(fs::absolute(folder), error); above.has_relative_path(); above = above.parent_path())
      if (same_file(outputs[i], above.string())) refuse(outputs[i], "the output folder " + folder + " would be there");
  }
}

}  // namespace twill::cli
