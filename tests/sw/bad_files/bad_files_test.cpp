// SPDX-License-Identifier: Apache-2.0
// Every crafted file is refused by `twill` with exit code 2 and one sentence with field and reason, in time and memory.
#include <cstdio>
#include <iostream>

#include "bad_files.hpp"
#include "limited_process.hpp"
#include "twill/file.hpp"

namespace {

using namespace twill::test;

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// Runs files through one command each and keeps the slowest and the largest.
class Refusals {
 public:
  /// `words` of the command are those after `twill`.
  void check(const BadFile& file, std::vector<std::string> words) {
    words.insert(words.begin(), TWILL_COMMAND);
    const Measured run = run_limited(words);
    INFO(file.name << ": " << run.seconds << " s, " << run.mib << " MiB, code " << run.code << "\n" << run.out << run.err.substr(0, 2000));
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(run.err.rfind("twill: ", 0) == 0);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    CHECK(run.err.size() <= 1000);
    CHECK(contains(run.err, file.words));
    CHECK(run.seconds < most_seconds);
#ifndef TWILL_SANITIZED
    CHECK(run.mib < most_mib);
#endif
    ++count_;
    if (run.seconds > slowest_.seconds) slowest_ = run, slowest_name_ = file.name;
    if (run.mib > largest_.mib) largest_ = run, largest_name_ = file.name;
  }

  int count() const { return count_; }
  std::string text() const {
    return std::to_string(count_) + " files refused; the slowest: " + slowest_name_ + ", " + decimal(slowest_.seconds) + " s of processor time; the most memory: " + largest_name_ + ", " +
           decimal(largest_.mib) + " MiB";
  }

 private:
  int count_ = 0;
  Measured slowest_, largest_;
  std::string slowest_name_, largest_name_;
};

/// A copy of the demo whose files may be changed.
class Folder {
 public:
  Folder() { std::filesystem::copy(TWILL_DEMO_DIR, scratch_ / "demo", std::filesystem::copy_options::recursive); }
  std::string path() const { return scratch_ / "demo"; }
  std::string write(const std::string& name, const std::vector<std::uint8_t>& bytes) const {
    twill::write_file(path() + "/" + name, bytes);
    return path() + "/" + name;
  }

 private:
  Scratch scratch_;
};

}  // namespace

TEST_CASE("every crafted file is refused by field and reason, in less than 10 s and 256 MiB") {
  const Folder folder;
  Refusals refusals;
  for (const auto make : {damaged_models, senseless_models})  // one list at a time: what the test holds counts for its children, too
    for (const BadFile& file : make())
      refusals.check(file, {"run", folder.write("bad.tflite", file.bytes), "--device", "functional", "--config", "tiny"});
  for (const BadFile& file : bad_arrays())
    refusals.check(file, {"run", model, "--device", "functional", "--input", folder.write("bad.npy", file.bytes)});
  for (const BadFile& file : bad_manifests()) {
    folder.write("manifest.json", file.bytes);
    refusals.check(file, {"verify", folder.path(), "--device", "functional", "--accuracy"});
  }
  CHECK(refusals.count() >= 100);
  std::cout << refusals.text() << std::endl;
}

TEST_CASE("what the crafted files were made of is accepted within the same limits") {
  const Folder folder;
  const Measured run = run_limited({TWILL_COMMAND, "verify", folder.path(), "--device", "functional", "--accuracy"});
  INFO(run.out << run.err);
  CHECK(run.code == 0);
#ifndef TWILL_SANITIZED
  CHECK(run.within_limits());
#endif
}

TEST_CASE("a program that takes too long or too much is caught") {
  CHECK(run_limited({TWILL_HOG, "little"}).code == 2);
  CHECK(run_limited({TWILL_HOG, "little"}).within_limits());
  const Measured memory = run_limited({TWILL_HOG, "memory"});
  CHECK(memory.code == 2);  // it would have been believed but for what it took
  CHECK(memory.mib > most_mib);
  CHECK_FALSE(memory.within_limits());
#ifndef TWILL_SANITIZED
  CHECK(run_limited({TWILL_HOG, "addresses"}).code == -1);
#endif
  for (const char* what : {"time", "sleep"}) {
    INFO(what);
    const Measured time = run_limited({TWILL_HOG, what}, what == std::string("sleep") ? 1 : patience);
    CHECK(time.code == -1);
    CHECK_FALSE(time.within_limits());
  }
}
