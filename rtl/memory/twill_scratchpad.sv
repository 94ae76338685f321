// SPDX-License-Identifier: Apache-2.0
//
// The scratchpad: ScratchpadBytes of memory, read and written a word (Word bytes) at any byte address.
//
// Eight banks by the three high address bits, each a pair of memories with one read and one write port: the even words and
// the odd words. An unaligned word lies in one even and one odd word, so it too is one access.
//
// A read port: req, addr -> gnt in the same cycle; the word is on rdata two cycles after the grant, for that cycle only.
// A write port: req, addr, data, be -> gnt in the same cycle; byte lane l goes to addr + l. Addresses wrap at
// ScratchpadBytes. A read granted two or more cycles after a write's grant sees it.
//
// Priority falls in the order of the ports below, reads and writes each for themselves. A request is granted when none of
// higher priority touches a memory it touches, whether that one is granted or not: a grant then depends on requests alone.
//
// The memories select address and data inside their enable, so that an idle one costs the simulator a test of one bit.
module twill_scratchpad #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // read: weight loader
  input  logic              weights_req_i,
  input  logic [23:0]       weights_addr_i,
  output logic              weights_gnt_o,
  output logic [Word*8-1:0] weights_rdata_o,
  // read: post unit
  input  logic              post_req_i,
  input  logic [23:0]       post_addr_i,
  output logic              post_gnt_o,
  output logic [Word*8-1:0] post_rdata_o,
  // read: array operands
  input  logic              feeder_req_i,
  input  logic [23:0]       feeder_addr_i,
  output logic              feeder_gnt_o,
  output logic [Word*8-1:0] feeder_rdata_o,
  // read: DMA to DRAM
  input  logic              store_req_i,
  input  logic [23:0]       store_addr_i,
  output logic              store_gnt_o,
  output logic [Word*8-1:0] store_rdata_o,
  // read: DMA from DRAM, adding
  input  logic              load_req_i,
  input  logic [23:0]       load_addr_i,
  output logic              load_gnt_o,
  output logic [Word*8-1:0] load_rdata_o,
  // write: post unit
  input  logic              postw_req_i,
  input  logic [23:0]       postw_addr_i,
  input  logic [Word*8-1:0] postw_data_i,
  input  logic [Word-1:0]   postw_be_i,
  output logic              postw_gnt_o,
  // write: DMA from DRAM
  input  logic              loadw_req_i,
  input  logic [23:0]       loadw_addr_i,
  input  logic [Word*8-1:0] loadw_data_i,
  input  logic [Word-1:0]   loadw_be_i,
  output logic              loadw_gnt_o
);
  localparam int unsigned Banks = twill_pkg::ScratchpadBanks;
  localparam int unsigned BankBits = $clog2(Banks);
  localparam int unsigned Places = 2 * Banks;               // a place is a memory: {bank, odd}
  localparam int unsigned PlaceBits = BankBits + 1;
  localparam int unsigned OffsetBits = $clog2(Word);
  localparam int unsigned AddressBits = $clog2(ScratchpadBytes);
  localparam int unsigned PairBits = AddressBits - OffsetBits - 1;  // index of an even word among the even ones
  localparam int unsigned RowBits = PairBits - BankBits;

  if (ScratchpadBytes != (1 << AddressBits) || Word != (1 << OffsetBits) || Word < 4 || PairBits <= BankBits) begin : gen_bad_size
    $error("twill_scratchpad: sizes must be powers of two, Word at least 4, and a bank must hold four words");
  end

  // The odd word a request at addr touches is number `odd_pair` among the odd words, its even word `even_pair` among the even.
  function automatic logic [PairBits-1:0] odd_pair(input logic [23:0] addr);
    odd_pair = addr[AddressBits-1:OffsetBits+1];
  endfunction
  function automatic logic [PairBits-1:0] even_pair(input logic [23:0] addr);
    even_pair = addr[AddressBits-1:OffsetBits+1] + PairBits'(addr[OffsetBits]);
  endfunction
  function automatic logic [PlaceBits-1:0] odd_place(input logic [23:0] addr);
    odd_place = {addr[AddressBits-1 -: BankBits], 1'b1};
  endfunction
  function automatic logic [PlaceBits-1:0] even_place(input logic [23:0] addr);
    logic [PairBits-1:0] pair;
    pair = even_pair(addr);
    even_place = {pair[PairBits-1 -: BankBits], 1'b0};
  endfunction
  function automatic logic [Places-1:0] touched(input logic [23:0] addr);
    logic aligned;
    aligned = addr[OffsetBits-1:0] == '0;
    touched = (Places'(!(aligned && addr[OffsetBits])) << even_place(addr)) |
              (Places'(!(aligned && !addr[OffsetBits])) << odd_place(addr));
  endfunction

  // ------------------------------------------------------------------------------------------------------ who may
  logic [Places-1:0] weights_touches;
  logic [Places-1:0] post_touches;
  logic [Places-1:0] feeder_touches;
  logic [Places-1:0] store_touches;
  logic [Places-1:0] load_touches;
  logic [Places-1:0] postw_touches;
  logic [Places-1:0] loadw_touches;
  always_comb begin
    weights_touches = '0;
    if (weights_req_i) weights_touches = touched(weights_addr_i);
  end
  always_comb begin
    post_touches = '0;
    if (post_req_i) post_touches = touched(post_addr_i);
  end
  always_comb begin
    feeder_touches = '0;
    if (feeder_req_i) feeder_touches = touched(feeder_addr_i);
  end
  always_comb begin
    store_touches = '0;
    if (store_req_i) store_touches = touched(store_addr_i);
  end
  always_comb begin
    load_touches = '0;
    if (load_req_i) load_touches = touched(load_addr_i);
  end
  always_comb begin
    postw_touches = '0;
    if (postw_req_i) postw_touches = touched(postw_addr_i);
  end
  always_comb begin
    loadw_touches = '0;
    if (loadw_req_i) loadw_touches = touched(loadw_addr_i);
  end

  assign weights_gnt_o = weights_req_i;
  assign post_gnt_o = post_req_i && (post_touches & weights_touches) == '0;
  assign feeder_gnt_o = feeder_req_i && (feeder_touches & (weights_touches | post_touches)) == '0;
  assign store_gnt_o = store_req_i && (store_touches & (weights_touches | post_touches | feeder_touches)) == '0;
  assign load_gnt_o = load_req_i && (load_touches & (weights_touches | post_touches | feeder_touches | store_touches)) == '0;
  assign postw_gnt_o = postw_req_i;
  assign loadw_gnt_o = loadw_req_i && (loadw_touches & postw_touches) == '0;

  logic [Places-1:0] reads;  // the memories that read in this cycle
  assign reads = weights_touches | (post_gnt_o ? post_touches : '0) |
                 (feeder_gnt_o ? feeder_touches : '0) |
                 (store_gnt_o ? store_touches : '0) |
                 (load_gnt_o ? load_touches : '0);

  // ----------------------------------------------------------------------------------------------------- the ports
  logic [Places*Word*8-1:0] words_q;  // the word every memory read last

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_weights (
    .clk_i,
    .granted_i(weights_gnt_o),
    .addr_i(weights_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(weights_rdata_o));

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_post (
    .clk_i,
    .granted_i(post_gnt_o),
    .addr_i(post_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(post_rdata_o));

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_feeder (
    .clk_i,
    .granted_i(feeder_gnt_o),
    .addr_i(feeder_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(feeder_rdata_o));

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_store (
    .clk_i,
    .granted_i(store_gnt_o),
    .addr_i(store_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(store_rdata_o));

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_load (
    .clk_i,
    .granted_i(load_gnt_o),
    .addr_i(load_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(load_rdata_o));

  logic [Places-1:0] postw_touches_q;
  logic [23:0]       postw_addr_q;
  logic [Word*8-1:0] postw_data_q;
  logic [Word-1:0]   postw_be_even_q, postw_be_odd_q;
  twill_scratchpad_write #(.Word(Word), .Places(Places)) u_postw (
    .clk_i,
    .rst_ni,
    .granted_i(postw_gnt_o),
    .touches_i(postw_touches),
    .addr_i(postw_addr_i),
    .data_i(postw_data_i),
    .be_i(postw_be_i),
    .touches_o(postw_touches_q),
    .addr_o(postw_addr_q),
    .data_o(postw_data_q),
    .be_even_o(postw_be_even_q),
    .be_odd_o(postw_be_odd_q));

  logic [Places-1:0] loadw_touches_q;
  logic [23:0]       loadw_addr_q;
  logic [Word*8-1:0] loadw_data_q;
  logic [Word-1:0]   loadw_be_even_q, loadw_be_odd_q;
  twill_scratchpad_write #(.Word(Word), .Places(Places)) u_loadw (
    .clk_i,
    .rst_ni,
    .granted_i(loadw_gnt_o),
    .touches_i(loadw_touches),
    .addr_i(loadw_addr_i),
    .data_i(loadw_data_i),
    .be_i(loadw_be_i),
    .touches_o(loadw_touches_q),
    .addr_o(loadw_addr_q),
    .data_o(loadw_data_q),
    .be_even_o(loadw_be_even_q),
    .be_odd_o(loadw_be_odd_q));

  logic [Places-1:0] writes_q;  // the memories that write in this cycle
  assign writes_q = postw_touches_q | loadw_touches_q;

  // -------------------------------------------------------------------------------------------------- the memories
  for (genvar p = 0; p < Places; p++) begin : gen_place
    localparam bit Odd = p % 2 == 1;
    logic [Word*8-1:0] store [1 << RowBits];

    always_ff @(posedge clk_i) begin : read
      logic [23:0] addr;
      if (reads[p]) begin
        if (weights_touches[p]) addr = weights_addr_i;
        else if (post_touches[p]) addr = post_addr_i;
        else if (feeder_touches[p]) addr = feeder_addr_i;
        else if (store_touches[p]) addr = store_addr_i;
        else addr = load_addr_i;
        words_q[p*Word*8 +: Word*8] <= store[RowBits'(Odd ? odd_pair(addr) : even_pair(addr))];
      end
    end

    // One assignment of the whole word, the bytes not enabled merged in (see twill_ram for why).
    task automatic write(input logic [RowBits-1:0] row, input logic [Word*8-1:0] data, input logic [Word-1:0] be);
      logic [Word*8-1:0] merged, old;
      merged = data;
      if (be != '1) begin
        old = store[row];
        for (int unsigned i = 0; i < Word; i++) begin
          if (!be[i]) merged[i*8 +: 8] = old[i*8 +: 8];
        end
      end
      store[row] <= merged;
    endtask

    always_ff @(posedge clk_i) begin
      if (writes_q[p]) begin
        write(RowBits'(Odd ? odd_pair(postw_touches_q[p] ? postw_addr_q : loadw_addr_q)
                           : even_pair(postw_touches_q[p] ? postw_addr_q : loadw_addr_q)),
              postw_touches_q[p] ? postw_data_q : loadw_data_q,
              postw_touches_q[p] ? (Odd ? postw_be_odd_q : postw_be_even_q) : (Odd ? loadw_be_odd_q : loadw_be_even_q));
      end
    end
  end
endmodule
