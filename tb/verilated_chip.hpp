// SPDX-License-Identifier: Apache-2.0
// The per-cycle loop around a Verilated twill_chip: two evals, a DRAM step, and nothing else.
#pragma once
#include <cstring>
#include <stdexcept>
#include <string>

#include <verilated.h>
#if VM_TRACE
#include <verilated_fst_c.h>
#endif

#include "twill/error.hpp"
#include "twill/tb/chip.hpp"

namespace twill::tb {

/// Model: a Verilated twill_chip. Its word is `Word` bytes.
template <class Model, unsigned Word>
class VerilatedChip final : public Chip {
 public:
  explicit VerilatedChip(const ChipOptions& options) : dram_(memory_, Word, options.dram), wave_start_(options.wave_start), wave_stop_(options.wave_stop) {
    if (!options.wave_file.empty()) open_wave(options.wave_file);
    reset();
  }
  ~VerilatedChip() override {
#if VM_TRACE
    if (waves_) waves_->close();
#endif
    model_.final();
  }

  void step(std::uint64_t cycles) override {
    if (waves_open()) {
      for (std::uint64_t i = 0; i < cycles; i++) tick<true>();
    } else {
      for (std::uint64_t i = 0; i < cycles; i++) tick<false>();
    }
  }

  Answer read_register(std::uint32_t offset) override {
    model_.s_axil_araddr = offset & 0xfff;
    model_.s_axil_arvalid = 1;
    model_.s_axil_rready = 1;
    // The register port's outputs are registers, so what they are before the clock edge is what counts in the cycle.
    for (std::uint64_t i = 0; i < transaction_cycles; i++) {
      const bool accepted = model_.s_axil_arready, answered = model_.s_axil_rvalid;
      const Answer answer{model_.s_axil_rdata, model_.s_axil_rresp == 0 && offset <= 0xfff};
      step(1);
      if (accepted) model_.s_axil_arvalid = 0;
      if (answered) {
        model_.s_axil_rready = 0;
        return answer;
      }
    }
    throw std::logic_error("the chip did not answer the read of register " + std::to_string(offset));
  }

  Answer write_register(std::uint32_t offset, std::uint32_t value) override {
    model_.s_axil_awaddr = offset & 0xfff;
    model_.s_axil_wdata = value;
    model_.s_axil_wstrb = 0xf;
    model_.s_axil_awvalid = model_.s_axil_wvalid = 1;
    model_.s_axil_bready = 1;
    for (std::uint64_t i = 0; i < transaction_cycles; i++) {
      const bool address = model_.s_axil_awready, data = model_.s_axil_wready, answered = model_.s_axil_bvalid;
      const Answer answer{0, model_.s_axil_bresp == 0 && offset <= 0xfff};
      step(1);
      if (address) model_.s_axil_awvalid = 0;
      if (data) model_.s_axil_wvalid = 0;
      if (answered) {
        model_.s_axil_bready = 0;
        return answer;
      }
    }
    throw std::logic_error("the chip did not answer the write of register " + std::to_string(offset));
  }

  void reset() override {
    model_.s_axil_awvalid = model_.s_axil_wvalid = model_.s_axil_arvalid = model_.s_axil_bready = model_.s_axil_rready = 0;
    model_.rst_ni = 0;
    for (int i = 0; i < 4; i++) {
      dram_.reset();
      step(1);
    }
    dram_.reset();
    model_.rst_ni = 1;
  }

  bool interrupt() const override { return model_.irq_o; }
  std::uint64_t cycles() const override { return cycles_; }
  memory::SparseMemory& memory() override { return memory_; }

  void wave(bool on) override {
    if (!waves_open()) throw InputError("no wave file is open: name one when the device is made, in a build of the trace preset (-DTWILL_TRACE=ON)");
    wave_start_ = on ? cycles_ : ~std::uint64_t{0};
    wave_stop_ = ~std::uint64_t{0};
  }

 private:
  // In the low phase the memory's answers meet the chip and its outputs settle; then both see the clock edge.
  template <bool Waves>
  void tick() {
    const auto& out = dram_.outputs();
    model_.m_axi_arready = out.ar_ready;
    model_.m_axi_awready = out.aw_ready;
    model_.m_axi_wready = out.w_ready;
    model_.m_axi_rvalid = out.r_valid;
    model_.m_axi_bvalid = out.b_valid;
    model_.m_axi_bid = out.b_id;
    if (out.r_valid) {
      model_.m_axi_rid = out.r_id;
      model_.m_axi_rlast = out.r_last;
      std::memcpy(&model_.m_axi_rdata, out.r_data.data(), Word);
    }
    model_.clk_i = 0;
    model_.eval();
    if constexpr (Waves) dump(2 * cycles_);
    if (model_.rst_ni) {
      memory::Dram::Inputs in;
      in.ar_valid = model_.m_axi_arvalid;
      in.r_ready = model_.m_axi_rready;
      in.aw_valid = model_.m_axi_awvalid;
      in.w_valid = model_.m_axi_wvalid;
      in.w_last = model_.m_axi_wlast;
      in.b_ready = model_.m_axi_bready;
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
    model_.clk_i = 1;
    model_.eval();
    if constexpr (Waves) dump(2 * cycles_ + 1);
    cycles_++;
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

  VerilatedContext context_;
  Model model_{&context_, "chip"};
#if VM_TRACE
  std::unique_ptr<VerilatedFstC> waves_;
#endif
  memory::SparseMemory memory_;
  memory::Dram dram_;
  std::uint64_t cycles_ = 0, wave_start_, wave_stop_;
};

}  // namespace twill::tb
