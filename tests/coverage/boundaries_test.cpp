// SPDX-License-Identifier: Apache-2.0
// Every command in every mode at the boundaries of its shapes, on a covered chip and on the functional one: afterwards all bytes of scratchpad,
// accumulators and DRAM are the same.
#include <cstring>
#include <functional>
#include <random>

#include "catch.hpp"
#include "twill/functional_device.hpp"
#include "twill/rtl_system.hpp"

using namespace twill;
using contract::Command;
using contract::Queue;
using contract::Slot;
namespace reg = contract::reg;

namespace {

constexpr std::uint64_t ring_at = 0x1'0000'0000, marks_at = 0x2'0000'0000, image_at = 0x100000, sums_at = 0x200000, dump_at = 0x300000,
                        sum_dump_at = 0x400000, field_at = 0x55'0000'0000;   // what LOAD reads and STORE and SEND write
constexpr std::uint32_t ring_size = 4096, scratchpad = 32768, field = 65536;

/// Commands that run one after the other, each when the one before is complete, and the memories they leave.
class Chain {
 public:
  explicit Chain(System& system) : chip_(system.chip(0)) {
    chip_.write_register(reg::RING_LO, static_cast<std::uint32_t>(ring_at)), chip_.write_register(reg::RING_HI, ring_at >> 32);
    chip_.write_register(reg::RING_SIZE, ring_size);
    chip_.write_register(reg::MARK_LO, static_cast<std::uint32_t>(marks_at)), chip_.write_register(reg::MARK_HI, marks_at >> 32);
    chip_.write_register(reg::MARK_SIZE, 16);
    chip_.write_register(reg::IRQ_ENABLE, 3);
    chip_.write_register(reg::CONTROL, 1);
    word_ = chip_.read_register(reg::CAP_WORD);
    sums_ = chip_.read_register(reg::CAP_ACCUMULATOR) * word_ * 4;
  }

  std::uint32_t sum_bytes() const { return sums_; }

  std::vector<std::uint8_t> run(const std::vector<std::uint8_t>& image, const std::vector<std::uint8_t>& sums, const std::vector<std::uint8_t>& dram,
                                std::vector<Command> commands) {
    chip_.write_memory(image_at, image.data(), image.size());
    chip_.write_memory(sums_at, sums.data(), sums.size());
    chip_.write_memory(field_at, dram.data(), dram.size());
    contract::Load in, sum_in;
    in.dram_base = image_at, in.local_run = in.dram_run = scratchpad;
    sum_in.dram_base = sums_at, sum_in.space = 1, sum_in.local_run = sum_in.dram_run = sums_;
    contract::Store out, sum_out;
    out.dram_base = dump_at, out.local_run = out.dram_run = scratchpad;
    sum_out.dram_base = sum_dump_at, sum_out.space = 1, sum_out.local_run = sum_out.dram_run = sums_;
    commands.insert(commands.begin(), {in.encode(), sum_in.encode()});
    contract::Mark mark;
    mark.queue = Queue::store, mark.irq = 1;
    commands.insert(commands.end(), {out.encode(), sum_out.encode(), mark.encode()});
    REQUIRE(commands.size() <= ring_size);
    for (std::size_t i = 0; i < commands.size(); i++) {
      Command& c = commands[i];
      if (i != 0) c.set_bits(12, 6, Slot::on(static_cast<unsigned>((i - 1) % tokens)).code);
      const auto opcode = c.words[0] & 0xff;
      const bool posted = opcode >= 0x40 && opcode <= 0x42;   // done when it has arrived
      if (i + 1 != commands.size()) c.set_bits(posted ? 456 : 32, 6, Slot::on(static_cast<unsigned>(i % tokens)).code);
      chip_.write_memory(ring_at + index_++ % ring_size * 64, c.words.data(), 64);
    }
    chip_.write_register(reg::DOORBELL, index_);
    REQUIRE(chip_.wait_interrupt(20'000'000));
    CAPTURE(chip_.last_error());
    REQUIRE(chip_.read_register(reg::IRQ_STATUS) == 1);
    chip_.write_register(reg::IRQ_STATUS, 1);
    std::vector<std::uint8_t> left(scratchpad + sums_ + field);
    chip_.read_memory(dump_at, left.data(), scratchpad);
    chip_.read_memory(sum_dump_at, left.data() + scratchpad, sums_);
    chip_.read_memory(field_at, left.data() + scratchpad + sums_, field);
    return left;
  }

