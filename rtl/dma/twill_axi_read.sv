// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
//
// The read half of the memory port, shared by command fetch (id 0) and load engine (id 1). A request is one burst of
// beats (1 to 16) words from a word address, inside a 4 KiB page. Fetch goes first; it asks rarely.
//
// req, addr, beats hold until gnt. The data of each client comes in the order of its requests, in beats: fetch takes every one,
// load by ready. Reads of one id are answered in order, those of different ids in any.
//
// Addresses and data are registered on the way: no path leads from the pins through the chip and back.
module twill_axi_read #(
  parameter int unsigned Word = 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  // command fetch
  input  logic              fetch_req_i,
  input  logic [39:0]       fetch_addr_i,
  input  logic [4:0]        fetch_beats_i,
  output logic              fetch_gnt_o,
  output logic              fetch_valid_o,
  output logic [Word*8-1:0] fetch_data_o,
  output logic              fetch_error_o,     // of this beat
  // load engine
  input  logic              load_req_i,
  input  logic [39:0]       load_addr_i,
  input  logic [4:0]        load_beats_i,
  output logic              load_gnt_o,
  output logic              load_valid_o,
  output logic [Word*8-1:0] load_data_o,
  output logic              load_error_o,
  input  logic              load_ready_i,
  // AXI4
  output logic              m_axi_arid_o,
  output logic [39:0]       m_axi_araddr_o,
  output logic [7:0]        m_axi_arlen_o,
  output logic [2:0]        m_axi_arsize_o,
  output logic [1:0]        m_axi_arburst_o,
  output logic              m_axi_arvalid_o,
  input  logic              m_axi_arready_i,
  input  logic              m_axi_rid_i,
  input  logic [Word*8-1:0] m_axi_rdata_i,
  input  logic [1:0]        m_axi_rresp_i,
  input  logic              m_axi_rlast_i,
  input  logic              m_axi_rvalid_i,
  output logic              m_axi_rready_o
);
  // ------------------------------------------------------------------------------------------------------ addresses
  `TWILL_STALL(stall_address)
  logic room;
  assign fetch_gnt_o = fetch_req_i && room && !stall_address;
  assign load_gnt_o = load_req_i && room && !fetch_req_i && !stall_address;

  twill_axi_address u_address (
    .clk_i, .rst_ni,
    .in_valid_i((fetch_req_i || load_req_i) && !stall_address), .in_id_i(!fetch_req_i), .in_addr_i(fetch_req_i ? fetch_addr_i : load_addr_i),
    .in_beats_i(fetch_req_i ? fetch_beats_i : load_beats_i), .in_ready_o(room),
    .id_o(m_axi_arid_o), .addr_o(m_axi_araddr_o), .len_o(m_axi_arlen_o), .valid_o(m_axi_arvalid_o), .ready_i(m_axi_arready_i));
  assign m_axi_arsize_o = 3'($clog2(Word));
  assign m_axi_arburst_o = 2'b01;

  // ----------------------------------------------------------------------- data: one beat at the clients, one behind it
  logic              error_q, next_id_q, next_error_q;   // one is behind it while m_axi_rready_o is low
  logic [Word*8-1:0] data_q, next_data_q;

  // Registers are read before they are written: the simulator then needs no copies of them.
  task automatic move;
    logic empty;
    empty = m_axi_rready_o;
    if (!load_valid_o || load_ready_i) begin
      m_axi_rready_o <= 1'b1;
      if (!empty) begin
        fetch_valid_o <= !next_id_q;
        load_valid_o <= next_id_q;
        error_q <= next_error_q;
        data_q <= next_data_q;
      end else begin
        fetch_valid_o <= m_axi_rvalid_i && !m_axi_rid_i;
        load_valid_o <= m_axi_rvalid_i && m_axi_rid_i;
        error_q <= m_axi_rresp_i != 2'b00;
        data_q <= m_axi_rdata_i;
      end
    end else if (m_axi_rvalid_i && empty) begin
      m_axi_rready_o <= 1'b0;
      next_id_q <= m_axi_rid_i;
      next_error_q <= m_axi_rresp_i != 2'b00;
      next_data_q <= m_axi_rdata_i;
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (m_axi_rvalid_i || fetch_valid_o || load_valid_o) move();
    if (!rst_ni) begin
      fetch_valid_o <= 1'b0;
      load_valid_o <= 1'b0;
      m_axi_rready_o <= 1'b1;
    end
  end

  assign fetch_data_o = data_q;
  assign load_data_o = data_q;
  assign fetch_error_o = error_q;
  assign load_error_o = error_q;

  logic unused_last;  // the clients know how many beats they asked for
  assign unused_last = m_axi_rlast_i;

  `TWILL_ASSERT_STABLE(Fetch, fetch_req_i, fetch_gnt_o, fetch_addr_i)
  `TWILL_ASSERT_ONEHOT0(OneClient, {fetch_valid_o, load_valid_o})
  `TWILL_ASSUME(FetchInPage, !fetch_req_i || 32'(fetch_addr_i[11:0]) + 32'(fetch_beats_i) * Word <= 32'd4096)
  `TWILL_ASSUME(LoadInPage, !load_req_i || 32'(load_addr_i[11:0]) + 32'(load_beats_i) * Word <= 32'd4096)
endmodule
