// SPDX-License-Identifier: Apache-2.0
// DEPTHWISE against direct depthwise convolution: stride phases, kernel blocks, shared padding, channel tiles.
#include <algorithm>

#include "support.hpp"

using namespace test;

namespace {

struct Shape {
  int height, width, channels, kernel_h, kernel_w, stride, pad;
  int out_h() const { return (height + 2 * pad - kernel_h) / stride + 1; }
  int out_w() const { return (width + 2 * pad - kernel_w) / stride + 1; }
};

constexpr std::uint32_t image_at = 41;

/// A kernel of one stride phase is ceil(k / s) taps long; the taps beyond the kernel have zero weights.
struct Mapped {
  contract::Depthwise command;
  std::vector<std::int8_t> tiles;
};

Mapped map(const Shape& s, const std::vector<std::int8_t>& weights, int zero_point, std::uint32_t word, std::uint32_t weights_at, int most_rows, bool share) {
  const int phases_y = std::min(s.stride, s.kernel_h), phases_x = std::min(s.stride, s.kernel_w);
  const int phase_h = (s.kernel_h + s.stride - 1) / s.stride, phase_w = (s.kernel_w + s.stride - 1) / s.stride;
  const int rows = std::min({most_rows, phase_h, static_cast<int>(word) / phase_w});
  const int blocks = (phase_h + rows - 1) / rows, pitch = s.width * s.channels;

  // Columns of the stream row that are padding on the left in every phase and those the last outputs need on the right beyond the image: the one run serves both.
  int left = 0, right = 0;
  while (share && -s.pad + left * s.stride + phases_x - 1 < 0) ++left;
  while (share && -s.pad + (s.out_w() + phase_w - 2 - right) * s.stride >= s.width) ++right;
  const int stream_w = std::max({s.out_w() + phase_w - 1 - std::min(left, right), s.out_w(), phase_w});

  contract::Depthwise c;
  c.zero_point = zero_point;
  c.weight_base = weights_at;
  c.blocks = static_cast<std::uint32_t>(blocks);
  c.rows = static_cast<std::uint32_t>(rows);
  c.kernel_w = static_cast<std::uint32_t>(phase_w);
  c.x_step = static_cast<std::uint32_t>(s.stride * s.channels);
  c.phase_x_step = static_cast<std::uint32_t>(s.channels);
  c.y_step = static_cast<std::uint32_t>(s.stride * pitch);
  c.phase_y_step = static_cast<std::uint32_t>(pitch);
  c.block_step = static_cast<std::uint32_t>(rows * s.stride * pitch);
  c.stride_x = c.stride_y = static_cast<std::uint32_t>(s.stride);
  c.phases_x = static_cast<std::uint32_t>(phases_x);
  c.phases_y = static_cast<std::uint32_t>(phases_y);
  c.stream_w = static_cast<std::uint32_t>(stream_w);
  c.x_start = c.y_start = -s.pad;
  c.in_cols = static_cast<std::uint32_t>(s.width);
  c.in_rows = static_cast<std::uint32_t>(s.height);
  c.in_base = address24(std::int64_t{image_at} - s.pad * pitch - s.pad * s.channels);
  c.channels = static_cast<std::uint32_t>(s.channels);
  c.out_w = static_cast<std::uint32_t>(s.out_w());
  c.out_h = static_cast<std::uint32_t>(s.out_h());
  c.tiles = round_up(c.channels, word) / word;

  std::vector<std::int8_t> tiles;
  for (int n = 0; n < static_cast<int>(c.tiles); ++n)
    for (int py = 0; py < phases_y; ++py)
      for (int px = 0; px < phases_x; ++px)
        for (int block = 0; block < blocks; ++block)
          for (int b = 0; b < static_cast<int>(word); ++b)
            for (int column = 0; column < static_cast<int>(word); ++column) {
              const int place = rows * phase_w - 1 - b, channel = n * static_cast<int>(word) + column;
              std::int8_t weight = 0;
              if (place >= 0 && channel < s.channels) {
                const int ky = (block * rows + place / phase_w) * s.stride + py, kx = place % phase_w * s.stride + px;
                if (ky < s.kernel_h && kx < s.kernel_w) weight = weights[static_cast<std::size_t>((ky * s.kernel_w + kx) * s.channels + channel)];
              }
              tiles.push_back(weight);
            }
  return {c, tiles};
}

void check_depthwise(const Shape& s, std::string_view on, int most_rows, bool share, Random& random) {
  const auto& m = machine(on);
  const std::uint32_t word = m.word_bytes;
  const int zero_point = random.byte();
  const auto image = random.bytes(static_cast<std::size_t>(s.height * s.width * s.channels));
  const auto weights = random.bytes(static_cast<std::size_t>(s.kernel_h * s.kernel_w * s.channels));
  functional::State state(m);
  const std::uint32_t weights_at = image_at + static_cast<std::uint32_t>(image.size()) + 5;
  auto [c, tiles] = map(s, weights, zero_point, word, weights_at, most_rows, share);
  put(state, image_at, image);
  put(state, weights_at, tiles);
  c.acc_base = static_cast<std::uint32_t>(random.in(0, 3)) * state.bank_words();
  c.accumulate = random.flip();
  for (auto& sum : state.accumulators) sum = random.in(-1000000, 1000000);
  const auto before = state.accumulators;

  INFO("seed " << seed() << " on " << on << ": image " << s.height << "x" << s.width << "x" << s.channels << ", kernel " << s.kernel_h << "x" << s.kernel_w << ", stride " << s.stride
               << ", pad " << s.pad << ", rows " << c.rows << ", blocks " << c.blocks << ", stream_w " << c.stream_w);
  require_legal(c, m);
  functional::execute_depthwise(state, c);

  const std::uint32_t tile_words = round_up(c.out_w * c.out_h, state.bank_words());
  REQUIRE(tile_words * c.tiles <= m.accumulator_words);
  for (int oy = 0; oy < s.out_h(); ++oy)
    for (int ox = 0; ox < s.out_w(); ++ox)
      for (int channel = 0; channel < s.channels; ++channel) {
        std::int32_t expected = 0;
        for (int ky = 0; ky < s.kernel_h; ++ky)
          for (int kx = 0; kx < s.kernel_w; ++kx) {
            const int y = oy * s.stride - s.pad + ky, x = ox * s.stride - s.pad + kx;
            const bool inside = y >= 0 && y < s.height && x >= 0 && x < s.width;
            expected += weights[static_cast<std::size_t>((ky * s.kernel_w + kx) * s.channels + channel)] *
                        (inside ? image[static_cast<std::size_t>((y * s.width + x) * s.channels + channel)] : zero_point);
          }
        const auto tile = static_cast<std::uint32_t>(channel) / word;
        const std::uint32_t at = (c.acc_base + tile * tile_words + static_cast<std::uint32_t>(oy) * c.out_w + static_cast<std::uint32_t>(ox)) % m.accumulator_words;
        const std::size_t i = std::size_t{at} * word + static_cast<std::uint32_t>(channel) % word;
        INFO("output (" << oy << ", " << ox << ", " << channel << ")");
        REQUIRE(state.accumulators[i] == expected + (c.accumulate ? before[i] : 0));
      }
}

}  // namespace

