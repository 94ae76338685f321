// SPDX-License-Identifier: Apache-2.0
// Communicators on RTL chips: a rank that never calls, and collectives beside the products of the same streams.
#include <algorithm>
#include <sstream>

#include "bench.hpp"
#include "catch.hpp"
#include "common/guarded.hpp"
#include "twill/configurations.hpp"
#include "twill/rtl_system.hpp"

using namespace twill;
using test::Bench;
using test::Bytes;
using contract::Slot;
using contract::Space;

namespace {

constexpr unsigned ranks = 4;

std::unique_ptr<RtlSystem> make() {
  RtlSystemOptions options;
  options.configurations = {rtl_configurations().front()};
  options.topology = "ring:4";
  options.threads = 2;
  return make_rtl_system(options);
}

Buffer buffer(Space space, std::uint64_t address, std::uint64_t count, DataType type = DataType::int32) { return {space, address, count, type}; }

/// What `times` sums over all ranks make of each one's elements.
void check_sums(System& system, const Buffer& b, std::vector<Bytes> in, unsigned times = 1) {
  for (unsigned i = 0; i < times; ++i) in.assign(ranks, test::expected(Collective::all_reduce, b, in, 0, 0).bytes);
  for (unsigned r = 0; r < ranks; ++r) {
    INFO("rank " << r);
    CHECK(Bench::result(system, r, b) == in[r]);
  }
}

/// Products on every chip, each chip's own operands: the sums of `commands` CONVs over one accumulator bank.
class Products {
 public:
  Products(Bench& bench, unsigned commands) : bench_(bench), commands_(commands) {
    for (const auto& c : contract::configurations)
      if (c.name == rtl_configurations().front()) word_ = c.word_bytes, rows_ = c.accumulator_words / contract::accumulator_banks;
    rows_ = std::min(rows_, operand_bytes / k);
  }

  void load() {
    operands_ = bench_.fill(buffer(Space::scratchpad, 0, rows_ * k, DataType::int8), 11);
    weights_ = bench_.fill(buffer(Space::scratchpad, operand_bytes, sets * k * word_, DataType::int8), 12);
  }

  /// Commands [first, last).
  void multiply(unsigned first, unsigned last) {
    for (ProgramWriter& w : bench_.writers)
      for (unsigned i = first; i < last; ++i) {
        contract::Conv c;
        c.weight_base = operand_bytes + i % sets * k * word_;
        c.x_step = c.run_bytes = k;
        c.out_w = rows_;
        c.row_bytes = rows_ * k;
        c.in_rows = 1;
        c.accumulate = i > 0;
        if (i + 1 == commands_) c.slots.tile_signal = Slot::on(finished);
        w.stream().emit(c, {mapper::Range::sp(0, rows_ * k), mapper::Range::sp(c.weight_base, k * word_)}, {}, w.label("product"));
      }
  }

  void store() {
    for (ProgramWriter& w : bench_.writers) {
      contract::Store s;
      s.space = static_cast<std::uint32_t>(Space::accumulators);
      s.local_run = s.dram_run = rows_ * word_ * 4;
      s.dram_base = results_at;
      s.slots.wait0 = Slot::on(finished);
      w.stream().emit(s, {}, {mapper::Range::dram(results_at, s.dram_run)}, w.label("sums"));
    }
  }

  void check(System& system) const {
    for (unsigned r = 0; r < ranks; ++r) {
      std::vector<std::int32_t> expected(rows_ * word_), got(rows_ * word_);
      for (unsigned i = 0; i < commands_; ++i)
        for (unsigned row = 0; row < rows_; ++row)
          for (unsigned n = 0; n < word_; ++n)
            for (unsigned j = 0; j < k; ++j)
              expected[row * word_ + n] += static_cast<std::int8_t>(operands_[r][row * k + j]) * static_cast<std::int8_t>(weights_[r][(i % sets * k + j) * word_ + n]);
      system.chip(r).read_memory(results_at, got.data(), got.size() * 4);
      CHECK(got == expected);
    }
  }