 private:
  // More than there can be commands in the chip that wait: no two heads of queues want the same token.
  static constexpr unsigned tokens = 32;

  Device& chip_;
  std::uint32_t word_ = 0, sums_ = 0, index_ = 0;
};

std::vector<std::uint8_t> random_bytes(std::mt19937& random, std::size_t n) {
  std::vector<std::uint8_t> bytes(n);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Runs each command by itself on both chips.
class Both {
 public:
  Both() {
    RtlSystemOptions options;
    options.configurations = {rtl_configurations().front()};
    options.chips = 1;
    options.network.link_latency = 1;
    rtl_system_ = make_rtl_system(options);
    functional_system_ = make_functional_system(rtl_configurations().front(), 1);
    rtl_ = std::make_unique<Chain>(*rtl_system_);
    functional_ = std::make_unique<Chain>(*functional_system_);
  }

  void same(const std::vector<Command>& commands) {
    const auto image = image_.empty() ? random_bytes(random, scratchpad) : image_;
    const auto sums = random_bytes(random, rtl_->sum_bytes()), dram = random_bytes(random, field);
    const auto got = rtl_->run(image, sums, dram, commands), expected = functional_->run(image, sums, dram, commands);
    std::size_t at = 0;
    while (at < got.size() && got[at] == expected[at]) at++;
    CAPTURE(commands.size(), at);
    REQUIRE(at == got.size());
  }

  void image(std::vector<std::uint8_t> bytes) { image_ = std::move(bytes); }   // what the scratchpad holds at first; empty: anything
  std::mt19937 random{1};

 private:
  std::unique_ptr<RtlSystem> rtl_system_;
  std::unique_ptr<System> functional_system_;
  std::unique_ptr<Chain> rtl_, functional_;
  std::vector<std::uint8_t> image_;
};

constexpr std::uint32_t W = 4;   // of tiny; another machine has other boundaries, and the gate says which are missing

/// The same run and counts on both sides; strides either way.
template <class C>
void local_shape(C& c, std::uint32_t run, const std::array<std::uint32_t, 3>& counts, std::int32_t stride, std::uint32_t base) {
  c.local_base = base, c.local_run = run;
  c.local_count0 = counts[0], c.local_count1 = counts[1], c.local_count2 = counts[2];
  c.local_stride0 = stride, c.local_stride1 = 1024, c.local_stride2 = 4096;
}
template <class C>
void dram_shape(C& c, std::uint32_t run, const std::array<std::uint32_t, 3>& counts, std::int32_t stride, std::uint64_t base) {
  c.dram_base = base, c.dram_run = run;
  c.dram_count0 = counts[0], c.dram_count1 = counts[1], c.dram_count2 = counts[2];
  c.dram_stride0 = stride, c.dram_stride1 = 1024, c.dram_stride2 = 4096;
}
template <class C>
void remote_shape(C& c, std::uint32_t run, const std::array<std::uint32_t, 3>& counts, std::int32_t stride, std::uint64_t base) {
  c.remote_base = base, c.remote_run = run;
  c.remote_count0 = counts[0], c.remote_count1 = counts[1], c.remote_count2 = counts[2];
  c.remote_stride0 = stride, c.remote_stride1 = 1024, c.remote_stride2 = 4096;
}

const std::array<std::uint32_t, 3> counts[] = {{1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {1, 1, 2}, {2, 2, 2}, {3, 1, 1}, {1, 3, 1}, {1, 1, 3}, {3, 3, 3}};
std::uint32_t times(const std::array<std::uint32_t, 3>& c) { return c[0] * c[1] * c[2]; }

/// Every run at every count on one side, one run on the other, and the other way round; every direction of the inner stride.
void moves(const std::function<void(std::uint32_t, const std::array<std::uint32_t, 3>&, std::int32_t, std::uint32_t, const std::array<std::uint32_t, 3>&, std::int32_t)>& each,
           const std::vector<std::uint32_t>& runs) {
  for (const std::uint32_t run : runs)
    for (const auto& c : counts) {
      each(run, c, 200, run * times(c), {1, 1, 1}, 0);
      each(run * times(c), {1, 1, 1}, 0, run, c, 200);
      each(run, c, -200, run, c, 200);
      each(run, c, 200, run, c, -200);
    }
}

}  // namespace

TEST_CASE("loads and stores at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  for (std::uint32_t odd : {0u, 1u})
    moves([&](std::uint32_t lrun, const auto& lc, std::int32_t ls, std::uint32_t drun, const auto& dc, std::int32_t ds) {
      contract::Load in;
      local_shape(in, lrun, lc, ls, 9000 + odd), dram_shape(in, drun, dc, ds, field_at + 9000 + 3 * odd);
      commands.push_back(in.encode());
      contract::Store out;
      local_shape(out, lrun, lc, ls, 9000 + odd), dram_shape(out, drun, dc, ds, field_at + 30000 + 3 * odd);
      commands.push_back(out.encode());
    }, {1, W - 1, W, W + 1, 16 * W + 1, 100});
  both.same(commands);
  commands.clear();
  moves([&](std::uint32_t lrun, const auto& lc, std::int32_t ls, std::uint32_t drun, const auto& dc, std::int32_t ds) {
    for (std::uint32_t space : {0u, 1u})
      for (std::uint32_t add : {0u, 1u}) {
        contract::Load in;
        local_shape(in, lrun, lc, ls, 2400), dram_shape(in, drun, dc, ds, field_at + 9000);
        in.space = space, in.add = add;
        commands.push_back(in.encode());
      }
    contract::Store out;
    local_shape(out, lrun, lc, ls, 2400), dram_shape(out, drun, dc, ds, field_at + 30000);
    out.space = 1;
    commands.push_back(out.encode());
  }, {4, 8, 100});
  both.same(commands);
  // No distance at all: the same bytes again and again, on the side that is read.
  contract::Load in;
  local_shape(in, 5, {3, 1, 1}, 9, 77), dram_shape(in, 5, {3, 1, 1}, 0, field_at + 9000);
  contract::Store out;
  local_shape(out, 5, {3, 1, 1}, 0, 77), dram_shape(out, 5, {3, 1, 1}, 9, field_at + 30000);
  contract::Load again;
  local_shape(again, 5, {3, 1, 1}, 0, 300), dram_shape(again, 15, {1, 1, 1}, 0, field_at + 9000);
  contract::Store over;
  local_shape(over, 15, {1, 1, 1}, 0, 300), dram_shape(over, 5, {3, 1, 1}, 0, field_at + 40000);
  both.same({in.encode(), out.encode(), again.encode(), over.encode()});
}

TEST_CASE("fills at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  for (std::uint32_t space : {0u, 1u})
    for (const std::uint32_t run : {1u, W - 1, W, W + 1, 16 * W + 1, 300u})
      for (const auto& c : counts)
        for (const std::int32_t stride : {-400, 0, 400}) {
          if (space == 1 && run % 4 != 0) continue;
          contract::Fill fill;
          local_shape(fill, run, c, stride, space == 1 ? 2400 : 9001);
          fill.value = static_cast<std::uint32_t>(commands.size() * 7 & 0xff), fill.space = space;
          commands.push_back(fill.encode());
        }
  both.same(commands);
}

TEST_CASE("messages to the chip itself at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  for (const std::uint32_t to : {0u, 2u})
    moves([&](std::uint32_t lrun, const auto& lc, std::int32_t ls, std::uint32_t rrun, const auto& rc, std::int32_t rs) {
      contract::Send send;
      local_shape(send, lrun, lc, ls, 3001), remote_shape(send, rrun, rc, rs, to == 2 ? field_at + 30003 : 17003);
      send.remote_space = to;
      commands.push_back(send.encode());
    }, {1, W - 1, W, W + 1, 15, 16, 17, 100});
  both.same(commands);
  commands.clear();
  moves([&](std::uint32_t lrun, const auto& lc, std::int32_t ls, std::uint32_t rrun, const auto& rc, std::int32_t rs) {
    for (std::uint32_t from : {0u, 1u}) {
      for (std::uint32_t to : {0u, 1u, 2u}) {
        contract::Send send;
        local_shape(send, lrun, lc, ls, 2400), remote_shape(send, rrun, rc, rs, to == 2 ? field_at + 30004 : to == 1 ? 2400 + 4 : 17004);
        send.space = from, send.remote_space = to;
        if (from == 1 && to == 1) send.local_base = 3600;
        commands.push_back(send.encode());
      }
      for (std::uint32_t to : {0u, 1u}) {
        contract::SendAdd add;
        local_shape(add, lrun, lc, ls, 2400), remote_shape(add, rrun, rc, rs, to == 1 ? 2400 : 17008);
        add.space = from, add.remote_space = to;
        if (from == 1 && to == 1) continue;   // what is read may have been added to already
        commands.push_back(add.encode());
      }
    }
  }, {4, 16, 100});
  contract::SendAdd sum;
  local_shape(sum, 64, {1, 1, 1}, 0, 0), remote_shape(sum, 64, {1, 1, 1}, 0, 4096);
  sum.space = 1, sum.remote_space = 1;
  commands.push_back(sum.encode());
  contract::Send still;
  local_shape(still, 8, {3, 1, 1}, 0, 400), remote_shape(still, 24, {1, 1, 1}, 0, 17000);
  commands.push_back(still.encode());
  local_shape(still, 24, {1, 1, 1}, 0, 400), remote_shape(still, 8, {3, 1, 1}, 0, 18000);
  commands.push_back(still.encode());
  contract::SendAdd more;
  local_shape(more, 8, {3, 1, 1}, 0, 400), remote_shape(more, 8, {3, 1, 1}, 0, 18000);
  commands.push_back(more.encode());
  contract::SignalRemote signal;
  commands.push_back(signal.encode());
  both.same(commands);
}

TEST_CASE("convolutions at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  const auto put = [&](const std::function<void(contract::Conv&)>& change) {
    contract::Conv c;
    c.in_base = 100, c.weight_base = 16384, c.zero_point = -3;
    c.kernel_y = 2, c.kernel_x = 1, c.run_bytes = 5, c.tiles = 1, c.out_w = 3, c.out_h = 3;
    c.x_step = 3, c.kx_step = 3, c.y_step = 40, c.ky_step = 40, c.stride_y = 1, c.dilation_y = 1, c.row_bytes = 37, c.in_rows = 30;
    change(c);
    commands.push_back(c.encode());
  };
  for (const std::uint32_t run : {1u, W - 1, W, W + 1, 2 * W, 4 * W + 1, 33u}) put([&](auto& c) { c.run_bytes = run; });
  for (const std::uint32_t n : {1u, 2u, 3u, 5u}) {
    put([&](auto& c) { c.tiles = n; });
    put([&](auto& c) { c.tiles = n, c.n_step = 7; });
    put([&](auto& c) { c.kernel_y = n; });
    put([&](auto& c) { c.kernel_x = n; });
    put([&](auto& c) { c.out_w = n; });
    put([&](auto& c) { c.out_h = n; });
    put([&](auto& c) { c.stride_y = n, c.y_step = 40 * n; });
    put([&](auto& c) { c.dilation_y = n, c.ky_step = 40 * n; });
    put([&](auto& c) { c.x_start = -3 * static_cast<std::int32_t>(n), c.in_base = 100 - 3 * n; });
    put([&](auto& c) { c.y_start = -static_cast<std::int32_t>(n), c.in_base = 100 - 40 * n & 0xffffff; });
    put([&](auto& c) { c.accumulate = 1, c.acc_base = 256 * (n % 4), c.tiles = n; });
  }
  put([](auto& c) { c.out_w = 16, c.out_h = 16, c.y_step = 3, c.x_step = 1; });     // a bank
  put([](auto& c) { c.out_w = 257, c.out_h = 1, c.y_step = 3, c.x_step = 1, c.tiles = 2; });
  put([](auto& c) { c.out_w = 32, c.out_h = 32, c.y_step = 3, c.x_step = 1, c.in_rows = 4000, c.tiles = 2; });
  put([](auto& c) { c.out_w = 1, c.out_h = 1, c.run_bytes = 1, c.kernel_y = 1; });
  put([](auto& c) { c.in_rows = 0, c.row_bytes = 0; });                             // all masked
  put([](auto& c) { c.run_bytes = 2000, c.kernel_y = 1, c.row_bytes = 900, c.tiles = 2; });
  both.same(commands);
}

TEST_CASE("depthwise convolutions at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  const auto put = [&](const std::function<void(contract::Depthwise&)>& change) {
    contract::Depthwise c;
    c.in_base = 100, c.weight_base = 16384, c.zero_point = 9;
    c.rows = 2, c.kernel_w = 2, c.stream_w = 5, c.out_w = 4, c.out_h = 3, c.channels = 6, c.tiles = 2;
    c.x_step = 8, c.y_step = 80, c.phase_x_step = 8, c.phase_y_step = 80, c.block_step = 160, c.in_cols = 9, c.in_rows = 9;
    change(c);
    commands.push_back(c.encode());
  };
  for (const std::uint32_t n : {1u, 2u, 3u, 4u}) {
    put([&](auto& c) { c.rows = n, c.kernel_w = 1; });
    put([&](auto& c) { c.rows = 1, c.kernel_w = n; });
    put([&](auto& c) { c.stride_x = n, c.x_step = 8 * n; });
    put([&](auto& c) { c.stride_y = n, c.y_step = 80 * n; });
    put([&](auto& c) { c.phases_x = n; });
    put([&](auto& c) { c.phases_y = n; });
    put([&](auto& c) { c.blocks = n; });
    put([&](auto& c) { c.tiles = n; });
    put([&](auto& c) { c.out_w = n; });
    put([&](auto& c) { c.out_h = n; });
    put([&](auto& c) { c.x_start = -static_cast<std::int32_t>(n), c.in_base = 100 - 8 * n; });
    put([&](auto& c) { c.y_start = -static_cast<std::int32_t>(n), c.in_base = 100 - 80 * n & 0xffffff; });
    put([&](auto& c) { c.accumulate = 1, c.acc_base = 256 * (n % 4); });
  }
  for (const std::uint32_t channels : {1u, W - 1, W, W + 1, 4 * W + 3}) put([&](auto& c) { c.channels = channels, c.tiles = (channels + W - 1) / W; });
  put([](auto& c) { c.stream_w = 2, c.out_w = 1; });                                // the shortest line
  put([](auto& c) { c.stream_w = 258, c.out_w = 257, c.in_cols = 300, c.out_h = 2, c.x_step = 4, c.y_step = 1200, c.channels = 3, c.tiles = 1; });
  put([](auto& c) { c.stream_w = 32, c.out_w = 31, c.out_h = 33, c.in_cols = 40, c.in_rows = 40, c.x_step = 4, c.y_step = 160, c.channels = 4, c.tiles = 1; });
  both.same(commands);
}

