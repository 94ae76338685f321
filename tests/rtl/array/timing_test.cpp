// SPDX-License-Identifier: Apache-2.0
// The array engine's rows of the cycle table in docs/microarchitecture.md, measured; and a real depthwise layer against plain
// convolution, with the share of the multipliers it keeps busy.
#include "bench.hpp"
#include "catch.hpp"

using namespace bench;
using twill::contract::Conv;
using twill::contract::Depthwise;

namespace {

/// A convolution of `passes` passes of `words` words, all bytes inside the image.
Conv passes_of(int word, int words, int passes) {
  Conv c;
  c.run_bytes = word;
  c.kernel_y = passes;
  c.dilation_y = 1;
  c.row_bytes = 1 << 19;
  c.in_rows = 4095;
  c.out_w = words;
  c.x_step = word;
  return c;
}

/// Cycles between neighbouring operands without one.
template <typename B>
int bubbles(const B& b) {
  int count = 0;
  for (std::size_t i = 1; i < b.operand_cycles.size(); ++i) count += static_cast<int>(b.operand_cycles[i] - b.operand_cycles[i - 1]) - 1;
  return count;
}

template <typename B>
void pass_to_pass() {
  for (const int words : {B::word + 1, 2 * B::word, 3 * B::word}) {
    B b(1);
    b.record = true;
    b.commands.push_back(passes_of(B::word, words, 4).encode());
    b.finish();
    REQUIRE(b.operands == 4 * words);
    CHECK(bubbles(b) == 0);
    CHECK(b.weight_rows == 4 * B::word);
  }
  // Passes too short to hide the load take one cycle more than a weight tile has rows.
  B b(1);
  b.record = true;
  b.commands.push_back(passes_of(B::word, 1, 5).encode());
  b.finish();
  REQUIRE(b.operands == 5);
  for (std::size_t i = 1; i < 5; ++i) CHECK(b.operand_cycles[i] - b.operand_cycles[i - 1] == B::word + 1);
}

template <typename B>
void command_to_command() {
  B b(1);
  b.record = true;
  for (int i = 0; i < 5; ++i) b.commands.push_back(passes_of(B::word, 2 * B::word, 2).encode());
  b.finish();
  REQUIRE(b.done == 5);
  CHECK(bubbles(b) == 0);
}

template <typename B>
void latency() {
  B conv(1);
  conv.record = true;
  conv.commands.push_back(passes_of(B::word, 5, 1).encode());
  conv.finish();
  REQUIRE(conv.write_cycles.size() == 5);
  CHECK(conv.operand_cycles[0] - conv.feeder_cycles[0] == 4);
  CHECK(conv.write_cycles[0] - conv.feeder_cycles[0] == 2 * B::word + 4);
  CHECK(conv.write_cycles[4] - conv.feeder_cycles[4] == 2 * B::word + 4);
  CHECK(conv.done_cycles[0] - conv.feeder_cycles[4] == 1);

  Depthwise d;
  d.rows = d.blocks = d.stride_x = d.stride_y = d.phases_x = d.phases_y = 1;
  d.kernel_w = 1;
  d.stream_w = d.out_w = 5;
  d.in_cols = d.in_rows = 100;
  d.channels = B::word;
  B depthwise(1);
  depthwise.record = true;
  depthwise.commands.push_back(d.encode());
  depthwise.finish();
  REQUIRE(depthwise.write_cycles.size() == 5);
  CHECK(depthwise.write_cycles[0] - depthwise.feeder_cycles[0] == 6);
  CHECK(depthwise.write_cycles[4] - depthwise.feeder_cycles[4] == 6);
}

/// The weight tile's first read granted to the first operand granted.
template <typename B>
void first_weights() {
  B b(1);
  b.record = true;
  b.commands.push_back(passes_of(B::word, 4, 1).encode());
  std::uint64_t first_read = 0;
  while (b.feeder_cycles.empty()) {
    b.step();
    if (b.chip.weights_req_o && first_read == 0) first_read = b.cycle;
  }
  CHECK(b.feeder_cycles[0] - first_read <= B::word + 3);
}

}  // namespace

TEST_CASE("no bubble from pass to pass") {
  pass_to_pass<Bench4>();
  pass_to_pass<Bench16>();
}

TEST_CASE("no bubble from command to command") {
  command_to_command<Bench4>();
  command_to_command<Bench16>();
}

TEST_CASE("latency of a sum") {
  latency<Bench4>();
  latency<Bench8>();
  latency<Bench16>();
  latency<Bench32>();
}

TEST_CASE("a weight tile is ready in time") {
  first_weights<Bench4>();
  first_weights<Bench16>();
}

TEST_CASE("the states add up to the cycles, and say what the engine waits for") {
  Bench16 b(1);
  b.grant = 0.5;
  b.commands.push_back(passes_of(16, 40, 3).encode());
  b.finish();
  CHECK(b.states[0] + b.states[1] + b.states[2] + b.states[3] == b.cycle);
  CHECK(b.states[1] >= 120);
  CHECK(b.states[2] > 0);  // the first weights
  CHECK(b.states[3] > 60);  // half the reads are refused
}

TEST_CASE("a depthwise layer: 3 x 3, 28 x 28 x 16, stride 1, four times") {
  // The memory of the bench holds one channel tile of the 64-channel layer; the tiles' words are the same ones here.
  constexpr int size = 28, tiles = 4;
  Bench16 b(7);
  Depthwise d;
  d.in_base = static_cast<std::uint32_t>(-(size + 1) * 16 + 1024) & 0xffffff;  // the tensor begins at 1024
  d.zero_point = 5;
  d.weight_base = 0;
  d.rows = d.kernel_w = 3;
  d.blocks = d.stride_x = d.stride_y = d.phases_x = d.phases_y = 1;
  d.x_step = 16;
  d.y_step = size * 16;
  d.stream_w = size + 1;
  d.x_start = d.y_start = -1;
  d.in_cols = d.in_rows = size;
  d.channels = 16;
  d.out_w = d.out_h = size;
  for (int at = 9 * 16; at < 256; ++at) b.scratchpad[at] = 0;
  b.record = true;
  for (int n = 0; n < tiles; ++n) b.commands.push_back(d.encode());
  b.finish();

  const std::uint64_t cycles = b.operand_cycles.back() - b.operand_cycles.front() + 1;
  const double macs = 9.0 * size * size * 16 * tiles, share = macs / 256 / static_cast<double>(cycles);
  std::cout << "depthwise 28x28x64: " << cycles << " cycles, " << 100 * share << " % of the multipliers\n";
  CHECK(share >= 0.48);

  const auto image = [&](int y, int x, int c) {
    return y < 0 || y >= size || x < 0 || x >= size ? 5 : static_cast<std::int8_t>(b.scratchpad[1024 + (y * size + x) * 16 + c]);
  };
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x) {
      const auto got = b.read_sums(y * size + x);
      for (int c = 0; c < 16; ++c) {
        int expected = 0;
        for (int j = 0; j < 3; ++j)
          for (int i = 0; i < 3; ++i) expected += image(y + j - 1, x + i - 1, c) * static_cast<std::int8_t>(b.scratchpad[(8 - (j * 3 + i)) * 16 + c]);
        if (got[c] != expected) {
          INFO("y " << y << " x " << x << " channel " << c);
          REQUIRE(got[c] == expected);
        }
      }
    }
}
