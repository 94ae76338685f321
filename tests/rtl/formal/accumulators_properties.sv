// SPDX-License-Identifier: Apache-2.0
// twill_accumulators: who is granted, that DMA and network take turns, and that no write is lost. The last it says of lane 1 (all
// are alike) of a word, which may be any: the memory, or the write that waits for it, holds what all granted writes make.
module accumulators_properties #(
  parameter int unsigned Word     = 4,
  parameter int unsigned AccWords = 8
) (
  input logic                               clk_i,
  input logic                               rst_ni,
  input logic                               array_rd,
  input logic [$clog2(AccWords)-1:0]        array_rd_addr,
  input logic [Word*32-1:0]                 array_rd_data,
  input logic                               array_wr,
  input logic [$clog2(AccWords)-1:0]        array_wr_addr,
  input logic [Word*32-1:0]                 array_wr_data,
  input logic                               post_req,
  input logic [$clog2(AccWords)-1:0]        post_addr,
  input logic                               post_gnt,
  input logic [Word*32-1:0]                 post_data,
  input logic                               dmaw_req,
  input logic [$clog2(AccWords)-1:0]        dmaw_addr,
  input logic [Word-1:0]                    dmaw_lane,
  input logic [Word*32-1:0]                 dmaw_data,
  input logic                               dmaw_add,
  input logic                               dmaw_gnt,
  input logic                               netw_req,
  input logic [$clog2(AccWords)-1:0]        netw_addr,
  input logic [Word-1:0]                    netw_lane,
  input logic [127:0]                       netw_data,
  input logic                               netw_add,
  input logic                               netw_gnt,
  input logic                               dmar_req,
  input logic [$clog2(AccWords)-1:0]        dmar_addr,
  input logic                               dmar_gnt,
  input logic [Word*32-1:0]                 dmar_data,
  input logic                               netr_req,
  input logic [$clog2(AccWords)-1:0]        netr_addr,
  input logic                               netr_gnt,
  input logic                               write_turn,  // the network's
  input logic                               read_turn,
  input logic                               pending,
  input logic [$clog2(AccWords)-1:0]        pending_addr,
  input logic [Word*32-1:0]                 merged,
  input logic [AccWords*Word*32-1:0]        words
);
  localparam int unsigned Bits = $clog2(AccWords);

  logic known_q = 1'b0;

  // ---- grants
  logic [Bits-1:0] write_addr, read_addr;
  logic            write_gnt, read_gnt, write_reads, waits;
  logic [1:0]      array_bank, post_bank, write_bank, read_bank;
  assign write_gnt = dmaw_gnt || netw_gnt;
  assign read_gnt = dmar_gnt || netr_gnt;
  assign write_addr = netw_gnt ? netw_addr : dmaw_addr;
  assign read_addr = netr_gnt ? netr_addr : dmar_addr;
  assign write_reads = netw_gnt ? netw_add || !(&netw_lane) : dmaw_add || !(&dmaw_lane);   // it needs what is there
  assign array_bank = array_rd_addr[Bits-1-:2];
  assign post_bank = post_addr[Bits-1-:2];
  assign write_bank = write_addr[Bits-1-:2];
  assign read_bank = read_addr[Bits-1-:2];
  assign waits = pending && array_wr && array_wr_addr[Bits-1-:2] == pending_addr[Bits-1-:2];

  // Who of DMA and network was granted while the other asked too.
  logic dmaw_went_q, netw_went_q, dmar_went_q, netr_went_q;

  // ---- one lane of one word
  logic [Bits-1:0]         addr;
  logic [$clog2(Word)-1:0] lane;
  assign addr = $anyconst;
  assign lane = 1;
  logic [31:0] held, next, value_q;
  always_comb begin                   // solvers do not like wide shifts
    held = '0;
    for (int unsigned i = 0; i < AccWords * Word; i++) if ({addr, lane} == ($clog2(AccWords * Word))'(i)) held = words[i*32 +: 32];
  end
  always_comb begin
    next = value_q;
    if (array_wr && array_wr_addr == addr) next = array_wr_data[lane*32 +: 32];
    else if (dmaw_gnt && dmaw_addr == addr && dmaw_lane[lane]) next = (dmaw_add ? value_q : 32'd0) + dmaw_data[lane*32 +: 32];
    else if (netw_gnt && netw_addr == addr && netw_lane[lane]) next = (netw_add ? value_q : 32'd0) + netw_data[lane%4*32 +: 32];
  end

  // What was read of it: by the array a cycle ago, by the others two.
  logic        array_saw_q, post_saw_q, post_saw2_q, read_saw_q, read_saw2_q;
  logic [31:0] saw_q, saw2_q;

  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    value_q <= rst_ni ? next : held;
    dmaw_went_q <= rst_ni && (write_gnt ? dmaw_gnt && netw_req : dmaw_went_q && netw_req);
    netw_went_q <= rst_ni && (write_gnt ? netw_gnt && dmaw_req : netw_went_q && dmaw_req);
    dmar_went_q <= rst_ni && (read_gnt ? dmar_gnt && netr_req : dmar_went_q && netr_req);
    netr_went_q <= rst_ni && (read_gnt ? netr_gnt && dmar_req : netr_went_q && dmar_req);
    array_saw_q <= array_rd && array_rd_addr == addr;
    post_saw_q <= post_gnt && post_addr == addr;
    read_saw_q <= read_gnt && read_addr == addr;
    saw_q <= held;
    post_saw2_q <= post_saw_q;
    read_saw2_q <= read_saw_q;
    saw2_q <= saw_q;
    if (!rst_ni) begin
      array_saw_q <= 1'b0;
      post_saw_q <= 1'b0;
      post_saw2_q <= 1'b0;
      read_saw_q <= 1'b0;
      read_saw2_q <= 1'b0;
    end
  end

  always_comb begin
    assume (rst_ni == known_q);
    // Nobody asks in the reset; and one owner a bank: the array does not write a word that is written by another, or waits to be.
    if (!known_q) assume (!array_wr && !dmaw_req && !netw_req && !pending);
    if (array_wr) assume (!(pending && pending_addr == array_wr_addr) && !(dmaw_req && dmaw_addr == array_wr_addr) && !(netw_req && netw_addr == array_wr_addr));

    if (known_q) begin
      assert (!post_gnt || post_req);
      assert (!dmaw_gnt || dmaw_req);
      assert (!netw_gnt || netw_req);
      assert (!dmar_gnt || dmar_req);
      assert (!netr_gnt || netr_req);
      assert (!(dmaw_gnt && netw_gnt) && !(dmar_gnt && netr_gnt));
      // One read a bank, and the array before post, post before the others.
      if (post_req) assert (post_gnt == !(array_rd && array_bank == post_bank));
      if (write_gnt && write_reads) assert (!(array_rd && array_bank == write_bank) && !(post_req && post_bank == write_bank));
      if (read_gnt) assert (!(array_rd && array_bank == read_bank) && !(post_req && post_bank == read_bank));
      if (read_gnt && write_gnt && write_reads) assert (read_bank != write_bank);
      // A write that waits for the array lets nothing else of DMA and network go.
      if (waits) assert (!write_gnt && !read_gnt);
      // Who went while the other asked lets that one go next.
      assert (!(dmaw_went_q && !write_turn) && !(netw_went_q && write_turn));
      assert (!(dmar_went_q && !read_turn) && !(netr_went_q && read_turn));
      assert (!(dmaw_went_q && dmaw_gnt && netw_req) && !(netw_went_q && netw_gnt && dmaw_req));
      assert (!(dmar_went_q && dmar_gnt && netr_req) && !(netr_went_q && netr_gnt && dmar_req));

      ContentsWritten: assert ((pending && pending_addr == addr ? merged[lane*32 +: 32] : held) == value_q);
      ContentsArray: assert (array_rd_data[lane*32 +: 32] == saw_q || !array_saw_q);
      if (post_saw2_q) ContentsPost: assert (post_data[lane*32 +: 32] == saw2_q);
      if (read_saw2_q) ContentsDma: assert (dmar_data[lane*32 +: 32] == saw2_q);
    end
  end
endmodule

bind twill_accumulators accumulators_properties #(.Word(Word), .AccWords(AccWords)) i_properties (
  .clk_i, .rst_ni, .array_rd(acc_rd_en_i), .array_rd_addr(acc_rd_addr_i), .array_rd_data(acc_rd_data_o),
  .array_wr(acc_wr_en_i), .array_wr_addr(acc_wr_addr_i), .array_wr_data(acc_wr_data_i),
  .post_req(post_req_i), .post_addr(post_addr_i), .post_gnt(post_gnt_o), .post_data(post_data_o),
  .dmaw_req(dmaw_req_i), .dmaw_addr(dmaw_addr_i), .dmaw_lane(dmaw_lane_i), .dmaw_data(dmaw_data_i), .dmaw_add(dmaw_add_i), .dmaw_gnt(dmaw_gnt_o),
  .netw_req(netw_req_i), .netw_addr(netw_addr_i), .netw_lane(netw_lane_i), .netw_data(netw_data_i), .netw_add(netw_add_i), .netw_gnt(netw_gnt_o),
  .dmar_req(dmar_req_i), .dmar_addr(dmar_addr_i), .dmar_gnt(dmar_gnt_o), .dmar_data(dmar_data_o),
  .netr_req(netr_req_i), .netr_addr(netr_addr_i), .netr_gnt(netr_gnt_o),
  .write_turn(write_turn_q), .read_turn(read_turn_q), .pending(pending_q), .pending_addr(pending_addr_q), .merged,
  .words({words3[1], words3[0], words2[1], words2[0], words1[1], words1[0], words0[1], words0[0]}));
