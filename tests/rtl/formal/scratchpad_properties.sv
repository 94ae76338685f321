// SPDX-License-Identifier: Apache-2.0
// twill_scratchpad: who is granted, and that what is read is what was written. A request is granted if and only if none of higher
// priority touches a memory it touches, reads and writes each for themselves: so no memory serves two in a cycle. Of the contents it
// speaks by one byte, which may be any: a read granted two or more cycles after a write's grant sees it, unaligned or not.
module scratchpad_properties #(
  parameter int unsigned Word = 4,
  parameter int unsigned ScratchpadBytes = 64
) (
  input logic                         clk_i,
  input logic                         rst_ni,
  input logic [6:0]                   rd_req,        // in the order of the ports: the order of priority
  input logic [7*24-1:0]              rd_addr,
  input logic [6:0]                   rd_gnt,
  input logic [7*Word*8-1:0]          rd_data,
  input logic [2:0]                   wr_req,
  input logic [3*24-1:0]              wr_addr,
  input logic [3*Word*8-1:0]          wr_data,
  input logic [3*Word-1:0]            wr_be,
  input logic [2:0]                   wr_gnt,
  input logic                         writing,       // what was granted in the cycle before
  input logic [ScratchpadBytes*8-1:0] bytes
);
  localparam int unsigned Bits = $clog2(ScratchpadBytes);
  localparam int unsigned Places = 2 * twill_pkg::ScratchpadBanks;
  localparam int unsigned Offset = $clog2(Word);

  // The memory a byte lies in: the bank by the high bits, and whether its word is odd.
  function automatic logic [Places-1:0] place(input logic [Bits-1:0] addr);
    place = Places'(1) << {addr[Bits-1 -: $clog2(Places) - 1], addr[Offset]};
  endfunction

  logic [6:0]        rd_may;
  logic [2:0]        wr_may;
  logic [Places-1:0] mine, before;
  always_comb begin
    before = '0;
    for (int unsigned p = 0; p < 7; p++) begin
      mine = '0;
      for (int unsigned b = 0; b < Word; b++) if (rd_req[p]) mine = mine | place(rd_addr[p*24 +: Bits] + Bits'(b));
      rd_may[p] = rd_req[p] && (mine & before) == '0;
      before = before | mine;
    end
    before = '0;
    for (int unsigned p = 0; p < 3; p++) begin
      mine = '0;
      for (int unsigned b = 0; b < Word; b++) if (wr_req[p]) mine = mine | place(wr_addr[p*24 +: Bits] + Bits'(b));
      wr_may[p] = wr_req[p] && (mine & before) == '0;
      before = before | mine;
    end
  end

  // ---- one byte: granted writes of this cycle, of the last, and what the memory holds
  logic [Bits-1:0] addr;
  assign addr = $anyconst;
  logic       known_q = 1'b0;
  logic       write, write_q;
  logic [7:0] data, data_q, value_q, held;
  always_comb begin                   // solvers do not like wide shifts
    held = '0;
    for (int unsigned i = 0; i < ScratchpadBytes; i++) if (addr == Bits'(i)) held = bytes[i*8 +: 8];
  end
  always_comb begin
    write = 1'b0;
    data = '0;
    for (int unsigned p = 0; p < 3; p++) begin
      for (int unsigned b = 0; b < Word; b++) begin
        if (wr_gnt[p] && wr_be[p*Word+b] && Bits'(wr_addr[p*24 +: Bits] + Bits'(b)) == addr) begin
          write = 1'b1;
          data = wr_data[(p*Word+b)*8 +: 8];
        end
      end
    end
  end

  // Reads of it: which byte of the port's word, a cycle and two cycles after the grant.
  logic [7*Word-1:0] reads, reads_q, reads2_q;
  logic [7:0]        saw_q, saw2_q;
  always_comb begin
    for (int unsigned p = 0; p < 7; p++)
      for (int unsigned b = 0; b < Word; b++)
        reads[p*Word+b] = rd_gnt[p] && Bits'(rd_addr[p*24 +: Bits] + Bits'(b)) == addr;
  end

  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    write_q <= write;
    data_q <= data;
    value_q <= !known_q ? held : write_q ? data_q : value_q;
    reads_q <= reads;
    reads2_q <= reads_q;
    saw_q <= held;
    saw2_q <= saw_q;
    if (!known_q) begin
      write_q <= 1'b0;
      reads_q <= '0;
      reads2_q <= '0;
    end
  end

  logic [6:0] right;
  always_comb begin
    right = '1;
    for (int unsigned i = 0; i < 7 * Word; i++) if (reads2_q[i] && rd_data[i*8 +: 8] != saw2_q) right[i/Word] = 1'b0;
  end

  always_comb begin
    assume (rst_ni == known_q);
    if (!known_q) assume (wr_req == '0 && !writing);
    GrantsRead: assert (rd_gnt == rd_may);
    GrantsWrite: assert (wr_gnt == wr_may);
    if (known_q) ContentsWritten: assert (held == value_q);
    if (known_q) Sees0: assert (right[0]);
    if (known_q) Sees1: assert (right[1]);
    if (known_q) Sees2: assert (right[2]);
    if (known_q) Sees3: assert (right[3]);
    if (known_q) Sees4: assert (right[4]);
    if (known_q) Sees5: assert (right[5]);
    if (known_q) Sees6: assert (right[6]);
  end
endmodule

bind twill_scratchpad scratchpad_properties #(.Word(Word), .ScratchpadBytes(ScratchpadBytes)) i_properties (
  .clk_i, .rst_ni,
  .rd_req({add_req_i, send_req_i, load_req_i, store_req_i, feeder_req_i, post_req_i, weights_req_i}),
  .rd_addr({add_addr_i, send_addr_i, load_addr_i, store_addr_i, feeder_addr_i, post_addr_i, weights_addr_i}),
  .rd_gnt({add_gnt_o, send_gnt_o, load_gnt_o, store_gnt_o, feeder_gnt_o, post_gnt_o, weights_gnt_o}),
  .rd_data({add_rdata_o, send_rdata_o, load_rdata_o, store_rdata_o, feeder_rdata_o, post_rdata_o, weights_rdata_o}),
  .wr_req({netw_req_i, loadw_req_i, postw_req_i}), .wr_addr({netw_addr_i, loadw_addr_i, postw_addr_i}),
  .wr_data({netw_data_i, loadw_data_i, postw_data_i}), .wr_be({netw_be_i, loadw_be_i, postw_be_i}),
  .wr_gnt({netw_gnt_o, loadw_gnt_o, postw_gnt_o}), .writing(|writes_q),
  .bytes({gen_plain.gen_bank[3].odd[1], gen_plain.gen_bank[3].even[1], gen_plain.gen_bank[3].odd[0], gen_plain.gen_bank[3].even[0],
          gen_plain.gen_bank[2].odd[1], gen_plain.gen_bank[2].even[1], gen_plain.gen_bank[2].odd[0], gen_plain.gen_bank[2].even[0],
          gen_plain.gen_bank[1].odd[1], gen_plain.gen_bank[1].even[1], gen_plain.gen_bank[1].odd[0], gen_plain.gen_bank[1].even[0],
          gen_plain.gen_bank[0].odd[1], gen_plain.gen_bank[0].even[1], gen_plain.gen_bank[0].odd[0], gen_plain.gen_bank[0].even[0]}));
