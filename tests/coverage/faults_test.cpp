// SPDX-License-Identifier: Apache-2.0
// What the other tests of commands do not make the chip do: every refusal, every giver beyond a semaphore's maximum, a memory that answers with
// errors, all engines at once, commands with fields of any value, resets of every kind. The chip works after each.
#include <functional>

#include "bench.hpp"

using namespace bench;
using contract::Error;
using contract::Queue;
namespace reg = contract::reg;

namespace {

const std::string machine = tb::built_configurations().front();

/// A chip whose messages to itself arrive.
struct Alone {
  noc::Fabric fabric{noc::parse_topology("ring:1"), {}};
  tb::ChipOptions options() {
    tb::ChipOptions o;
    o.fabric = &fabric;
    return o;
  }
};

void soft_reset(Bench& b) {
  b.set(reg::CONTROL, 2);
  for (int i = 0; b.get(reg::CONTROL) & 2; i++) REQUIRE(i < 1000);
  b.set(reg::IRQ_STATUS, 3);
  b.configure();
  b.leaves_work = false;
}

/// A job of load and store is right.
void expect_works(Bench& b, std::mt19937& random) {
  const auto data = random_bytes(random, 700);
  b.poke(0x5000, data);
  auto l = load(0x5000, 1, 700);
  l.slots.signal0 = Slot::on(30);
  auto s = store(0x9001, 1, 700);
  s.slots.wait0 = Slot::on(30);
  b.run({l.encode(), s.encode(), mark(Queue::store, 1, true).encode()});
  CHECK(b.peek(0x9001, 700) == data);
}

void expect_error(Bench& b, const std::vector<Command>& commands, Error error, Queue queue) {
  b.issue(commands);
  REQUIRE(b.wait());
  CHECK(b.acknowledge() == 2);
  CHECK(contract::name(static_cast<Error>(b.get(reg::ERROR_CODE))) == contract::name(error));
  CHECK(b.get(reg::ERROR_QUEUE) == static_cast<std::uint32_t>(queue));
}

contract::Nop nop(unsigned queue) {
  contract::Nop n;
  n.queue = static_cast<Queue>(queue);
  return n;
}

contract::Conv conv() {
  contract::Conv c;
  c.out_w = 3, c.out_h = 2, c.run_bytes = 4, c.row_bytes = 64, c.in_rows = 8, c.x_step = 4, c.y_step = 16, c.stride_y = 1, c.weight_base = 4096;
  return c;
}
contract::Requant requant() {
  contract::Requant r;
  r.out_w = 3, r.out_h = 2, r.last_lanes = 4, r.row_bytes = 64, r.pix_step = 4, r.row_step = 16, r.out_base = 8192, r.param_base = 4096;
  return r;
}

}  // namespace

TEST_CASE("every refusal of the decoder, in every queue") {
  std::mt19937 random(seed());
  Bench b(machine);
  const auto with = [](auto c, const std::function<void(decltype(c)&)>& change) {
    change(c);
    return c.encode();
  };
  using contract::Conv, contract::Requant, contract::Load;
  const std::vector<std::pair<Error, Command>> cases = {
      {Error::unsupported_type, with(conv(), [](Conv& c) { c.activation_type = 1; })},
      {Error::unsupported_type, with(conv(), [](Conv& c) { c.weight_type = 2; })},
      {Error::unsupported_sparsity, with(conv(), [](Conv& c) { c.sparse = 1; })},
      {Error::unsupported_weight_layout, with(conv(), [](Conv& c) { c.weight_layout = 1; })},
      {Error::unsupported_rounding, with(requant(), [](Requant& c) { c.rounding = 1; })},
      {Error::unsupported_type, with(requant(), [](Requant& c) { c.out_type = 2; })},
      {Error::unsupported_vector, with(requant(), [](Requant& c) { c.scalar = 1; })},
      {Error::unsupported_vector, with(requant(), [](Requant& c) { c.reduce = 1; })},
      {Error::bad_field, with(load(0, 0, 4), [](Load& c) { c.local_run = 0; })},
      {Error::bad_field, with(load(0, 0, 4), [](Load& c) { c.space = 2; })},
  };
  for (const auto& [error, command] : cases) {
    expect_error(b, {command}, error, static_cast<Queue>(command.words[0] >> 8 & 7));
    soft_reset(b);
  }
  for (unsigned q = 0; q < 8; q++) {
    Command c = nop(0).encode();
    c.set_bits(8, 3, q);
    c.set_bits(300, 1, 1);
    expect_error(b, {c}, q < 5 ? Error::reserved_bit : Error::wrong_queue, static_cast<Queue>(q));
    soft_reset(b);
  }
  // Every opcode with a count of nothing, in the wrong queue, and with a reserved bit. What cannot be refused so runs on into the next.
  for (unsigned opcode = 0; opcode < 0x48; opcode++)
    for (unsigned q = 0; q < 5; q++)
      for (int bit : {-1, 40, 511}) {
        Command c;
        c.set_bits(0, 8, opcode), c.set_bits(8, 3, q);
        if (bit >= 0) c.set_bits(static_cast<unsigned>(bit), 1, 1);
        b.leaves_work = true;
        b.issue({c});
        b.chip->step(200);
        soft_reset(b);
      }
  expect_works(b, random);
}