TEST_CASE("requantizations at the boundaries of shapes and numbers") {
  Both both;
  // Records at 0: bias, multiplier, shift and limits of every kind; the sums are arbitrary.
  auto image = random_bytes(both.random, scratchpad);
  const std::int32_t biases[] = {0, 1, -1, (1 << 30) - 1, -(1 << 30)};
  const std::int32_t multipliers[] = {0, 1 << 30, 0x7fffffff, 0x5a000001};
  const int shifts[] = {0, 1, 5, 30, -1, -7, -16, -24, -31};
  std::vector<std::array<std::uint8_t, 16>> records;
  for (const auto bias : biases)
    for (const auto multiplier : multipliers)
      for (const int shift : shifts) {
        std::array<std::uint8_t, 16> r{};
        std::memcpy(r.data(), &bias, 4), std::memcpy(r.data() + 4, &multiplier, 4);
        r[8] = static_cast<std::uint8_t>(shift), r[9] = static_cast<std::uint8_t>(records.size() * 37);
        r[10] = static_cast<std::uint8_t>(records.size() % 3 ? -128 : -20), r[11] = static_cast<std::uint8_t>(records.size() % 3 ? 127 : 30);
        for (unsigned lane = 0; lane < W; lane++) records.push_back(r);
      }
  for (std::size_t i = 0; i < records.size(); i++) std::memcpy(&image[i * 16], records[i].data(), 16);
  both.image(image);
  std::vector<Command> commands;
  const auto put = [&](const std::function<void(contract::Requant&)>& change) {
    contract::Requant c;
    c.out_base = 20000, c.last_lanes = W, c.param_base = 0, c.row_step = 30, c.n_step = 4, c.pix_step = 9, c.row_bytes = 30, c.out_w = 3, c.out_h = 3, c.tiles = 1;
    change(c);
    commands.push_back(c.encode());
  };
  for (std::uint32_t i = 0; i < records.size() / W; i++) put([&](auto& c) { c.param_base = i * 16 * W, c.out_base = 20000 + 101 * (i % 50), c.out_w = 8, c.acc_base = i % 4 * 256; });
  for (const std::uint32_t n : {1u, 2u, 3u, 4u}) {
    put([&](auto& c) { c.last_lanes = n; });
    put([&](auto& c) { c.tiles = n; });
    put([&](auto& c) { c.out_w = n; });
    put([&](auto& c) { c.out_h = n; });
    put([&](auto& c) { c.row_bytes = 3 * n; });
    put([&](auto& c) { c.keep_parameters = 1, c.tiles = n; });
  }
  put([](auto& c) { c.out_w = 32, c.out_h = 32, c.pix_step = 4, c.row_step = 128, c.row_bytes = 128; });
  both.same(commands);

  // Ties: small sums times 1/2 shifted by one and more, by which the last bit falls on the half.
  commands.clear();
  for (int shift = 1; shift < 4; shift++)
    for (unsigned lane = 0; lane < W; lane++) {
      std::array<std::uint8_t, 16> r{};
      const std::int32_t multiplier = 1 << 30;
      std::memcpy(r.data() + 4, &multiplier, 4);
      r[8] = static_cast<std::uint8_t>(-shift), r[10] = 0x80, r[11] = 0x7f;
      std::memcpy(&image[(shift * W + lane) * 16], r.data(), 16);
    }
  for (std::int32_t i = 0; i < 64; i++) {
    const std::int32_t value = i - 32;
    for (unsigned lane = 0; lane < W; lane++) std::memcpy(&image[8192 + (i * W + lane) * 4], &value, 4);
  }
  both.image(image);
  contract::Send sums;
  sums.local_base = 8192, sums.local_run = sums.remote_run = 64 * W * 4, sums.remote_space = 1;
  commands.push_back(sums.encode());
  for (std::uint32_t shift = 1; shift < 4; shift++) put([&](auto& c) { c.param_base = shift * W * 16, c.out_w = 32, c.out_h = 2, c.pix_step = 4, c.row_step = 128, c.row_bytes = 128, c.out_base = 20000 + 300 * shift; });
  both.same(commands);
}

