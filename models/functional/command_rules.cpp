// SPDX-License-Identifier: Apache-2.0
#include "twill/functional/command_rules.hpp"

#include <array>
#include <initializer_list>

namespace twill::functional {
namespace {

using contract::Error;

constexpr auto accumulators = static_cast<std::uint32_t>(contract::Space::accumulators);

/// Collects the first broken rule.
class Rules {
 public:
  void require(bool holds, Error error, const std::string& reason) {
    if (!holds && verdict.legal()) verdict = {error, reason};
  }
  void require(bool holds, const std::string& reason) { require(holds, Error::bad_field, reason); }

  void range(const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    require(value >= low && value <= high,
            std::string(name) + " = " + std::to_string(value) + " is not in " + std::to_string(low) + ".." + std::to_string(high));
  }
  void multiple(const char* name, std::int64_t value, std::int64_t of, const char* why) {
    require(value % of == 0, std::string(name) + " = " + std::to_string(value) + " is not a multiple of " + std::to_string(of) + why);
  }
  /// The rectangle of accumulator words CONV, DEPTHWISE and REQUANT share.
  template <typename C>
  void accumulator_words(const C& c, const contract::Configuration& machine) {
    const auto bank = machine.accumulator_words / contract::accumulator_banks;
    multiple("acc_base", c.acc_base, bank, ", the words of an accumulator bank");
    range("acc_base", c.acc_base, 0, machine.accumulator_words - 1);
    range("out_h * out_w", std::int64_t{c.out_h} * c.out_w, 1, machine.accumulator_words);
  }
  void int32_side(const char* side, std::int64_t base, std::int64_t run, std::initializer_list<std::int64_t> strides) {
    constexpr const char* why = ", as int32 values need";
    const std::string of(side);
    multiple((of + "_base").c_str(), base, 4, why);
    multiple((of + "_run").c_str(), run, 4, why);
    int i = 0;
    for (const std::int64_t stride : strides) multiple((of + "_stride" + std::to_string(i++)).c_str(), stride, 4, why);
  }
  template <typename C>
  void int32_local_side(const C& c) {
    int32_side("local", c.local_base, c.local_run, {c.local_stride0, c.local_stride1, c.local_stride2});
  }
  void same_length(const char* other, const std::array<std::uint32_t, 4>& a, const std::array<std::uint32_t, 4>& b) {
    using Wide = unsigned __int128;  // a walk may be as long as 2^72
    const auto length = [](const std::array<std::uint32_t, 4>& walk) { return Wide{walk[0]} * walk[1] * walk[2] * walk[3]; };
    require(length(a) == length(b), Error::walk_mismatch, "the local and the " + std::string(other) + " walk have different lengths");
  }
  template <typename C>
  void dma(const C& c, bool add) {
    if (add || c.space == accumulators) int32_local_side(c);
    same_length("DRAM", {c.local_run, c.local_count0, c.local_count1, c.local_count2}, {c.dram_run, c.dram_count0, c.dram_count1, c.dram_count2});
  }
  template <typename C>
  void send(const C& c, bool add) {
    if (add || c.space == accumulators) int32_local_side(c);
    if (add || c.remote_space == accumulators)
      int32_side("remote", static_cast<std::int64_t>(c.remote_base), c.remote_run, {c.remote_stride0, c.remote_stride1, c.remote_stride2});
    same_length("remote", {c.local_run, c.local_count0, c.local_count1, c.local_count2},
                {c.remote_run, c.remote_count0, c.remote_count1, c.remote_count2});
  }

