// SPDX-License-Identifier: Apache-2.0
#include "modes.hpp"

#include "footprint.hpp"
#include "twill/functional/command_rules.hpp"

namespace twill::fuzz {
namespace {

using contract::Opcode;

class Names {
 public:
  explicit Names(const contract::Configuration& machine) : m_(machine) {}

  void when(bool holds, const char* name) {
    if (holds) names_.push_back(name);
  }
  /// How a size stands to the word.
  void size(std::uint32_t bytes) {
    const std::uint32_t word = m_.word_bytes;
    names_.push_back(bytes == 1          ? "one byte"
                     : bytes + 1 == word ? "a word less one"
                     : bytes == word     ? "a word"
                     : bytes == word + 1 ? "a word and one"
                     : bytes % word == 0 ? "whole words"
                     : bytes < word      ? "part of a word"
                                         : "words and a part");
  }
  void outputs(std::uint32_t w, std::uint32_t h, std::uint32_t acc_base, std::uint32_t tiles) {
    const std::uint32_t bank = m_.accumulator_words / contract::accumulator_banks, words = w * h, banks = (words + bank - 1) / bank;
    when(words == 1, "one output");
    when(banks > 1, "several banks");
    when(words == bank, "a bank");
    when(words == m_.accumulator_words, "all banks");
    when(acc_base + banks * bank > m_.accumulator_words, "banks wrap around");
    when(tiles > 1, "several tiles");
    when(tiles * banks > contract::accumulator_banks, "tiles on one another");
  }
  template <class C>
  void local(const C& c) {
    when(c.space == 0, "scratchpad");
    when(c.space == 1, "accumulators");
    size(c.local_run);
    walk(c.local_count0, c.local_count1, c.local_count2, c.local_stride0, c.local_stride1, c.local_stride2, "local strides",
         "local backwards");
  }
  void walk(std::uint32_t n0, std::uint32_t n1, std::uint32_t n2, std::int32_t s0, std::int32_t s1, std::int32_t s2, const char* strides,
            const char* backwards) {
    when(n0 > 1 || n1 > 1 || n2 > 1, strides);
    when((n0 > 1 && s0 < 0) || (n1 > 1 && s1 < 0) || (n2 > 1 && s2 < 0), backwards);
  }
  template <class C>
  void dram(const C& c) {
    walk(c.dram_count0, c.dram_count1, c.dram_count2, c.dram_stride0, c.dram_stride1, c.dram_stride2, "DRAM strides", "DRAM backwards");
  }

