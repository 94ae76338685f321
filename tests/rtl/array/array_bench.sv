// SPDX-License-Identifier: Apache-2.0
// The array engine with its accumulators, all other ports open to the bench.
module array_bench #(
    parameter int unsigned Word            = 16,
    parameter int unsigned ScratchpadBytes = 16384,
    parameter int unsigned AccWords        = 64
) (
    input  logic clk_i,
    input  logic rst_ni,

    input  logic         cmd_valid_i,
    input  logic [511:0] cmd_i,
    output logic         cmd_ready_o,
    output logic         done_o,
    output logic         take_o,
    output logic [4:0]   take_sem_o,
    input  logic         take_ok_i,
    output logic         give_o,
    output logic [4:0]   give_sem_o,
    output logic         error_o,
    output logic [4:0]   error_code_o,
    output logic [31:0]  error_info_o,
    output logic [1:0]   state_o,
    output logic         operand_o,
    output logic         weight_row_o,

    output logic              feeder_req_o,
    output logic [23:0]       feeder_addr_o,
    input  logic              feeder_gnt_i,
    input  logic [Word*8-1:0] feeder_rdata_i,
    output logic              weights_req_o,
    output logic [23:0]       weights_addr_o,
    input  logic              weights_gnt_i,
    input  logic [Word*8-1:0] weights_rdata_i,

    output logic                        acc_wr_en_o,  // seen from outside, for the latency tests
    output logic [$clog2(AccWords)-1:0] acc_wr_addr_o,

    input  logic                        post_req_i,
    input  logic [$clog2(AccWords)-1:0] post_addr_i,
    output logic                        post_gnt_o,
    output logic [Word*32-1:0]          post_data_o,
    input  logic                        dmaw_req_i,
    input  logic [$clog2(AccWords)-1:0] dmaw_addr_i,
    input  logic [Word*32-1:0]          dmaw_data_i,
    output logic                        dmaw_gnt_o
);
  logic acc_rd_en, acc_wr_en;
  logic [$clog2(AccWords)-1:0] acc_rd_addr, acc_wr_addr;
  logic [Word*32-1:0] acc_rd_data, acc_wr_data;
  assign acc_wr_en_o = acc_wr_en;
  assign acc_wr_addr_o = acc_wr_addr;

  twill_array_engine #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) i_engine (
      .clk_i, .rst_ni, .cmd_valid_i, .cmd_i, .cmd_ready_o, .done_o, .take_o, .take_sem_o, .take_ok_i, .give_o, .give_sem_o,
      .error_o, .error_code_o, .error_info_o, .state_o,
      .feeder_req_o, .feeder_addr_o, .feeder_gnt_i, .feeder_rdata_i,
      .weights_req_o, .weights_addr_o, .weights_gnt_i, .weights_rdata_i,
      .acc_rd_en_o(acc_rd_en), .acc_rd_addr_o(acc_rd_addr), .acc_rd_data_i(acc_rd_data),
      .acc_wr_en_o(acc_wr_en), .acc_wr_addr_o(acc_wr_addr), .acc_wr_data_o(acc_wr_data), .operand_o, .weight_row_o);

  logic unused_gnt;
  logic [Word*32-1:0] unused_data;
  twill_accumulators #(.Word(Word), .AccWords(AccWords)) i_accumulators (
      .clk_i, .rst_ni, .acc_rd_en_i(acc_rd_en), .acc_rd_addr_i(acc_rd_addr), .acc_rd_data_o(acc_rd_data),
      .acc_wr_en_i(acc_wr_en), .acc_wr_addr_i(acc_wr_addr), .acc_wr_data_i(acc_wr_data),
      .post_req_i, .post_addr_i, .post_gnt_o, .post_data_o,
      .dmaw_req_i, .dmaw_addr_i, .dmaw_lane_i('1), .dmaw_data_i, .dmaw_add_i(1'b0), .dmaw_gnt_o,
      .netw_req_i(1'b0), .netw_addr_i('0), .netw_lane_i('0), .netw_data_i('0), .netw_add_i(1'b0), .netw_gnt_o(), .netr_req_i(1'b0), .netr_addr_i('0), .netr_gnt_o(),
      .clear_i(1'b0), .clear_row_i('0), .corrected_o(), .double_o(), .address_o(),
      .dmar_req_i(1'b0), .dmar_addr_i('0), .dmar_gnt_o(unused_gnt), .dmar_data_o(unused_data));
endmodule