TEST_CASE("sums, products and tables at the boundaries of shapes and numbers") {
  Both both;
  std::vector<Command> commands;
  constexpr std::uint32_t q = 1u << 30;
  const auto elements = [&](auto c) {
    c.a_base = 1001, c.b_base = 5002, c.out_base = 20003, c.min = -128, c.max = 127, c.out_multiplier = q;
    c.a_pitch = 300, c.b_pitch = 301, c.out_pitch = 302, c.a_zero = 3, c.b_zero = -5, c.out_zero = 1;
    return c;
  };
  for (const std::uint32_t run : {1u, W - 1, W, W + 1, 2 * W, 4 * W + 1, 200u})
    for (const std::uint32_t count : {1u, 2u, 3u}) {
      auto add = elements(contract::Add{});
      add.run = run, add.count = count, add.left_shift = 20, add.a_multiplier = add.b_multiplier = q, add.out_shift = 18, add.subtract = run & 1;
      commands.push_back(add.encode());
      auto mul = elements(contract::Mul{});
      mul.run = run, mul.count = count, mul.out_shift = -6;
      commands.push_back(mul.encode());
      for (const std::uint32_t keep : {0u, 1u}) {
        contract::Lookup look;
        look.in_base = 1001, look.out_base = 20003, look.table_base = 8192, look.in_pitch = 300, look.out_pitch = 301, look.run = run, look.count = count, look.keep_table = keep;
        commands.push_back(look.encode());
      }
    }
  for (const std::uint32_t left : {0u, 1u, 20u, 23u, 31u})
    for (const std::uint32_t shift : {0u, 1u, 4u, 31u})
      for (const std::uint32_t multiplier : {0u, q, 0x7fffffffu})
        for (const std::uint32_t subtract : {0u, 1u}) {
          auto add = elements(contract::Add{});
          add.run = 150, add.left_shift = left, add.a_shift = shift, add.b_shift = left & 1 ? shift : 0, add.out_shift = left > 1 ? 18 : shift, add.subtract = subtract;
          add.a_multiplier = 0x7fffffff, add.b_multiplier = q + 12345, add.out_multiplier = multiplier;
          add.min = shift ? -128 : -60, add.max = shift ? 127 : 70, add.out_shift = shift == 31 ? 31 : add.out_shift, add.b_shift = shift == 31 ? 31 : add.b_shift;
          commands.push_back(add.encode());
        }
  for (const std::int32_t shift : {-31, -15, -8, -6, -1, 0, 1, 16, 30})
    for (const std::uint32_t multiplier : {0u, q, 0x7fffffffu}) {
      auto mul = elements(contract::Mul{});
      mul.run = 150, mul.out_shift = shift, mul.out_multiplier = multiplier, mul.min = shift < -20 ? -60 : -128, mul.max = shift < -20 ? 70 : 127;
      commands.push_back(mul.encode());
    }
  both.same(commands);
}

