// SPDX-License-Identifier: Apache-2.0
// The network port with the write half of the memory port; local memories, semaphores, DRAM and the network are the bench's.
module network_bench #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 65536,
  parameter int unsigned AccWords = 256
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               core_rst_ni,
  input  logic [5:0]         node_i,
  input  logic [6:0]         chips_i,
  // pins
  output logic               net_tx_valid_o,
  output logic [twill_pkg::FlitBits-1:0] net_tx_flit_o,
  input  logic               net_tx_credit_i,
  input  logic               net_rx_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] net_rx_flit_i,
  output logic               net_rx_credit_o,
  // send engine
  input  logic               cmd_valid_i,
  input  logic [511:0]       cmd_i,
  output logic               cmd_ready_o,
  output logic               done_o,
  output logic               error_o,
  output logic [4:0]         error_code_o,
  output logic [31:0]        error_info_o,
  output logic [1:0]         state_o,
  // receiver
  output logic               give_o,
  output logic [4:0]         give_sem_o,
  output logic               busy_o,
  output logic               remote_error_o,
  output logic [4:0]         remote_error_code_o,
  output logic [31:0]        remote_error_info_o,
  // scratchpad
  output logic               send_req_o,
  output logic [23:0]        send_addr_o,
  input  logic               send_gnt_i,
  input  logic [Word*8-1:0]  send_rdata_i,
  output logic               add_req_o,
  output logic [23:0]        add_addr_o,
  input  logic               add_gnt_i,
  input  logic [Word*8-1:0]  add_rdata_i,
  output logic               netw_req_o,
  output logic [23:0]        netw_addr_o,
  output logic [Word*8-1:0]  netw_data_o,
  output logic [Word-1:0]    netw_be_o,
  input  logic               netw_gnt_i,
  // accumulators
  output logic               accr_req_o,
  output logic [11:0]        accr_addr_o,
  input  logic               accr_gnt_i,
  input  logic [Word*32-1:0] accr_data_i,
  output logic               accw_req_o,
  output logic [11:0]        accw_addr_o,
  output logic [Word-1:0]    accw_lane_o,
  output logic [127:0]       accw_data_o,
  output logic               accw_add_o,
  input  logic               accw_gnt_i,
  // AXI4; nobody reads
  output logic               m_axi_arid_o,
  output logic [39:0]        m_axi_araddr_o,
  output logic [7:0]         m_axi_arlen_o,
  output logic [2:0]         m_axi_arsize_o,
  output logic [1:0]         m_axi_arburst_o,
  output logic               m_axi_arvalid_o,
  input  logic               m_axi_arready_i,
  input  logic               m_axi_rid_i,
  input  logic [Word*8-1:0]  m_axi_rdata_i,
  input  logic [1:0]         m_axi_rresp_i,
  input  logic               m_axi_rlast_i,
  input  logic               m_axi_rvalid_i,
  output logic               m_axi_rready_o,
  output logic [1:0]         m_axi_awid_o,
  output logic [39:0]        m_axi_awaddr_o,
  output logic [7:0]         m_axi_awlen_o,
  output logic [2:0]         m_axi_awsize_o,
  output logic [1:0]         m_axi_awburst_o,
  output logic               m_axi_awvalid_o,
  input  logic               m_axi_awready_i,
  output logic [Word*8-1:0]  m_axi_wdata_o,
  output logic [Word-1:0]    m_axi_wstrb_o,
  output logic               m_axi_wlast_o,
  output logic               m_axi_wvalid_o,
  input  logic               m_axi_wready_i,
  input  logic [1:0]         m_axi_bid_i,
  input  logic [1:0]         m_axi_bresp_i,
  input  logic               m_axi_bvalid_i,
  output logic               m_axi_bready_o
);
  logic                           tx_valid, tx_ready, rx_valid, rx_ready;
  logic [twill_pkg::FlitBits-1:0] tx_flit, rx_flit;
  logic              write_req, write_gnt, write_next, write_ack, write_error;
  logic [39:0]       write_addr;
  logic [Word*8-1:0] write_data;
  logic [Word-1:0]   write_strobe;

  twill_network_port u_port (
    .clk_i, .rst_ni, .core_rst_ni, .node_i,
    .tx_valid_i(tx_valid), .tx_flit_i(tx_flit), .tx_ready_o(tx_ready),
    .rx_valid_o(rx_valid), .rx_flit_o(rx_flit), .rx_ready_i(rx_ready),
    .net_tx_valid_o, .net_tx_flit_o, .net_tx_credit_i, .net_rx_valid_i, .net_rx_flit_i, .net_rx_credit_o);

  twill_network_send #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_send (
    .clk_i, .rst_ni(core_rst_ni), .chips_i,
    .cmd_valid_i, .cmd_i, .cmd_ready_o, .done_o, .error_o, .error_code_o, .error_info_o, .state_o,
    .netr_req_o(send_req_o), .netr_addr_o(send_addr_o), .netr_gnt_i(send_gnt_i), .netr_rdata_i(send_rdata_i),
    .dmar_req_o(accr_req_o), .dmar_addr_o(accr_addr_o), .dmar_gnt_i(accr_gnt_i), .dmar_data_i(accr_data_i),
    .flit_valid_o(tx_valid), .flit_o(tx_flit), .flit_ready_i(tx_ready));

  twill_network_receive #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_receive (
    .clk_i, .rst_ni(core_rst_ni),
    .flit_valid_i(rx_valid), .flit_i(rx_flit), .flit_ready_o(rx_ready),
    .add_req_o, .add_addr_o, .add_gnt_i, .add_rdata_i,
    .netw_req_o, .netw_addr_o, .netw_data_o, .netw_be_o, .netw_gnt_i,
    .accw_req_o, .accw_addr_o, .accw_lane_o, .accw_data_o, .accw_add_o, .accw_gnt_i,
    .write_req_o(write_req), .write_addr_o(write_addr), .write_gnt_i(write_gnt), .write_data_o(write_data),
    .write_strobe_o(write_strobe), .write_next_i(write_next), .write_ack_i(write_ack), .write_error_i(write_error),
    .give_o, .give_sem_o, .busy_o,
    .error_o(remote_error_o), .error_code_o(remote_error_code_o), .error_info_o(remote_error_info_o));

  logic unused_mark_ready, unused_mark_done, unused_mark_error, unused_store_gnt, unused_store_next, unused_store_ack, unused_store_error;
  twill_axi_write #(.Word(Word)) u_axi_write (
    .clk_i, .rst_ni(core_rst_ni),
    .mark_valid_i(1'b0), .mark_addr_i('0), .mark_data_i('0),
    .mark_ready_o(unused_mark_ready), .mark_done_o(unused_mark_done), .mark_error_o(unused_mark_error),
    .store_req_i(1'b0), .store_addr_i('0), .store_beats_i('0), .store_gnt_o(unused_store_gnt), .store_data_i('0), .store_strobe_i('0),
    .store_next_o(unused_store_next), .store_ack_o(unused_store_ack), .store_error_o(unused_store_error),
    .net_req_i(write_req), .net_addr_i(write_addr), .net_gnt_o(write_gnt), .net_data_i(write_data), .net_strobe_i(write_strobe),
    .net_next_o(write_next), .net_ack_o(write_ack), .net_error_o(write_error),
    .m_axi_awid_o, .m_axi_awaddr_o, .m_axi_awlen_o, .m_axi_awsize_o, .m_axi_awburst_o, .m_axi_awvalid_o, .m_axi_awready_i,
    .m_axi_wdata_o, .m_axi_wstrb_o, .m_axi_wlast_o, .m_axi_wvalid_o, .m_axi_wready_i,
    .m_axi_bid_i, .m_axi_bresp_i, .m_axi_bvalid_i, .m_axi_bready_o);

  assign m_axi_arid_o = 1'b0;
  assign m_axi_araddr_o = '0;
  assign m_axi_arlen_o = '0;
  assign m_axi_arsize_o = '0;
  assign m_axi_arburst_o = '0;
  assign m_axi_arvalid_o = 1'b0;
  assign m_axi_rready_o = 1'b1;
endmodule