TEST_CASE("errors of every engine, and of every giver of tokens") {
  std::mt19937 random(seed());
  Alone alone;
  Bench b(machine, alone.options());
  auto bad_conv = conv();
  bad_conv.acc_base = 1;
  auto bad_requant = requant();
  bad_requant.last_lanes = 100;
  contract::Send to_nobody = {}, outside = {};
  to_nobody.chip = 5;
  outside.remote_base = 0xfffff0;
  auto far_conv = conv();
  far_conv.in_base = 0x800000;
  auto far_weights = conv();
  far_weights.weight_base = 0x800000;
  contract::Move far_move;
  far_move.in_base = 0x800000;
  contract::Move far_write;
  far_write.out_base = 0x800000;
  auto far_records = requant();
  far_records.param_base = 0x800000;
  contract::Send far_send;
  far_send.local_base = 0x800000;
  auto odd_load = load(0x1000, 2, 4);
  odd_load.space = 1;
  auto odd_store = store(0x1000, 2, 4);
  odd_store.space = 1;
  auto unequal = load(0x1000, 0, 4);
  unequal.dram_run = 5;
  auto far_sums = store(0x1000, 0x800000, 4);
  far_sums.space = 1;
  contract::Pool no_tap;
  no_tap.channels = 4, no_tap.kernel_x = no_tap.kernel_y = 1, no_tap.out_h = no_tap.out_w = 1, no_tap.in_rows = 1, no_tap.in_cols = 1, no_tap.y_start = 5;
  contract::Add bad_shift;
  bad_shift.a_shift = 40;
  contract::Mul bad_mul;
  bad_mul.out_shift = 31;
  contract::Lookup odd_table;
  odd_table.table_base = 2;
  const std::vector<std::tuple<Error, Queue, Command>> cases = {
      {Error::bad_field, Queue::array, bad_conv.encode()},       {Error::bad_field, Queue::post, bad_requant.encode()},
      {Error::bad_field, Queue::network, to_nobody.encode()},    {Error::remote_access, Queue::network, outside.encode()},
      {Error::address_range, Queue::array, far_conv.encode()},   {Error::address_range, Queue::array, far_weights.encode()},
      {Error::address_range, Queue::post, far_move.encode()},    {Error::address_range, Queue::post, far_write.encode()},
      {Error::address_range, Queue::post, far_records.encode()}, {Error::address_range, Queue::network, far_send.encode()},
      {Error::bad_field, Queue::load, odd_load.encode()},        {Error::bad_field, Queue::store, odd_store.encode()},
      {Error::walk_mismatch, Queue::load, unequal.encode()},     {Error::address_range, Queue::store, far_sums.encode()},
      {Error::bad_field, Queue::post, no_tap.encode()},          {Error::bad_field, Queue::post, bad_shift.encode()},
      {Error::bad_field, Queue::post, bad_mul.encode()},         {Error::bad_field, Queue::post, odd_table.encode()},
  };
  for (std::size_t i = 0; i < cases.size(); i++) {
    const auto& [error, queue, command] = cases[i];
    CAPTURE(i);
    expect_error(b, {command}, error, queue);
    soft_reset(b);
  }

  // One token too many: by each queue, by the tiles of array, post and store, by a message.
  const auto full = Slot::on(12);
  std::vector<std::pair<Queue, Command>> givers;
  for (unsigned q = 0; q < 5; q++) {
    auto n = nop(q);
    n.slots.signal0 = full;
    givers.emplace_back(n.queue, n.encode());
  }
  auto tiles = conv();
  tiles.slots.tile_signal = full;
  givers.emplace_back(Queue::array, tiles.encode());
  auto left = requant();
  left.slots.tile_signal = full;
  givers.emplace_back(Queue::post, left.encode());
  auto read = store(0x1000, 0, 16);
  read.slots.tile_signal = full;
  givers.emplace_back(Queue::store, read.encode());
  contract::SignalRemote signal;
  signal.remote_signal = full.code;
  givers.emplace_back(Queue::network, signal.encode());
  for (std::size_t i = 0; i < givers.size(); i++) {
    CAPTURE(i);
    b.set(reg::SEMAPHORE, 12 << 8 | 255);
    expect_error(b, {givers[i].second}, Error::semaphore_overflow, givers[i].first);
    soft_reset(b);
  }
  expect_works(b, random);
}

