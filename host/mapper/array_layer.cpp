// SPDX-License-Identifier: Apache-2.0
// What convolutions and depthwise convolutions share: their way out of the accumulators.
#include "array_layer.hpp"

#include <algorithm>

namespace twill::mapper {
namespace {

/// One 16-byte requantization record.
void append_record(std::vector<std::uint8_t>& out, std::uint32_t bias, Multiplier m, int zero, Clamp clamp) {
  const auto word = [&](std::uint32_t v) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
  };
  word(bias);
  word(static_cast<std::uint32_t>(m.multiplier));
  out.push_back(static_cast<std::uint8_t>(m.shift));
  out.push_back(static_cast<std::uint8_t>(zero));
  out.push_back(static_cast<std::uint8_t>(clamp.min));
  out.push_back(static_cast<std::uint8_t>(clamp.max));
  word(0);
}

}  // namespace

std::vector<std::uint8_t> requant_records(const ConvConstants& c, WeightWalk walk, int first, int channels, int columns, int padded) {
  std::vector<std::uint8_t> records;
  for (int column = 0; column < padded; ++column) {
    if (column >= columns) {
      append_record(records, 0, {0, 0}, 0, {0, 0});
      continue;
    }
    const auto o = static_cast<std::size_t>(first + column % channels);
    std::uint32_t sum = 0;  // modulo 2^32, like the accumulators
    for (int t = 0; t < walk.taps; ++t)
      sum += static_cast<std::uint32_t>(c.weights[o * walk.channel_step + static_cast<std::size_t>(t) * walk.tap_step]);
    const std::uint32_t bias = (c.bias ? static_cast<std::uint32_t>(c.bias[o]) : 0u) - static_cast<std::uint32_t>(c.in_zero) * sum;
    append_record(records, bias, (*c.requant)[o], c.out_zero, c.clamp);
  }
  return records;
}

void emit_requant(Emitter& e, const Constants& k, const Results& r) {
  const auto word = e.machine.word;
  const auto records_of = [&](int n) { return k.parameters + static_cast<std::uint32_t>(n - k.tile0) * word * contract::parameter_bytes; };
  const auto tiles = static_cast<std::uint32_t>(r.n1 - r.n0);
  contract::Requant c;
  c.out_base = r.to;
  c.last_lanes = std::min(static_cast<std::uint32_t>(r.columns) - static_cast<std::uint32_t>(r.n1 - 1) * word, word);
  c.param_base = records_of(r.n0);
  c.keep_parameters = tiles == 1 && e.held_parameters == c.param_base;
  c.pix_step = r.width > 1 ? r.pixel_step : 0;
  c.row_step = r.height > 1 ? r.row_step : 0;
  c.n_step = word;
  c.acc_base = r.acc_base;
  c.row_bytes = 0xffffff;
  c.out_w = r.width;
  c.out_h = r.height;
  c.tiles = tiles;
  c.slots.tile_wait = contract::Slot::on(Stream::bank_full);
  c.slots.tile_signal = contract::Slot::on(Stream::bank_free);
  e.held_parameters = records_of(r.n1 - 1);
  e.stream.emit(c, {Range::sp(c.param_base, std::uint64_t{tiles} * word * contract::parameter_bytes)}, {r.written}, e.layer);
}

}  // namespace twill::mapper
