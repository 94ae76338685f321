// SPDX-License-Identifier: Apache-2.0
// The functional chip as a device: a pipeline over all four engines under every schedule, the same with a dependency
// missing, marks, interrupts, registers, head-of-line blocking.
#include <algorithm>

#include "host.hpp"
#include "twill/configurations.hpp"
#include "twill/error.hpp"

using namespace test;
using contract::Queue;
using contract::Slot;

namespace {

// A job on `tiny`: images of 64 pixels of 4 channels, each through a 1 x 1 convolution and a requantization, with two input
// buffers, two output buffers and the four accumulator banks in turn.
constexpr int images = 12, image_bytes = 256;
constexpr std::uint64_t images_at = 0x1000, weights_at = 0x8000, results_at = 0x3'0000'ffff;
constexpr std::uint32_t in_at = 0x0000, weight_at = 0x1000, record_at = 0x1100, out_at = 0x2000;

/// The dependencies, each a semaphore; one can be left out.
enum Edge : unsigned { weights_there, records_there, input_full, input_free, sums_full, sums_free, output_full, output_free, edges };

struct Job {
  std::vector<std::int8_t> input, weights, records, expected;
};

Job make_job() {
  Random random(7);
  Job job;
  job.input = random.bytes(images * image_bytes);
  job.weights = random.bytes(16);
  job.records.assign(64, 0);
  for (std::size_t column = 0; column < 4; ++column) {
    const std::int32_t multiplier = 1 << 30;  // one half
    std::memcpy(&job.records[column * 16 + 4], &multiplier, 4);
    job.records[column * 16 + 8] = -7;
    job.records[column * 16 + 10] = -128;
    job.records[column * 16 + 11] = 127;
  }
  for (std::size_t pixel = 0; pixel < job.input.size(); pixel += 4)
    for (std::size_t column = 0; column < 4; ++column) {
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < 4; ++k) sum += job.input[pixel + k] * job.weights[k * 4 + column];
      const std::int32_t half = (sum + 1) >> 1, magnitude = (std::abs(half) + 64) / 128;
      job.expected.push_back(static_cast<std::int8_t>(std::clamp(half < 0 ? -magnitude : magnitude, -128, 127)));
    }
  return job;
}

std::vector<std::int8_t> run_job(Host& host, const Job& job, int missing, bool by_command_signal = false) {
  const auto on = [missing](Edge edge) { return static_cast<int>(edge) == missing ? Slot{} : Slot::on(edge); };
  host.semaphore(input_free, 2);
  host.semaphore(sums_free, 4);
  host.semaphore(output_free, 2);
  host.device->write_memory(images_at, job.input.data(), job.input.size());
  host.device->write_memory(weights_at, job.weights.data(), job.weights.size());
  host.device->write_memory(weights_at + 16, job.records.data(), job.records.size());

  // The small constants come behind the first image, so that who does not wait for them meets noise.
  for (int i = 0; i < images; ++i) {
    const auto buffer = static_cast<std::uint32_t>(i % 2) * image_bytes;
    contract::Load load;
    load.dram_base = images_at + static_cast<std::uint64_t>(i * image_bytes);
    load.local_base = in_at + buffer;
    load.local_run = load.dram_run = image_bytes;
    load.slots.wait0 = on(input_free);
    load.slots.signal0 = on(input_full);
    host.put(load);
    if (i == 0) {
      contract::Load constants;
      constants.dram_base = weights_at;
      constants.local_base = weight_at;
      constants.local_run = constants.dram_run = 16;
      constants.slots.signal0 = on(weights_there);
      host.put(constants);
      constants.dram_base = weights_at + 16;
      constants.local_base = record_at;
      constants.local_run = constants.dram_run = 64;
      constants.slots.signal0 = on(records_there);
      host.put(constants);
    }
    contract::Conv conv;
    conv.in_base = in_at + buffer;
    conv.weight_base = weight_at;
    conv.x_step = 4, conv.run_bytes = 4, conv.row_bytes = image_bytes, conv.in_rows = 1, conv.out_w = 64;
    conv.acc_base = static_cast<std::uint32_t>(i % 4) * 256;
    conv.slots.wait0 = on(input_full);
    if (i == 0) conv.slots.wait1 = on(weights_there);
    conv.slots.signal0 = on(input_free);
    conv.slots.tile_wait = on(sums_free);
    (by_command_signal ? conv.slots.signal1 : conv.slots.tile_signal) = on(sums_full);
    host.put(conv);

    contract::Requant requant;
    requant.out_base = out_at + buffer;
    requant.param_base = record_at;
    requant.pix_step = 4, requant.row_bytes = image_bytes, requant.out_w = 64, requant.last_lanes = 4;
    requant.keep_parameters = i > 0;
    requant.acc_base = conv.acc_base;
    requant.slots.wait0 = on(output_free);
    if (i == 0) requant.slots.wait1 = on(records_there);
    requant.slots.tile_wait = on(sums_full);
    requant.slots.tile_signal = on(sums_free);
    requant.slots.signal0 = on(output_full);
    host.put(requant);

    contract::Store store;
    store.dram_base = results_at + static_cast<std::uint64_t>(i * image_bytes);
    store.local_base = out_at + buffer;
    store.local_run = store.dram_run = image_bytes;
    store.slots.wait0 = on(output_full);
    store.slots.tile_signal = on(output_free);
    host.put(store);
  }
  host.mark(Queue::store, 0xabcd);
  std::vector<std::int8_t> result(job.expected.size());
  if (!host.run() || host.error() != 0) return {};
  host.device->read_memory(results_at, result.data(), result.size());
  return result;
}