TEST_CASE("a memory that answers with errors: commands, loads, stores, records, messages") {
  std::mt19937 random(seed());
  constexpr std::uint64_t bad = 0x70'0000'0000, end = 0x71'0000'0000;
  Alone alone;
  auto options = alone.options();
  options.refused_from = bad, options.refused_to = end;
  Bench b(machine, options);
  expect_error(b, {load(bad + 100, 0, 500).encode()}, Error::bus, Queue::load);
  soft_reset(b);
  expect_error(b, {store(bad + 100, 0, 500).encode()}, Error::bus, Queue::store);
  soft_reset(b);
  contract::Send send;
  send.remote_space = 2, send.remote_base = bad, send.local_run = send.remote_run = 16;
  expect_error(b, {send.encode()}, Error::bus, Queue::network);
  soft_reset(b);
  b.set(reg::MARK_HI, bad >> 32);
  b.issue({mark(Queue::post, 1, false).encode()});
  REQUIRE(b.wait());
  CHECK(b.acknowledge() == 2);
  CHECK(b.get(reg::ERROR_CODE) == static_cast<std::uint32_t>(Error::bus));
  soft_reset(b);
  b.set(reg::RING_HI, bad >> 32);
  b.leaves_work = true;
  b.set(reg::DOORBELL, 1);
  REQUIRE(b.wait());
  CHECK(b.acknowledge() == 2);
  CHECK(b.get(reg::ERROR_CODE) == static_cast<std::uint32_t>(Error::bus));
  soft_reset(b);
  expect_works(b, random);
}

