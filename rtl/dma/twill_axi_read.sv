// SPDX-License-Identifier: Apache-2.0
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
  logic        room, id;
  logic [39:0] addr;
  logic [4:0]  beats;

  assign fetch_gnt_o = fetch_req_i && room;
  assign load_gnt_o = load_req_i && room && !fetch_req_i;
  assign id = !fetch_req_i;
  assign addr = fetch_req_i ? fetch_addr_i : load_addr_i;
  assign beats = fetch_req_i ? fetch_beats_i : load_beats_i;

  twill_fifo #(.Width(49), .Depth(2)) u_addresses (
    .clk_i, .rst_ni,
    .in_valid_i(fetch_req_i || load_req_i), .in_data_i({id, addr, 3'd0, beats - 5'd1}), .in_ready_o(room),
    .out_valid_o(m_axi_arvalid_o), .out_data_o({m_axi_arid_o, m_axi_araddr_o, m_axi_arlen_o}), .out_ready_i(m_axi_arready_i));
  assign m_axi_arsize_o = 3'($clog2(Word));
  assign m_axi_arburst_o = 2'b01;

  // ----------------------------------------------------------------------- data: one beat at the clients, one behind it
  logic              valid_q, id_q, error_q, next_valid_q, next_id_q, next_error_q;
  logic [Word*8-1:0] data_q, next_data_q;
  logic              taken, arrives;

  assign m_axi_rready_o = !next_valid_q;
  assign arrives = m_axi_rvalid_i && m_axi_rready_o;
  assign taken = valid_q && (!id_q || load_ready_i);

  always_ff @(posedge clk_i) begin
    if (!valid_q || taken) begin
      valid_q <= next_valid_q || arrives;
      next_valid_q <= 1'b0;
      if (next_valid_q) begin
        {id_q, error_q} <= {next_id_q, next_error_q};
        data_q <= next_data_q;
      end else if (arrives) begin
        {id_q, error_q} <= {m_axi_rid_i, m_axi_rresp_i != 2'b00};
        data_q <= m_axi_rdata_i;
      end
    end else if (arrives) begin
      next_valid_q <= 1'b1;
      {next_id_q, next_error_q} <= {m_axi_rid_i, m_axi_rresp_i != 2'b00};
      next_data_q <= m_axi_rdata_i;
    end
    if (!rst_ni) begin
      valid_q <= 1'b0;
      next_valid_q <= 1'b0;
    end
  end

  assign fetch_valid_o = valid_q && !id_q;
  assign load_valid_o = valid_q && id_q;
  assign fetch_data_o = data_q;
  assign load_data_o = data_q;
  assign fetch_error_o = error_q;
  assign load_error_o = error_q;

  logic unused_last;  // the clients know how many beats they asked for
  assign unused_last = m_axi_rlast_i;
endmodule
