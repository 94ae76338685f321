// SPDX-License-Identifier: Apache-2.0
#include "emit.hpp"

#include "stream.hpp"

namespace twill::collective {
namespace {

using contract::Slot;
using contract::Space;
using mapper::Range;
using mapper::Stream;

constexpr std::size_t waits_of_a_send = 2;  // leaves a slot to the stream
constexpr std::size_t waits_of_a_nop = 3;
constexpr std::uint32_t longest_move = 32768;

class Emitter {
 public:
  Emitter(const Flow& flow, unsigned rank, Space space, const Staging& staging, Stream& stream, int label)
      : flow_(flow), rank_(rank), space_(space), staging_(staging), stream_(stream), label_(label) {}

  void emit(const Step& step) {
    switch (step.kind) {
      case Step::Kind::load: return load(step);
      case Step::Kind::store: return store(step);
      case Step::Kind::grant: return grant(step);
      case Step::Kind::send: return send(step);
      case Step::Kind::wait: take(step.waits, 0); return;
      case Step::Kind::copy: return copy(step);
    }
  }

 private:
  const Cell& cell(int c) const { return flow_.cells()[static_cast<std::size_t>(c)]; }
  Space space_of(int c) const { return flow_.staged(c) ? Space::scratchpad : space_; }
  std::uint64_t address_of(int c) const {
    return flow_.staged(c) ? staging_.address + staging_.slot_bytes * static_cast<std::uint64_t>(flow_.slot(c)) : cell(c).address;
  }
  Range range_of(int c) const {
    return space_of(c) == Space::dram ? Range::dram(address_of(c), cell(c).bytes) : Range::sp(address_of(c), cell(c).bytes);
  }

  /// NOPs take all waits but the last `leave`; what those bring is written then.
  std::size_t take(const std::vector<Wait>& waits, std::size_t leave) {
    std::size_t i = 0;
    while (waits.size() - i > leave) {
      contract::Nop nop;
      nop.queue = contract::Queue::network;
      std::vector<Range> writes;
      std::size_t room = waits_of_a_nop;
      for (Slot* slot : {&nop.slots.wait0, &nop.slots.wait1, &nop.slots.wait2}) {
        if (waits.size() - i <= leave || room == 0) break;
        *slot = Slot::on(waits[i].semaphore);
        for (const int c : waits[i].cells) writes.push_back(range_of(c));
        ++i;
        --room;
      }
      stream_.emit(nop, {}, writes, label_);
    }
    return i;
  }

  template <class C>
  void add_waits(C& command, const std::vector<Wait>& waits, std::vector<Range>& writes) {
    std::size_t i = take(waits, waits_of_a_send);
    for (Slot* slot : {&command.slots.wait0, &command.slots.wait1}) {
      if (i == waits.size()) break;
      *slot = Slot::on(waits[i].semaphore);
      for (const int c : waits[i].cells) writes.push_back(range_of(c));
      ++i;
    }
  }

  void load(const Step& step) {
    const Cell& c = cell(step.cell);
    contract::Load load;
    load.dram_base = c.address;
    load.local_base = static_cast<std::uint32_t>(address_of(step.cell));
    load.local_run = load.dram_run = static_cast<std::uint32_t>(c.bytes);
    stream_.emit(load, {Range::dram(c.address, c.bytes)}, {range_of(step.cell)}, label_);
  }

  void store(const Step& step) {
    const Cell& to = cell(step.to);
    contract::Store store;
    store.dram_base = to.address;
    store.local_base = static_cast<std::uint32_t>(address_of(step.cell));
    store.local_run = store.dram_run = static_cast<std::uint32_t>(to.bytes);
    stream_.emit(store, {range_of(step.cell)}, {Range::dram(to.address, to.bytes)}, label_);
  }

  void grant(const Step& step) {
    contract::SignalRemote signal;
    signal.chip = step.chip;
    signal.remote_signal = Slot::on(static_cast<unsigned>(step.signal)).code;
    std::vector<Range> writes;
    if (step.cell >= 0) writes.push_back(range_of(step.cell));
    if (step.all_homes)
      for (const int c : flow_.written(rank_)) writes.push_back(range_of(c));
    add_waits(signal, step.waits, writes);
    stream_.emit(signal, {}, writes, label_);
  }

  void send(const Step& step) {
    contract::Send send;
    send.chip = step.chip;
    send.remote_space = static_cast<std::uint32_t>(space_of(step.to));
    send.remote_base = address_of(step.to);
    send.local_base = static_cast<std::uint32_t>(address_of(step.cell));
    send.local_run = send.remote_run = static_cast<std::uint32_t>(cell(step.cell).bytes);
    if (step.signal >= 0) send.remote_signal = Slot::on(static_cast<unsigned>(step.signal)).code;
    std::vector<Range> writes;
    add_waits(send, step.waits, writes);
    if (step.add) {
      contract::SendAdd sum;
      sum.slots = send.slots;
      sum.chip = send.chip;
      sum.remote_space = send.remote_space;
      sum.remote_base = send.remote_base;
      sum.local_base = send.local_base;
      sum.local_run = sum.remote_run = send.local_run;
      sum.remote_signal = send.remote_signal;
      stream_.emit(sum, {range_of(step.cell)}, writes, label_);
    } else {
      stream_.emit(send, {range_of(step.cell)}, writes, label_);
    }
  }

  void copy(const Step& step) {
    const std::uint64_t bytes = cell(step.cell).bytes;
    for (std::uint64_t done = 0; done < bytes; done += longest_move) {
      contract::Move move;
      move.in_base = static_cast<std::uint32_t>(address_of(step.cell) + done);
      move.out_base = static_cast<std::uint32_t>(address_of(step.to) + done);
      move.run = static_cast<std::uint32_t>(std::min<std::uint64_t>(longest_move, bytes - done));
      stream_.emit(move, {Range::sp(move.in_base, move.run)}, {Range::sp(move.out_base, move.run)}, label_);
    }
  }

  const Flow& flow_;
  const unsigned rank_;
  const Space space_;
  const Staging staging_;
  Stream& stream_;
  const int label_;
};

}  // namespace

void emit(const Flow& flow, const std::vector<Step>& steps, unsigned rank, Space space, const Staging& staging, Stream& stream, int label) {
  Emitter emitter(flow, rank, space, staging, stream, label);
  for (const Step& step : steps) emitter.emit(step);
}

}  // namespace twill::collective