TEST_CASE("queues fill and wait: for tokens of the host, of other chips, for room") {
  std::mt19937 random(seed());
  Bench b(machine);
  for (unsigned q = 0; q < 5; q++) {
    auto waits = nop(q);
    waits.slots.wait0 = Slot::on(1), waits.slots.wait1 = Slot::on(2), waits.slots.wait2 = Slot::on(3);
    waits.slots.signal0 = Slot::on(4), waits.slots.signal1 = Slot::on(4), waits.slots.signal2 = Slot::on(4);
    auto last = nop(q);
    last.slots.wait2 = Slot::on(4), last.slots.signal2 = Slot::on(5);
    std::vector<Command> commands(30, last.encode());
    commands.insert(commands.begin(), waits.encode());
    commands.push_back(mark(static_cast<Queue>(q), 1, true).encode());
    b.issue(commands);
    b.chip->step(1500);
    b.set(reg::CONTROL, 0);
    b.chip->step(100);
    b.set(reg::CONTROL, 1);
    for (unsigned s : {1u, 2u, 3u}) b.set(reg::SEMAPHORE, s << 8 | 1), b.chip->step(50);
    b.set(reg::SEMAPHORE, 4 << 8 | 200);
    REQUIRE(b.wait());
    b.acknowledge();
    // A token of another chip does not come: not the watchdog's patience counts, but the longer one.
    b.set(reg::REMOTE, 1u << 9);
    b.set(reg::WATCHDOG, 300), b.set(reg::WATCHDOG_REMOTE, 2000);
    auto far = nop(q);
    far.slots.wait0 = Slot::on(9);
    expect_error(b, {far.encode()}, Error::remote_wait, static_cast<Queue>(q));
    b.set(reg::REMOTE, 0);
    b.set(reg::WATCHDOG, 0), b.set(reg::WATCHDOG_REMOTE, 100000);
    soft_reset(b);
  }
  // Two queues want one token, two get one each, two give one in the same cycle.
  auto first = nop(0), second = nop(1);
  first.slots.wait0 = second.slots.wait0 = Slot::on(6);
  first.slots.signal0 = second.slots.signal0 = Slot::on(7);
  for (unsigned tokens : {1u, 2u}) {
    b.issue({first.encode(), second.encode()});
    b.chip->step(1000);
    for (unsigned i = tokens; i <= 2; i++) b.set(reg::SEMAPHORE, 6 << 8 | tokens), b.chip->step(100);
  }
  first.slots.wait0 = Slot::on(10), second.slots.wait0 = Slot::on(11);
  auto both = nop(2);
  both.slots.signal0 = Slot::on(10), both.slots.signal1 = Slot::on(11);
  for (int i = 0; i < 8; i++) {
    b.issue(std::vector<Command>{first.encode(), second.encode(), both.encode()});
    b.chip->step(500);
  }
  // Paused while both tokens come: both are taken, and both give, in one cycle.
  b.set(reg::CONTROL, 0);
  b.set(reg::SEMAPHORE, 10 << 8), b.set(reg::SEMAPHORE, 11 << 8);
  b.set(reg::CONTROL, 1);
  b.issue(std::vector<Command>{first.encode(), second.encode()});
  b.chip->step(1000);
  b.set(reg::CONTROL, 0);
  b.set(reg::SEMAPHORE, 10 << 8 | 1), b.set(reg::SEMAPHORE, 11 << 8 | 1);
  b.set(reg::CONTROL, 1);
  b.chip->step(100);
  // Array and post unit take tile by tile of the same semaphore.
  b.set(reg::SEMAPHORE, 8);
  auto tiles = conv();
  auto left = requant();
  tiles.slots.tile_wait = left.slots.tile_wait = Slot::on(0);
  b.issue({tiles.encode(), left.encode()});
  b.chip->step(2000);
  soft_reset(b);
  // Marks of all queues at once, behind a slow memory.
  std::vector<Command> marks;
  for (int i = 0; i < 10; i++)
    for (unsigned q = 0; q < 5; q++) marks.push_back(mark(static_cast<Queue>(q), q, true).encode());
  b.set(reg::IRQ_ENABLE, 0);
  b.issue(marks);
  b.chip->step(30000);
  soft_reset(b);
  expect_works(b, random);
}

