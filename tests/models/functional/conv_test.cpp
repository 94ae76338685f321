// SPDX-License-Identifier: Apache-2.0
// CONV against direct convolution: padding, stride, dilation, groups by N tile, pixel packing, several banks and tiles.
#include <string>

#include "support.hpp"

using namespace test;

namespace {

struct Shape {
  int height, width, cin, cout, kernel_h, kernel_w, stride, dilation, pad, groups;
  int out_h() const { return (height + 2 * pad - (kernel_h - 1) * dilation - 1) / stride + 1; }
  int out_w() const { return (width + 2 * pad - (kernel_w - 1) * dilation - 1) / stride + 1; }
  int group_in() const { return cin / groups; }
  int group_out() const { return cout / groups; }
};

/// NHWC image, weights [cout][kernel_h][kernel_w][cin / groups]
struct Problem {
  Shape s;
  int zero_point;
  std::vector<std::int8_t> image, weights;

  int weight(int o, int ky, int kx, int c) const { return weights[static_cast<std::size_t>(((o * s.kernel_h + ky) * s.kernel_w + kx) * s.group_in() + c)]; }

  /// Sum at one output with padding at the zero point's value.
  std::int32_t direct(int oy, int ox, int o) const {
    std::int32_t sum = 0;
    const int first = o / s.group_out() * s.group_in();
    for (int ky = 0; ky < s.kernel_h; ++ky)
      for (int kx = 0; kx < s.kernel_w; ++kx)
        for (int c = 0; c < s.group_in(); ++c) {
          const int y = oy * s.stride - s.pad + ky * s.dilation, x = ox * s.stride - s.pad + kx * s.dilation;
          const bool inside = y >= 0 && y < s.height && x >= 0 && x < s.width;
          sum += weight(o, ky, kx, c) * (inside ? image[static_cast<std::size_t>((y * s.width + x) * s.cin + first + c)] : zero_point);
        }
    return sum;
  }
};

constexpr std::uint32_t image_at = 77;  // any byte address will do

/// The command that computes `packed` neighbouring output pixels in the columns of one word, and its weights. Needs groups of
/// at most a word of outputs each, and a stride the packing divides.
contract::Conv map(const Problem& p, int packed, std::uint32_t word, std::uint32_t weights_at, std::vector<std::int8_t>& tiles) {
  const Shape& s = p.s;
  const bool dense = s.dilation == 1 && s.groups == 1;
  const int columns = s.groups > 1 ? s.group_out() : s.cout;  // of one pixel
  contract::Conv c;
  c.zero_point = p.zero_point;
  c.weight_base = weights_at;
  c.kernel_y = static_cast<std::uint32_t>(s.kernel_h);
  c.kernel_x = static_cast<std::uint32_t>(dense ? 1 : s.kernel_w);
  c.x_step = static_cast<std::uint32_t>(packed * s.stride * s.cin);
  c.kx_step = static_cast<std::uint32_t>(s.dilation * s.cin);
  c.y_step = static_cast<std::uint32_t>(s.stride * s.width * s.cin);
  c.ky_step = static_cast<std::uint32_t>(s.dilation * s.width * s.cin);
  c.stride_y = static_cast<std::uint32_t>(s.stride);
  c.dilation_y = static_cast<std::uint32_t>(s.dilation);
  c.n_step = static_cast<std::uint32_t>(s.groups > 1 ? s.group_in() : 0);
  c.x_start = -s.pad * s.cin;
  c.y_start = -s.pad;
  c.in_base = address24(std::int64_t{image_at} + c.y_start * s.width * s.cin + c.x_start);
  c.row_bytes = static_cast<std::uint32_t>(s.width * s.cin);
  c.in_rows = static_cast<std::uint32_t>(s.height);
  c.run_bytes = static_cast<std::uint32_t>(dense ? (s.kernel_w + (packed - 1) * s.stride) * s.cin : s.group_in());
  c.tiles = s.groups > 1 ? static_cast<std::uint32_t>(s.groups) : round_up(static_cast<std::uint32_t>(packed * columns), word) / word;
  c.out_w = static_cast<std::uint32_t>(s.out_w() / packed);
  c.out_h = static_cast<std::uint32_t>(s.out_h());

  for (int n = 0; n < static_cast<int>(c.tiles); ++n)
    for (int ky = 0; ky < s.kernel_h; ++ky)
      for (int kx = 0; kx < static_cast<int>(c.kernel_x); ++kx)
        for (int k = 0; k < static_cast<int>(round_up(c.run_bytes, word)); ++k)
          for (int column = 0; column < static_cast<int>(word); ++column) {
            const int wide = s.groups > 1 ? column : n * static_cast<int>(word) + column;  // of the packed pixels
            const int pixel = wide / columns, o = (s.groups > 1 ? n * columns : 0) + wide % columns;
            std::int8_t weight = 0;
            if (pixel < packed && k < static_cast<int>(c.run_bytes)) {
              const int tap = dense ? k / s.cin - pixel * s.stride : kx, channel = dense ? k % s.cin : k;
              if (tap >= 0 && tap < s.kernel_w) weight = static_cast<std::int8_t>(p.weight(o, ky, tap, channel));
            }
            tiles.push_back(weight);
          }
  return c;
}

void check_conv(const Shape& s, int packed, std::string_view on, Random& random) {
  const auto& m = machine(on);
  const std::uint32_t word = m.word_bytes;
  Problem p{s, random.byte(), random.bytes(static_cast<std::size_t>(s.height * s.width * s.cin)),
            random.bytes(static_cast<std::size_t>(s.cout * s.kernel_h * s.kernel_w * s.group_in()))};
  functional::State state(m);
  const std::uint32_t weights_at = image_at + static_cast<std::uint32_t>(p.image.size()) + 3;
  std::vector<std::int8_t> tiles;
  contract::Conv conv = map(p, packed, word, weights_at, tiles);
  put(state, image_at, p.image);
  put(state, weights_at, tiles);
  conv.acc_base = static_cast<std::uint32_t>(random.in(0, 3)) * state.bank_words();
  conv.accumulate = random.flip();
  for (auto& sum : state.accumulators) sum = static_cast<std::int32_t>(random.word());
  const auto before = state.accumulators;
  require_legal(conv, m);

  INFO("seed " << seed() << " on " << on << ": image " << s.height << "x" << s.width << "x" << s.cin << ", kernel " << s.kernel_h << "x" << s.kernel_w << ", " << s.cout
               << " outputs, stride " << s.stride << ", dilation " << s.dilation << ", pad " << s.pad << ", groups " << s.groups << ", packed " << packed);
  functional::execute_conv(state, conv);

  const std::uint32_t tile_words = round_up(conv.out_w * conv.out_h, state.bank_words());
  for (int oy = 0; oy < s.out_h(); ++oy)
    for (int ox = 0; ox < s.out_w(); ++ox)
      for (int o = 0; o < s.cout; ++o) {
        const int n = s.groups > 1 ? o / s.group_out() : (ox % packed * s.cout + o) / static_cast<int>(word);
        const int column = s.groups > 1 ? o % s.group_out() : (ox % packed * s.cout + o) % static_cast<int>(word);
        const std::uint32_t at =
            (conv.acc_base + static_cast<std::uint32_t>(n) * tile_words + static_cast<std::uint32_t>(oy) * conv.out_w + static_cast<std::uint32_t>(ox / packed)) %
            m.accumulator_words;
        const std::size_t i = std::size_t{at} * word + static_cast<std::size_t>(column);
        const auto expected = static_cast<std::int32_t>(static_cast<std::uint32_t>(p.direct(oy, ox, o)) + (conv.accumulate ? static_cast<std::uint32_t>(before[i]) : 0u));
        INFO("output (" << oy << ", " << ox << ", " << o << "), accumulator word " << at);
        REQUIRE(state.accumulators[i] == expected);
      }
  // The words of the tile's last bank beyond the outputs belong to nobody and stay.
  if (conv.out_w * conv.out_h < tile_words) {
    const std::size_t after = std::size_t{(conv.acc_base + conv.out_w * conv.out_h) % m.accumulator_words} * word;
    for (std::size_t i = after; i < after + word; ++i) REQUIRE(state.accumulators[i] == before[i]);
  }
}

}  // namespace

