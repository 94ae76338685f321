// SPDX-License-Identifier: Apache-2.0
// SEND, SEND_ADD, SIGNAL_REMOTE: a local space to a space of another chip, a unit at a time so that other queues run between.
#include <algorithm>

#include "executions.hpp"
#include "strided_walk.hpp"

namespace twill::functional {
namespace {

constexpr std::uint32_t unit_bytes = 2048;

WalkShape remote_side(const contract::Send& c) {
  return {static_cast<std::int64_t>(c.remote_base), c.remote_run, {c.remote_count0, c.remote_count1, c.remote_count2, 1}, {c.remote_stride0, c.remote_stride1, c.remote_stride2, 0}};
}

class SendExecution : public Execution {
 public:
  SendExecution(State& state, Network& network, unsigned node, const contract::Send& send, contract::Message message)
      : state_(state), network_(network), node_(node), c_(send), message_(message), from_(local_side(send)), to_(remote_side(send)) {}

  Progress step() override {
    const LocalSpace local(state_, c_.space);
    if (!begun_) local_side(c_).require_inside(local.bytes, local.name);
    begun_ = true;
    for (std::uint32_t moved = 0; moved < unit_bytes && !from_.done();) moved += send_piece(local);
    Progress progress;
    if (!from_.done()) return progress;
    const contract::Slot signal{c_.remote_signal};
    if (signal.enabled()) {
      ++state_.work.flits_sent;
      network_.signal(c_.chip, node_, signal.semaphore());
    }
    progress.complete = progress.finished = true;
    return progress;
  }

 private:
  std::uint32_t send_piece(const LocalSpace& local) {
    const std::uint64_t address = static_cast<std::uint64_t>(to_.address()) & (dram_bytes - 1);  // 40 bits are what a flit carries
    auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(std::min(from_.contiguous(), to_.contiguous()), dram_bytes - address));
    if (bytes > unit_bytes) bytes = unit_bytes - static_cast<std::uint32_t>(address % contract::flit_bytes);  // a unit ends with a flit
    const bool continues = to_.contiguous() < c_.remote_run && address % contract::flit_bytes != 0;
    const Parcel parcel{message_, node_, static_cast<contract::Space>(c_.remote_space), address, local.data + from_.address(), bytes, continues};
    state_.work.bytes_sent += bytes;
    state_.work.flits_sent += parcel.flits();
    network_.send(c_.chip, parcel);
    from_.advance(bytes);
    to_.advance(bytes);
    return bytes;
  }

  State& state_;
  Network& network_;
  const unsigned node_;
  contract::Send c_;
  contract::Message message_;
  StridedWalk from_, to_;
  bool begun_ = false;
};

class SignalExecution : public Execution {
 public:
  SignalExecution(State& state, Network& network, unsigned node, const contract::SignalRemote& c) : state_(state), network_(network), node_(node), c_(c) {}

  Progress step() override {
    ++state_.work.flits_sent;
    network_.signal(c_.chip, node_, contract::Slot{c_.remote_signal}.semaphore());
    Progress progress;
    progress.complete = progress.finished = true;
    return progress;
  }

 private:
  State& state_;
  Network& network_;
  const unsigned node_;
  contract::SignalRemote c_;
};

}  // namespace

std::unique_ptr<Execution> start_send(State& state, Network& network, unsigned node, const contract::Command& command) {
  const auto opcode = static_cast<contract::Opcode>(command.words[0] & 0xff);
  if (opcode == contract::Opcode::signal_remote) return std::make_unique<SignalExecution>(state, network, node, contract::SignalRemote::decode(command));
  // SEND_ADD has the fields of SEND in the same places.
  return std::make_unique<SendExecution>(state, network, node, contract::Send::decode(command),
                                         opcode == contract::Opcode::send_add ? contract::Message::add : contract::Message::write);
}

}  // namespace twill::functional