std::vector<FunctionalOptions> every_schedule(int random_seeds) {
  std::vector<FunctionalOptions> all;
  for (const Schedule schedule : {Schedule::round_robin, Schedule::producers_first, Schedule::consumers_first}) {
    FunctionalOptions options;
    options.schedule = schedule;
    all.push_back(options);
  }
  for (int s = 0; s < random_seeds; ++s) {
    FunctionalOptions options;
    options.schedule = Schedule::random;
    options.seed = seed() * 1000 + static_cast<std::uint64_t>(s);
    all.push_back(options);
  }
  return all;
}

}  // namespace

TEST_CASE("a job with all its dependencies gives the same bytes under every schedule", "[device]") {
  const Job job = make_job();
  for (const FunctionalOptions& options : every_schedule(60)) {
    INFO("schedule " << static_cast<int>(options.schedule) << ", seed " << options.seed);
    Host host("tiny", options);
    REQUIRE(run_job(host, job, -1) == job.expected);
  }
}

TEST_CASE("a missing dependency shows under some schedule", "[device]") {
  const Job job = make_job();
  const auto missing = GENERATE(range(0, static_cast<int>(edges)));
  int wrong = 0;
  for (const FunctionalOptions& options : every_schedule(20)) {
    Host host("tiny", options);
    wrong += run_job(host, job, missing) != job.expected;
  }
  INFO("edge " << missing);
  CHECK(wrong > 0);
}

TEST_CASE("sums are there at the tile's signal, not at the command's", "[device]") {
  const Job job = make_job();
  int wrong = 0;
  for (const FunctionalOptions& options : every_schedule(5)) {
    Host host("tiny", options);
    wrong += run_job(host, job, -1, true) != job.expected;
  }
  CHECK(wrong > 0);
}

TEST_CASE("a bank is entered in the first pass of a tile and left in its last", "[device]") {
  // Two tiles of three banks each (600 words) in 2 x 3 passes.
  contract::Conv conv;
  conv.kernel_y = 2, conv.kernel_x = 1, conv.run_bytes = 9;
  conv.row_bytes = 9, conv.in_rows = 1;
  conv.out_w = 100, conv.out_h = 6, conv.tiles = 2;
  conv.slots.tile_wait = Slot::on(1);
  conv.slots.tile_signal = Slot::on(2);
  const auto left_with = [&conv](unsigned tokens) {
    Host host;
    host.semaphore(1, tokens);
    host.semaphore(2, 0);
    host.put(conv);
    host.mark(Queue::array);
    REQUIRE(host.run());
    return std::pair(host.error(), host.device->read_register(reg::SEMAPHORE));  // of semaphore 2
  };
  constexpr auto none = static_cast<std::uint32_t>(contract::Error::none), watchdog = static_cast<std::uint32_t>(contract::Error::watchdog);
  CHECK(left_with(6) == std::pair(none, 6u));
  CHECK(left_with(5) == std::pair(watchdog, 3u));
  CHECK(left_with(2) == std::pair(watchdog, 0u));  // nothing is left before the last pass, and that comes after the third bank
}

