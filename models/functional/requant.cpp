// SPDX-License-Identifier: Apache-2.0
// REQUANT: accumulator words to int8 in the scratchpad, bank by bank.
#include <algorithm>
#include <cstring>

#include "accumulator_tile.hpp"
#include "executions.hpp"
#include "quantize.hpp"

namespace twill::functional {
namespace {

class RequantExecution : public Execution {
 public:
  RequantExecution(State& state, const contract::Requant& requant) : state_(state), c_(requant), geometry_(state, requant) {}

  bool enters_tile() const override { return true; }

  Progress step() override {
    if (bank_ == 0 && !(tile_ == 0 && c_.keep_parameters)) load_records();
    for (std::uint32_t i = geometry_.first(bank_); i < geometry_.last(bank_); ++i) requantize_word(i);
    Progress progress;
    progress.tile_left = true;
    if (++bank_ == geometry_.banks()) {
      bank_ = 0;
      progress.complete = progress.finished = ++tile_ == c_.tiles;
    }
    return progress;
  }

 private:
  void load_records() {
    const std::uint32_t columns = state_.machine.word_bytes, bytes = columns * contract::parameter_bytes;
    const std::uint8_t* from = scratchpad_at(state_, c_.param_base + std::int64_t{tile_} * bytes, bytes);
    for (RequantRecord& record : state_.records) {
      std::memcpy(&record, from, sizeof record);
      from += contract::parameter_bytes;
    }
  }

  void requantize_word(std::uint32_t i) {
    const std::uint32_t columns = state_.machine.word_bytes;
    const std::int64_t y = i / c_.out_w, x = i % c_.out_w;
    const std::int64_t lanes = tile_ + 1 == c_.tiles ? c_.last_lanes : columns;
    const std::int64_t offset = x * c_.pix_step + std::int64_t{tile_} * c_.n_step;  // within the output row
    const std::int64_t written = std::clamp<std::int64_t>(std::int64_t{c_.row_bytes} - offset, 0, lanes);
    if (written == 0) return;
    std::uint8_t* to = scratchpad_at(state_, c_.out_base + y * c_.row_step + offset, static_cast<std::uint32_t>(written));
    const std::int32_t* sums = state_.accumulators.data() + std::size_t{geometry_.word(tile_, i)} * columns;
    for (std::int64_t l = 0; l < written; ++l) to[l] = static_cast<std::uint8_t>(quantize(sums[l], state_.records[static_cast<std::size_t>(l)]));
    ++state_.work.results;
  }

  State& state_;
  contract::Requant c_;
  AccumulatorTile geometry_;
  std::uint32_t tile_ = 0, bank_ = 0;
};

}  // namespace

std::unique_ptr<Execution> start_requant(State& state, const contract::Requant& requant) {
  return std::make_unique<RequantExecution>(state, requant);
}

void execute_requant(State& state, const contract::Requant& requant) { run(*start_requant(state, requant)); }

}  // namespace twill::functional
