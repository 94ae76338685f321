// SPDX-License-Identifier: Apache-2.0
#include "twill/functional/execute.hpp"

#include <functional>
#include <stdexcept>
#include <utility>

#include "executions.hpp"

namespace twill::functional {
namespace {

/// A command that takes effect as a whole.
class SingleUnit : public Execution {
 public:
  explicit SingleUnit(std::function<void()> effect) : effect_(std::move(effect)) {}

  Progress step() override {
    effect_();
    Progress progress;
    progress.complete = progress.finished = true;
    return progress;
  }

 private:
  std::function<void()> effect_;
};

template <typename Command>
std::unique_ptr<Execution> single(const contract::Command& command, State& state, void (*execute_it)(State&, const Command&)) {
  return std::make_unique<SingleUnit>([&state, decoded = Command::decode(command), execute_it] { execute_it(state, decoded); });
}

}  // namespace

std::unique_ptr<Execution> start(const contract::Command& command, State& state, memory::SparseMemory& dram) {
  switch (static_cast<contract::Opcode>(command.words[0] & 0xff)) {
    case contract::Opcode::load:
      return std::make_unique<SingleUnit>([&state, &dram, load = contract::Load::decode(command)] { execute_load(state, dram, load); });
    case contract::Opcode::store: return start_store(state, dram, contract::Store::decode(command));
    case contract::Opcode::conv: return start_conv(state, contract::Conv::decode(command));
    case contract::Opcode::depthwise: return start_depthwise(state, contract::Depthwise::decode(command));
    case contract::Opcode::requant: return start_requant(state, contract::Requant::decode(command));
    case contract::Opcode::fill: return single(command, state, execute_fill);
    case contract::Opcode::add: return single(command, state, execute_add);
    case contract::Opcode::mul: return single(command, state, execute_mul);
    case contract::Opcode::pool: return single(command, state, execute_pool);
    case contract::Opcode::lookup: return single(command, state, execute_lookup);
    case contract::Opcode::move: return single(command, state, execute_move);
    default: throw std::logic_error("no engine executes opcode " + std::to_string(command.words[0] & 0xff));
  }
}

void execute(const contract::Command& command, State& state, memory::SparseMemory& dram) { run(*start(command, state, dram)); }

}  // namespace twill::functional
