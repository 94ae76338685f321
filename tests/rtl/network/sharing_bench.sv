// SPDX-License-Identifier: Apache-2.0
// Who shares accumulators and memory port with the network: receiver and store engine as they are, with the accumulators and the write half
// of the memory port; array, post, load and send engine ask for accumulators as the bench has it, and marks for the memory port.
module sharing_bench #(
  parameter int unsigned Word = 16,
  parameter int unsigned AccWords = 64
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // receiver
  input  logic               flit_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] flit_i,
  output logic               flit_ready_o,
  output logic               busy_o,
  // store engine
  input  logic               cmd_valid_i,
  input  logic [511:0]       cmd_i,
  output logic               cmd_ready_o,
  output logic               done_o,
  output logic               error_o,          // of either
  // marks
  input  logic               mark_valid_i,
  input  logic [39:0]        mark_addr_i,
  input  logic [1023:0]      mark_data_i,
  output logic               mark_ready_o,
  output logic               mark_done_o,
  // array, post, load and send engine at the accumulators
  input  logic               acc_rd_en_i,
  input  logic [$clog2(AccWords)-1:0] acc_rd_addr_i,
  output logic [Word*32-1:0] acc_rd_data_o,
  input  logic               acc_wr_en_i,
  input  logic [$clog2(AccWords)-1:0] acc_wr_addr_i,
  input  logic [Word*32-1:0] acc_wr_data_i,
  input  logic               post_req_i,
  input  logic [$clog2(AccWords)-1:0] post_addr_i,
  output logic               post_gnt_o,
  output logic [Word*32-1:0] post_data_o,
  input  logic               dmaw_req_i,
  input  logic [$clog2(AccWords)-1:0] dmaw_addr_i,
  input  logic [Word-1:0]    dmaw_lane_i,
  input  logic [Word*32-1:0] dmaw_data_i,
  input  logic               dmaw_add_i,
  output logic               dmaw_gnt_o,
  input  logic               netr_req_i,
  input  logic [$clog2(AccWords)-1:0] netr_addr_i,
  output logic               netr_gnt_o,
  output logic [Word*32-1:0] netr_data_o,
  // who wants what
  output logic               accw_req_o,       // receiver: accumulators
  output logic               dmar_req_o,       // store engine: accumulators
  output logic               net_write_req_o,  // receiver: DRAM
  output logic               store_write_req_o,
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
  localparam int unsigned AddrBits = $clog2(AccWords);
  localparam int unsigned ScratchpadBytes = 65536;

  logic              net_write_gnt, net_write_next, net_write_ack, net_write_error, store_write_gnt, store_write_next, store_write_ack, store_write_error;
  logic [39:0]       net_write_addr, store_write_addr;
  logic [4:0]        store_write_beats;
  logic [Word*8-1:0] net_write_data, store_write_data;
  logic [Word-1:0]   net_write_strobe, store_write_strobe;
  logic [11:0]       accw_addr, dmar_addr;
  logic [Word-1:0]   accw_lane;
  logic [127:0]      accw_data;
  logic              accw_add, accw_gnt, dmar_gnt, receive_error, store_error;
  assign error_o = receive_error || store_error;

  // Nothing here moves bytes of the scratchpad.
  logic              unused_add, unused_netw, unused_store, unused_give, unused_store_give, unused_mark_error;
  logic [23:0]       unused_add_addr, unused_netw_addr, unused_store_addr;
  logic [Word*8-1:0] unused_netw_data;
  logic [Word-1:0]   unused_netw_be;
  logic [4:0]        unused_sem, unused_store_sem, unused_code, unused_store_code;
  logic [31:0]       unused_info, unused_store_info;
  logic [1:0]        unused_state;
  logic [7:0]        unused_bytes;

  twill_network_receive #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_receive (
    .clk_i, .rst_ni, .flit_valid_i, .flit_i, .flit_ready_o,
    .add_req_o(unused_add), .add_addr_o(unused_add_addr), .add_gnt_i(1'b0), .add_rdata_i('0),
    .netw_req_o(unused_netw), .netw_addr_o(unused_netw_addr), .netw_data_o(unused_netw_data), .netw_be_o(unused_netw_be), .netw_gnt_i(1'b0),
    .accw_req_o, .accw_addr_o(accw_addr), .accw_lane_o(accw_lane), .accw_data_o(accw_data), .accw_add_o(accw_add), .accw_gnt_i(accw_gnt),
    .write_req_o(net_write_req_o), .write_addr_o(net_write_addr), .write_gnt_i(net_write_gnt), .write_data_o(net_write_data),
    .write_strobe_o(net_write_strobe), .write_next_i(net_write_next), .write_ack_i(net_write_ack), .write_error_i(net_write_error),
    .give_o(unused_give), .give_sem_o(unused_sem), .busy_o,
    .error_o(receive_error), .error_code_o(unused_code), .error_info_o(unused_info));

  twill_store #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_store (
    .clk_i, .rst_ni, .cmd_valid_i, .cmd_i, .cmd_ready_o, .done_o,
    .give_o(unused_store_give), .give_sem_o(unused_store_sem),
    .error_o(store_error), .error_code_o(unused_store_code), .error_info_o(unused_store_info), .state_o(unused_state), .stored_bytes_o(unused_bytes),
    .store_req_o(unused_store), .store_addr_o(unused_store_addr), .store_gnt_i(1'b0), .store_rdata_i('0),
    .dmar_req_o, .dmar_addr_o(dmar_addr), .dmar_gnt_i(dmar_gnt), .dmar_data_i(netr_data_o),
    .write_req_o(store_write_req_o), .write_addr_o(store_write_addr), .write_beats_o(store_write_beats), .write_gnt_i(store_write_gnt),
    .write_data_o(store_write_data), .write_strobe_o(store_write_strobe), .write_next_i(store_write_next),
    .write_ack_i(store_write_ack), .write_error_i(store_write_error));

  twill_accumulators #(.Word(Word), .AccWords(AccWords)) u_accumulators (
    .clk_i, .rst_ni,
    .acc_rd_en_i, .acc_rd_addr_i, .acc_rd_data_o, .acc_wr_en_i, .acc_wr_addr_i, .acc_wr_data_i,
    .post_req_i, .post_addr_i, .post_gnt_o, .post_data_o,
    .dmaw_req_i, .dmaw_addr_i, .dmaw_lane_i, .dmaw_data_i, .dmaw_add_i, .dmaw_gnt_o,
    .netw_req_i(accw_req_o), .netw_addr_i(accw_addr[AddrBits-1:0]), .netw_lane_i(accw_lane), .netw_data_i(accw_data), .netw_add_i(accw_add),
    .netw_gnt_o(accw_gnt),
    .dmar_req_i(dmar_req_o), .dmar_addr_i(dmar_addr[AddrBits-1:0]), .dmar_gnt_o(dmar_gnt), .dmar_data_o(netr_data_o),
    .netr_req_i, .netr_addr_i, .netr_gnt_o);

  twill_axi_write #(.Word(Word)) u_axi_write (
    .clk_i, .rst_ni,
    .mark_valid_i, .mark_addr_i, .mark_data_i, .mark_ready_o, .mark_done_o, .mark_error_o(unused_mark_error),
    .store_req_i(store_write_req_o), .store_addr_i(store_write_addr), .store_beats_i(store_write_beats), .store_gnt_o(store_write_gnt),
    .store_data_i(store_write_data), .store_strobe_i(store_write_strobe), .store_next_o(store_write_next),
    .store_ack_o(store_write_ack), .store_error_o(store_write_error),
    .net_req_i(net_write_req_o), .net_addr_i(net_write_addr), .net_gnt_o(net_write_gnt), .net_data_i(net_write_data), .net_strobe_i(net_write_strobe),
    .net_next_o(net_write_next), .net_ack_o(net_write_ack), .net_error_o(net_write_error),
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
