// SPDX-License-Identifier: Apache-2.0
#include "queue.hpp"

#include "executions.hpp"
#include "twill/functional/command_rules.hpp"

namespace twill::functional {
namespace {

contract::Opcode opcode(const contract::Command& command) { return static_cast<contract::Opcode>(command.words[0] & 0xff); }

bool has_engine(contract::Opcode code) { return code != contract::Opcode::nop && code != contract::Opcode::mark; }

}  // namespace

contract::Slot CommandQueue::waits_on() const {
  contract::Slot slot;
  if (running_) {
    if (execution_ && execution_->enters_tile() && !entered_) slot = contract::slots(current_.command).tile_wait;
  } else if (!waiting_.empty()) {
    const auto all = waits(contract::slots(waiting_.front().command));
    if (waits_taken_ < all.size()) slot = all[waits_taken_];
  }
  return inside_.semaphores.ready(slot) ? contract::Slot{} : slot;
}

bool CommandQueue::runnable() const { return !empty() && !waits_on().enabled(); }

void CommandQueue::advance() {
  if (running_) {
    run_unit();
    return;
  }
  const auto all = waits(contract::slots(waiting_.front().command));
  if (waits_taken_ < all.size()) {
    inside_.semaphores.take(all[waits_taken_++]);
  } else {
    begin();
  }
}

void CommandQueue::begin() {
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  waits_taken_ = 0;
  running_ = true;
  entered_ = false;
  execution_.reset();
  if (opcode(current_.command) >= contract::Opcode::send) {
    execution_ = start_send(inside_.state, inside_.network, inside_.node, current_.command);
  } else if (has_engine(opcode(current_.command))) {
    execution_ = start(current_.command, inside_.state, inside_.dram);
  }
}

void CommandQueue::run_unit() {
  if (!execution_) {
    if (opcode(current_.command) == contract::Opcode::mark) inside_.take_record(id_, contract::Mark::decode(current_.command));
    Progress all;
    all.complete = all.finished = true;
    finish(all);
  } else if (execution_->enters_tile() && !entered_) {
    inside_.semaphores.take(contract::slots(current_.command).tile_wait);
    entered_ = true;
  } else {
    const Progress progress = execution_->step();
    entered_ = false;
    finish(progress);
  }
}

void CommandQueue::finish(const Progress& progress) {
  const contract::Slots slots = contract::slots(current_.command);
  if (progress.tile_left) inside_.semaphores.give(slots.tile_signal);
  if (progress.complete) {
    for (const contract::Slot slot : signals(slots)) inside_.semaphores.give(slot);
    ++completed_;
  }
  if (progress.finished) running_ = false;
}

}  // namespace twill::functional
