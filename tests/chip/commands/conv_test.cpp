// SPDX-License-Identifier: Apache-2.0
// One convolution by hand: activations, weights and records in, CONV, REQUANT, results out.
#include <algorithm>
#include <cstring>

#include "bench.hpp"

using namespace bench;
using contract::Queue;

namespace {

/// Requantization as the arithmetic rules have it, in 64 bits, written out.
std::int8_t requantize(std::int64_t x, std::int32_t multiplier, int shift, int zero, int low, int high) {
  x *= std::int64_t{1} << std::max(shift, 0);
  const std::int64_t h = (x * multiplier + (std::int64_t{1} << 30)) >> 31;
  const int e = std::max(-shift, 0);
  const std::int64_t y = e == 0 ? h : (h + (std::int64_t{1} << (e - 1)) - (h < 0 ? 1 : 0)) >> e;
  return static_cast<std::int8_t>(std::min<std::int64_t>(high, std::max<std::int64_t>(low, y + zero)));
}

}  // namespace

TEST_CASE("a 3x3 convolution with padding, two N tiles and requantization is exact") {
  CAPTURE(seed());
  for (const std::string& name : machines()) {
    CAPTURE(name);
    std::mt19937 random(seed());
    Bench b(name);
    const int word = static_cast<int>(b.word);
    const int h = 9, w = 7, cin = word / 2 + 1, cout = word + 3, k = 3;
    const int tiles = 2, run = k * cin, pieces = (run + word - 1) / word;
    const int zero = -5, out_zero = 11;

    std::vector<std::int8_t> image(h * w * cin), weights(cout * k * k * cin);
    for (auto& v : image) v = static_cast<std::int8_t>(random());
    for (auto& v : weights) v = static_cast<std::int8_t>(random());
    struct Channel {
      std::int32_t bias, multiplier;
      int shift;
    };
    std::vector<Channel> channels(cout);
    for (auto& c : channels) c = {static_cast<std::int32_t>(random() % 20000) - 10000, static_cast<std::int32_t>((1u << 30) + random() % (1u << 30)), -static_cast<int>(6 + random() % 4)};

    // Weight tiles in pass order: N tile, kernel row, piece; row r of a tile meets byte r of the operand word.
    std::vector<std::uint8_t> tile_bytes;
    for (int n = 0; n < tiles; n++)
      for (int ky = 0; ky < k; ky++)
        for (int piece = 0; piece < pieces; piece++)
          for (int row = 0; row < word; row++)
            for (int column = 0; column < word; column++) {
              const int position = piece * word + row, channel = n * word + column;
              const bool real = position < run && channel < cout;
              tile_bytes.push_back(real ? static_cast<std::uint8_t>(weights[((channel * k + ky) * k + position / cin) * cin + position % cin]) : 0);
            }
    std::vector<std::uint8_t> records(tiles * word * 16);
    for (int c = 0; c < cout; c++) {
      std::uint8_t* r = &records[c * 16];
      std::memcpy(r, &channels[c].bias, 4);
      std::memcpy(r + 4, &channels[c].multiplier, 4);
      r[8] = static_cast<std::uint8_t>(channels[c].shift);
      r[9] = static_cast<std::uint8_t>(out_zero);
      r[10] = static_cast<std::uint8_t>(-128);
      r[11] = 127;
    }
    const std::uint32_t bank = b.scratchpad / 8;
    const std::uint32_t image_at = 5, weights_at = bank, records_at = 4 * bank, out_at = 6 * bank + 3;
    REQUIRE(image.size() + image_at <= bank);
    REQUIRE(tile_bytes.size() <= 3 * bank);
    b.poke(0x10000, std::vector<std::uint8_t>(image.begin(), image.end()));
    b.poke(0x40000, tile_bytes);
    b.poke(0x80000, records);

    auto load_image = load(0x10000, image_at, static_cast<std::uint32_t>(image.size()));
    auto load_weights = load(0x40000, weights_at, static_cast<std::uint32_t>(tile_bytes.size()));
    load_weights.slots.signal0 = Slot::on(1);   // load to array
    auto load_records = load(0x80000, records_at, static_cast<std::uint32_t>(records.size()));
    load_records.slots.signal0 = Slot::on(2);   // load to post

    contract::Conv conv;
    conv.queue = Queue::array;
    conv.slots.wait0 = Slot::on(1);
    conv.slots.tile_wait = Slot::on(26);
    conv.slots.tile_signal = Slot::on(25);
    conv.in_base = (image_at - (w + 1) * cin) & 0xffffff;  // the first tap of output (0, 0) is at (-1, -1)
    conv.zero_point = zero;
    conv.weight_base = weights_at;
    conv.kernel_y = k, conv.kernel_x = 1;
    conv.x_step = cin, conv.kx_step = 0, conv.y_step = w * cin, conv.ky_step = w * cin;
    conv.stride_y = 1, conv.dilation_y = 1;
    conv.x_start = -cin, conv.y_start = -1;
    conv.row_bytes = w * cin, conv.in_rows = h;
    conv.run_bytes = run, conv.tiles = tiles, conv.out_w = w, conv.out_h = h;

    contract::Requant requant;
    requant.queue = Queue::post;
    requant.slots.wait0 = Slot::on(2);
    requant.slots.tile_wait = Slot::on(25);
    requant.slots.tile_signal = Slot::on(26);
    requant.slots.signal0 = Slot::on(2 * 5 + 3);
    requant.out_base = out_at;
    requant.last_lanes = cout - word;
    requant.param_base = records_at;
    requant.row_step = w * cout, requant.n_step = word, requant.pix_step = cout;
    requant.row_bytes = w * cout;
    requant.out_w = w, requant.out_h = h, requant.tiles = tiles;

    auto out = store(0xc0000, out_at, h * w * cout);
    out.slots.wait0 = Slot::on(2 * 5 + 3);

    for (int round = 0; round < 2; round++) {
      b.set(contract::reg::SEMAPHORE, 26 << 8 | 4);  // all banks are free
      b.poke(0xc0000, std::vector<std::uint8_t>(h * w * cout, 0x55));
      b.run({load_image.encode(), load_weights.encode(), load_records.encode(), conv.encode(), requant.encode(), out.encode(),
             mark(Queue::store, 7, true).encode()});
      const auto got = b.peek(0xc0000, h * w * cout);
      for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
          for (int c = 0; c < cout; c++) {
            std::int64_t sum = channels[c].bias;
            for (int ky = 0; ky < k; ky++)
              for (int kx = 0; kx < k; kx++)
                for (int i = 0; i < cin; i++) {
                  const int iy = y + ky - 1, ix = x + kx - 1;
                  const int value = iy < 0 || iy >= h || ix < 0 || ix >= w ? zero : image[(iy * w + ix) * cin + i];
                  sum += value * weights[((c * k + ky) * k + kx) * cin + i];
                }
            const int expected = requantize(sum, channels[c].multiplier, channels[c].shift, out_zero, -128, 127);
            CAPTURE(round, y, x, c);
            REQUIRE(static_cast<int>(static_cast<std::int8_t>(got[(y * w + x) * cout + c])) == expected);
          }
      const auto record = b.mark();
      CHECK(record.words[26] == static_cast<std::uint32_t>((round + 1) * tiles * k * pieces * h * w));  // operands
      CHECK(record.words[27] == static_cast<std::uint32_t>((round + 1) * tiles * k * pieces * word));   // weight rows
      CHECK(record.words[28] >= static_cast<std::uint32_t>((round + 1) * tiles * h * w));               // results
    }
  }
}