TEST_CASE("all engines at once, each in its own part of the memories, over a fast memory, a slow one, and with stalls") {
  std::mt19937 random(seed());
  for (const unsigned latency : {1u, 7u, 100u}) {
    Alone alone;
    auto options = alone.options();
    options.dram.latency = latency, options.dram.bytes_per_cycle = latency == 100 ? 3 : 0;
    options.stalls = latency == 7 ? 0.3 : 0;
    Bench b(machine, options);
    const auto data = random_bytes(random, 4096);
    for (int round = 0; round < 6; round++) {
      std::vector<Command> commands;
      b.poke(0x10000, data);
      commands.push_back(load(0x10000, 0, 4096).encode());          // bank 0
      auto fence = nop(0);
      for (unsigned q = 1; q < 5; q++) (q == 1 ? fence.slots.signal0 : q == 2 ? fence.slots.signal1 : fence.slots.signal2) = Slot::on(20);
      commands.push_back(mark(Queue::load, 0, true).encode());
      b.run(commands);
      b.mark();
      commands.clear();
      for (int i = 0; i < 8; i++) {
        auto c = conv();
        c.out_w = 16, c.out_h = 16, c.x_step = 1, c.y_step = 5, c.in_rows = 500, c.row_bytes = 500, c.acc_base = 512, c.weight_base = static_cast<std::uint32_t>(round) * 4096;
        // On odd rounds array and post take the same tokens, of which there are enough.
        const unsigned to_post = 16, to_array = round % 2 ? 16 : 17;
        c.slots.tile_signal = Slot::on(to_post), c.slots.tile_wait = Slot::on(to_array);
        if (i == 0) b.set(reg::SEMAPHORE, 17 << 8 | 1), b.set(reg::SEMAPHORE, 16 << 8 | (round % 2 ? 4 : 0));
        commands.push_back(c.encode());
        auto r = requant();
        r.out_w = 16, r.out_h = 16, r.acc_base = 512, r.out_base = 24576, r.param_base = 2048, r.pix_step = 4, r.row_step = 64;
        r.slots.tile_wait = Slot::on(to_post), r.slots.tile_signal = Slot::on(to_array);
        commands.push_back(r.encode());
        contract::Move move;
        move.in_base = 1, move.out_base = 28672, move.run = 1000;
        commands.push_back(move.encode());
        auto in = load(0x20000 + random() % 64, 8192 + random() % 64, 900);
        commands.push_back(in.encode());
        in = load(0x20000, 0, 1024), in.space = 1, in.add = 1;
        commands.push_back(in.encode());
        in = load(0x20000, 8192, 800), in.add = 1;
        commands.push_back(in.encode());
        auto out = store(0x30000 + random() % 64, random() % 64, 900);
        commands.push_back(out.encode());
        out = store(0x34000, 4096, 1000), out.space = 1;
        commands.push_back(out.encode());
        for (const std::uint32_t space : {0u, 1u, 2u}) {
          contract::Send send;
          send.local_base = 16 + 4 * i, send.local_run = send.remote_run = 600, send.remote_space = space, send.remote_base = space == 2 ? 0x40000 : space == 1 ? 2048 : 16384;
          send.remote_signal = space == 2 ? Slot::on(21).code : 0;
          commands.push_back(send.encode());
          if (space == 2) continue;
          contract::SendAdd add;
          add.local_base = 0, add.space = 1 - space, add.local_run = add.remote_run = 400, add.remote_space = space, add.remote_base = space == 1 ? 2048 : 20480;
          commands.push_back(add.encode());
        }
        for (unsigned q = 0; q < 5; q++)
          if (i % 3 == 0) commands.push_back(mark(static_cast<Queue>(q), 3, false).encode());
      }
      commands.push_back(mark(Queue::post, 9, false).encode());
      auto arrived = mark(Queue::store, 10, true);
      arrived.slots.wait0 = Slot::on(21), arrived.slots.wait1 = Slot::on(21);
      commands.push_back(arrived.encode());
      b.issue(commands);
      REQUIRE(b.wait(2'000'000));
      b.acknowledge();
      b.chip->step(20000);
      CHECK(b.get(reg::ERROR_CODE) == 0);
      b.set(reg::SEMAPHORE, 21 << 8), b.set(reg::SEMAPHORE, 17 << 8);
      CHECK(b.peek(0x40000, 600) == std::vector<std::uint8_t>(data.begin() + 44, data.begin() + 644));
      soft_reset(b);
    }
    expect_works(b, random);
  }
}

