// SPDX-License-Identifier: Apache-2.0
// The accumulators: AccWords words of Word int32 in four banks by the two high address bits, one read and one write port each.
//
//   array:  never waits. Read enable and address in cycle t, data in t + 1 (zero without a read); write enable, address and data in one cycle.
//   post:   req, addr -> gnt in the same cycle; data two cycles after the grant, for that cycle.
//   dmaw:   req, addr, lane enables, data, add -> gnt in the same cycle; written in the next cycle the array leaves the bank's write port.
//   dmar:   as post.
// In a bank the array goes first, then post, then the DMA's write, then its read. A read sees every write of an earlier cycle.
//
// Memory words are only ever written whole. A DMA write of some lanes, or one that adds, reads the word in the cycle of its grant and
// writes the merged word in the next; a following write to the same word takes it from there. So DMA writes go at one a
// cycle, and the memories need no lane enables. While a DMA write waits for the array nothing else of the DMA is granted, and
// the array must not write the word it waits for: one owner a bank is what the semaphores are for.
module twill_accumulators #(
    parameter int unsigned Word     = 16,
    parameter int unsigned AccWords = 1024
) (
    input  logic clk_i,
    input  logic rst_ni,

    input  logic                        acc_rd_en_i,
    input  logic [$clog2(AccWords)-1:0] acc_rd_addr_i,
    output logic [Word*32-1:0]          acc_rd_data_o,
    input  logic                        acc_wr_en_i,
    input  logic [$clog2(AccWords)-1:0] acc_wr_addr_i,
    input  logic [Word*32-1:0]          acc_wr_data_i,

    input  logic                        post_req_i,
    input  logic [$clog2(AccWords)-1:0] post_addr_i,
    output logic                        post_gnt_o,
    output logic [Word*32-1:0]          post_data_o,

    input  logic                        dmaw_req_i,
    input  logic [$clog2(AccWords)-1:0] dmaw_addr_i,
    input  logic [Word-1:0]             dmaw_lane_i,
    input  logic [Word*32-1:0]          dmaw_data_i,
    input  logic                        dmaw_add_i,
    output logic                        dmaw_gnt_o,

    input  logic                        dmar_req_i,
    input  logic [$clog2(AccWords)-1:0] dmar_addr_i,
    output logic                        dmar_gnt_o,
    output logic [Word*32-1:0]          dmar_data_o
);
  localparam int unsigned Bits = Word * 32;
  localparam int unsigned AddrBits = $clog2(AccWords);
  localparam int unsigned RowBits = AddrBits - 2;
  localparam int unsigned BankWords = AccWords / 4;

  logic [1:0] array_bank, post_bank, dmaw_bank, dmar_bank, arraw_bank;
  assign array_bank = acc_rd_addr_i[AddrBits-1-:2];
  assign arraw_bank = acc_wr_addr_i[AddrBits-1-:2];
  assign post_bank = post_addr_i[AddrBits-1-:2];
  assign dmaw_bank = dmaw_addr_i[AddrBits-1-:2];
  assign dmar_bank = dmar_addr_i[AddrBits-1-:2];

  // Who reads.
  logic dmaw_reads, dmaw_waits;
  assign dmaw_reads = dmaw_add_i || !(&dmaw_lane_i);
  assign post_gnt_o = post_req_i && !(acc_rd_en_i && array_bank == post_bank);
  assign dmaw_gnt_o = dmaw_req_i && !dmaw_waits
      && !(dmaw_reads && ((acc_rd_en_i && array_bank == dmaw_bank) || (post_gnt_o && post_bank == dmaw_bank)));
  assign dmar_gnt_o = dmar_req_i && !dmaw_waits && !(acc_rd_en_i && array_bank == dmar_bank)
      && !(post_gnt_o && post_bank == dmar_bank) && !(dmaw_gnt_o && dmaw_reads && dmaw_bank == dmar_bank);

  logic dmaw_read;
  assign dmaw_read = dmaw_gnt_o && dmaw_reads;

  // The DMA's write, a cycle after its grant.
  logic              pending_q, pending_add_q, again_q;
  logic [AddrBits-1:0] pending_addr_q;
  logic [Word-1:0]   pending_lane_q;
  logic [Bits-1:0]   pending_data_q, written_q, merged;
  logic              pending_write;
  assign dmaw_waits = pending_q && acc_wr_en_i && arraw_bank == pending_addr_q[AddrBits-1-:2];
  assign pending_write = pending_q && !dmaw_waits;

  // The banks.
  logic [Bits-1:0] read0_q, read1_q, read2_q, read3_q;
  logic [1:0] array_bank_q, post_bank_q, dmaw_bank_q, dmar_bank_q;
  logic array_reads_q;

  for (genvar b = 0; b < 4; b++) begin : gen_bank
    logic [Bits-1:0] words[BankWords];
    logic [Bits-1:0] read_q;
    logic array_reads, post_reads, dmaw_reads_here, dmar_reads, array_writes, dmaw_writes;
    logic [RowBits-1:0] read_row;
    assign array_reads = acc_rd_en_i && array_bank == 2'(b);
    assign post_reads = post_gnt_o && post_bank == 2'(b);
    assign dmaw_reads_here = dmaw_read && dmaw_bank == 2'(b);
    assign dmar_reads = dmar_gnt_o && dmar_bank == 2'(b);
    assign array_writes = acc_wr_en_i && arraw_bank == 2'(b);
    assign dmaw_writes = pending_write && pending_addr_q[AddrBits-1-:2] == 2'(b);
    assign read_row = array_reads ? acc_rd_addr_i[RowBits-1:0] : post_reads ? post_addr_i[RowBits-1:0]
        : dmaw_reads_here ? dmaw_addr_i[RowBits-1:0] : dmar_addr_i[RowBits-1:0];
    always_ff @(posedge clk_i) begin
      if (array_reads || post_reads || dmaw_reads_here || dmar_reads) read_q <= words[read_row];
      if (array_writes || dmaw_writes)
        words[array_writes ? acc_wr_addr_i[RowBits-1:0] : pending_addr_q[RowBits-1:0]] <= array_writes ? acc_wr_data_i : merged;
    end
  end
  assign read0_q = gen_bank[0].read_q;
  assign read1_q = gen_bank[1].read_q;
  assign read2_q = gen_bank[2].read_q;
  assign read3_q = gen_bank[3].read_q;

  always_ff @(posedge clk_i) begin
    array_reads_q <= acc_rd_en_i;
    array_bank_q <= array_bank;
    post_bank_q <= post_bank;
    dmaw_bank_q <= dmaw_bank;
    dmar_bank_q <= dmar_bank;
  end
  assign acc_rd_data_o = !array_reads_q ? '0 : array_bank_q[1] ? (array_bank_q[0] ? read3_q : read2_q) : (array_bank_q[0] ? read1_q : read0_q);

  logic post_granted_q, dmar_granted_q;
  always_ff @(posedge clk_i) begin
    post_granted_q <= post_gnt_o;
    dmar_granted_q <= dmar_gnt_o;
    if (post_granted_q)
      post_data_o <= post_bank_q[1] ? (post_bank_q[0] ? read3_q : read2_q) : (post_bank_q[0] ? read1_q : read0_q);
    if (dmar_granted_q)
      dmar_data_o <= dmar_bank_q[1] ? (dmar_bank_q[0] ? read3_q : read2_q) : (dmar_bank_q[0] ? read1_q : read0_q);
  end

  logic [Bits-1:0] held;  // what the word holds
  always_comb begin
    held = '0;
    merged = '0;
    if (pending_q) begin
      held = again_q ? written_q : dmaw_bank_q[1] ? (dmaw_bank_q[0] ? read3_q : read2_q) : (dmaw_bank_q[0] ? read1_q : read0_q);
      for (int unsigned l = 0; l < Word; l++)
        merged[l*32+:32] = (held[l*32+:32] & {32{!pending_lane_q[l] || pending_add_q}}) + (pending_data_q[l*32+:32] & {32{pending_lane_q[l]}});
    end
  end

  always_ff @(posedge clk_i) begin
    if (dmaw_gnt_o) begin
      pending_addr_q <= dmaw_addr_i;
      pending_lane_q <= dmaw_lane_i;
      pending_data_q <= dmaw_data_i;
      pending_add_q <= dmaw_add_i;
      again_q <= pending_q && pending_addr_q == dmaw_addr_i;
      if (pending_q) written_q <= merged;
    end else if (dmaw_waits) begin  // what it read is gone in the next cycle: keep the result and try again
      pending_data_q <= merged;
      pending_lane_q <= '1;
      pending_add_q <= 1'b0;
    end
    pending_q <= rst_ni && (dmaw_gnt_o || dmaw_waits);
  end
endmodule
