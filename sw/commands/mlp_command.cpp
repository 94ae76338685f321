// SPDX-License-Identifier: Apache-2.0
// twill mlp: the two layers of a transformer's MLP over many chips.
#include "commands/commands.hpp"
#include "common/report_file.hpp"
#include "common/single_layer.hpp"
#include "common/split_run.hpp"
#include "common/system_choice.hpp"
#include "twill/error.hpp"

namespace twill::cli {

int mlp_command(const std::vector<std::string>& args) {
  constexpr int most = 1 << 15;
  Options options("mlp", "",
                  "Runs [T, H] x [H, F], GELU, x [F, H] with random int8 weights over many chips - the first product split by columns,\n"
                  "the second by rows, one reduction - and compares every byte.");
  options.value("hidden", "H", "columns of input and output").value("ffn", "F", "columns between the products").value("tokens", "T", "rows of the input");
  add_split_options(options, false);
  SystemChoice::add_options(options);
  ReportFile::add_option(options);
  options.value("seed", "N", "of weights, biases and input", "1").flag("quiet", "no progress on standard error");
  const auto values = options.parse(args);
  if (!values) return 0;
  const SystemChoice choice(*values);
  values->require("mlp", {"hidden", "ffn", "tokens"});
  const MlpShape shape{values->integer("tokens", 1, most), values->integer("hidden", 1, most), values->integer("ffn", 1, most)};
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);
  const std::string tokens = std::to_string(shape.tokens), hidden = std::to_string(shape.hidden), ffn = std::to_string(shape.ffn);
  return run_split("mlp", *values, "MLP [" + tokens + ", " + hidden + "] -> [" + tokens + ", " + ffn + "] -> [" + tokens + ", " + hidden + "]",
                   {{"tokens", shape.tokens}, {"hidden", shape.hidden}, {"ffn", shape.ffn}}, choice, random_mlp(shape, seed), seed,
                   mlp_splitting(*values, choice));
}

}  // namespace twill::cli