TEST_CASE("commands with fields of any value end in an error or go on until a reset, after which the chip works") {
  std::mt19937 random(seed());
  Alone alone;
  Bench b(machine, alone.options());
  const auto any = [&](auto c) {
    Command bits;
    for (auto& word : bits.words) word = random();
    c = decltype(c)::decode(bits);
    c.queue = decltype(c){}.queue;
    c.slots.tile_wait = c.slots.tile_signal = {};
    return c;
  };
  const auto some = [](auto& value) { value = value ? value : 1; };
  for (int round = 0; round < 600; round++) {
    CAPTURE(round);
    std::vector<Command> commands;
    const auto counts = [&](auto& c) { some(c.local_run), some(c.local_count0), some(c.local_count1), some(c.local_count2), c.space &= 1; };
    const auto dram = [&](auto& c) { some(c.dram_run), some(c.dram_count0), some(c.dram_count1), some(c.dram_count2); };
    auto l = any(contract::Load{});
    counts(l), dram(l);
    auto s = any(contract::Store{});
    s.queue = Queue::store, counts(s), dram(s);
    auto f = any(contract::Fill{});
    counts(f);
    auto send = any(contract::Send{});
    counts(send), some(send.remote_run), some(send.remote_count0), some(send.remote_count1), some(send.remote_count2), send.remote_space %= 3, send.chip &= round & 1 ? 0 : 63;
    auto c = any(contract::Conv{});
    some(c.kernel_y), some(c.kernel_x), some(c.run_bytes), some(c.tiles), some(c.out_w), some(c.out_h);
    c.activation_type = c.weight_type = c.sparse = c.weight_layout = 0, c.out_w &= 31, c.out_h &= 31, some(c.out_w), some(c.out_h), c.acc_base &= 0x300;
    auto d = any(contract::Depthwise{});
    some(d.blocks), some(d.channels), some(d.tiles), some(d.out_w), some(d.out_h);
    d.rows = d.rows % 4 + 1, d.kernel_w = d.rows == 1 ? d.kernel_w % 4 + 1 : 1, d.stride_x = d.stride_x % 4 + 1, d.stride_y = d.stride_y % 4 + 1;
    d.phases_x = d.phases_x % 4 + 1, d.phases_y = d.phases_y % 4 + 1, d.activation_type = d.weight_type = d.sparse = d.weight_layout = 0;
    d.out_w = d.out_w % 32 + 1, d.out_h = d.out_h % 32 + 1, d.stream_w = d.stream_w % 200 + 32, d.acc_base &= 0x300;
    auto r = any(contract::Requant{});
    some(r.tiles), r.out_w = r.out_w % 32 + 1, r.out_h = r.out_h % 32 + 1, r.rounding = r.out_type = r.scalar = r.reduce = 0, r.last_lanes = r.last_lanes % b.word + 1;
    r.acc_base &= 0x300, r.param_base &= ~3u;
    auto a = any(contract::Add{});
    some(a.run), some(a.count), a.a_shift &= 31, a.b_shift &= 31, a.out_shift &= 31;
    auto m = any(contract::Mul{});
    some(m.run), some(m.count), m.out_shift %= 30;
    auto p = any(contract::Pool{});
    p.mode %= 3, some(p.out_h), some(p.out_w), some(p.channels), some(p.kernel_y), some(p.kernel_x), p.shift %= 30;
    auto look = any(contract::Lookup{});
    some(look.run), some(look.count), look.table_base &= ~3u;
    auto v = any(contract::Move{});
    some(v.run), some(v.count0), some(v.count1), some(v.count2), some(v.count3);
    if (round % 2) {   // where the scratchpad is, as far as it goes
      for (std::uint32_t* base : {&l.local_base, &s.local_base, &f.local_base, &send.local_base, &c.weight_base, &d.weight_base, &r.param_base, &r.out_base, &a.a_base, &a.b_base,
                                  &a.out_base, &m.a_base, &m.b_base, &m.out_base, &p.in_base, &p.out_base, &look.in_base, &look.table_base, &look.out_base, &v.in_base, &v.out_base})
        *base &= 0x7ffc;
      l.local_run &= 0xff, s.local_run &= 0xff, send.local_run &= 0xff, some(l.local_run), some(s.local_run), some(send.local_run);
    }
    const std::vector<Command> loads = {l.encode(), f.encode()}, arrays = {c.encode(), d.encode()},
                               posts = {r.encode(), a.encode(), m.encode(), p.encode(), look.encode(), v.encode()};
    const unsigned which = static_cast<unsigned>(round);
    const std::vector<Command> all = {loads[which % 2], arrays[which / 2 % 2], posts[which % 6], s.encode(), send.encode()};
    // Rings anywhere, tokens for every wait, one command by itself now and then, a record of any tag behind it.
    b.leaves_work = true;
    b.set(reg::CONTROL, 0);
    const std::uint64_t ring = (std::uint64_t{random()} << 32 | random()) & 0xff'ffff'f000;
    b.set(reg::RING_LO, static_cast<std::uint32_t>(ring)), b.set(reg::RING_HI, static_cast<std::uint32_t>(ring >> 32));
    b.set(reg::MARK_LO, random() & ~127u), b.set(reg::MARK_HI, random() & 0xff);
    for (unsigned i = 0; i < 32; i++) b.set(reg::SEMAPHORE, i << 8 | 100);
    std::uint32_t n = 0;
    const auto put = [&](const Command& command) { b.chip->memory().write(ring + 64 * n++, command.words.data(), 64); };
    for (unsigned q = 0; q < 5; q++) {
      const auto m = mark(static_cast<Queue>(q), static_cast<std::uint32_t>(random()), false);
      if (round % 5 != 0 || q == which / 5 % 5) put(m.encode()), put(all[q]);
    }
    b.set(reg::CONTROL, 1);
    b.set(reg::DOORBELL, n);
    b.chip->step(100 + random() % 900);
    soft_reset(b);
    if (round % 25 == 24) expect_works(b, random);
  }
}

