// SPDX-License-Identifier: Apache-2.0
// Runs the `twill` program and keeps what it said.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"

namespace twill::test {

inline std::string demo(const std::string& name) { return std::string(TWILL_DEMO_DIR) + "/" + name; }
inline const std::string model = demo("model.tflite");

/// A folder of its own for a test, removed at its end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "twill-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

  /// Everything in it, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      names.push_back(entry.path().lexically_relative(path_).string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(read_text(path)); }

struct Outcome {
  int code;
  std::string out, err;
};

inline std::string quoted(const std::string& word) { return "'" + word + "'"; }

/// Runs a program, in a folder where one is named. Arguments hold no quotes.
inline Outcome run_program(const std::string& program, const std::vector<std::string>& args, const std::string& folder = "") {
  const Scratch said;
  std::string line = (folder.empty() ? "" : "cd " + quoted(folder) + " && ") + quoted(program);
  for (const auto& arg : args) line += " " + quoted(arg);
  line += " >" + quoted(said / "out") + " 2>" + quoted(said / "err") + " </dev/null";
  const int status = std::system(line.c_str());
  REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), read_text(said / "out"), read_text(said / "err")};
}

inline Outcome twill_command(const std::vector<std::string>& args) { return run_program(TWILL_COMMAND, args); }

/// The same, with its code and words in the message when the test goes wrong.
inline Outcome succeed(const std::vector<std::string>& args) {
  const Outcome outcome = twill_command(args);
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.code == 0);
  return outcome;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Exit code 2, nothing on standard output, one line on standard error that holds `words`.
inline void check_refused(const std::vector<std::string>& args, const std::string& words) {
  const auto outcome = twill_command(args);
  std::string line;
  for (const auto& arg : args) line += arg + " ";
  INFO("twill " << line << "\n" << outcome.out << outcome.err);
  CHECK(outcome.code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("twill: ", 0) == 0);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  CHECK(contains(outcome.err, words));
}

}  // namespace twill::test
