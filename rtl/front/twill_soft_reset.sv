// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// Resets the core between two AXI transactions, never in the middle of one. It sits in the handshakes of the memory port.
//
// request_i (held until done_o) first closes each address and data channel when nothing is pending on it, then holds the core in reset
// while it answers what memory is owed: it takes the remaining read beats and acknowledgements, and sends the remaining beats of
// write bursts with no byte enabled. done_o is one pulse, in the last cycle of the reset. Otherwise everything passes
// straight through.
//
// A write burst is owed from the cycle its address is shown: memory may wait for data before it takes the address, so the closed data
// channel goes on with the beats while an address is still pending. The core shows an address before it sends a beat of it.
module twill_soft_reset (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       request_i,
  output logic       done_o,
  output logic       core_rst_no,
  output logic       busy_o,         // something is at the pins of the memory port, or owed by memory
  output logic       read_owed_o,    // by memory: beats; acknowledgements
  output logic       write_owed_o,

  // read address and data: core, memory
  input  logic       core_arvalid_i,
  output logic       core_arready_o,
  output logic       arvalid_o,
  input  logic       arready_i,
  input  logic       core_rready_i,
  output logic       core_rvalid_o,
  output logic       rready_o,
  input  logic       rvalid_i,
  input  logic       rlast_i,

  // write address, data and acknowledgement: core, memory
  input  logic       core_awvalid_i,
  input  logic [7:0] awlen_i,
  output logic       core_awready_o,
  output logic       awvalid_o,
  input  logic       awready_i,
  input  logic       core_wvalid_i,
  input  logic       core_wlast_i,
  output logic       core_wready_o,
  output logic       wvalid_o,
  output logic       wlast_o,
  output logic       wmask_o,        // no byte enabled
  input  logic       wready_i,
  input  logic       core_bready_i,
  output logic       core_bvalid_o,
  output logic       bready_o,
  input  logic       bvalid_i
);
  // ---- what memory is owed
  logic [9:0] reads_q, writes_q;          // bursts begun and not finished
  logic [7:0] lengths [64];               // of the write bursts whose data is not all sent
  logic [5:0] length_write_q, length_read_q;
  logic [7:0] sent_q;                     // beats of the first of them
  logic       aw_held_q;                  // the address shown was so before

  task automatic count_reads;
    logic begun, ended;
    begun = arvalid_o && arready_i;
    ended = rvalid_i && rready_o && rlast_i;
    if (begun != ended) reads_q <= begun ? reads_q + 10'd1 : reads_q - 10'd1;
  endtask

  task automatic count_writes;
    logic begun, ended;
    begun = awvalid_o && !aw_held_q;
    aw_held_q <= awvalid_o && !awready_i;
    ended = bvalid_i && bready_o;
    if (begun != ended) writes_q <= begun ? writes_q + 10'd1 : writes_q - 10'd1;
    if (wvalid_o && wready_i) begin
      sent_q <= wlast_o ? 8'd0 : sent_q + 8'd1;
      if (wlast_o) length_read_q <= length_read_q + 6'd1;
    end
    if (begun) begin
      lengths[length_write_q] <= awlen_i;
      length_write_q <= length_write_q + 6'd1;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (arvalid_o || rvalid_i) count_reads();
    if (awvalid_o || wvalid_o || bvalid_i) count_writes();
    if (!rst_ni) begin
      reads_q <= '0;
      writes_q <= '0;
      length_write_q <= '0;
      length_read_q <= '0;
      sent_q <= '0;
      aw_held_q <= 1'b0;
    end
  end

  assign read_owed_o = reads_q != '0;
  assign write_owed_o = writes_q != '0;
  assign busy_o = arvalid_o || awvalid_o || wvalid_o || reads_q != '0 || writes_q != '0;

  // ---- close, drain, let go
  logic ar_closed_q, aw_closed_q, w_closed_q;
  logic drain_q;                          // all three are closed
  assign core_rst_no = rst_ni && !drain_q;

  task automatic close;
    logic ar, aw, w;
    ar = ar_closed_q || !core_arvalid_i || arready_i;
    aw = aw_closed_q || !core_awvalid_i || awready_i;
    w = w_closed_q || !core_wvalid_i || wready_i;
    {ar_closed_q, aw_closed_q, w_closed_q} <= {ar, aw, w};
    drain_q <= ar && aw && w;
  endtask

  always_ff @(posedge clk_i) begin
    if (request_i) close();
    if (!rst_ni || done_o) begin
      ar_closed_q <= 1'b0;
      aw_closed_q <= 1'b0;
      w_closed_q <= 1'b0;
      drain_q <= 1'b0;
    end
  end

  assign arvalid_o = core_arvalid_i && !ar_closed_q;
  assign core_arready_o = arready_i && !ar_closed_q;
  assign awvalid_o = core_awvalid_i && !aw_closed_q;
  assign core_awready_o = awready_i && !aw_closed_q;
  assign core_rvalid_o = rvalid_i && !drain_q;
  assign rready_o = core_rready_i || drain_q;
  assign core_bvalid_o = bvalid_i && !drain_q;
  assign bready_o = core_bready_i || drain_q;

  assign wmask_o = w_closed_q;
  always_comb begin
    done_o = 1'b0;
    wvalid_o = core_wvalid_i;
    wlast_o = core_wlast_i;
    if (w_closed_q) begin
      done_o = drain_q && reads_q == '0 && writes_q == '0 && length_write_q == length_read_q;
      wvalid_o = length_write_q != length_read_q;
      wlast_o = sent_q == lengths[length_read_q];
    end
  end
  assign core_wready_o = wready_i && !w_closed_q;

  `TWILL_ASSUME(ReadAsked, !rvalid_i || reads_q != '0)
  `TWILL_ASSUME(WriteAsked, !bvalid_i || writes_q != '0)
  `TWILL_ASSERT_STABLE(ReadAddress, arvalid_o, arready_i, 1'b0)
  `TWILL_ASSERT_STABLE(WriteAddress, awvalid_o, awready_i, awlen_i)
  `TWILL_ASSERT_STABLE(WriteData, wvalid_o, wready_i, wlast_o)
endmodule
