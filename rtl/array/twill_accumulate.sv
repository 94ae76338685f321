// SPDX-License-Identifier: Apache-2.0
// Follows the operand words through the array and adds what comes out into the accumulators.
//
//   valid_i, depthwise_i, sum_i: an operand word meets the array in this cycle.
//   step_o:         the array moves: CONV while a word is in it, DEPTHWISE with a word only (so sums stay with their words).
//   take_o, bottom_o: the array's complete sums belong to a word that keeps them; sums_i holds them in the next cycle.
//   acc_*:          reads in the cycle of take_o (unless the sums overwrite), writes in the next. The same word may come again
//                   two cycles after its last take_o. Without a read, acc_rd_data_i must be zero.
//   give_o:         with the write, so whoever sees the semaphore sees the sums.
//
// A conv word leaves 2*Word - 1 steps after it entered. Its tag waits in a memory that turns with the steps; whether there is
// one is known from a shift register, which also says that the array is empty.
module twill_accumulate #(
    parameter int unsigned Word     = 16,
    parameter int unsigned AccWords = 1024
) (
    input  logic clk_i,
    input  logic rst_ni,

    input  logic                  valid_i,
    input  logic                  depthwise_i,
    input  twill_array_pkg::sum_t sum_i,
    output logic                  step_o,
    output logic                  take_o,
    output logic                  bottom_o,
    input  logic [Word*32-1:0]    sums_i,

    output logic                        acc_rd_en_o,
    output logic [$clog2(AccWords)-1:0] acc_rd_addr_o,
    input  logic [Word*32-1:0]          acc_rd_data_i,
    output logic                        acc_wr_en_o,
    output logic [$clog2(AccWords)-1:0] acc_wr_addr_o,
    output logic [Word*32-1:0]          acc_wr_data_o,

    output logic       give_o,
    output logic [4:0] give_sem_o,
    output logic       busy_o  // sums are on their way
);
  localparam int unsigned AccBits = $clog2(AccWords);
  localparam int unsigned Steps = 2 * Word - 1;
  localparam int unsigned TurnBits = $clog2(2 * Word);

  logic conv_word, conv_step, depthwise_word;
  logic [Steps-1:0] in_array_q;  // bit k: the word that entered k + 1 steps ago (CONV) is kept
  assign conv_word = valid_i && !depthwise_i;
  assign depthwise_word = valid_i && depthwise_i;
  assign conv_step = conv_word || in_array_q != '0;
  assign step_o = conv_step || depthwise_word;

  logic [twill_array_pkg::SumBits-1:0] turning[2*Word];
  twill_array_pkg::sum_t turned_q, depthwise_q, sum;
  logic [TurnBits-1:0] turn_q;
  logic depthwise_kept_q;

  always_ff @(posedge clk_i) begin
    if (conv_step) begin
      if (in_array_q[Steps-2]) turned_q <= turning[turn_q+TurnBits'(2)];
      if (conv_word) turning[turn_q] <= sum_i;
      turn_q <= turn_q + 1'b1;
    end
    if (depthwise_word) depthwise_q <= sum_i;
    if (!rst_ni) begin
      in_array_q <= '0;
      depthwise_kept_q <= 1'b0;
    end else begin
      if (conv_step) in_array_q <= {in_array_q[Steps-2:0], conv_word};
      depthwise_kept_q <= depthwise_word && sum_i.wanted;
    end
  end

  assign bottom_o = depthwise_kept_q;
  assign take_o = in_array_q[Steps-1] || depthwise_kept_q;
  assign sum = depthwise_kept_q ? depthwise_q : turned_q;
  assign acc_rd_en_o = take_o && sum.add;
  assign acc_rd_addr_o = sum.address[AccBits-1:0];

  twill_array_pkg::sum_t write_q;
  logic write_valid_q;
  always_ff @(posedge clk_i) begin
    if (take_o) write_q <= sum;
    write_valid_q <= take_o && rst_ni;
  end

  always_comb begin  // without a read the accumulators answer zero: the sums overwrite
    acc_wr_data_o = '0;
    if (write_valid_q) for (int unsigned c = 0; c < Word; c++) acc_wr_data_o[c*32+:32] = sums_i[c*32+:32] + acc_rd_data_i[c*32+:32];
  end
  assign acc_wr_en_o = write_valid_q;
  assign acc_wr_addr_o = write_q.address[AccBits-1:0];
  assign give_o = write_valid_q && write_q.give;
  assign give_sem_o = write_q.sem;
  assign busy_o = in_array_q != '0 || depthwise_kept_q || write_valid_q;
endmodule
