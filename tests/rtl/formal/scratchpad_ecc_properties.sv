// SPDX-License-Identifier: Apache-2.0
// twill_scratchpad with SEC-DED. It speaks of one byte and the code word it lies in, which may be any: the word holds what all granted writes make of
// the byte, whichever bytes they enable; reads see what it holds when they are granted; a lost word is reported to whoever reads it or writes part of
// it, and stays lost until it is written whole: writes of part of it are dropped. Words may be struck in every cycle. A memory serves one read a
// cycle, those of partial writes counted.
module scratchpad_ecc_properties #(
  parameter int unsigned Word = 4,
  parameter int unsigned ScratchpadBytes = 32
) (
  input logic                                   clk_i,
  input logic                                   rst_ni,
  input logic                                   clear,
  input logic [7*24-1:0]                        rd_addr,     // ports in the order of their priority
  input logic [6:0]                             rd_gnt,
  input logic [7*Word*8-1:0]                    rd_data,
  input logic [2:0]                             wr_req,
  input logic [3*24-1:0]                        wr_addr,
  input logic [3*Word*8-1:0]                    wr_data,
  input logic [3*Word-1:0]                      wr_be,
  input logic [2:0]                             wr_gnt,
  input logic                                   writing,     // what was granted in the cycle before
  input logic [5:0]                             double,
  input logic [2*twill_pkg::ScratchpadBanks-1:0] memory_writes,     // what the memories do, of two rows each
  input logic [2*twill_pkg::ScratchpadBanks-1:0] memory_rows,
  input logic [ScratchpadBytes/Word*(Word*8+7)-1:0] words    // of each memory its rows; of each the data below, the check bits above
);
  localparam int unsigned Bits = $clog2(ScratchpadBytes);
  localparam int unsigned Offset = $clog2(Word);
  localparam int unsigned Places = 2 * twill_pkg::ScratchpadBanks;
  localparam int unsigned RowBits = Bits - Offset - $clog2(Places);
  localparam int unsigned CodeBits = Word * 8 + 7;

  // The memory a byte lies in: the bank by the high bits, and whether its word is odd.
  function automatic logic [$clog2(Places)-1:0] place(input logic [Bits-1:0] addr);
    place = {addr[Bits-1 -: $clog2(Places) - 1], addr[Offset]};
  endfunction

  logic [Bits-1:0] addr;
  assign addr = $anyconst;

  // ---- as it lies
  logic [CodeBits-1:0] held_word;
  logic [7:0]          held;
  logic                lost;
  always_comb begin
    held_word = '0;
    for (int unsigned i = 0; i < ScratchpadBytes / Word; i++)
      if ({place(addr), addr[Offset+1 +: RowBits]} == (Bits - Offset)'(i)) held_word = words[i*CodeBits +: CodeBits];
    held = '0;
    for (int unsigned i = 0; i < Word; i++) if (addr[Offset-1:0] == Offset'(i)) held = held_word[i*8 +: 8];
    lost = held_word[Word*8 +: 7] > 1;
  end

  logic written;   // now
  always_comb begin
    written = 1'b0;
    for (int unsigned p = 0; p < Places; p++) if (place(addr) == 2'(p) && memory_writes[p] && memory_rows[p] == addr[Offset+1]) written = 1'b1;
  end

  // ---- granted writes
  logic            write, part, touched;   // the byte; part of its word; its word
  logic [7:0]      data;
  logic [Word-1:0] mine;
  logic [Bits-1:0] at;
  always_comb begin
    write = 1'b0;
    part = 1'b0;
    touched = 1'b0;
    data = '0;
    for (int unsigned p = 0; p < 3; p++) begin
      mine = '0;
      for (int unsigned b = 0; b < Word; b++) begin
        at = wr_addr[p*24 +: Bits] + Bits'(b);
        if (wr_gnt[p] && wr_be[p*Word+b] && at[Bits-1:Offset] == addr[Bits-1:Offset]) begin
          for (int unsigned i = 0; i < Word; i++) if (at[Offset-1:0] == Offset'(i)) mine[i] = 1'b1;
          if (at == addr) begin
            write = 1'b1;
            data = wr_data[(p*Word+b)*8 +: 8];
          end
        end
      end
      part = part | (mine != '0 && mine != '1);
      touched = touched | (mine != '0);
    end
  end

  // ---- granted reads: of the byte, of its word, of its memory
  logic [7*Word-1:0] reads;
  logic [6:0]        reads_word, reads_place;
  logic [2:0]        readers;
  logic [Bits-1:0]   from;
  always_comb begin
    reads_word = '0;
    reads_place = '0;
    readers = 3'(part);
    for (int unsigned p = 0; p < 7; p++) begin
      for (int unsigned b = 0; b < Word; b++) begin
        from = rd_addr[p*24 +: Bits] + Bits'(b);
        reads[p*Word+b] = rd_gnt[p] && from == addr;
        if (rd_gnt[p] && from[Bits-1:Offset] == addr[Bits-1:Offset]) reads_word[p] = 1'b1;
        if (rd_gnt[p] && place(from) == place(addr)) reads_place[p] = 1'b1;
      end
      readers = readers + 3'(reads_place[p]);
    end
  end

  // A write is dropped if it found the word lost, and not on its way from the write before.
  logic              known_q = 1'b0;
  logic              write_q, touched_q, drop_q, lands;
  logic              was_lost_q, found_lost_q, lost_q, lost2_q;
  logic [7:0]        data_q, value_q, held_q, held2_q;
  logic [7*Word-1:0] reads_q, reads2_q;
  assign lands = touched_q && !drop_q;
  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    write_q <= known_q && write;
    touched_q <= known_q && touched;
    drop_q <= part && lost && !lands;
    data_q <= data;
    value_q <= !known_q ? held : write_q && !drop_q ? data_q : value_q;
    was_lost_q <= known_q && lost && !lands;
    found_lost_q <= known_q && lost && (reads_word != '0 || (part && !lands));
    reads_q <= known_q ? reads : '0;
    reads2_q <= known_q ? reads_q : '0;
    held_q <= held;
    held2_q <= held_q;
    lost_q <= lost;
    lost2_q <= lost_q;
  end

  logic [6:0] right;
  always_comb begin
    right = '1;
    for (int unsigned i = 0; i < 7 * Word; i++) if (reads2_q[i] && !lost2_q && rd_data[i*8 +: 8] != held2_q) right[i/Word] = 1'b0;
  end

  always_comb begin
    assume (rst_ni == known_q && !clear);
    if (!known_q) assume (wr_req == '0 && !writing);
    if (known_q) Holds: assert (held == value_q);
    if (known_q) Lands: assert (lands == written);
    if (known_q && was_lost_q) Lost: assert (lost);
    if (known_q) Sees0: assert (right[0]);
    if (known_q) Sees1: assert (right[1]);
    if (known_q) Sees2: assert (right[2]);
    if (known_q) Sees3: assert (right[3]);
    if (known_q) Sees4: assert (right[4]);
    if (known_q) Sees5: assert (right[5]);
    if (known_q) Sees6: assert (right[6]);
    if (known_q && found_lost_q) Reported: assert (double != '0);
    OneRead: assert (readers <= 3'd1);
  end
endmodule

bind twill_scratchpad scratchpad_ecc_properties #(.Word(Word), .ScratchpadBytes(ScratchpadBytes)) i_properties (
  .clk_i, .rst_ni, .clear(clear_i),
  .rd_addr({add_addr_i, send_addr_i, load_addr_i, store_addr_i, feeder_addr_i, post_addr_i, weights_addr_i}),
  .rd_gnt({add_gnt_o, send_gnt_o, load_gnt_o, store_gnt_o, feeder_gnt_o, post_gnt_o, weights_gnt_o}),
  .rd_data({add_rdata_o, send_rdata_o, load_rdata_o, store_rdata_o, feeder_rdata_o, post_rdata_o, weights_rdata_o}),
  .wr_req({netw_req_i, loadw_req_i, postw_req_i}), .wr_addr({netw_addr_i, loadw_addr_i, postw_addr_i}),
  .wr_data({netw_data_i, loadw_data_i, postw_data_i}), .wr_be({netw_be_i, loadw_be_i, postw_be_i}),
  .wr_gnt({netw_gnt_o, loadw_gnt_o, postw_gnt_o}), .writing(|writes_q), .double(double_o),
  .memory_writes({\gen_ecc.u_places.gen_place[3].u_memory.write_i , \gen_ecc.u_places.gen_place[2].u_memory.write_i , \gen_ecc.u_places.gen_place[1].u_memory.write_i , \gen_ecc.u_places.gen_place[0].u_memory.write_i }),
  .memory_rows({\gen_ecc.u_places.gen_place[3].u_memory.write_row_i , \gen_ecc.u_places.gen_place[2].u_memory.write_row_i , \gen_ecc.u_places.gen_place[1].u_memory.write_row_i , \gen_ecc.u_places.gen_place[0].u_memory.write_row_i }),
  .words({\gen_ecc.u_places.gen_place[3].u_memory.all_words , \gen_ecc.u_places.gen_place[2].u_memory.all_words ,
          \gen_ecc.u_places.gen_place[1].u_memory.all_words , \gen_ecc.u_places.gen_place[0].u_memory.all_words }));
