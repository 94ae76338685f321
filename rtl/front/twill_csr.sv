// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The register file of spec/twill.toml behind an AXI4-Lite slave.
//
// One write and one read at a time, each a handful of cycles: address and data are registered first, so nothing behind the pins
// follows them combinationally. A write takes effect in the cycle its response appears. Offsets outside the table, and those
// that are not a multiple of 4, answer SLVERR; a write to a read-only register is answered OKAY and has no effect.
// A soft reset clears, beside the core, what belongs to the work in hand: DOORBELL, FETCHED, MARK_COUNT and the error.
module twill_csr #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024,
  parameter bit          Ecc = 1'b0
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  // AXI4-Lite
  input  logic [11:0] s_axil_awaddr,
  input  logic        s_axil_awvalid,
  output logic        s_axil_awready,
  input  logic [31:0] s_axil_wdata,
  input  logic [3:0]  s_axil_wstrb,
  input  logic        s_axil_wvalid,
  output logic        s_axil_wready,
  output logic [1:0]  s_axil_bresp,
  output logic        s_axil_bvalid,
  input  logic        s_axil_bready,
  input  logic [11:0] s_axil_araddr,
  input  logic        s_axil_arvalid,
  output logic        s_axil_arready,
  output logic [31:0] s_axil_rdata,
  output logic [1:0]  s_axil_rresp,
  output logic        s_axil_rvalid,
  input  logic        s_axil_rready,
  output logic        irq_o,

  // to the core
  output logic        run_o,
  output logic        soft_reset_o,       // holds until soft_reset_done_i
  input  logic        soft_reset_done_i,
  output logic        start_o,            // pulse: a doorbell was written
  output logic [39:0] ring_o,
  output logic [16:0] ring_mask_o,
  output logic [31:0] doorbell_o,
  output logic [39:0] mark_o,
  output logic [16:0] mark_mask_o,
  output logic [31:0] watchdog_o,
  output logic [31:0] watchdog_remote_o,
  output logic [31:0] watchdog_wait_o,
  output logic [5:0]  node_o,
  output logic [6:0]  chips_o,
  output logic [31:0] remote_o,
  output logic        sem_write_o,        // pulse
  output logic [4:0]  sem_o,              // last written
  output logic [7:0]  sem_value_o,

  // from the core
  input  logic [4:0]  active_i,           // queues that are not empty
  input  logic        left_i,
  input  logic        stopped_i,
  input  logic [3:0]  unrest_i,           // engines, memory port, credits, messages
  input  logic        clearing_i,         // memories are being cleared
  input  logic        irq_mark_i,
  input  logic        irq_error_i,
  input  logic [31:0] fetched_i,
  input  logic [31:0] mark_count_i,
  input  logic [7:0]  sem_value_i,
  input  logic [4:0]  error_code_i,
  input  logic [2:0]  error_queue_i,
  input  logic [39:0] error_address_i,
  input  logic [31:0] error_info_i,
  input  logic [31:0] waits_i,            // after an error: what each queue waited for
  input  logic [29:0] slots_i,
  input  logic [63:0] cycle_i,

  // counters: the word is on counter_i in the cycle after counter_read_o
  output logic        counter_read_o,
  output logic [4:0]  counter_word_o,
  input  logic [31:0] counter_i,
  input  logic [223:0] network_i,         // the seven words of NETWORK
  input  logic [95:0] corrected_i,        // ECC_SCRATCHPAD, ECC_ACCUMULATORS, ECC_QUEUES

  output logic        quiet_o             // no access is under way
);
  localparam logic [1:0] Okay = 2'b00, SlvErr = 2'b10;

  // ---- registers
  logic        run_q, soft_reset_q;
  logic [1:0]  irq_status_q, irq_enable_q;
  logic [31:0] ring_lo_q, ring_size_q, mark_lo_q, mark_size_q, watchdog_q, watchdog_remote_q, watchdog_wait_q, doorbell_q, cycle_hi_q, remote_q;
  logic [5:0]  node_q;
  logic [6:0]  chips_q;
  logic [7:0]  ring_hi_q, mark_hi_q;

  // ---- writes
  logic [11:0] waddr_q;
  logic [31:0] wdata_q, wmask, wdata;
  logic [3:0]  wstrb_q;
  logic        write;                // the ready registers are low while an address, data or a read wait here

  always_comb begin
    write = 1'b0;
    wmask = '0;
    wdata = '0;
    if (!s_axil_awready && !s_axil_wready) begin
      write = !s_axil_bvalid;
      wmask = {{8{wstrb_q[3]}}, {8{wstrb_q[2]}}, {8{wstrb_q[1]}}, {8{wstrb_q[0]}}};
      wdata = wdata_q & wmask;
    end
  end

  // ---- reads: address registered, then the counters look, then the answer
  logic [11:0] raddr_q;
  logic        looked_q, answer;

  assign answer = looked_q && !s_axil_rvalid;
  assign counter_read_o = !s_axil_arready && !looked_q;
  assign counter_word_o = raddr_q[6:2] + 5'd4;

  // What the others have is looked at outside of the block of registers: so that block reads nothing that in their turn they change after
  // reading this one's, and the simulator keeps no second copy.
  logic [31:0] value;
  logic [31:0] cycle_hi;
  logic        refused, barked;
  always_comb begin
    value = '0;
    cycle_hi = cycle_hi_q;
    refused = 1'b0;
    barked = 1'b0;
    if (answer) begin
      barked = error_code_i == twill_pkg::ErrorWatchdog || error_code_i == twill_pkg::ErrorRemoteWait;
      case (raddr_q)
        twill_pkg::RegId: value = 32'h5457494c;
        twill_pkg::RegVersion: value = twill_pkg::Version;
        twill_pkg::RegHashLo: value = twill_pkg::ContractHash[31:0];
        twill_pkg::RegHashHi: value = twill_pkg::ContractHash[63:32];
        twill_pkg::RegCapWord: value = 32'(Word);
        twill_pkg::RegCapScratchpad: value = 32'(ScratchpadBytes);
        twill_pkg::RegCapAccumulator: value = 32'(AccWords);
        twill_pkg::RegCapQueues: value = 32'(twill_pkg::QueueDepth);
        twill_pkg::RegCapFeatures: value = {30'd0, Ecc, 1'b1};
        twill_pkg::RegControl: value = {30'd0, soft_reset_q, run_q};
        twill_pkg::RegStatus: value = {17'd0, unrest_i, clearing_i, left_i, stopped_i, 3'd0, active_i};
        twill_pkg::RegIrqStatus: value = {30'd0, irq_status_q};
        twill_pkg::RegIrqEnable: value = {30'd0, irq_enable_q};
        twill_pkg::RegRingLo: value = ring_lo_q;
        twill_pkg::RegRingHi: value = {24'd0, ring_hi_q};
        twill_pkg::RegRingSize: value = ring_size_q;
        twill_pkg::RegDoorbell: value = doorbell_q;
        twill_pkg::RegFetched: value = fetched_i;
        twill_pkg::RegMarkLo: value = mark_lo_q;
        twill_pkg::RegMarkHi: value = {24'd0, mark_hi_q};
        twill_pkg::RegMarkSize: value = mark_size_q;
        twill_pkg::RegMarkCount: value = mark_count_i;
        twill_pkg::RegWatchdog: value = watchdog_q;
        twill_pkg::RegWatchdogRemote: value = watchdog_remote_q;
        twill_pkg::RegWatchdogWait: value = watchdog_wait_q;
        twill_pkg::RegSemaphore: value = {24'd0, sem_value_i};
        twill_pkg::RegErrorCode: value = {27'd0, error_code_i};
        twill_pkg::RegErrorQueue: value = {29'd0, error_queue_i};
        twill_pkg::RegErrorAddressLo: value = error_address_i[31:0];
        twill_pkg::RegErrorAddressHi: value = {24'd0, error_address_i[39:32]};
        twill_pkg::RegErrorInfo: value = error_info_i;
        twill_pkg::RegErrorWaits: if (barked) value = waits_i;
        twill_pkg::RegErrorSlots: if (barked) value = {2'd0, slots_i};
        twill_pkg::RegNode: value = {17'd0, chips_q, 2'd0, node_q};
        twill_pkg::RegRemote: value = remote_q;
        twill_pkg::RegCycleLo: {cycle_hi, value} = cycle_i;
        twill_pkg::RegCycleHi: value = cycle_hi_q;
        twill_pkg::RegEccScratchpad: value = corrected_i[31:0];
        twill_pkg::RegEccAccumulators: value = corrected_i[63:32];
        twill_pkg::RegEccQueues: value = corrected_i[95:64];
        default: begin
          if (in_counters(raddr_q)) value = counter_i;
          else if (in_network(raddr_q)) value = network_i[32'(raddr_q[4:2]) * 32 +: 32];
          else refused = 1'b1;
        end
      endcase
    end
  end

  logic [1:0] irq_raised;
  always_comb begin
    irq_raised = 2'b00;
    if (irq_error_i || irq_mark_i) irq_raised = {irq_error_i, irq_mark_i};
  end

  // Something is under way at the pins, or was in the cycle before.
  logic active, busy_q;
  assign active = s_axil_arvalid || s_axil_awvalid || s_axil_wvalid || busy_q;

  // One block, reads first: a register is then read before it is written, and the simulator keeps no second copy of it.
  always_ff @(posedge clk_i) begin : registers
    logic [1:0] irq_clear;     // bits the host takes back
    irq_clear = 2'b00;
    if (active) begin
      busy_q <= s_axil_arvalid || !s_axil_arready || s_axil_rvalid || s_axil_awvalid || !s_axil_awready || s_axil_wvalid || !s_axil_wready
             || s_axil_bvalid || sem_write_o || start_o;
      if (s_axil_arvalid && s_axil_arready) raddr_q <= s_axil_araddr;
      looked_q <= !s_axil_arready;
      if (s_axil_arvalid) s_axil_arready <= 1'b0;
      if (s_axil_rready) s_axil_rvalid <= 1'b0;
      if (answer) begin
        s_axil_arready <= 1'b1;
        looked_q <= 1'b0;
        s_axil_rvalid <= 1'b1;
        s_axil_rresp <= refused ? SlvErr : Okay;
        s_axil_rdata <= value;
        cycle_hi_q <= cycle_hi;
      end

      if (s_axil_awvalid && s_axil_awready) waddr_q <= s_axil_awaddr;
      if (s_axil_wvalid && s_axil_wready) begin
        wdata_q <= s_axil_wdata;
        wstrb_q <= s_axil_wstrb;
      end
      if (s_axil_awvalid) s_axil_awready <= 1'b0;
      if (s_axil_wvalid) s_axil_wready <= 1'b0;
      if (s_axil_bready) s_axil_bvalid <= 1'b0;
      sem_write_o <= 1'b0;
      start_o <= 1'b0;
    end
    if (soft_reset_done_i || write) begin : change
      logic        resetting;
      logic [31:0] doorbell;
      // The end of a soft reset clears first: a write in that very cycle comes after it.
      resetting = soft_reset_q && !soft_reset_done_i;
      doorbell = soft_reset_done_i ? 32'd0 : doorbell_q;
      soft_reset_q <= resetting;
      doorbell_q <= doorbell;
      if (write) begin
        s_axil_awready <= 1'b1;
        s_axil_wready <= 1'b1;
        s_axil_bvalid <= 1'b1;
        s_axil_bresp <= Okay;
        case (waddr_q)
          twill_pkg::RegControl: if (wstrb_q[0]) begin
            run_q <= wdata[0];
            soft_reset_q <= resetting || wdata[1];
          end
          twill_pkg::RegIrqStatus: irq_clear = wdata[1:0];
          twill_pkg::RegIrqEnable: if (wstrb_q[0]) irq_enable_q <= wdata[1:0];
          twill_pkg::RegRingLo: ring_lo_q <= (ring_lo_q & ~wmask) | wdata;
          twill_pkg::RegRingHi: if (wstrb_q[0]) ring_hi_q <= wdata[7:0];
          twill_pkg::RegRingSize: ring_size_q <= (ring_size_q & ~wmask) | wdata;
          twill_pkg::RegDoorbell: begin
            doorbell_q <= (doorbell & ~wmask) | wdata;
            start_o <= 1'b1;
          end
          twill_pkg::RegMarkLo: mark_lo_q <= (mark_lo_q & ~wmask) | wdata;
          twill_pkg::RegMarkHi: if (wstrb_q[0]) mark_hi_q <= wdata[7:0];
          twill_pkg::RegMarkSize: mark_size_q <= (mark_size_q & ~wmask) | wdata;
          twill_pkg::RegWatchdog: watchdog_q <= (watchdog_q & ~wmask) | wdata;
          twill_pkg::RegWatchdogRemote: watchdog_remote_q <= (watchdog_remote_q & ~wmask) | wdata;
          twill_pkg::RegWatchdogWait: watchdog_wait_q <= (watchdog_wait_q & ~wmask) | wdata;
          twill_pkg::RegNode: begin
            if (wstrb_q[0]) node_q <= wdata[5:0];
            if (wstrb_q[1]) chips_q <= wdata[14:8];
          end
          twill_pkg::RegRemote: remote_q <= (remote_q & ~wmask) | wdata;
          twill_pkg::RegSemaphore: begin
            sem_write_o <= 1'b1;
            sem_o <= wdata[12:8];
            sem_value_o <= wdata[7:0];
          end
          twill_pkg::RegId, twill_pkg::RegVersion, twill_pkg::RegHashLo, twill_pkg::RegHashHi, twill_pkg::RegCapWord,
          twill_pkg::RegCapScratchpad, twill_pkg::RegCapAccumulator, twill_pkg::RegCapQueues, twill_pkg::RegCapFeatures,
          twill_pkg::RegStatus, twill_pkg::RegFetched, twill_pkg::RegMarkCount, twill_pkg::RegErrorCode,
          twill_pkg::RegErrorQueue, twill_pkg::RegErrorAddressLo, twill_pkg::RegErrorAddressHi, twill_pkg::RegErrorInfo, twill_pkg::RegErrorWaits, twill_pkg::RegErrorSlots,
          twill_pkg::RegCycleLo, twill_pkg::RegCycleHi, twill_pkg::RegEccScratchpad, twill_pkg::RegEccAccumulators, twill_pkg::RegEccQueues: ;
          default: if (!in_counters(waddr_q) && !in_network(waddr_q)) s_axil_bresp <= SlvErr;
        endcase
      end
    end
    if (irq_raised != 2'b00 || irq_clear != 2'b00) irq_status_q <= (irq_status_q & ~irq_clear) | irq_raised;
    if (!rst_ni) begin
      busy_q <= 1'b0;
      s_axil_arready <= 1'b1;
      looked_q <= 1'b0;
      s_axil_rvalid <= 1'b0;
      s_axil_rresp <= Okay;
      s_axil_rdata <= '0;
      cycle_hi_q <= '0;
      s_axil_awready <= 1'b1;
      s_axil_wready <= 1'b1;
      s_axil_bvalid <= 1'b0;
      s_axil_bresp <= Okay;
      run_q <= 1'b0;
      soft_reset_q <= 1'b0;
      irq_status_q <= '0;
      irq_enable_q <= '0;
      ring_lo_q <= '0;
      ring_hi_q <= '0;
      ring_size_q <= '0;
      doorbell_q <= '0;
      mark_lo_q <= '0;
      mark_hi_q <= '0;
      mark_size_q <= '0;
      watchdog_q <= 32'd1000000;
      watchdog_remote_q <= 32'd100000000;
      watchdog_wait_q <= 32'd1000000000;
      node_q <= '0;
      chips_q <= 7'd1;
      remote_q <= '0;
      sem_o <= '0;
      sem_value_o <= '0;
      sem_write_o <= 1'b0;
      start_o <= 1'b0;
    end
  end

  // The window of mark record words 4 to 31.
  function automatic logic in_counters(input logic [11:0] address);
    in_counters = address >= twill_pkg::RegCounters && address < twill_pkg::RegCounters + 12'd112 && address[1:0] == 2'd0;
  endfunction

  function automatic logic in_network(input logic [11:0] address);
    in_network = address >= twill_pkg::RegNetwork && address < twill_pkg::RegNetwork + 12'd28 && address[1:0] == 2'd0;
  endfunction

  assign run_o = run_q && !soft_reset_q;
  assign soft_reset_o = soft_reset_q;
  assign irq_o = (irq_status_q & irq_enable_q) != '0;
  assign ring_o = {ring_hi_q, ring_lo_q};
  assign ring_mask_o = ring_size_q[16:0] - 17'd1;
  assign doorbell_o = doorbell_q;
  assign mark_o = {mark_hi_q, mark_lo_q};
  assign mark_mask_o = mark_size_q[16:0] - 17'd1;
  assign watchdog_o = watchdog_q;
  assign watchdog_remote_o = watchdog_remote_q;
  assign watchdog_wait_o = watchdog_wait_q;
  assign node_o = node_q;
  assign chips_o = chips_q;
  assign remote_o = remote_q;
  assign quiet_o = !busy_q && !soft_reset_q;

  `TWILL_ASSERT_STABLE(ReadAnswer, s_axil_rvalid, s_axil_rready, {s_axil_rdata, s_axil_rresp})
  `TWILL_ASSERT_STABLE(WriteAnswer, s_axil_bvalid, s_axil_bready, s_axil_bresp)
endmodule
