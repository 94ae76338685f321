// SPDX-License-Identifier: Apache-2.0
// STORE: a local space to DRAM, in two units: the source is read, then the bytes arrive.
#include <algorithm>
#include <utility>
#include <vector>

#include "executions.hpp"
#include "strided_walk.hpp"

namespace twill::functional {
namespace {

class StoreExecution : public Execution {
 public:
  StoreExecution(State& state, memory::SparseMemory& dram, const contract::Store& store) : state_(state), dram_(dram), c_(store) {}

  Progress step() override {
    Progress progress;
    if (!read_) {
      read_source();
      progress.tile_left = read_ = true;
    } else {
      write();
      progress.complete = progress.finished = true;
    }
    return progress;
  }

 private:
  void read_source() {
    const LocalSpace local(state_, c_.space);
    const WalkShape from = local_side(c_);
    from.require_inside(local.bytes, local.name);
    for (StridedWalk walk(from); !walk.done(); walk.advance(walk.contiguous()))
      bytes_.insert(bytes_.end(), local.data + walk.address(), local.data + walk.address() + walk.contiguous());
  }

  void write() {
    const std::uint8_t* from = bytes_.data();
    for (StridedWalk walk(dram_side(c_)); !walk.done(); walk.advance(c_.dram_run), from += c_.dram_run)
      write_dram(dram_, walk.address(), from, c_.dram_run);
    state_.work.stored += static_cast<std::uint32_t>(bytes_.size());
  }

  State& state_;
  memory::SparseMemory& dram_;
  contract::Store c_;
  std::vector<std::uint8_t> bytes_;
  bool read_ = false;
};

}  // namespace

std::unique_ptr<Execution> start_store(State& state, memory::SparseMemory& dram, const contract::Store& store) {
  return std::make_unique<StoreExecution>(state, dram, store);
}

void execute_store(State& state, memory::SparseMemory& dram, const contract::Store& store) { run(*start_store(state, dram, store)); }

}  // namespace twill::functional
