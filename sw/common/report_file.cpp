// SPDX-License-Identifier: Apache-2.0
#include "common/report_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

namespace twill::cli {
namespace {

/// Under whatever name: a file that the standard output was sent to is not replaced under its feet.
bool is_standard_output(const std::string& path) {
  struct stat named {}, output {};
  if (path == "-") return true;
  return !path.empty() && stat(path.c_str(), &named) == 0 && fstat(STDOUT_FILENO, &output) == 0 && named.st_dev == output.st_dev &&
         named.st_ino == output.st_ino;
}

}  // namespace

void ReportFile::add_option(Options& options) {
  options.value("json", "FILE", "write the report there too; - is the standard output, instead of the tables");
}

ReportFile::ReportFile(const Values& values, const std::string& coming)
    : to_output_(is_standard_output(values.text("json"))), file_(to_output_ ? std::string() : values.text("json"), coming) {}

std::ostream& ReportFile::text() const {
  static std::ostream nowhere(nullptr);
  return to_output_ ? nowhere : std::cout;
}

void ReportFile::write(const nlohmann::ordered_json& json) const {
  if (!wanted()) return;
  // Names of files may be any bytes, JSON is UTF-8.
  const std::string text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (to_output_)
    std::cout << text;
  else
    file_.write(std::vector<std::uint8_t>(text.begin(), text.end()));
}

}  // namespace twill::cli