TEST_CASE("depthwise: random shapes, strides and kernels", "[depthwise]") {
  Random random(1);
  for (int i = 0; i < 120; ++i) {
    const auto* on = i % 2 ? "base" : "tiny";
    const int word = i % 2 ? 16 : 4, kernel_h = random.in(1, 5), stride = random.in(1, 3);
    const int kernel_w = random.in(1, std::min(5, word * stride));
    const Shape s{kernel_h + random.in(0, 8), kernel_w + random.in(0, 8), random.in(1, 3 * word), kernel_h, kernel_w, stride, random.in(0, 2)};
    check_depthwise(s, on, random.in(1, 4), random.flip(), random);
  }
}

TEST_CASE("depthwise: one run of padding serves two rows", "[depthwise]") {
  Random random(2);
  check_depthwise({12, 10, 16, 3, 3, 1, 1}, "base", 4, true, random);
  check_depthwise({12, 10, 16, 5, 5, 1, 2}, "base", 4, true, random);
  check_depthwise({11, 9, 20, 3, 3, 2, 1}, "base", 4, true, random);
}

TEST_CASE("depthwise: a tile over several banks", "[depthwise]") {
  Random random(3);
  check_depthwise({22, 30, 4, 3, 3, 1, 1}, "tiny", 4, true, random);
  check_depthwise({20, 33, 12, 3, 3, 1, 1}, "base", 4, false, random);
}

TEST_CASE("depthwise: bytes outside the scratchpad raise an error unless masked", "[depthwise]") {
  const auto& m = machine("tiny");
  functional::State state(m);
  contract::Depthwise c;
  c.in_cols = c.in_rows = 1;
  c.channels = 4;
  c.in_base = m.scratchpad_bytes - 3;
  CHECK_THROWS_AS(functional::execute_depthwise(state, c), functional::Fault);
  c.channels = 3;
  CHECK_NOTHROW(functional::execute_depthwise(state, c));
  c.channels = 4;
  c.in_cols = 0;
  CHECK_NOTHROW(functional::execute_depthwise(state, c));
}