TEST_CASE("what a job did is in its mark", "[device]") {
  const Job job = make_job();
  Host host;
  REQUIRE(run_job(host, job, -1) == job.expected);
  const auto record = host.record(0);
  namespace word = contract::mark_word;
  CHECK(record[word::tag] == 0xabcd);
  CHECK(record[word::queue] == static_cast<std::uint32_t>(Queue::store));
  CHECK(record[word::loaded] == images * image_bytes + 16 + 64);
  CHECK(record[word::stored] == images * image_bytes);
  CHECK(record[word::operands] == images * 64);
  CHECK(record[word::weights] == images * 4);
  CHECK(record[word::results] == images * 64);
  CHECK(record[word::commands] == images * 4 + 2);
  CHECK(record[word::sequence] == 0);
  CHECK(record[word::magic] == 0x4b52414d);
  for (unsigned w = word::cycle; w < word::loaded; ++w) CHECK(record[w] == 0);  // untimed
  CHECK(host.device->read_register(reg::COUNTERS + (word::stored - 4) * 4) == images * image_bytes);
  CHECK(host.device->read_register(reg::MARK_COUNT) == 1);
}

TEST_CASE("marks come in order, only those that ask for it interrupt, the interrupt is cleared by writing 1", "[device]") {
  Host host;
  for (std::uint32_t tag = 0; tag < 20; ++tag) host.mark(Queue::network, 100 + tag, tag == 19);
  REQUIRE(host.run());
  CHECK(host.device->read_register(reg::IRQ_STATUS) == 1);
  CHECK(host.device->read_register(reg::MARK_COUNT) == 20);
  CHECK(host.record(19)[contract::mark_word::tag] == 119);
  CHECK(host.record(19)[contract::mark_word::sequence] == 19);
  CHECK(host.record(4)[contract::mark_word::tag] == 104);  // records 0 to 3 were overwritten: the ring has 16
  CHECK(host.record(3)[contract::mark_word::tag] == 119);
  host.device->write_register(reg::IRQ_STATUS, 1);
  CHECK(host.device->read_register(reg::IRQ_STATUS) == 0);
  CHECK_FALSE(host.device->wait_interrupt(1000));
  host.device->write_register(reg::IRQ_ENABLE, 2);
  host.mark(Queue::load);
  CHECK_FALSE(host.run());  // the line is off
  CHECK(host.device->read_register(reg::IRQ_STATUS) == 1);
}

TEST_CASE("a ring much shorter than the stream, and a doorbell that wraps", "[device]") {
  Host host;
  contract::Fill fill;
  for (int batch = 0; batch < 8; ++batch) {
    for (int i = 0; i < 100; ++i) {
      fill.value = static_cast<std::uint32_t>(batch);
      fill.local_base = static_cast<std::uint32_t>(i);
      host.put(fill);
    }
    host.mark(Queue::load, static_cast<std::uint32_t>(batch));
    REQUIRE(host.run());
    host.device->write_register(reg::IRQ_STATUS, 1);
    REQUIRE(host.device->read_register(reg::FETCHED) == host.index);
    REQUIRE(host.record(static_cast<std::uint32_t>(batch))[contract::mark_word::commands] == static_cast<std::uint32_t>(batch * 101 + 100));
  }
}

TEST_CASE("polling a register moves the chip, a stopped chip does not move", "[device]") {
  Host host;
  host.device->write_register(reg::CONTROL, 0);
  host.mark(Queue::post);
  host.ring();
  for (int i = 0; i < 100; ++i) CHECK(host.device->read_register(reg::MARK_COUNT) == 0);
  CHECK(host.device->read_register(reg::STATUS) == 1u << 9);
  CHECK_FALSE(host.device->wait_interrupt(100'000'000));
  CHECK(host.error() == 0);
  host.device->write_register(reg::CONTROL, 1);
  int polls = 0;
  while (host.device->read_register(reg::MARK_COUNT) == 0 && polls < 100) ++polls;
  CHECK(polls < 100);
  CHECK(host.device->read_register(reg::STATUS) == 0);
}

TEST_CASE("closed memory throws, the chip still reads it", "[device]") {
  Host host;
  host.mark(Queue::array, 5);
  host.device->close_memory(true);
  std::uint32_t word = 0;
  CHECK_THROWS_AS(host.device->read_memory(0, &word, 4), std::logic_error);
  CHECK_THROWS_AS(host.device->write_memory(0, &word, 4), std::logic_error);
  REQUIRE(host.run());
  host.device->close_memory(false);
  CHECK(host.record(0)[contract::mark_word::tag] == 5);
}

