// SPDX-License-Identifier: Apache-2.0
// Load and store engine with the memory port they share; DRAM, the local memories, fetch and mark are the bench's.
module dma_bench #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 65536,
  parameter int unsigned AccWords = 256
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // load engine
  input  logic               load_cmd_valid_i,
  input  logic [511:0]       load_cmd_i,
  output logic               load_cmd_ready_o,
  output logic               load_done_o,
  output logic               load_error_o,
  output logic [4:0]         load_error_code_o,
  output logic [31:0]        load_error_info_o,
  output logic [1:0]         load_state_o,
  output logic [7:0]         loaded_bytes_o,
  // store engine
  input  logic               store_cmd_valid_i,
  input  logic [511:0]       store_cmd_i,
  output logic               store_cmd_ready_o,
  output logic               store_done_o,
  output logic               store_give_o,
  output logic [4:0]         store_give_sem_o,
  output logic               store_error_o,
  output logic [4:0]         store_error_code_o,
  output logic [31:0]        store_error_info_o,
  output logic [1:0]         store_state_o,
  output logic [7:0]         stored_bytes_o,
  // scratchpad
  output logic               loadw_req_o,
  output logic [23:0]        loadw_addr_o,
  output logic [Word*8-1:0]  loadw_data_o,
  output logic [Word-1:0]    loadw_be_o,
  input  logic               loadw_gnt_i,
  output logic               load_req_o,
  output logic [23:0]        load_addr_o,
  input  logic               load_gnt_i,
  input  logic [Word*8-1:0]  load_rdata_i,
  output logic               store_req_o,
  output logic [23:0]        store_addr_o,
  input  logic               store_gnt_i,
  input  logic [Word*8-1:0]  store_rdata_i,
  // accumulators
  output logic               dmaw_req_o,
  output logic [11:0]        dmaw_addr_o,
  output logic [Word-1:0]    dmaw_lane_o,
  output logic [Word*32-1:0] dmaw_data_o,
  output logic               dmaw_add_o,
  input  logic               dmaw_gnt_i,
  output logic               dmar_req_o,
  output logic [11:0]        dmar_addr_o,
  input  logic               dmar_gnt_i,
  input  logic [Word*32-1:0] dmar_data_i,
  // fetch and mark
  input  logic               fetch_req_i,
  input  logic [39:0]        fetch_addr_i,
  input  logic [4:0]         fetch_beats_i,
  output logic               fetch_gnt_o,
  output logic               fetch_valid_o,
  output logic [Word*8-1:0]  fetch_data_o,
  output logic               fetch_error_o,
  input  logic               mark_valid_i,
  input  logic [39:0]        mark_addr_i,
  input  logic [1023:0]      mark_data_i,
  output logic               mark_ready_o,
  output logic               mark_done_o,
  output logic               mark_error_o,
  // AXI4
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
  logic              read_req, read_gnt, read_valid, read_error, read_ready;
  logic [39:0]       read_addr, write_addr;
  logic [4:0]        read_beats, write_beats;
  logic [Word*8-1:0] read_data, write_data;
  logic [Word-1:0]   write_strobe;
  logic              write_req, write_gnt, write_next, write_ack, write_error;
  logic              net_gnt, net_next, net_ack, net_error;   // no network here

  twill_load #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_load (
    .clk_i, .rst_ni,
    .cmd_valid_i(load_cmd_valid_i), .cmd_i(load_cmd_i), .cmd_ready_o(load_cmd_ready_o), .done_o(load_done_o),
    .error_o(load_error_o), .error_code_o(load_error_code_o), .error_info_o(load_error_info_o),
    .state_o(load_state_o), .loaded_bytes_o,
    .read_req_o(read_req), .read_addr_o(read_addr), .read_beats_o(read_beats), .read_gnt_i(read_gnt),
    .read_valid_i(read_valid), .read_data_i(read_data), .read_error_i(read_error), .read_ready_o(read_ready),
    .loadw_req_o, .loadw_addr_o, .loadw_data_o, .loadw_be_o, .loadw_gnt_i,
    .load_req_o, .load_addr_o, .load_gnt_i, .load_rdata_i,
    .dmaw_req_o, .dmaw_addr_o, .dmaw_lane_o, .dmaw_data_o, .dmaw_add_o, .dmaw_gnt_i);

  twill_store #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_store (
    .clk_i, .rst_ni,
    .cmd_valid_i(store_cmd_valid_i), .cmd_i(store_cmd_i), .cmd_ready_o(store_cmd_ready_o), .done_o(store_done_o),
    .give_o(store_give_o), .give_sem_o(store_give_sem_o),
    .error_o(store_error_o), .error_code_o(store_error_code_o), .error_info_o(store_error_info_o),
    .state_o(store_state_o), .stored_bytes_o,
    .store_req_o, .store_addr_o, .store_gnt_i, .store_rdata_i,
    .dmar_req_o, .dmar_addr_o, .dmar_gnt_i, .dmar_data_i,
    .write_req_o(write_req), .write_addr_o(write_addr), .write_beats_o(write_beats), .write_gnt_i(write_gnt),
    .write_data_o(write_data), .write_strobe_o(write_strobe), .write_next_i(write_next),
    .write_ack_i(write_ack), .write_error_i(write_error));

  twill_axi_read #(.Word(Word)) u_axi_read (
    .clk_i, .rst_ni,
    .fetch_req_i, .fetch_addr_i, .fetch_beats_i, .fetch_gnt_o, .fetch_valid_o, .fetch_data_o, .fetch_error_o,
    .load_req_i(read_req), .load_addr_i(read_addr), .load_beats_i(read_beats), .load_gnt_o(read_gnt),
    .load_valid_o(read_valid), .load_data_o(read_data), .load_error_o(read_error), .load_ready_i(read_ready),
    .m_axi_arid_o, .m_axi_araddr_o, .m_axi_arlen_o, .m_axi_arsize_o, .m_axi_arburst_o, .m_axi_arvalid_o, .m_axi_arready_i,
    .m_axi_rid_i, .m_axi_rdata_i, .m_axi_rresp_i, .m_axi_rlast_i, .m_axi_rvalid_i, .m_axi_rready_o);

  twill_axi_write #(.Word(Word)) u_axi_write (
    .clk_i, .rst_ni,
    .mark_valid_i, .mark_addr_i, .mark_data_i, .mark_ready_o, .mark_done_o, .mark_error_o,
    .store_req_i(write_req), .store_addr_i(write_addr), .store_beats_i(write_beats), .store_gnt_o(write_gnt),
    .store_data_i(write_data), .store_strobe_i(write_strobe), .store_next_o(write_next),
    .store_ack_o(write_ack), .store_error_o(write_error),
    .net_req_i(1'b0), .net_addr_i('0), .net_gnt_o(net_gnt), .net_data_i('0), .net_strobe_i('0), .net_next_o(net_next),
    .net_ack_o(net_ack), .net_error_o(net_error),
    .m_axi_awid_o, .m_axi_awaddr_o, .m_axi_awlen_o, .m_axi_awsize_o, .m_axi_awburst_o, .m_axi_awvalid_o, .m_axi_awready_i,
    .m_axi_wdata_o, .m_axi_wstrb_o, .m_axi_wlast_o, .m_axi_wvalid_o, .m_axi_wready_i,
    .m_axi_bid_i, .m_axi_bresp_i, .m_axi_bvalid_i, .m_axi_bready_o);
endmodule