TEST_CASE("conv: random shapes with padding, stride and dilation", "[conv]") {
  Random random(1);
  for (int i = 0; i < 120; ++i) {
    const auto* on = i % 2 ? "base" : "tiny";
    const int word = i % 2 ? 16 : 4, kernel_h = random.in(1, 4), kernel_w = random.in(1, 4), dilation = random.in(1, 4) == 1 ? 2 : 1;
    const Shape s{random.in(1, 8) + (kernel_h - 1) * dilation, random.in(1, 8) + (kernel_w - 1) * dilation, random.in(1, 2 * word + 3), random.in(1, 3 * word), kernel_h, kernel_w,
                  random.in(1, 3), dilation, random.in(0, 2), 1};
    check_conv(s, 1, on, random);
  }
}

TEST_CASE("conv: a tile over several banks, and the whole of the accumulators", "[conv]") {
  Random random(2);
  check_conv({20, 30, 3, 4, 3, 3, 1, 1, 1, 1}, 1, "tiny", random);    // 600 words: three banks
  check_conv({32, 32, 2, 4, 1, 1, 1, 1, 0, 1}, 1, "tiny", random);    // 1024 words
  check_conv({15, 17, 5, 40, 3, 3, 1, 1, 1, 1}, 1, "base", random);   // 255 words: one bank less a word, three tiles
}

