// SPDX-License-Identifier: Apache-2.0
// The corners of the arithmetic.
#include "engine_bench.hpp"

using namespace twill;
using namespace twill::post_test;

TEST_CASE("Requantizer lanes at every shift and at the corners of every field") {
  const std::int64_t e30 = 1 << 30, top = 0x7fffffff;
  const std::int32_t sums[] = {0, 1, -1, 2, -2, 3, -3, 127, -128, 255, -255, 65535, -65536, 1000003, -1000003, static_cast<std::int32_t>(e30),
                               static_cast<std::int32_t>(-e30), static_cast<std::int32_t>(e30 - 1), static_cast<std::int32_t>(e30 + 1), static_cast<std::int32_t>(top),
                               static_cast<std::int32_t>(top - 1), static_cast<std::int32_t>(-top - 1), static_cast<std::int32_t>(-top)};
  const std::uint32_t multipliers[] = {0, 0x40000000u, 0x40000001u, 0x5a827999u, 0x60000000u, 0x7ffffffeu, 0x7fffffffu};
  const std::int32_t biases[] = {0, 1, -1, static_cast<std::int32_t>(e30), static_cast<std::int32_t>(-e30), static_cast<std::int32_t>(e30 - 1), static_cast<std::int32_t>(1 - e30), 12345};
  TheBench bench(seed());
  Reference reference;
  Random random(seed());
  unsigned lane = 0, set = 0;
  std::vector<Job> jobs;
  const auto flush = [&] {
    compare(bench, reference, jobs);
    jobs.clear();
    lane = set = 0;
  };
  for (int shift = -31; shift <= 30; ++shift)
    for (std::uint32_t multiplier : multipliers)
      for (std::int32_t bias : biases) {
        // Zero points and limits turn with the rest; ties come from the powers of two in `sums` with multiplier 2^30.
        const int zero = static_cast<int>(random.in(-128, 127)), low = random.percent(70) ? -128 : static_cast<int>(random.in(-128, 127));
        put_record(bench, records_base + (set * word + lane) * 16, bias, multiplier, shift, zero, low, random.percent(70) ? 127 : std::max(low, 5));
        if (++lane < word) continue;
        lane = 0;
        contract::Requant c = plain_requant(std::size(sums), set * std::size(sums) * word % half);
        c.param_base = records_base + set * word * 16;
        c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
        c.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
        Job job{c.encode(), {std::vector<std::int32_t>((std::size(sums) + bank - 1) / bank * bank * word)}};
        for (unsigned i = 0; i < std::size(sums); ++i)
          for (unsigned l = 0; l < word; ++l) job.sums[0][i * word + l] = sums[i];
        jobs.push_back(job);
        // The banks of a command begin at bank 0: hand them over one command at a time.
        ++set;
        flush();
      }
}

TEST_CASE("REQUANT of as many tiles as there is room for records") {
  TheBench bench(seed());
  Reference reference;
  Random random(seed());
  fill(bench, random);
  contract::Requant c = plain_requant(1);
  c.tiles = records_bytes / (word * 16);
  c.n_step = word;
  c.slots.tile_wait = contract::Slot::on(TheBench::wait_semaphore);
  c.slots.tile_signal = contract::Slot::on(TheBench::signal_semaphore);
  Job job{c.encode(), std::vector<std::vector<std::int32_t>>(c.tiles, std::vector<std::int32_t>(bank * word))};
  for (auto& tile : job.sums)
    for (auto& sum : tile) sum = random.sum();
  compare(bench, reference, {job});
}

TEST_CASE("ADD and MUL at every shift, with every corner of their multipliers, zero points and values: ties and saturation") {
  TheBench bench(seed());
  Reference reference;
  // Every pair of these values meets: a walks through them value by value, b in runs of them.
  const int values[] = {-128, -127, -65, -64, -2, -1, 0, 1, 2, 63, 64, 126, 127};
  constexpr unsigned n = std::size(values), b_at = 1024;
  for (unsigned i = 0; i < n; ++i)
    for (unsigned j = 0; j < n; ++j) {
      bench.scratchpad[i * n + j] = static_cast<std::uint8_t>(values[i]);
      bench.scratchpad[b_at + i * n + j] = static_cast<std::uint8_t>(values[j]);
    }
  const std::uint32_t multipliers[] = {0, 0x40000000u, 0x40000001u, 0x60000000u, 0x7fffffffu};
  const int zeros[] = {0, -128, 127, 1};
  unsigned turn = 0;
  const auto common = [&](auto& c, std::uint32_t multiplier) {
    c.a_base = 0, c.b_base = b_at, c.out_base = half;
    c.run = n * n, c.count = 1;
    c.out_multiplier = multiplier;
    c.a_zero = zeros[turn % 4], c.b_zero = zeros[turn / 4 % 4], c.out_zero = zeros[turn / 2 % 4];
    c.min = turn % 3 == 0 ? -100 : -128, c.max = turn % 5 == 0 ? 99 : 127;
    ++turn;
  };
  for (const std::uint32_t multiplier : multipliers) {
    std::vector<Job> jobs;
    for (std::uint32_t shift = 0; shift <= 31; ++shift) {
      contract::Add c;
      common(c, multiplier);
      c.left_shift = shift % 2 ? 20 : shift;     // up to 31: the shifted operand saturates
      c.a_multiplier = multipliers[shift % 5], c.b_multiplier = multipliers[shift / 5 % 5];
      c.a_shift = shift, c.b_shift = 31 - shift, c.out_shift = shift % 4 ? shift / 2 + 8 : shift;
      c.subtract = shift / 2 % 2;
      jobs.push_back({c.encode(), {}});
      c.a_multiplier = c.b_multiplier = 0x7fffffff, c.a_shift = c.b_shift = 0, c.left_shift = 31, c.out_shift = shift;
      jobs.push_back({c.encode(), {}});          // the sum saturates
    }
    for (int shift = -31; shift <= 30; ++shift) {
      contract::Mul c;
      common(c, multiplier);
      c.out_shift = shift;
      jobs.push_back({c.encode(), {}});
    }
    for (const Job& job : jobs) compare(bench, reference, {job});
  }
}

TEST_CASE("MEAN over windows of up to 255 x 255 taps and AVERAGE at their extremes") {
  TheBench bench(seed());
  Reference reference;
  fill(bench, *std::make_unique<Random>(seed()));
  std::vector<Job> jobs;
  const int values[] = {-128, 127, 0, 1};
  unsigned turn = 0;
  for (unsigned kernel : {255u, 254u, 181u, 17u})
    for (std::uint32_t mode : {1u, 2u}) {
      contract::Pool c;
      c.mode = mode;
      c.in_rows = c.in_cols = c.kernel_y = c.kernel_x = kernel;
      c.in_row_pitch = 1;                                 // the image overlaps itself: many taps from few bytes
      c.in_pix_pitch = 1;
      c.out_h = c.out_w = c.stride_y = c.stride_x = 1;
      c.channels = word;
      c.out_base = half + 64 * turn;
      c.min = -128;
      c.max = 127;
      c.multiplier = 0x7fffffff;
      c.shift = -16;
      c.bias = -3 * static_cast<std::int32_t>(kernel * kernel);
      c.out_zero = 3;
      c.in_base = (turn % 2) * 1024;
      jobs.push_back({c.encode(), {}});
      ++turn;
    }
  for (int value : values) {
    std::fill_n(bench.scratchpad.begin(), 1024, static_cast<std::uint8_t>(value));
    compare(bench, reference, jobs);
  }
}
