// SPDX-License-Identifier: Apache-2.0
// The per-cycle loop around a Verilated twill_chip: a clock edge, a DRAM step, and nothing else.
#pragma once
#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <verilated.h>
#include <verilated_stall.hpp>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif

#include "ecc_memories.hpp"
#include "registers.hpp"
#include "twill/error.hpp"
#include "stalled_terminal.hpp"
#include "twill/protocol_error.hpp"
#include "twill/tb/chip.hpp"
#ifdef TWILL_COVERED
#include "coverage.hpp"
#endif

namespace twill::tb {

/// The clock falls. The chip has no register at this edge and no output that follows an input, so all there is to do is that the model sees
/// the next rising edge: with `OneEval`, and where Verilator keeps the clock's last value under the name known here, that is set, which saves an
/// eval of two.
template <class Model, bool OneEval, class = void>
struct Fall {
  static constexpr bool one_eval = false;
  static void clock(Model& model) {
    model.clk_i = 0;
    model.eval();
  }
};
#ifndef TWILL_CHECKED  // assertions see what is settled before the edge
template <class Model>
struct Fall<Model, true, std::void_t<decltype(std::declval<Model&>().rootp->__Vtrigrprev__TOP__clk_i)>> {
  static constexpr bool one_eval = true;
  static void clock(Model& model) { model.rootp->__Vtrigrprev__TOP__clk_i = 0; }
};
#endif

/// A model of its own in every chip, evaluated by whichever thread runs the chip. Unless told, Verilator starts threads for each, one a core
/// of the host, that never have anything to do and write a variable all contexts share.
struct Context : VerilatedContext {
  explicit Context(std::uint32_t initial_state) {
    threads(1);
    if (initial_state == 0) return;
#ifndef TWILL_CHECKED
    throw InputError("this chip starts with zeros: of the libraries only twill::rtl_device_checked has chips with an initial state");
#endif
    randReset(2);
    randSeed(static_cast<int>(initial_state));
  }
};

/// What holds back inside a chip with assertions; other chips have no place for it.
class RandomInnerStalls final : public InnerStalls {
 public:
  RandomInnerStalls(double share, std::uint64_t seed) : stalls_(share, seed) {}
  bool stalled() override { return stalls_.stalled(); }
  void reset() { stalls_.reset(); }

 private:
  memory::Stalls stalls_;
};

/// Model: a Verilated twill_chip. Its word is `Word` bytes. OneEval: one eval a cycle where it can be had, which nothing but the time of the host shows.
template <class Model, unsigned Word, bool OneEval>
class VerilatedChip final : public Chip {
 public:
  explicit VerilatedChip(const ChipOptions& options)
      : context_(options.initial_state),
        dram_(memory_, Word, options.dram, memory::Stalls(options.stalls, options.stall_seed)),
        fabric_(options.fabric),
        terminal_(options.fabric ? &options.fabric->terminal(options.node) : nullptr),
        node_(options.node),
        dead_from_(options.dead_from),
        wave_start_(options.wave_start),
        wave_stop_(options.wave_stop) {
    if (fabric_ && options.stalls > 0) {
      stalled_ = std::make_unique<StalledTerminal>(*terminal_, options.stalls, options.stall_seed + 1);
      terminal_ = stalled_.get();
    }
    if (options.stalls > 0 && options.inner_stalls) inner_stalls_ = std::make_unique<RandomInnerStalls>(options.stalls, options.stall_seed + 2);
    if (options.registers) registers_ = Registers(context_);
    if (!options.wave_file.empty()) open_wave(options.wave_file);
    may_sleep(options.sleep);
#ifndef TWILL_CHECKED
    if (options.dead_pins != 0) throw InputError("all pins of this chip answer: of the libraries only twill::rtl_device_checked has chips with dead ones");
#endif
    dram_.refuse(options.refused_from, options.refused_to);
    model_.clk_i = 0;
    model_.eval();
    reset();
    dead_pins_ = options.dead_pins;
#ifdef TWILL_COVERED
    coverage_starts(context_);
#endif
  }
  ~VerilatedChip() override {
#if VM_TRACE
    if (waves_) waves_->close();
#endif
    model_.final();
#ifdef TWILL_COVERED
    coverage_ends(context_);
#endif
    // A model signs its scopes off from its thread's context, which may be that of another chip.
    Verilated::threadContextp(&context_);
  }