  const contract::Configuration& machine() const { return m_; }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  const contract::Configuration& m_;
  std::vector<std::string> names_;
};

void name(Names& n, const contract::Load& c) {
  n.local(c);
  n.dram(c);
  n.when(c.add != 0, "add");
  n.when(c.dram_base % 4096 + c.dram_run > 4096, "across a page");
}
void name(Names& n, const contract::Fill& c) { n.local(c); }
void name(Names& n, const contract::Store& c) {
  n.local(c);
  n.dram(c);
}
void name(Names& n, const contract::Send& c) {
  n.local(c);
  n.walk(c.remote_count0, c.remote_count1, c.remote_count2, c.remote_stride0, c.remote_stride1, c.remote_stride2, "remote strides",
         "remote backwards");
  n.when(c.remote_space == 0, "to scratchpad");
  n.when(c.remote_space == 1, "to accumulators");
  n.when(c.remote_space == 2, "to DRAM");
}
void name(Names& n, const contract::Conv& c) {
  n.outputs(c.out_w, c.out_h, c.acc_base, c.tiles);
  n.size(c.run_bytes);
  n.when(c.kernel_x == 1, "dense rows");
  n.when(c.kernel_x > 1, "tap by tap");
  n.when(c.kernel_x > 1 && c.kx_step > c.run_bytes, "dilated or slice of channels");
  n.when(c.stride_y > 1, "stride");
  n.when(c.dilation_y > 1, "dilated rows");
  n.when(c.x_start < 0 || c.y_start < 0, "padded before");
  n.when(c.kernel_y == 1 && c.kernel_x == 1 && c.out_h == 1, "GEMM");
  n.when(c.n_step != 0, "grouped");
  n.when(c.accumulate != 0, "accumulate");
  n.when(c.kernel_y > 16 || c.kernel_x > 16, "large kernel");
}
void name(Names& n, const contract::Depthwise& c) {
  n.outputs(c.out_w, c.out_h, c.acc_base, c.tiles);
  n.size(c.channels);
  n.when(c.stride_x > 1 || c.stride_y > 1, "stride");
  n.when(c.phases_x > 1 || c.phases_y > 1, "phases");
  n.when(c.blocks > 1, "blocks");
  n.when(c.rows > 1, "several rows");
  n.when(c.rows * c.kernel_w == n.machine().word_bytes, "all array rows");
  n.when(c.x_start < 0 || c.y_start < 0, "padded before");
  n.when(c.accumulate != 0, "accumulate");
  n.when(c.stream_w < c.out_w + c.kernel_w - 1, "shared padding");
}
void name(Names& n, const contract::Requant& c) {
  n.outputs(c.out_w, c.out_h, c.acc_base, c.tiles);
  n.size(c.last_lanes);
  n.when(c.keep_parameters != 0, "records kept");
  n.when(c.row_bytes < (c.out_w - 1) * c.pix_step + c.n_step * (c.tiles - 1) + c.last_lanes, "row cut");
}
template <class C>
void element(Names& n, const C& c) {
  n.size(c.run);
  n.when(c.count > 1, "several runs");
  n.when(c.a_base == c.out_base && c.a_pitch == c.out_pitch, "in place");
  n.when(c.b_pitch == 0 && c.count > 1, "one run for all");
}
void name(Names& n, const contract::Add& c) {
  element(n, c);
  n.when(c.subtract != 0, "subtract");
  n.when(c.left_shift != 20, "other left shift");
}
void name(Names& n, const contract::Mul& c) {
  element(n, c);
  n.when(c.out_shift > 0, "shift to the left");
}
void name(Names& n, const contract::Pool& c) {
  n.size(c.channels);
  n.when(c.mode == 0, "max");
  n.when(c.mode == 1, "average");
  n.when(c.mode == 2, "mean");
  n.when(c.x_start < 0 || c.y_start < 0, "padded before");
  n.when(c.stride_x == 0 || c.stride_y == 0, "stride 0");
  n.when(c.kernel_y > 16 || c.kernel_x > 16, "large kernel");
}
void name(Names& n, const contract::Lookup& c) {
  n.size(c.run);
  n.when(c.keep_table != 0, "table kept");
  n.when(c.count > 1, "several runs");
}
void name(Names& n, const contract::Move& c) {
  n.size(c.run);
  n.when(c.fill != 0, "fill");
  n.when(c.count0 > 1 || c.count1 > 1 || c.count2 > 1 || c.count3 > 1, "strides");
  n.when((c.count0 > 1) + (c.count1 > 1) + (c.count2 > 1) + (c.count3 > 1) == 4, "four dimensions");
}
void name(Names& n, const contract::Nop& c) { n.when(true, contract::name(c.queue).data()); }
void name(Names& n, const contract::Mark& c) { n.when(true, contract::name(c.queue).data()); }

template <class C>
void name_as(Names& n, const contract::Command& command) {
  name(n, C::decode(command));
}

std::string opcode_name(const contract::Command& command) {
  for (const contract::CommandInfo& info : contract::commands)
    if (info.opcode == opcode_of(command)) return std::string(info.name);
  return "undefined";
}

}  // namespace

std::vector<std::string> modes_of(const contract::Command& command, const contract::Configuration& machine) {
  Names n(machine);
  switch (opcode_of(command)) {
    case Opcode::nop: name_as<contract::Nop>(n, command); break;
    case Opcode::mark: name_as<contract::Mark>(n, command); break;
    case Opcode::load: name_as<contract::Load>(n, command); break;
    case Opcode::fill: name_as<contract::Fill>(n, command); break;
    case Opcode::store: name_as<contract::Store>(n, command); break;
    case Opcode::conv: name_as<contract::Conv>(n, command); break;
    case Opcode::depthwise: name_as<contract::Depthwise>(n, command); break;
    case Opcode::requant: name_as<contract::Requant>(n, command); break;
    case Opcode::add: name_as<contract::Add>(n, command); break;
    case Opcode::mul: name_as<contract::Mul>(n, command); break;
    case Opcode::pool: name_as<contract::Pool>(n, command); break;
    case Opcode::lookup: name_as<contract::Lookup>(n, command); break;
    case Opcode::move: name_as<contract::Move>(n, command); break;
    case Opcode::send:
    case Opcode::send_add: name_as<contract::Send>(n, command); break;
    case Opcode::signal_remote: break;
  }
  return n.take();
}

void ModeCounts::add(const Case& test) {
  const contract::Configuration& machine = configuration(test.config);
  for (const Op& op : test.ops) {
    if (op.fixed) continue;
    auto& row = counts_[opcode_name(op.command)];
    if (op.refused) {
      const contract::Error error = functional::check_command(op.command, machine).error;
      ++row["refused: " + std::string(contract::name(error == contract::Error::none ? contract::Error::address_range : error))];
      continue;
    }
    ++row["all"];
    if (op.after != 0) ++row["bank by bank"];
    for (const std::string& mode : modes_of(op.command, machine)) ++row[mode];
  }
}

}  // namespace twill::fuzz
