// SPDX-License-Identifier: Apache-2.0
#include "twill/shards.hpp"

#include <algorithm>

#include "host_operators.hpp"
#include "twill/error.hpp"

namespace twill {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// The chip's own channels into what the others have made.
void put(const Bytes& from, const PlanTensor::Slice& slice, Bytes& to) {
  for (std::size_t at = slice.first; slice.bytes > 0 && at < to.size(); at += slice.pixel)
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(at), slice.bytes, to.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

std::uint64_t ShardResult::cycles() const {
  std::uint64_t last = 0;
  for (const JobReport& report : reports) last = std::max(last, report.total.cycles);
  return last;
}

ShardResult run_shards(System& system, const Graph& graph, const std::vector<Plan>& plans, const std::vector<unsigned>& chips,
                       const std::vector<Bytes>& inputs, LaunchOptions options) {
  const Plan& first = plans.at(0);
  ShardResult result;
  result.tensors = tensors_before_chip(graph, first.host_before, inputs);
  system.reset();
  std::vector<Program> programs(system.chips());
  for (std::size_t rank = 0; rank < plans.size(); ++rank) {
    Program& program = programs.at(chips.at(rank)) = program_of(graph, plans[rank]);
    // What an earlier run left there could be right: it must not stand for what this one does not write.
    for (const PlanTensor& out : plans[rank].outputs) program.images.emplace_back(out.address, Bytes(out.bytes, unwritten));
    program.images.insert(program.images.end(), plans[rank].images.begin(), plans[rank].images.end());
    for (const PlanTensor& in : plans[rank].inputs) program.images.emplace_back(in.address, result.tensors[static_cast<std::size_t>(in.tensor)]);
    options.limit = std::max(options.limit, 64 * plans[rank].predicted_cycles + 50'000'000);
  }
  if (options.memory_silence == 0) options.memory_silence = memory_silence(first.machine);
  result.outcomes = launch(system, programs, options);

  for (const PlanTensor& out : first.outputs) result.tensors[static_cast<std::size_t>(out.tensor)].assign(out.bytes, 0);
  for (std::size_t rank = 0; rank < plans.size(); ++rank) {
    result.reports.push_back(make_report(plans[rank], result.outcomes[chips[rank]].marks));
    std::vector<Bytes>& own = result.outputs.emplace_back();
    for (const PlanTensor& out : plans[rank].outputs) {
      Bytes bytes(out.bytes);
      system.chip(chips[rank]).read_memory(out.address, bytes.data(), bytes.size());
      Bytes& whole = result.tensors[static_cast<std::size_t>(out.tensor)];
      if (out.slice)
        put(bytes, *out.slice, whole);
      else if (rank == 0)
        whole = bytes;
      own.push_back(std::move(bytes));
    }
  }
  finish_after_chip(graph, first.layers, first.host_after, result.tensors);
  return result;
}

}  // namespace twill