  void step(std::uint64_t cycles) override {
    const std::uint64_t end = cycles_ + cycles;
    while (!flips_.empty() && flips_.front().cycle < end) {
      step_to(flips_.front().cycle);
      pay();
      flips_.front().bit.flip();
      flips_.pop_front();
    }
    step_to(end);
  }

  void flip(const Fault& fault) override { flips_.push_back({fault.cycle, ecc_memories().at(fault)}); }
  const std::vector<Register>& registers() const override { return registers_.list(); }
  void flip(std::size_t reg, std::uint32_t element, unsigned bit, std::uint64_t cycle) override {
    flips_.push_back({cycle, registers_.at(reg, element, bit)});
    sleep_ = false;
  }
  bool peek(std::size_t reg, std::uint32_t element, unsigned bit) const override { return registers_.at(reg, element, bit).is_set(); }

  void begin_read(std::uint32_t offset) override {
    pay();
    model_.s_axil_araddr = offset & 0xfff;
    model_.s_axil_arvalid = 1;
    model_.s_axil_rready = 1;
    access_ = {true, false, offset, 0};
  }

  void begin_write(std::uint32_t offset, std::uint32_t value) override {
    pay();
    model_.s_axil_awaddr = offset & 0xfff;
    model_.s_axil_wdata = value;
    model_.s_axil_wstrb = 0xf;
    model_.s_axil_awvalid = model_.s_axil_wvalid = 1;
    model_.s_axil_bready = 1;
    access_ = {true, true, offset, 0};
  }

  // The register port's outputs are registers, so what they are before the clock edge is what counts in the cycle.
  std::optional<Answer> step_access() override {
    if (!access_.busy) throw std::logic_error("no register access is under way");
    const bool in_table = access_.offset <= 0xfff;
    if (access_.write) {
      const bool address = model_.s_axil_awready, data = model_.s_axil_wready, answered = model_.s_axil_bvalid;
      const Answer answer{0, model_.s_axil_bresp == 0 && in_table};
      tick_once();
      if (address) model_.s_axil_awvalid = 0;
      if (data) model_.s_axil_wvalid = 0;
      if (answered) return finish(answer);
    } else {
      const bool accepted = model_.s_axil_arready, answered = model_.s_axil_rvalid;
      const Answer answer{model_.s_axil_rdata, model_.s_axil_rresp == 0 && in_table};
      tick_once();
      if (accepted) model_.s_axil_arvalid = 0;
      if (answered) return finish(answer);
    }
    if (++access_.cycles == transaction_cycles)
      throw ProtocolError(std::string("the chip did not answer the ") + (access_.write ? "write" : "read") + " of register " + std::to_string(access_.offset));
    return std::nullopt;
  }

  void reset() override {
    model_.s_axil_awvalid = model_.s_axil_wvalid = model_.s_axil_arvalid = model_.s_axil_bready = model_.s_axil_rready = 0;
    access_ = {};
    owed_ = 0;
    dead_pins_ = 0;
    flips_.clear();
    model_.net_rx_valid_i = model_.net_tx_credit_i = 0;
    if (stalled_) stalled_->reset();
    model_.elapsed_i = 1;
    model_.rst_ni = 0;
    memory_moves_ = true;
    for (int i = 0; i < 4; i++) {
      dram_.reset();
      tick_once();
    }
    dram_.reset();
    if (inner_stalls_) inner_stalls_->reset();
    memory_moves_ = true;
    model_.rst_ni = 1;
  }

  bool interrupt() const override { return model_.irq_o; }
  std::uint64_t cycles() const override { return cycles_; }
  std::uint64_t slept() const override { return slept_; }
  void may_sleep(bool sleep) override { sleep_ = sleep && !waves_open(); }
  bool asleep() const override {
    return sleep_ && model_.asleep_o && model_.rst_ni && !access_.busy && dram_.quiet() && (!fabric_ || network_idle());
  }
  memory::SparseMemory& memory() override { return memory_; }

  void wave(bool on) override {
    if (!waves_open()) throw InputError("no wave file is open: name one when the device is made, in a build of the trace preset (-DTWILL_TRACE=ON)");
    wave_start_ = on ? cycles_ : ~std::uint64_t{0};
    wave_stop_ = ~std::uint64_t{0};
  }