TEST_CASE("pools and moves at the boundaries of their shapes") {
  Both both;
  std::vector<Command> commands;
  for (const std::uint32_t mode : {0u, 1u, 2u}) {
    const auto put = [&](const std::function<void(contract::Pool&)>& change) {
      contract::Pool c;
      c.mode = mode, c.in_base = 1001, c.out_base = 20002, c.in_row_pitch = 300, c.in_pix_pitch = 20, c.in_rows = 9, c.in_cols = 9, c.out_row_pitch = 200, c.out_pix_pitch = 21;
      c.out_h = 3, c.out_w = 3, c.channels = 6, c.kernel_y = 2, c.kernel_x = 3, c.stride_y = c.stride_x = 1, c.min = -100, c.max = 90, c.shift = -1, c.multiplier = 1u << 30, c.bias = -77, c.out_zero = 4;
      change(c);
      commands.push_back(c.encode());
    };
    for (const std::uint32_t channels : {1u, W - 1, W, W + 1, 4 * W + 1}) put([&](auto& c) { c.channels = channels; });
    for (const std::uint32_t n : {1u, 2u, 3u, 4u}) {
      put([&](auto& c) { c.kernel_y = c.kernel_x = n; });
      put([&](auto& c) { c.stride_y = c.stride_x = n; });
      put([&](auto& c) { c.out_h = n; });
      put([&](auto& c) { c.out_w = n; });
      put([&](auto& c) { c.y_start = -1, c.kernel_y = n + 1; });
      put([&](auto& c) { c.x_start = -1, c.kernel_x = n + 1; });
      put([&](auto& c) { c.in_rows = n + 2, c.in_cols = n + 2, c.kernel_y = c.kernel_x = 3; });
      put([&](auto& c) { c.shift = n == 1 ? 0 : n == 2 ? 30 : n == 3 ? -31 : -3; });
    }
    put([&](auto& c) { c.kernel_y = 9, c.kernel_x = 9, c.out_w = c.out_h = 1; });
    put([&](auto& c) { c.kernel_y = 40, c.kernel_x = 50, c.in_rows = 40, c.in_cols = 50, c.in_pix_pitch = 4, c.in_row_pitch = 200, c.out_w = c.out_h = 1; });
  }
  for (const std::uint32_t fill : {0u, 1u})
    for (const std::uint32_t run : {1u, W - 1, W, W + 1, 2 * W, 4 * W + 1})
      for (const std::uint32_t n : {1u, 2u, 3u})
        for (unsigned dimension = 0; dimension < 4; dimension++) {
          contract::Move c;
          c.fill = fill, c.value = 0xa5, c.in_base = 3001, c.out_base = 20003, c.run = run;
          c.in_stride0 = 40, c.in_stride1 = -200, c.in_stride2 = 700, c.in_stride3 = 2100, c.out_stride0 = 41, c.out_stride1 = 201, c.out_stride2 = -701, c.out_stride3 = 2101;
          (dimension == 0 ? c.count0 : dimension == 1 ? c.count1 : dimension == 2 ? c.count2 : c.count3) = n;
          commands.push_back(c.encode());
          if (dimension == 3) {
            c.count0 = c.count1 = c.count2 = n;
            commands.push_back(c.encode());
          }
        }
  both.same(commands);
}
