// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
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
// The memories select address and data inside their enable, so that idle ones cost the simulator next to nothing.
//
// With Ecc they hold code words (twill_scratchpad_ecc). A write that covers one in part then takes that memory's read of the cycle, too,
// before all read ports. While clear_i nothing is granted.
module twill_scratchpad #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter bit          Ecc = 1'b0
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
  // read: network, sending
  input  logic              send_req_i,
  input  logic [23:0]       send_addr_i,
  output logic              send_gnt_o,
  output logic [Word*8-1:0] send_rdata_o,
  // read: network, adding
  input  logic              add_req_i,
  input  logic [23:0]       add_addr_i,
  output logic              add_gnt_o,
  output logic [Word*8-1:0] add_rdata_o,
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
  output logic              loadw_gnt_o,
  // write: network
  input  logic              netw_req_i,
  input  logic [23:0]       netw_addr_i,
  input  logic [Word*8-1:0] netw_data_i,
  input  logic [Word-1:0]   netw_be_i,
  output logic              netw_gnt_o,
  // with Ecc; else 0
  input  logic              clear_i,
  input  logic [15:0]       clear_row_i,
  output logic [7:0]        corrected_o,   // code words
  output logic [5:0]        double_o,      // who read a word that is lost: load, array, post, store, network queue; a message
  output logic [23:0]       address_o      // of it
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
  // The places of its first byte and its last.
  function automatic logic [Places-1:0] touched(input logic [23:0] addr);
    logic [AddressBits-1:0] last;
    last = addr[AddressBits-1:0] + AddressBits'(Word - 1);
    touched = (Places'(1) << {addr[AddressBits-1 -: BankBits], addr[OffsetBits]}) |
              (Places'(1) << {last[AddressBits-1 -: BankBits], last[OffsetBits]});
  endfunction

  // ------------------------------------------------------------------------------------------------------ who may
  logic [Places-1:0] weights_touches, post_touches, feeder_touches, store_touches, load_touches, send_touches, add_touches;
  logic [Places-1:0] postw_touches, loadw_touches, netw_touches;
  `TWILL_STALL(stall_weights)
  `TWILL_STALL(stall_post)
  `TWILL_STALL(stall_feeder)
  `TWILL_STALL(stall_store)
  `TWILL_STALL(stall_load)
  `TWILL_STALL(stall_send)
  `TWILL_STALL(stall_add)
  `TWILL_STALL(stall_postw)
  `TWILL_STALL(stall_loadw)
  `TWILL_STALL(stall_netw)
  logic [Places-1:0] asked;  // touched by the requests so far
  logic [Places-1:0] reads;  // the memories that read in this cycle
  logic [Places-1:0] writes_first;  // the memories that read for a write, or are being cleared
  logic weights_wait;               // for those
  logic hold;                       // nothing is granted
  assign hold = Ecc && clear_i;
  always_comb begin
    asked = Ecc ? writes_first : '0;
    reads = '0;
    weights_touches = '0;
    post_touches = '0;
    feeder_touches = '0;
    store_touches = '0;
    load_touches = '0;
    send_touches = '0;
    add_touches = '0;
    post_gnt_o = 1'b0;
    feeder_gnt_o = 1'b0;
    store_gnt_o = 1'b0;
    load_gnt_o = 1'b0;
    send_gnt_o = 1'b0;
    add_gnt_o = 1'b0;
    if (weights_req_i && !stall_weights) begin
      weights_touches = touched(weights_addr_i);
      if (!weights_wait) reads = weights_touches;
      asked = Ecc ? asked | weights_touches : weights_touches;
    end
    if (post_req_i && !stall_post) begin
      post_touches = touched(post_addr_i);
      post_gnt_o = (post_touches & asked) == '0;
      if (post_gnt_o) reads = reads | post_touches;
      asked = asked | post_touches;
    end
    if (feeder_req_i && !stall_feeder) begin
      feeder_touches = touched(feeder_addr_i);
      feeder_gnt_o = (feeder_touches & asked) == '0;
      if (feeder_gnt_o) reads = reads | feeder_touches;
      asked = asked | feeder_touches;
    end
    if (store_req_i && !stall_store) begin
      store_touches = touched(store_addr_i);
      store_gnt_o = (store_touches & asked) == '0;
      if (store_gnt_o) reads = reads | store_touches;
      asked = asked | store_touches;
    end
    if (load_req_i && !stall_load) begin
      load_touches = touched(load_addr_i);
      load_gnt_o = (load_touches & asked) == '0;
      if (load_gnt_o) reads = reads | load_touches;
      asked = asked | load_touches;
    end
    if (send_req_i && !stall_send) begin
      send_touches = touched(send_addr_i);
      send_gnt_o = (send_touches & asked) == '0;
      if (send_gnt_o) reads = reads | send_touches;
      asked = asked | send_touches;
    end
    if (add_req_i && !stall_add) begin
      add_touches = touched(add_addr_i);
      add_gnt_o = (add_touches & asked) == '0;
      if (add_gnt_o) reads = reads | add_touches;
    end
  end
  assign weights_gnt_o = weights_req_i && !weights_wait && !stall_weights;

  always_comb begin
    postw_touches = '0;
    loadw_touches = '0;
    loadw_gnt_o = 1'b0;
    netw_touches = '0;
    netw_gnt_o = 1'b0;
    if (postw_req_i && !hold && !stall_postw) postw_touches = touched(postw_addr_i);
    if (loadw_req_i && !hold && !stall_loadw) begin
      loadw_touches = touched(loadw_addr_i);
      loadw_gnt_o = (loadw_touches & postw_touches) == '0;
    end
    if (netw_req_i && !hold && !stall_netw) begin
      netw_touches = touched(netw_addr_i);
      netw_gnt_o = (netw_touches & (postw_touches | loadw_touches)) == '0;
    end
  end
  assign postw_gnt_o = postw_req_i && !hold && !stall_postw;

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

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_send (
    .clk_i,
    .granted_i(send_gnt_o),
    .addr_i(send_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(send_rdata_o));

  twill_scratchpad_read #(.Word(Word), .AddressBits(AddressBits), .PlaceBits(PlaceBits)) u_add (
    .clk_i,
    .granted_i(add_gnt_o),
    .addr_i(add_addr_i[AddressBits-1:0]),
    .words_i(words_q),
    .rdata_o(add_rdata_o));

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

  logic [Places-1:0] netw_touches_q;
  logic [23:0]       netw_addr_q;
  logic [Word*8-1:0] netw_data_q;
  logic [Word-1:0]   netw_be_even_q, netw_be_odd_q;
  twill_scratchpad_write #(.Word(Word), .Places(Places)) u_netw (
    .clk_i,
    .rst_ni,
    .granted_i(netw_gnt_o),
    .touches_i(netw_touches),
    .addr_i(netw_addr_i),
    .data_i(netw_data_i),
    .be_i(netw_be_i),
    .touches_o(netw_touches_q),
    .addr_o(netw_addr_q),
    .data_o(netw_data_q),
    .be_even_o(netw_be_even_q),
    .be_odd_o(netw_be_odd_q));

  logic [Places-1:0] writes_q;  // the memories that write in this cycle
  assign writes_q = postw_touches_q | loadw_touches_q | netw_touches_q;

  // -------------------------------------------------------------------------------------------------- the memories
  if (Ecc) begin : gen_ecc
    localparam int unsigned Lanes = Word < 8 ? 1 : Word / 8;
    logic [3*Lanes-1:0] part_even, part_odd;
    logic [Places-1:0]  postw_first, loadw_first, netw_first;
    assign writes_first = postw_first | loadw_first | netw_first | {Places{hold}};
    assign weights_wait = (touched(weights_addr_i) & writes_first) != '0;

    twill_scratchpad_partial #(.Word(Word), .Places(Places)) u_postw_part (
      .gnt_i(postw_gnt_o), .addr_i(postw_addr_i), .be_i(postw_be_i), .touches_i(postw_touches),
      .even_o(part_even[0 +: Lanes]), .odd_o(part_odd[0 +: Lanes]), .places_o(postw_first));
    twill_scratchpad_partial #(.Word(Word), .Places(Places)) u_loadw_part (
      .gnt_i(loadw_gnt_o), .addr_i(loadw_addr_i), .be_i(loadw_be_i), .touches_i(loadw_touches),
      .even_o(part_even[Lanes +: Lanes]), .odd_o(part_odd[Lanes +: Lanes]), .places_o(loadw_first));
    twill_scratchpad_partial #(.Word(Word), .Places(Places)) u_netw_part (
      .gnt_i(netw_gnt_o), .addr_i(netw_addr_i), .be_i(netw_be_i), .touches_i(netw_touches),
      .even_o(part_even[2*Lanes +: Lanes]), .odd_o(part_odd[2*Lanes +: Lanes]), .places_o(netw_first));

    twill_scratchpad_ecc #(.Word(Word), .ScratchpadBytes(ScratchpadBytes)) u_places (
      .clk_i, .clear_i, .clear_row_i,
      .read_gnt_i({add_gnt_o, send_gnt_o, load_gnt_o, store_gnt_o, feeder_gnt_o, post_gnt_o, weights_gnt_o}),
      .read_touches_i({add_touches, send_touches, load_touches, store_touches, feeder_touches, post_touches, weights_touches}),
      .read_addr_i({add_addr_i, send_addr_i, load_addr_i, store_addr_i, feeder_addr_i, post_addr_i, weights_addr_i}),
      .write_gnt_i({netw_gnt_o, loadw_gnt_o, postw_gnt_o}),
      .write_touches_i({netw_touches, loadw_touches, postw_touches}),
      .write_addr_i({netw_addr_i, loadw_addr_i, postw_addr_i}),
      .part_even_i(part_even),
      .part_odd_i(part_odd),
      .turned_touches_i({netw_touches_q, loadw_touches_q, postw_touches_q}),
      .turned_addr_i({netw_addr_q, loadw_addr_q, postw_addr_q}),
      .turned_data_i({netw_data_q, loadw_data_q, postw_data_q}),
      .turned_be_even_i({netw_be_even_q, loadw_be_even_q, postw_be_even_q}),
      .turned_be_odd_i({netw_be_odd_q, loadw_be_odd_q, postw_be_odd_q}),
      .words_o(words_q), .corrected_o, .double_o, .address_o);
  end else begin : gen_plain
    assign writes_first = '0;
    assign weights_wait = 1'b0;
    assign corrected_o = '0;
    assign double_o = '0;
    assign address_o = '0;

    // The address of the read that touches place p.
    function automatic logic [23:0] read_addr(input logic [PlaceBits-1:0] p);
      if (weights_touches[p]) read_addr = weights_addr_i;
      else if (post_touches[p]) read_addr = post_addr_i;
      else if (feeder_touches[p]) read_addr = feeder_addr_i;
      else if (store_touches[p]) read_addr = store_addr_i;
      else if (load_touches[p]) read_addr = load_addr_i;
      else if (send_touches[p]) read_addr = send_addr_i;
      else read_addr = add_addr_i;
    endfunction

    // Words are written whole, the bytes not enabled merged in: faster than one write a byte for the simulator, and Yosys
    // (opt_mem_feedback) turns the merge back into byte enables.
    function automatic logic [Word*8-1:0] merged(input logic [Word*8-1:0] old, input logic [Word*8-1:0] data, input logic [Word-1:0] be);
      merged = data;
      if (be != '1) begin
        for (int unsigned i = 0; i < Word; i++) begin
          if (!be[i]) merged[i*8 +: 8] = old[i*8 +: 8];
        end
      end
    endfunction

    // Reads come before writes, so that memories can be written in place, which costs the simulator nothing while they are idle. The
    // outer tests are the same in several banks: it makes them once for those.
    for (genvar b = 0; b < Banks; b++) begin : gen_bank
      localparam int unsigned Even = 2 * b, Odd = 2 * b + 1;
      localparam int unsigned Group = b / 4 * 8;
      logic [Word*8-1:0] even [1 << RowBits];
      logic [Word*8-1:0] odd [1 << RowBits];
      logic [RowBits-1:0] even_row, odd_row;   // private to the block below

      always_ff @(posedge clk_i) begin
        if (reads[Group +: 8] != '0) begin
          if (reads[Even]) words_q[Even*Word*8 +: Word*8] <= even[RowBits'(even_pair(read_addr(PlaceBits'(Even))))];
          if (reads[Odd]) words_q[Odd*Word*8 +: Word*8] <= odd[RowBits'(odd_pair(read_addr(PlaceBits'(Odd))))];
        end
        if (writes_q != '0) begin
          if (writes_q[Even]) begin
            even_row = RowBits'(even_pair(postw_touches_q[Even] ? postw_addr_q : loadw_touches_q[Even] ? loadw_addr_q : netw_addr_q));
            even[even_row] = merged(even[even_row],
                                  postw_touches_q[Even] ? postw_data_q : loadw_touches_q[Even] ? loadw_data_q : netw_data_q,
                                  postw_touches_q[Even] ? postw_be_even_q : loadw_touches_q[Even] ? loadw_be_even_q : netw_be_even_q);
          end
          if (writes_q[Odd]) begin
            odd_row = RowBits'(odd_pair(postw_touches_q[Odd] ? postw_addr_q : loadw_touches_q[Odd] ? loadw_addr_q : netw_addr_q));
            odd[odd_row] = merged(odd[odd_row],
                                  postw_touches_q[Odd] ? postw_data_q : loadw_touches_q[Odd] ? loadw_data_q : netw_data_q,
                                  postw_touches_q[Odd] ? postw_be_odd_q : loadw_touches_q[Odd] ? loadw_be_odd_q : netw_be_odd_q);
          end
        end
      end
    end
  end

  `TWILL_ASSERT(GrantsAsked, ({post_gnt_o, feeder_gnt_o, store_gnt_o, load_gnt_o, send_gnt_o, add_gnt_o, loadw_gnt_o, netw_gnt_o}
      & ~{post_req_i, feeder_req_i, store_req_i, load_req_i, send_req_i, add_req_i, loadw_req_i, netw_req_i}) == '0)
  `TWILL_ASSERT(OneWriter, (postw_touches_q & loadw_touches_q) == '0 && ((postw_touches_q | loadw_touches_q) & netw_touches_q) == '0)
endmodule
