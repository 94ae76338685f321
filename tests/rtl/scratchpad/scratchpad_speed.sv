// SPDX-License-Identifier: Apache-2.0
// Drives the scratchpad from registers, as the chip does, to measure what it costs the simulator. Bit i of busy_i makes port
// i ask in every cycle, in the order weights, post, feeder, store, load, postw, loadw, each in a bank of its own.
module scratchpad_speed #(
  parameter int unsigned Word = 16
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic [6:0] busy_i,
  input  logic [7:0] step_i,         // bytes from one access to the next
  output logic       sum_o
);
  logic [6:0]        busy_q, granted;
  logic [14:0]       place_q;
  logic [Word*8-1:0] data_q, r0, r1, r2, r3, r4;

  always_ff @(posedge clk_i) begin
    busy_q <= busy_i;
    if (busy_q != '0) place_q <= place_q + 15'(step_i);
    if (busy_q[6:5] != '0) data_q[31:0] <= data_q[31:0] + 32'd12345;
    sum_o <= ^{granted, r0[0], r1[0], r2[0], r3[0], r4[0]};
    if (!rst_ni) begin
      place_q <= '0;
      data_q <= '0;
    end
  end

  twill_scratchpad #(.Word(Word), .ScratchpadBytes(262144)) u_scratchpad (
    .send_req_i(1'b0), .send_addr_i('0), .send_gnt_o(), .send_rdata_o(), .add_req_i(1'b0), .add_addr_i('0), .add_gnt_o(), .add_rdata_o(),
    .netw_req_i(1'b0), .netw_addr_i('0), .netw_data_i('0), .netw_be_i('0), .netw_gnt_o(),
    .clear_i(1'b0), .clear_row_i('0), .corrected_o(), .double_o(), .address_o(),
    .clk_i,
    .rst_ni,
    .weights_req_i(busy_q[0]), .weights_addr_i({9'd0, place_q}), .weights_gnt_o(granted[0]), .weights_rdata_o(r0),
    .post_req_i(busy_q[1]), .post_addr_i({9'd1, place_q}), .post_gnt_o(granted[1]), .post_rdata_o(r1),
    .feeder_req_i(busy_q[2]), .feeder_addr_i({9'd2, place_q}), .feeder_gnt_o(granted[2]), .feeder_rdata_o(r2),
    .store_req_i(busy_q[3]), .store_addr_i({9'd3, place_q}), .store_gnt_o(granted[3]), .store_rdata_o(r3),
    .load_req_i(busy_q[4]), .load_addr_i({9'd4, place_q}), .load_gnt_o(granted[4]), .load_rdata_o(r4),
    .postw_req_i(busy_q[5]), .postw_addr_i({9'd5, place_q}), .postw_data_i(data_q), .postw_be_i('1), .postw_gnt_o(granted[5]),
    .loadw_req_i(busy_q[6]), .loadw_addr_i({9'd6, place_q}), .loadw_data_i(data_q), .loadw_be_i('1), .loadw_gnt_o(granted[6]));
endmodule
