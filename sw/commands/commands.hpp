// SPDX-License-Identifier: Apache-2.0
// The subcommands: one function and one file each.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace twill::cli {

/// Each takes the arguments behind its name and returns the exit code: 0, or 1 when something it checked differs from its
/// reference. Throws InputError for what cannot be used, ChipError for what the chip reported.
int run_command(const std::vector<std::string>& args);
int verify_command(const std::vector<std::string>& args);
int gemm_command(const std::vector<std::string>& args);
int mlp_command(const std::vector<std::string>& args);
int conv_command(const std::vector<std::string>& args);
int noc_command(const std::vector<std::string>& args);
int inject_command(const std::vector<std::string>& args);
int info_command(const std::vector<std::string>& args);
int collective_command(const std::vector<std::string>& args);
int disasm_command(const std::vector<std::string>& args);
int bench_command(const std::vector<std::string>& args);
int fuzz_command(const std::vector<std::string>& args);

struct Command {
  std::string_view name, summary;
  int (*run)(const std::vector<std::string>& args);
};

inline constexpr Command commands[] = {
    {"run", "runs a network: outputs, and a table of what every layer cost", run_command},
    {"verify", "runs the test cases of networks and compares every byte with the references", verify_command},
    {"gemm", "runs a random matrix product of a given size: cycles, utilisation, bytes checked", gemm_command},
    {"conv", "the same for a convolution or depthwise convolution", conv_command},
    {"mlp", "runs the two products of a random MLP, GELU between them, over many chips", mlp_command},
    {"collective", "runs one collective operation on many chips: cycles against what links allow, bytes checked", collective_command},
    {"disasm", "shows the command stream of a network", disasm_command},
    {"bench", "measures the simulation rate and the utilisation of typical layers", bench_command},
    {"noc", "simulates the network alone: latency and throughput under synthetic traffic", noc_command},
    {"fuzz", "runs random command streams on the RTL and on the functional chip and compares all they leave", fuzz_command},
    {"inject", "flips bits of chips and links while a job runs and says what became of each", inject_command},
    {"info", "shows versions, machines and devices of this build", info_command},
};

}  // namespace twill::cli