  Verdict verdict;
};

void check(Rules& r, const contract::Load& c, const contract::Configuration&) { r.dma(c, c.add); }
void check(Rules& r, const contract::Store& c, const contract::Configuration&) { r.dma(c, false); }
void check(Rules& r, const contract::Send& c, const contract::Configuration&) { r.send(c, false); }
void check(Rules& r, const contract::SendAdd& c, const contract::Configuration&) { r.send(c, true); }

void check(Rules& r, const contract::Fill& c, const contract::Configuration&) {
  if (c.space == accumulators) r.int32_local_side(c);
}

void check(Rules& r, const contract::Conv& c, const contract::Configuration& machine) { r.accumulator_words(c, machine); }

void check(Rules& r, const contract::Depthwise& c, const contract::Configuration& machine) {
  r.accumulator_words(c, machine);
  r.range("rows * kernel_w", std::int64_t{c.rows} * c.kernel_w, 1, machine.word_bytes);
  r.require(c.stream_w >= c.kernel_w, "stream_w is less than kernel_w");
  r.require(c.stream_w >= c.out_w, "stream_w is less than out_w");
  r.require(c.rows == 1 || c.stream_w - c.kernel_w <= contract::line_buffer_words,
            "stream_w - kernel_w is more than the line buffers hold (" + std::to_string(contract::line_buffer_words) + " words)");
}

void check(Rules& r, const contract::Requant& c, const contract::Configuration& machine) {
  r.accumulator_words(c, machine);
  r.range("last_lanes", c.last_lanes, 1, machine.word_bytes);
  r.multiple("param_base", c.param_base, machine.word_bytes, ", a word");
}

void check(Rules& r, const contract::Add& c, const contract::Configuration&) {
  r.range("a_shift", c.a_shift, 0, 31);
  r.range("b_shift", c.b_shift, 0, 31);
  r.range("out_shift", c.out_shift, 0, 31);
}

void check(Rules& r, const contract::Mul& c, const contract::Configuration&) {
  r.range("out_shift", c.out_shift, -31, 30);
}

void check(Rules& r, const contract::Pool& c, const contract::Configuration&) {
  r.range("mode", c.mode, 0, static_cast<int>(contract::PoolMode::mean));
  r.require(c.in_rows && c.in_cols && c.out_h && c.out_w && c.channels && c.kernel_y && c.kernel_x, "a zero count");
  // Window starts rise, so the first window's end and the last window's start decide for all between.
  const auto touches = [](std::int64_t start, std::int64_t kernel, std::int64_t stride, std::int64_t windows, std::int64_t size) {
    return start + kernel > 0 && start + (windows - 1) * stride < size;
  };
  r.require(touches(c.y_start, c.kernel_y, c.stride_y, c.out_h, c.in_rows) && touches(c.x_start, c.kernel_x, c.stride_x, c.out_w, c.in_cols),
            "a window lies wholly outside the image");
  if (c.mode == static_cast<std::uint32_t>(contract::PoolMode::mean)) {
    r.range("shift", c.shift, -31, 30);
  }
}

void check(Rules& r, const contract::Lookup& c, const contract::Configuration& machine) {
  if (!c.keep_table) r.multiple("table_base", c.table_base, machine.word_bytes, ", a word");
}

template <typename C>
Verdict rules(const contract::Command& command, const contract::Configuration& machine) {
  Rules r;
  check(r, C::decode(command), machine);
  return r.verdict;
}

std::vector<contract::Slot> enabled(std::initializer_list<contract::Slot> slots) {
  std::vector<contract::Slot> result;
  for (const auto& slot : slots)
    if (slot.enabled()) result.push_back(slot);
  return result;
}

}  // namespace

Verdict check_command(const contract::Command& command, const contract::Configuration& machine) {
  if (const Error error = contract::check(command); error != Error::none) return {error, "the command by itself is malformed"};
  switch (static_cast<contract::Opcode>(command.words[0] & 0xff)) {
    case contract::Opcode::load: return rules<contract::Load>(command, machine);
    case contract::Opcode::fill: return rules<contract::Fill>(command, machine);
    case contract::Opcode::store: return rules<contract::Store>(command, machine);
    case contract::Opcode::send: return rules<contract::Send>(command, machine);
    case contract::Opcode::send_add: return rules<contract::SendAdd>(command, machine);
    case contract::Opcode::conv: return rules<contract::Conv>(command, machine);
    case contract::Opcode::depthwise: return rules<contract::Depthwise>(command, machine);
    case contract::Opcode::requant: return rules<contract::Requant>(command, machine);
    case contract::Opcode::add: return rules<contract::Add>(command, machine);
    case contract::Opcode::mul: return rules<contract::Mul>(command, machine);
    case contract::Opcode::pool: return rules<contract::Pool>(command, machine);
    case contract::Opcode::lookup: return rules<contract::Lookup>(command, machine);
    default: return {};
  }
}

std::vector<contract::Slot> waits(const contract::Slots& s) { return enabled({s.wait0, s.wait1, s.wait2}); }
std::vector<contract::Slot> signals(const contract::Slots& s) { return enabled({s.signal0, s.signal1, s.signal2}); }

contract::Queue queue_of(const contract::Command& command) { return contract::Nop::decode(command).queue; }

}  // namespace twill::functional