TEST_CASE("conv: a group an N tile", "[conv]") {
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    const int groups = random.in(2, 4), in = random.in(1, 9), out = random.in(1, 4);
    check_conv({random.in(3, 8), random.in(3, 8), groups * in, groups * out, 3, 3, random.in(1, 2), 1, random.in(0, 1), groups}, 1, "tiny", random);
  }
}

TEST_CASE("conv: banded weights feed neighbouring pixels", "[conv]") {
  Random random(4);
  for (const int packed : {2, 4}) {
    check_conv({9, 8, 3, 4, 3, 3, 1, 1, 1, 1}, packed, "base", random);
    check_conv({17, 16, 1, 3, 5, 5, 2, 1, 2, 1}, packed, "base", random);
    check_conv({6, 8, 2, 8, 3, 3, 1, 1, 1, 1}, packed, "base", random);  // the packed columns take several tiles
  }
}

TEST_CASE("conv: a GEMM is a convolution of 1 x 1", "[conv]") {
  Random random(5);
  check_conv({1, 1, 300, 20, 1, 1, 1, 1, 0, 1}, 1, "base", random);
  check_conv({7, 1, 65, 17, 1, 1, 1, 1, 0, 1}, 1, "base", random);
}

TEST_CASE("conv: only unmasked bytes must lie in the scratchpad", "[conv]") {
  const auto& m = machine("tiny");
  functional::State state(m);
  contract::Conv conv;
  conv.run_bytes = 4;
  conv.row_bytes = 4;
  conv.in_rows = 1;
  conv.in_base = m.scratchpad_bytes - 3;  // the fourth byte lies outside
  try {
    functional::execute_conv(state, conv);
    FAIL("no fault");
  } catch (const functional::Fault& fault) {
    CHECK(fault.error == contract::Error::address_range);
    CHECK(fault.info == m.scratchpad_bytes);
  }
  conv.run_bytes = 3;  // masked by the end of the run
  CHECK_NOTHROW(functional::execute_conv(state, conv));
  conv.run_bytes = 4;
  conv.row_bytes = 3;  // by the end of the row
  CHECK_NOTHROW(functional::execute_conv(state, conv));
  conv.row_bytes = 4;
  conv.in_rows = 0;  // by the row
  CHECK_NOTHROW(functional::execute_conv(state, conv));
  conv.in_rows = 1;
  conv.in_base = address24(-1);  // one byte before the scratchpad, masked by the start of the row
  conv.x_start = -1;
  CHECK_NOTHROW(functional::execute_conv(state, conv));
  conv.weight_base = m.scratchpad_bytes - 15;
  CHECK_THROWS_AS(functional::execute_conv(state, conv), functional::Fault);
}