 private:
  struct Flip {
    std::uint64_t cycle;
    BitInMemory bit;
  };
  struct Pending {
    bool busy = false, write = false;
    std::uint32_t offset = 0;
    std::uint64_t cycles = 0;
  };

  Answer finish(const Answer& answer) {
    model_.s_axil_bready = model_.s_axil_rready = 0;
    access_.busy = false;
    return answer;
  }

  EccMemories ecc_memories() const { return {context_, "chip.twill_chip.u_scratchpad", "chip.twill_chip.u_accumulators", "chip.twill_chip.u_queues", Word}; }

  void step_to(std::uint64_t end) {
    if (waves_open()) {
      while (cycles_ < end) tick<true>();
    } else {
      while (cycles_ < end)
        if (!sleep_to(end)) tick<false>();
    }
  }

  void tick_once() {
    if (waves_open()) {
      tick<true>();
    } else {
      tick<false>();
    }
  }

  /// Whether there is something at all of these pins: in the shipped chip always, at no cost.
  bool alive([[maybe_unused]] unsigned pins) const {
#ifdef TWILL_CHECKED
    return (dead_pins_ & pins) == 0 || cycles_ < dead_from_;
#else
    return true;
#endif
  }

  void drive_memory_port() {
    const auto& out = dram_.outputs();
    model_.m_axi_arready = out.ar_ready && alive(dead_ar);
    model_.m_axi_awready = out.aw_ready && alive(dead_aw);
    model_.m_axi_wready = out.w_ready && alive(dead_w);
    model_.m_axi_rvalid = out.r_valid && alive(dead_r);
    model_.m_axi_bvalid = out.b_valid && alive(dead_b);
    model_.m_axi_bid = out.b_id;
    model_.m_axi_bresp = out.b_error ? 2 : 0;
    if (out.r_valid) {
      model_.m_axi_rid = out.r_id;
      model_.m_axi_rlast = out.r_last;
      model_.m_axi_rresp = out.r_error ? 2 : 0;
      std::memcpy(&model_.m_axi_rdata, out.r_data.data(), Word);
    }
  }

  void clock_memory() {
    memory_moves_ = model_.m_axi_arvalid | model_.m_axi_awvalid | model_.m_axi_wvalid | !dram_.quiet();
    if (!memory_moves_) {
      dram_.pass(1);
      return;
    }
    memory::Dram::Inputs in;
    in.ar_valid = model_.m_axi_arvalid && alive(dead_ar);
    in.r_ready = model_.m_axi_rready && alive(dead_r);
    in.aw_valid = model_.m_axi_awvalid && alive(dead_aw);
    in.w_valid = model_.m_axi_wvalid && alive(dead_w);
    in.w_last = model_.m_axi_wlast;
    in.b_ready = model_.m_axi_bready && alive(dead_b);
    in.ar_id = model_.m_axi_arid;
    in.ar_len = model_.m_axi_arlen;
    in.aw_id = model_.m_axi_awid;
    in.aw_len = model_.m_axi_awlen;
    in.ar_addr = model_.m_axi_araddr;
    in.aw_addr = model_.m_axi_awaddr;
    in.w_strb = model_.m_axi_wstrb;
    in.w_data = &model_.m_axi_wdata;
    dram_.clock(in);
  }

  bool network_idle() const { return fabric_->idle(node_) && !(stalled_ && stalled_->holds()); }
  void step_network(std::uint64_t cycle) {
    fabric_->step(node_, cycle);
    if (stalled_) stalled_->step();
  }

  /// What the router showed after the cycle before.
  void drive_network_port() {
    if (network_idle()) {
      model_.net_rx_valid_i = model_.net_tx_credit_i = 0;
      return;
    }
    const contract::Flit* const flit = terminal_->arriving();
    model_.net_rx_valid_i = flit != nullptr;
    if (flit) std::memcpy(&model_.net_rx_flit_i, flit->words.data(), sizeof flit->words);
    model_.net_tx_credit_i = terminal_->credit() && alive(dead_credit);
  }

