// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ring.hpp"
#include "semaphores.hpp"

namespace twill {

namespace parallel {

void finish(SplitJob& job, std::vector<Rank>& chips, const std::vector<std::string>& names) {
  const auto n = static_cast<unsigned>(chips.size());
  for (Rank& chip : chips) {
    const std::string before = std::to_string((chip.number() + n - 1) % n), after = std::to_string((chip.number() + 1) % n);
    Program program = chip.finish(names);
    program.awaited[semaphore::partial] = "partial sums of rank " + before + " for a tile that goes on";
    program.awaited[semaphore::last_partial] = "partial sums of rank " + before + " for a tile owned here";
    program.awaited[semaphore::final_sums] = "finished sums from rank " + before;
    program.awaited[semaphore::partial_grant] = "rank " + after + " to have its own part of a tile";
    program.awaited[semaphore::final_grant] = "room for finished sums at rank " + after;
    program.awaited[semaphore::gathered] = "the results of the other ranks";
    job.array_cycles = std::max(job.array_cycles, chip.array_words());
    job.sent.push_back(chip.sent);
    job.programs.push_back(std::move(program));
  }
}

}  // namespace parallel

std::string_view name(RowResult result) {
  switch (result) {
    case RowResult::all_reduce: return "all_reduce";
    case RowResult::all_gather: return "all_gather";
    default: return "reduce_scatter";
  }
}

std::vector<std::vector<std::uint8_t>> read_results(System& system, const SplitJob& job) {
  const auto columns = static_cast<std::size_t>(job.columns), bytes = static_cast<std::size_t>(job.rows) * columns;
  std::vector<std::vector<std::uint8_t>> results(job.everywhere ? job.slices.size() : 1, std::vector<std::uint8_t>(bytes));
  for (std::size_t i = 0; i < job.slices.size(); ++i) {
    const ResultSlice& slice = job.slices[i];
    if (slice.columns <= 0) continue;
    const auto width = static_cast<std::size_t>(slice.columns);
    std::vector<std::uint8_t> part(static_cast<std::size_t>(job.rows) * static_cast<std::size_t>(slice.pitch));
    system.chip(slice.rank).read_memory(slice.address, part.data(), part.size());
    std::vector<std::uint8_t>& to = results[job.everywhere ? i : 0];
    for (std::size_t row = 0; row < static_cast<std::size_t>(job.rows); ++row)
      std::copy_n(part.begin() + static_cast<std::ptrdiff_t>(row * slice.pitch), width,
                  to.begin() + static_cast<std::ptrdiff_t>(row * columns + static_cast<std::size_t>(slice.first_column)));
  }
  return results;
}

}  // namespace twill
