// SPDX-License-Identifier: Apache-2.0
#include "common/options.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>

#include "common/nearest.hpp"
#include "twill/error.hpp"

namespace po = boost::program_options;

namespace twill::cli {
namespace {

constexpr unsigned line_length = 120;
constexpr const char* operands = "operands";  // the hidden option that takes what is no option

/// No abbreviations: an option added later must not change what a script means.
constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

bool is_empty(const boost::any& value) {
  if (const auto* text = boost::any_cast<std::string>(&value)) return text->empty();
  const auto* texts = boost::any_cast<std::vector<std::string>>(&value);
  return texts && std::any_of(texts->begin(), texts->end(), [](const std::string& text) { return text.empty(); });
}

}  // namespace

std::optional<double> parse_real(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint64_t parse_number(const std::string& text, const std::string& what, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    throw InputError(what + " takes a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", not '" + text + "'");
  return value;
}

void Values::require(const std::string& command, const std::vector<std::string>& names) const {
  std::vector<std::string> missing;
  for (const std::string& name : names)
    if (!has(name)) missing.push_back("--" + name);
  if (!missing.empty()) throw InputError("twill " + command + " needs " + listed(missing));
}

std::vector<std::string> Values::texts(const std::string& name) const {
  return map_.count(name) ? map_[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

std::uint64_t Values::number(const std::string& name, std::uint64_t low, std::uint64_t high) const {
  return parse_number(text(name), "--" + name, low, high);
}

int Values::integer(const std::string& name, int low, int high) const {
  return static_cast<int>(number(name, static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)));
}

Options::Options(std::string name, std::string operands_shown, std::string about)
    : name_(std::move(name)), operands_(std::move(operands_shown)), about_(std::move(about)), visible_("Options", line_length) {
  flag("help,h", "show this");
}

Options& Options::flag(const std::string& name, const std::string& help) {
  visible_.add_options()(name.c_str(), po::bool_switch(), help.c_str());
  return *this;
}

Options& Options::value(const std::string& name, const std::string& placeholder, const std::string& help) {
  visible_.add_options()(name.c_str(), po::value<std::string>()->value_name(placeholder), help.c_str());
  return *this;
}

Options& Options::value(const std::string& name, const std::string& placeholder, const std::string& help, const std::string& by_default) {
  visible_.add_options()(name.c_str(), po::value<std::string>()->value_name(placeholder)->default_value(by_default), help.c_str());
  return *this;
}

Options& Options::values(const std::string& name, const std::string& placeholder, const std::string& help) {
  visible_.add_options()(name.c_str(), po::value<std::vector<std::string>>()->value_name(placeholder), help.c_str());
  return *this;
}

std::string Options::help_hint() const { return "`twill " + name_ + " --help` lists what it takes"; }

void Options::refuse_unknown(const std::string& option) const {
  std::vector<std::string> names;
  for (const auto& known : visible_.options()) names.push_back(known->long_name());
  const auto meant = nearest(option.substr(std::min(option.size(), option.find_first_not_of('-'))), names);
  throw InputError("twill " + name_ + " has no option '" + option + "'; " + (meant ? "did you mean --" + *meant + "?" : help_hint()));
}

std::optional<Values> Options::parse(const std::vector<std::string>& args, std::size_t most_operands) const {
  po::options_description all;
  all.add(visible_).add_options()(operands, po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add(operands, -1);
  po::variables_map map;
  try {
    po::store(po::command_line_parser(args).options(all).positional(positions).style(style).run(), map);
    po::notify(map);
  } catch (const po::unknown_option& error) {
    refuse_unknown(error.get_option_name());
  } catch (const po::error& error) {
    throw InputError(std::string(error.what()) + "; " + help_hint());
  }
  for (const auto& [name, value] : map)
    if (is_empty(value.value()))
      throw InputError((name == operands ? operands_ + " of twill " + name_ : "--" + name) + " was given as an empty word; " + help_hint());
  Values values(std::move(map));
  if (values.flag("help")) {
    std::cout << "usage: twill " << name_ << (operands_.empty() ? "" : " ") << operands_ << " [options]\n\n"
              << about_ << "\n\n"
              << visible_;
    return std::nullopt;
  }
  const std::vector<std::string> given = values.texts(operands);
  if (most_operands > 0 && given.empty()) throw InputError("twill " + name_ + " needs " + operands_);
  if (given.size() > most_operands) throw InputError("'" + given[most_operands] + "' is one argument too many; " + help_hint());
  return values;
}

}  // namespace twill::cli
