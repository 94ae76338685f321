// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The accumulators: AccWords words of Word int32 in four banks by the two high address bits, one read and one write port each.
//
//   array:  never waits. Read enable and address in cycle t, data in t + 1 (zero without a read); write enable, address and data in one cycle.
//   post:   req, addr -> gnt in the same cycle; data two cycles after the grant, for that cycle.
//   dmaw:   req, addr, lane enables, data, add -> gnt in the same cycle; written in the next cycle the array leaves the bank's write port.
//   netw:   as dmaw, its data four values for the lanes of which they are a part. Where both ask they take turns.
//   dmar:   as post.
//   netr:   as dmar, and its data at the same place. Where both ask they take turns.
// In a bank the array goes first, then post, then the DMA's or network's write, then their read. A read sees every write of an earlier cycle.
//
// Memory words are only ever written whole. A DMA write of some lanes, or one that adds, reads the word in the cycle of its grant and
// writes the merged word in the next; a following write to the same word takes it from there. So DMA writes go at one a
// cycle, and the memories need no lane enables. While a DMA write waits for the array nothing else of the DMA is granted, and
// the array must not write the word it waits for: one owner a bank is what the semaphores are for.
//
// With Ecc the words are code words of 8 bytes each, put right as they leave the banks. A DMA write leaves as it is what it finds lost and does not
// cover, for noise encoded again would pass for data. While clear_i the banks are cleared, and nothing is granted.
module twill_accumulators #(
    parameter int unsigned Word     = 16,
    parameter int unsigned AccWords = 1024,
    parameter bit          Ecc      = 1'b0
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

    input  logic                        netw_req_i,
    input  logic [$clog2(AccWords)-1:0] netw_addr_i,
    input  logic [Word-1:0]             netw_lane_i,
    input  logic [127:0]                netw_data_i,
    input  logic                        netw_add_i,
    output logic                        netw_gnt_o,

    input  logic                        dmar_req_i,
    input  logic [$clog2(AccWords)-1:0] dmar_addr_i,
    output logic                        dmar_gnt_o,
    output logic [Word*32-1:0]          dmar_data_o,

    input  logic                        netr_req_i,
    input  logic [$clog2(AccWords)-1:0] netr_addr_i,
    output logic                        netr_gnt_o,

    // with Ecc; else 0
    input  logic                        clear_i,
    input  logic [15:0]                 clear_row_i,
    output logic [7:0]                  corrected_o,   // code words
    output logic [5:0]                  double_o,      // who read a word that is lost: load, array, post, store, network queue; a message
    output logic [23:0]                 address_o      // of it, in bytes
);
  localparam int unsigned Bits = Word * 32;
  localparam int unsigned AddrBits = $clog2(AccWords);
  localparam int unsigned RowBits = AddrBits - 2;
  localparam int unsigned BankWords = AccWords / 4;

  logic [1:0] array_bank, post_bank, dmaw_bank, dmar_bank, arraw_bank;
  assign array_bank = acc_rd_addr_i[AddrBits-1-:2];
  assign arraw_bank = acc_wr_addr_i[AddrBits-1-:2];
  assign post_bank = post_addr_i[AddrBits-1-:2];
  assign dmaw_bank = write_addr[AddrBits-1-:2];
  assign dmar_bank = read_addr[AddrBits-1-:2];

  // DMA and network share a write and a read a cycle.
  logic                write_req, write_gnt, write_add, read_req, read_gnt, net_writes, net_reads;
  logic                write_turn_q, read_turn_q;    // the network's
  logic [AddrBits-1:0] write_addr, read_addr;
  logic [Word-1:0]     write_lane;
  always_comb begin
    write_req = 1'b0;
    net_writes = 1'b0;
    write_addr = '0;
    write_lane = '0;
    write_add = 1'b0;
    if (dmaw_req_i || netw_req_i) begin
      write_req = 1'b1;
      net_writes = netw_req_i && (!dmaw_req_i || write_turn_q);
      write_addr = net_writes ? netw_addr_i : dmaw_addr_i;
      write_lane = net_writes ? netw_lane_i : dmaw_lane_i;
      write_add = net_writes ? netw_add_i : dmaw_add_i;
    end
  end
  always_comb begin
    read_req = 1'b0;
    net_reads = 1'b0;
    read_addr = '0;
    if (dmar_req_i || netr_req_i) begin
      read_req = 1'b1;
      net_reads = netr_req_i && (!dmar_req_i || read_turn_q);
      read_addr = net_reads ? netr_addr_i : dmar_addr_i;
    end
  end
  assign dmaw_gnt_o = write_gnt && !net_writes;
  assign netw_gnt_o = write_gnt && net_writes;
  assign dmar_gnt_o = read_gnt && !net_reads;
  assign netr_gnt_o = read_gnt && net_reads;

  // The DMA's write, a cycle after its grant.
  logic                pending_q, pending_add_q, again_q;
  logic [AddrBits-1:0] pending_addr_q;
  logic [1:0]          pending_bank;
  logic [Word-1:0]     pending_lane_q;
  logic [Bits-1:0]     pending_data_q, written_q;
  logic                dmaw_waits;   // for the array to leave the bank
  assign pending_bank = pending_addr_q[AddrBits-1-:2];

  `TWILL_STALL(stall_post)
  `TWILL_STALL(stall_write)
  `TWILL_STALL(stall_read)

  // Who reads and writes: a request is granted unless one before it reads its bank.
  logic [3:0] reads, writes;
  logic       hold;          // nothing is granted
  assign hold = Ecc && clear_i;
  always_comb begin
    reads = '0;
    writes = '0;
    post_gnt_o = 1'b0;
    write_gnt = 1'b0;
    read_gnt = 1'b0;
    dmaw_waits = 1'b0;
    if (acc_wr_en_i) writes = 4'd1 << arraw_bank;
    if (pending_q) begin
      dmaw_waits = acc_wr_en_i && arraw_bank == pending_bank;
      writes = writes | (4'd1 << pending_bank);
    end
    if (acc_rd_en_i) reads = 4'd1 << array_bank;
    if (post_req_i && !hold && !stall_post) begin
      post_gnt_o = !reads[post_bank];
      reads = reads | (4'd1 << post_bank);
    end
    if (!dmaw_waits && !hold) begin
      if (write_req && !stall_write) begin
        if (write_add || !(&write_lane)) begin
          write_gnt = !reads[dmaw_bank];
          reads = reads | (4'd1 << dmaw_bank);
        end else begin
          write_gnt = 1'b1;
        end
      end
      if (read_req && !stall_read) begin
        read_gnt = !reads[dmar_bank];
        reads = reads | (4'd1 << dmar_bank);
      end
    end
  end

  // The banks.
  logic [Bits-1:0] words0[BankWords], words1[BankWords], words2[BankWords], words3[BankWords];
  logic [Bits-1:0] read0_q, read1_q, read2_q, read3_q;
  logic [Bits-1:0] read0, read1, read2, read3;   // what the banks have read
  logic [1:0] array_bank_q, post_bank_q, dmaw_bank_q, dmar_bank_q;
  logic array_reads_q, post_granted_q, dmar_granted_q;

  function automatic logic [RowBits-1:0] read_row(input logic [1:0] bank);
    if (acc_rd_en_i && array_bank == bank) read_row = acc_rd_addr_i[RowBits-1:0];
    else if (post_gnt_o && post_bank == bank) read_row = post_addr_i[RowBits-1:0];
    else if (write_gnt && dmaw_bank == bank && (write_add || !(&write_lane))) read_row = write_addr[RowBits-1:0];
    else read_row = read_addr[RowBits-1:0];
  endfunction

  function automatic logic [RowBits-1:0] write_row(input logic [1:0] bank);
    write_row = acc_wr_en_i && arraw_bank == bank ? acc_wr_addr_i[RowBits-1:0] : pending_addr_q[RowBits-1:0];
  endfunction

  // The word of the DMA's write: what it holds, or its lanes' share of that, and what comes.
  logic [Bits-1:0] held, merged;
  always_comb begin
    held = '0;
    merged = '0;
    if (pending_q) begin
      held = again_q ? written_q : dmaw_bank_q[1] ? (dmaw_bank_q[0] ? read3 : read2) : (dmaw_bank_q[0] ? read1 : read0);
      for (int unsigned l = 0; l < Word; l++)
        merged[l*32+:32] = (held[l*32+:32] & {32{!pending_lane_q[l] || pending_add_q}}) + (pending_data_q[l*32+:32] & {32{pending_lane_q[l]}});
    end
  end

  function automatic logic [Bits-1:0] write_data(input logic [1:0] bank);
    if (acc_wr_en_i && arraw_bank == bank) write_data = acc_wr_data_i;
    else write_data = merged;
  endfunction

  // What has been read, to whom it belongs.
  assign acc_rd_data_o = !array_reads_q ? '0 : array_bank_q[1] ? (array_bank_q[0] ? read3 : read2) : (array_bank_q[0] ? read1 : read0);

  // Reads come before writes, so that the memories can be written in place, which costs the simulator nothing more.
  always_ff @(posedge clk_i) begin
    if (post_granted_q)
      post_data_o <= post_bank_q[1] ? (post_bank_q[0] ? read3 : read2) : (post_bank_q[0] ? read1 : read0);
    if (dmar_granted_q)
      dmar_data_o <= dmar_bank_q[1] ? (dmar_bank_q[0] ? read3 : read2) : (dmar_bank_q[0] ? read1 : read0);
    array_reads_q <= acc_rd_en_i;
    post_granted_q <= post_gnt_o;
    dmar_granted_q <= read_gnt;
    if (!Ecc && reads != '0) begin
      if (reads[0]) read0_q <= words0[read_row(2'd0)];
      if (reads[1]) read1_q <= words1[read_row(2'd1)];
      if (reads[2]) read2_q <= words2[read_row(2'd2)];
      if (reads[3]) read3_q <= words3[read_row(2'd3)];
    end
    if (reads != '0) begin
      array_bank_q <= array_bank;
      post_bank_q <= post_bank;
      dmar_bank_q <= dmar_bank;
    end
    if (!Ecc && writes != '0) begin
      if (writes[0]) words0[write_row(2'd0)] = write_data(2'd0);
      if (writes[1]) words1[write_row(2'd1)] = write_data(2'd1);
      if (writes[2]) words2[write_row(2'd2)] = write_data(2'd2);
      if (writes[3]) words3[write_row(2'd3)] = write_data(2'd3);
    end
    if (write_gnt) write_turn_q <= !net_writes;
    if (read_gnt) read_turn_q <= !net_reads;
    if (write_gnt || pending_q) begin
      if (write_gnt) begin
        if (pending_q) written_q <= merged;
        dmaw_bank_q <= dmaw_bank;
        again_q <= pending_q && pending_addr_q == write_addr;
        pending_addr_q <= write_addr;
        pending_lane_q <= write_lane;
        if (net_writes) pending_data_q <= {Word / 4{netw_data_i}};
        else pending_data_q <= dmaw_data_i;
        pending_add_q <= write_add;
      end else if (dmaw_waits) begin  // what it read is gone in the next cycle: keep the result and try again
        written_q <= merged;
        again_q <= 1'b1;
        pending_lane_q <= '0;
      end
      pending_q <= write_gnt || dmaw_waits;
    end
    if (!rst_ni) begin
      pending_q <= 1'b0;
      write_turn_q <= 1'b0;
      read_turn_q <= 1'b0;
    end
  end

  if (Ecc) begin : gen_ecc
    // Of the DMA's write: the code words that are lost, known from its read or from the write before. Those it does not cover it leaves as they are.
    localparam int unsigned Lanes = Word / 2;
    logic [4*Lanes-1:0] lost;   // of what the banks have read
    logic [Lanes-1:0]   leaves, leaves_q;
    always_comb begin
      leaves = '0;
      if (pending_q) begin
        leaves = again_q ? leaves_q : lost[dmaw_bank_q*Lanes +: Lanes];
        for (int unsigned l = 0; l < Lanes; l++) if (&pending_lane_q[2*l +: 2] && !pending_add_q) leaves[l] = 1'b0;
      end
    end
    always_ff @(posedge clk_i) if (pending_q) leaves_q <= leaves;

    // The code words of a bank that are written.
    function automatic logic [Lanes-1:0] write_lanes(input logic [1:0] bank);
      if (!writes[bank]) write_lanes = '0;
      else if (acc_wr_en_i && arraw_bank == bank) write_lanes = '1;
      else write_lanes = ~leaves;
    endfunction

    twill_accumulators_ecc #(.Word(Word), .AccWords(AccWords)) u_banks (
      .clk_i, .clear_i, .clear_row_i,
      .array_i({4{acc_rd_en_i}} & (4'd1 << array_bank)), .post_i({4{post_gnt_o}} & (4'd1 << post_bank)),
      // a write that finds its word on its way does not need what the bank holds
      .write_i({4{write_gnt && (write_add || !(&write_lane)) && !(pending_q && pending_addr_q == write_addr)}} & (4'd1 << dmaw_bank)),
      .read_i({4{read_gnt}} & (4'd1 << dmar_bank)), .net_writes_i(net_writes), .net_reads_i(net_reads),
      .rows_i({read_row(2'd3), read_row(2'd2), read_row(2'd1), read_row(2'd0)}),
      .writes_i({write_lanes(2'd3), write_lanes(2'd2), write_lanes(2'd1), write_lanes(2'd0)}),
      .write_rows_i({write_row(2'd3), write_row(2'd2), write_row(2'd1), write_row(2'd0)}),
      .write_data_i({write_data(2'd3), write_data(2'd2), write_data(2'd1), write_data(2'd0)}),
      .words_o({read3, read2, read1, read0}), .lost_o(lost), .corrected_o, .double_o, .address_o);
  end else begin : gen_plain
    assign read0 = read0_q;
    assign read1 = read1_q;
    assign read2 = read2_q;
    assign read3 = read3_q;
    assign corrected_o = '0;
    assign double_o = '0;
    assign address_o = '0;
  end

  `TWILL_ASSERT_ONEHOT0(OneWriter, {dmaw_gnt_o, netw_gnt_o})
  `TWILL_ASSERT_ONEHOT0(OneReader, {dmar_gnt_o, netr_gnt_o})
  `TWILL_ASSUME(OneOwner, !(acc_wr_en_i && pending_q && acc_wr_addr_i == pending_addr_q))
endmodule
