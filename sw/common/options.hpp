// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/program_options.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace twill::cli {

/// What a subcommand was given.
class Values {
 public:
  explicit Values(boost::program_options::variables_map map) : map_(std::move(map)) {}

  bool has(const std::string& name) const { return map_.count(name) > 0 && !map_[name].defaulted(); }
  bool flag(const std::string& name) const { return map_[name].as<bool>(); }
  std::string text(const std::string& name) const { return map_.count(name) ? map_[name].as<std::string>() : std::string(); }
  std::vector<std::string> texts(const std::string& name) const;

  /// Throws InputError naming all of these options that were not given.
  void require(const std::string& command, const std::vector<std::string>& names) const;

  /// A whole number from `low` to `high`; throws InputError, naming the option and the range, for anything else.
  std::uint64_t number(const std::string& name, std::uint64_t low, std::uint64_t high) const;
  int integer(const std::string& name, int low, int high) const;

 private:
  boost::program_options::variables_map map_;
};

/// The options of one subcommand, and its help.
class Options {
 public:
  /// `name` of the subcommand; `operands` as shown in its usage line ("MODEL", "DIR..."), empty for none; `about`: what it does.
  Options(std::string name, std::string operands, std::string about);

  Options& flag(const std::string& name, const std::string& help);
  Options& value(const std::string& name, const std::string& placeholder, const std::string& help);
  Options& value(const std::string& name, const std::string& placeholder, const std::string& help, const std::string& by_default);
  Options& values(const std::string& name, const std::string& placeholder, const std::string& help);  ///< may be repeated

  /// Nothing when help was asked for (and printed). Throws InputError naming what would be accepted. Operands are texts("operands"):
  /// at least one and at most `most_operands` when the subcommand has any.
  std::optional<Values> parse(const std::vector<std::string>& args, std::size_t most_operands = 0) const;

 private:
  std::string help_hint() const;
  [[noreturn]] void refuse_unknown(const std::string& option) const;

  std::string name_, operands_, about_;
  boost::program_options::options_description visible_;
};

/// A number as 0.25 or 1e-4; nothing when the text is not just that.
std::optional<double> parse_real(const std::string& text);

/// A whole number from `low` to `high`; `what` names it in the InputError.
std::uint64_t parse_number(const std::string& text, const std::string& what, std::uint64_t low, std::uint64_t high);

}  // namespace twill::cli