TEST_CASE("registers say which chip this is", "[device]") {
  for (const auto& m : contract::configurations) {
    auto device = make_functional_device(m.name);
    CHECK(device->kind() == "functional");
    CHECK(device->read_register(reg::ID) == 0x5457494c);
    CHECK(device->read_register(reg::VERSION) == contract::version);
    CHECK((device->read_register(reg::HASH_LO) | std::uint64_t{device->read_register(reg::HASH_HI)} << 32) == contract::hash);
    CHECK(device->read_register(reg::CAP_WORD) == m.word_bytes);
    CHECK(device->read_register(reg::CAP_SCRATCHPAD) == m.scratchpad_bytes);
    CHECK(device->read_register(reg::CAP_ACCUMULATOR) == m.accumulator_words);
    CHECK(device->read_register(reg::CAP_QUEUES) == contract::queue_depth);
    CHECK(device->read_register(reg::WATCHDOG) == 1000000);
    device->write_register(reg::ID, 0);
    CHECK(device->read_register(reg::ID) == 0x5457494c);
    CHECK_THROWS_AS(device->read_register(0x024), InputError);
    CHECK_THROWS_AS(device->write_register(0x170, 0), InputError);
    CHECK_THROWS_AS(device->read_register(0x102), InputError);
  }
  CHECK_THROWS_AS(make_functional_device("huge"), InputError);
}

TEST_CASE("semaphores are set and read through their register", "[device]") {
  Host host;
  host.semaphore(31, 255);
  host.semaphore(4, 17);
  CHECK(host.device->read_register(reg::SEMAPHORE) == 17);
  contract::Nop nop;
  nop.slots.wait0 = nop.slots.wait1 = nop.slots.wait2 = Slot::on(4);
  nop.slots.signal0 = Slot::on(4);
  host.put(nop);
  host.mark(Queue::load);
  REQUIRE(host.run());
  CHECK(host.device->read_register(reg::SEMAPHORE) == 15);
}

TEST_CASE("a full queue holds up the commands behind it", "[device]") {
  // n commands of the array wait for what a later command of the load queue signals: the queue holds queue_depth of them.
  const auto hangs = [](unsigned n) {
    Host host;
    contract::Nop waiting;
    waiting.queue = Queue::array;
    waiting.slots.wait0 = Slot::on(0);
    for (unsigned i = 0; i < n; ++i) host.put(waiting);
    contract::Nop giving;
    giving.slots.signal0 = giving.slots.signal1 = giving.slots.signal2 = Slot::on(0);
    for (unsigned i = 0; i < n; i += 3) host.put(giving);
    host.mark(Queue::array);
    REQUIRE(host.run());
    return host.error() == static_cast<std::uint32_t>(contract::Error::watchdog);
  };
  CHECK_FALSE(hangs(contract::queue_depth));
  CHECK(hangs(contract::queue_depth + 1));
}

TEST_CASE("a soft reset empties queues and semaphores and keeps the settings", "[device]") {
  Host host;
  host.semaphore(5, 9);
  contract::Nop waiting;
  waiting.slots.wait0 = Slot::on(6);
  host.put(waiting);
  host.ring();
  host.device->wait_interrupt(100);
  CHECK(host.device->read_register(reg::STATUS) == 1);
  host.device->write_register(reg::CONTROL, 3);
  CHECK(host.device->read_register(reg::STATUS) == 0);
  host.semaphore(6, 0);
  CHECK(host.device->read_register(reg::RING_SIZE) == Host::ring_size);
  CHECK(host.device->read_register(reg::CONTROL) == 1);
  waiting.slots.wait0 = Slot::on(5);
  host.index = 0;
  host.put(waiting);
  REQUIRE(host.run());  // the nine tokens are gone
  CHECK(host.error() == static_cast<std::uint32_t>(contract::Error::watchdog));
}

TEST_CASE("reset leaves the DRAM and nothing else", "[device]") {
  const Job job = make_job();
  Host host;
  REQUIRE(run_job(host, job, -1) == job.expected);
  host.device->reset();
  CHECK(host.device->read_register(reg::FETCHED) == 0);
  CHECK(host.device->read_register(reg::RING_SIZE) == 0);
  CHECK(host.device->read_register(reg::IRQ_STATUS) == 0);
  std::vector<std::int8_t> result(job.expected.size());
  host.device->read_memory(results_at, result.data(), result.size());
  CHECK(result == job.expected);
  host.index = 0;
  host.set_up();
  CHECK(run_job(host, job, -1) == job.expected);
}