TEST_CASE("registers hold what is written, whatever it is, and a reset brings the first values back") {
  std::mt19937 random(seed());
  Bench b(machine);
  b.set(reg::CONTROL, 0);
  const std::pair<std::uint32_t, std::uint32_t> writable[] = {
      {reg::RING_LO, ~0u}, {reg::RING_HI, 0xff}, {reg::RING_SIZE, ~0u}, {reg::MARK_LO, ~0u}, {reg::MARK_HI, 0xff}, {reg::MARK_SIZE, ~0u},
      {reg::WATCHDOG, ~0u}, {reg::WATCHDOG_REMOTE, ~0u}, {reg::NODE, 0x7f3f}, {reg::REMOTE, ~0u}, {reg::IRQ_ENABLE, 3}};
  for (int round = 0; round < 40; round++)
    for (const auto& [offset, bits] : writable) {
      const std::uint32_t value = round == 0 ? ~0u : round == 1 ? 0 : static_cast<std::uint32_t>(random());
      b.set(offset, value);
      CHECK(b.get(offset) == (value & bits));
    }
  for (unsigned i = 0; i < 32; i++)
    for (const std::uint32_t value : {255u, 0u, 170u, 0u}) {
      b.set(reg::SEMAPHORE, i << 8 | value);
      CHECK(b.get(reg::SEMAPHORE) == value);
    }
  // Every offset answers, and what is not in the table with an error; read-only registers stay.
  for (std::uint32_t offset = 0; offset < 0x1000; offset += offset < 0x200 ? 1 : 61) {
    if (offset >= reg::CONTROL && offset < reg::CONTROL + 4) continue;
    const auto before = b.chip->read_register(offset);
    const auto written = b.chip->write_register(offset, static_cast<std::uint32_t>(random()));
    CHECK(before.ok == written.ok);
  }
  for (int i = 0; i < 20; i++) b.set(reg::DOORBELL, static_cast<std::uint32_t>(random()));   // not run
  b.chip->reset();
  CHECK(b.get(reg::NODE) == 0x100);
  CHECK(b.get(reg::WATCHDOG) == 1000000);
  b.configure();
  expect_works(b, random);
}

TEST_CASE("resets at rest, at work, with bursts under way, with a message that waits, after an error, and a chip that sleeps") {
  std::mt19937 random(seed());
  Bench b(machine);
  soft_reset(b);
  b.chip->step(20000);   // asleep
  auto waits = nop(2);
  waits.slots.wait0 = Slot::on(1);
  b.issue({waits.encode()});
  b.chip->step(20000);   // asleep with work
  soft_reset(b);
  b.issue({load(0x1000, 0, 4096).encode(), store(0x8000, 4096, 4096).encode()});
  b.chip->step(250);
  soft_reset(b);
  b.set(reg::NODE, 2 << 8);   // what goes to the other chip is lost, and no credit comes
  contract::SignalRemote signal;
  signal.chip = 1, signal.remote_signal = Slot::on(1).code;
  b.issue(std::vector<Command>(12, signal.encode()));
  b.chip->step(1000);
  soft_reset(b);
  b.chip->reset();
  b.configure();
  expect_works(b, random);
}