  void clock_network() {
    if (!fabric_) return;
    if (model_.net_tx_valid_o) {
      contract::Flit flit;
      std::memcpy(flit.words.data(), &model_.net_tx_flit_o, sizeof flit.words);
      terminal_->send(flit);
    }
    if (model_.net_rx_credit_o) terminal_->give_credit();
    step_network(cycles_);
  }

  // In the low phase the memory's and the network's answers meet the chip; then all see the clock edge.
  template <bool Waves>
  void tick() {
    if (owed_ != 0) pay();
    if (memory_moves_ || !alive(all_pins)) drive_memory_port();  // pins die while memory is quiet, too
    if (fabric_) drive_network_port();
    if constexpr (Waves) {
      model_.clk_i = 0;
      model_.eval();
      dump(2 * cycles_);
    } else {
      Fall<Model, OneEval>::clock(model_);
    }
    if (model_.rst_ni) {
      clock_memory();
      clock_network();
    }
    rise();
    if constexpr (Waves) dump(2 * cycles_ + 1);
    cycles_++;
  }

  void rise() {
#ifdef TWILL_CHECKED
    InnerStalls::current = inner_stalls_.get();
#endif
    model_.clk_i = 1;
    model_.eval();
  }

  /// Passes over cycles, at most to `end`, in which the chip sleeps; its router may hand on what is not for it. False when the
  /// chip has to be evaluated in this cycle.
  bool sleep_to(std::uint64_t end) {
    if (!sleep_ || !model_.asleep_o || access_.busy || !dram_.quiet()) return false;
    if (owed_ == most_owed) {  // it looks at its own clock now and then
      pay();
      return true;
    }
    const std::uint64_t from = cycles_;
    end = std::min(end, from + most_owed - owed_);
    if (fabric_) {
      if (terminal_->arriving() || terminal_->credit() || (stalled_ && stalled_->holds())) return false;
      const std::uint64_t next = fabric_->next_event(node_);
      if (next <= from) {
        step_network(from);
        end = from + 1;
      } else {
        end = std::min(end, next);
      }
    }
    dram_.pass(end - from);
    owed_ += end - from;
    slept_ += end - from;
    cycles_ = end;
    return true;
  }

  /// One edge for all cycles owed. Inputs are what they were all the while: nothing.
  void pay() {
    if (owed_ == 0) return;
    drive_memory_port();
    model_.net_rx_valid_i = model_.net_tx_credit_i = 0;
    model_.elapsed_i = static_cast<std::uint16_t>(owed_);
    Fall<Model, OneEval>::clock(model_);
    rise();
    model_.elapsed_i = 1;
    owed_ = 0;
  }

#if VM_TRACE
  bool waves_open() const { return waves_ != nullptr; }
  void open_wave(const std::string& file) {
    context_.traceEverOn(true);
    waves_ = std::make_unique<VerilatedFstC>();
    model_.trace(waves_.get(), 99);
    waves_->open(file.c_str());
    if (!waves_->isOpen()) throw InputError("cannot write the wave file " + file);
  }
  void dump(std::uint64_t time) {
    if (cycles_ >= wave_start_ && cycles_ < wave_stop_) waves_->dump(time);
  }
#else
  static bool waves_open() { return false; }
  static void open_wave(const std::string& file) {
    throw InputError("cannot write waves to " + file + ": this build has none; configure with the trace preset (-DTWILL_TRACE=ON)");
  }
  static void dump(std::uint64_t) {}
#endif

  Context context_;
  Model model_{&context_, "chip"};
#if VM_TRACE
  std::unique_ptr<VerilatedFstC> waves_;
#endif
  memory::SparseMemory memory_;
  memory::Dram dram_;
  noc::Fabric* const fabric_;
  noc::Terminal* terminal_;
  std::unique_ptr<StalledTerminal> stalled_;
  std::unique_ptr<RandomInnerStalls> inner_stalls_;
  const unsigned node_;
  unsigned dead_pins_ = 0;
  const std::uint64_t dead_from_;
  bool sleep_ = false;
  bool memory_moves_ = true;  // what memory shows may differ from what the chip was shown
  Pending access_;
  std::deque<Flip> flips_;  // still to come
  Registers registers_;
  std::uint64_t cycles_ = 0, owed_ = 0, slept_ = 0, wave_start_, wave_stop_;
};

}  // namespace twill::tb