 private:
  static constexpr unsigned k = 64, sets = 4, operand_bytes = 4096, finished = 25;
  static constexpr std::uint64_t results_at = 0x18'0000;
  Bench& bench_;
  unsigned commands_, word_ = 0, rows_ = 0;
  std::vector<Bytes> operands_, weights_;
};

/// Cycles from where all chips have their operands to where the last is through with products, with sums over all chips, or with both.
std::uint64_t cycles(RtlSystem& system, unsigned commands, bool sums) {
  constexpr unsigned times = 5;
  Bench bench("ring:4");
  Products products(bench, commands);
  const Buffer b = buffer(Space::scratchpad, 12 * 1024, 3072);
  const std::vector<Bytes> in = bench.fill(b, 1);
  products.load();
  for (ProgramWriter& w : bench.writers) {
    w.mark(0);
    for (const contract::Queue queue : {contract::Queue::array, contract::Queue::network}) {  // nothing begins before
      contract::Nop nop;
      nop.queue = queue;
      w.stream().emit_after_all(nop.encode(), queue, w.label("start"));
    }
  }
  for (unsigned i = 0; i < times; ++i) {  // a share of each in turn: a queue that is full keeps what comes behind from the others
    products.multiply(commands * i / times, commands * (i + 1) / times);
    for (unsigned r = 0; sums && r < ranks; ++r) bench.world->all_reduce(r, b);
  }
  for (ProgramWriter& w : bench.writers) w.mark(1);
  if (commands) products.store();
  bench.fetch(b);
  system.reset();
  bench.run(system);
  if (commands) products.check(system);
  if (sums) check_sums(system, b, in, times);
  std::uint64_t begin = UINT64_MAX, end = 0;
  for (const Outcome& o : bench.outcomes) {
    begin = std::min(begin, o.marks.at(0).cycle());
    end = std::max(end, o.marks.at(1).cycle());
  }
  return end - begin;
}

}  // namespace

TEST_CASE("a rank that never calls is waited for until the watchdog, and named: exit code 3", "[system]") {
  const auto system = make();
  for (const Space space : {Space::scratchpad, Space::dram}) {
    const Buffer b = buffer(space, space == Space::dram ? 0x10000 : 0, 500);
    const auto job = [&](bool all) {
      Bench bench("ring:4");
      const auto in = bench.fill(b, 1);
      for (unsigned r = 0; r < ranks; ++r)
        if (all || r != 2) bench.world->all_reduce(r, b);
      bench.fetch(b);
      LaunchOptions options;
      options.remote_patience = 50000;
      system->reset();
      bench.run(*system, options);
      check_sums(*system, b, in);
      return 0;
    };
    std::ostringstream said;
    const std::uint64_t before = system->cycles();
    CHECK(cli::guarded([&] { return job(false); }, said) == 3);
    CHECK(said.str().find("twill: ranks 0, 1 and 3 wait in all_reduce 0 of world for rank 2, which never called it") == 0);
    CHECK(said.str().find("reported an error: remote_wait") != std::string::npos);
    CHECK(system->cycles() - before > 50000);
    CHECK(system->cycles() - before < 65000);
    CHECK(job(true) == 0);
  }
}

TEST_CASE("collectives hide behind the products of the same streams", "[system]") {
  const auto system = make();
  const std::uint64_t sums = cycles(*system, 0, true), product = cycles(*system, 1, false);
  const auto commands = static_cast<unsigned>(sums / product);  // about as long as the sums
  REQUIRE(commands > 4);
  const std::uint64_t products = cycles(*system, commands, false), both = cycles(*system, commands, true);
  CAPTURE(sums, products, both);
  CHECK(10 * both < 6 * (sums + products));
  CHECK(both >= std::max(sums, products));
  CHECK(cycles(*system, commands, true) == both);
}
