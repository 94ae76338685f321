// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <ostream>

#include "common/options.hpp"
#include "common/output_file.hpp"

namespace twill::cli {

/// The option --json: where the report of a command goes. With "-" that is the standard output, which then has nothing else.
class ReportFile {
 public:
  static void add_option(Options& options);

  /// Throws InputError now, before anything runs, when the file could not be written; `coming`: as for OutputFile.
  explicit ReportFile(const Values& values, const std::string& coming = "");

  bool wanted() const { return to_output_ || file_.wanted(); }
  const std::string& path() const { return file_.path(); }  ///< empty when the report goes to no file

  /// Where tables go: the standard output, or nowhere when the report is there.
  std::ostream& text() const;

  /// Whole or not at all. Throws InputError.
  void write(const nlohmann::ordered_json& json) const;

 private:
  bool to_output_;
  OutputFile file_;
};

}  // namespace twill::cli
