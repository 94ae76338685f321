// SPDX-License-Identifier: Apache-2.0
// A file as the manifest of a folder of cases, and as the list of class names beside a model.
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "target.hpp"
#include "twill/manifest.hpp"

namespace {

using namespace twill;

/// A file in memory; the manifest is read by its name, as `twill` does.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("manifest", 0)) { fuzzing::require(file_ >= 0, "there are files in memory"); }
  void write(const std::uint8_t* data, std::size_t size) {
    fuzzing::require(ftruncate(file_, 0) == 0 && pwrite(file_, data, size, 0) == static_cast<ssize_t>(size), "the file can be written");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

void require_inside(const std::string& path) {
  fuzzing::require(path.find('\0') == std::string::npos, "a path ends where it seems to");
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  fuzzing::require(normal.rfind("/proc/self/fd/", 0) == 0, "files of a manifest lie in its folder: " + path);
}

void check(const Manifest& manifest) {
  require_inside(manifest.path);
  if (manifest.accuracy) require_inside(manifest.accuracy->images), require_inside(manifest.accuracy->labels);
  std::set<std::string> names;
  for (const Manifest::Case& test : manifest.cases) {
    fuzzing::require(names.insert(test.name).second, "each case has a name of its own");
    for (const std::string& path : test.inputs) require_inside(path);
    for (const std::string& path : test.outputs) require_inside(path);
    for (const Manifest::Golden& golden : test.tensors)
      if (!golden.path.empty()) require_inside(golden.path);
    fuzzing::require(&manifest.find_case(test.name) == &test, "a case is found by its name");
  }
  fuzzing::accepted([&] { manifest.find_case("none such"); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile file;
  file.write(data, size);
  Manifest manifest;
  if (fuzzing::accepted([&] { manifest = read_manifest(file.path()); })) check(manifest);
  fuzzing::accepted([&] { read_class_names(file.path(), "m.tflite"); });
  return 0;
}
