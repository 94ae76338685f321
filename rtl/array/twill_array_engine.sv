// SPDX-License-Identifier: Apache-2.0
// The array engine: runs CONV and DEPTHWISE.
//
//   command -> twill_passes -> twill_feeder ------> twill_line_buffers -> twill_array -> twill_accumulate -> accumulators
//                    `-------> twill_weight_loader ------------------------'
//
//   cmd, done, take, give, error, state: queue to engine, as docs/microarchitecture.md has it. One command can wait here while another
//     runs. done_o: the last operand and weight of a command have been read. Errors are reported when the command is the oldest
//     one in the engine, a cycle after the done_o of the one before at the earliest.
//   feeder, weights: scratchpad read ports.   acc: the accumulators' array port.
//   operand_o, weight_row_o: a word, a weight row entered the array in this cycle (performance counters).
//
// Latency: an operand read granted in cycle t meets the array in t + 4; its sums are written in t + 2*Word + 4 (CONV) or t + 6 (DEPTHWISE).
module twill_array_engine #(
    parameter int unsigned Word            = 16,
    parameter int unsigned ScratchpadBytes = 262144,
    parameter int unsigned AccWords        = 1024
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

    output logic              feeder_req_o,
    output logic [23:0]       feeder_addr_o,
    input  logic              feeder_gnt_i,
    input  logic [Word*8-1:0] feeder_rdata_i,

    output logic              weights_req_o,
    output logic [23:0]       weights_addr_o,
    input  logic              weights_gnt_i,
    input  logic [Word*8-1:0] weights_rdata_i,

    output logic                        acc_rd_en_o,
    output logic [$clog2(AccWords)-1:0] acc_rd_addr_o,
    input  logic [Word*32-1:0]          acc_rd_data_i,
    output logic                        acc_wr_en_o,
    output logic [$clog2(AccWords)-1:0] acc_wr_addr_o,
    output logic [Word*32-1:0]          acc_wr_data_o,

    output logic operand_o,
    output logic weight_row_o
);
  if (Word < 4 || Word > 64 || (Word & (Word - 1)) != 0) begin : gen_bad_word
    $error("twill_array_engine: Word must be a power of two, 4 to 64");
  end
  if (AccWords < 64 || AccWords > 4096 || (AccWords & (AccWords - 1)) != 0) begin : gen_bad_acc_words
    $error("twill_array_engine: AccWords must be a power of two, 64 to 4096");
  end

  logic stopped_q;  // after an error, until reset
  logic operand_valid_q;  // a word meets the array
  twill_array_pkg::mode_t operand_mode_q;
  twill_array_pkg::sum_t operand_sum_q;

  // -------------------------------------------------------------------------------------------------------------- passes
  logic pass_valid, pass_take, command_waits, bad_field;
  twill_array_pkg::walk_t pass_walk;
  twill_array_pkg::place_t pass_place;
  twill_array_pkg::rank_t pass_rank;
  logic [23:0] weight_base;
  twill_passes #(.Word(Word), .AccWords(AccWords)) i_passes (
      .clk_i, .rst_ni, .cmd_valid_i, .cmd_i, .cmd_ready_o,
      .pass_valid_o(pass_valid), .walk_o(pass_walk), .weight_base_o(weight_base), .place_o(pass_place), .rank_o(pass_rank),
      .pass_take_i(pass_take),
      .waiting_o(command_waits), .bad_field_o(bad_field));

  // ------------------------------------------------------------------------------------------------------------- weights
  logic weights_ready, first_issued, weight_valid, weights_bad;
  logic [$clog2(Word)-1:0] weight_row;
  logic [Word*8-1:0] weight;
  logic [23:0] weights_bad_address;
  twill_weight_loader #(.Word(Word), .ScratchpadBytes(ScratchpadBytes)) i_weight_loader (
      .clk_i, .rst_ni, .stop_i(stopped_q),
      .pass_valid_i(pass_valid), .pass_first_of_command_i(pass_rank.first_of_command), .pass_depthwise_i(pass_walk.depthwise),
      .pass_weight_base_i(weight_base), .pass_take_i(pass_take), .first_issued_i(first_issued),
      .first_arrived_i(operand_valid_q && operand_mode_q.first), .first_depthwise_i(operand_mode_q.depthwise), .ready_o(weights_ready),
      .weights_req_o, .weights_addr_o, .weights_gnt_i, .weights_rdata_i,
      .weight_valid_o(weight_valid), .weight_row_o(weight_row), .weight_o(weight),
      .error_o(weights_bad), .error_address_o(weights_bad_address));

  // ------------------------------------------------------------------------------------------------------------ operands
  logic last_issued, word_valid, issued, blocked, walking, in_flight, operand_bad, drained;
  twill_array_pkg::mode_t word_mode;
  twill_array_pkg::sum_t word_sum;
  logic [Word*8-1:0] word;
  logic [23:0] operand_bad_address;
  twill_feeder #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) i_feeder (
      .clk_i, .rst_ni, .stop_i(stopped_q),
      .pass_valid_i(pass_valid), .walk_i(pass_walk), .place_i(pass_place), .rank_i(pass_rank), .weights_ready_i(weights_ready), .drained_i(drained),
      .pass_take_o(pass_take), .first_issued_o(first_issued), .last_issued_o(last_issued),
      .feeder_req_o, .feeder_addr_o, .feeder_gnt_i, .feeder_rdata_i,
      .take_o, .take_sem_o, .take_ok_i,
      .word_valid_o(word_valid), .mode_o(word_mode), .sum_o(word_sum), .word_o(word),
      .issued_o(issued), .blocked_o(blocked), .walking_o(walking), .in_flight_o(in_flight),
      .error_o(operand_bad), .error_address_o(operand_bad_address));

  // --------------------------------------------------------------------------- group select: the word and its line buffers
  logic [Word*8-1:0] operand_q;
  logic [3*Word*8-1:0] lines;
  logic [2*Word-1:0] tap_q;  // which of the four words each array row takes
  twill_line_buffers #(.Word(Word)) i_line_buffers (
      .clk_i, .valid_i(word_valid && word_mode.depthwise), .word_i(word), .delay_i(word_mode.delay), .line_o(lines));

  always_ff @(posedge clk_i) begin
    if (word_valid) begin
      operand_q <= word;
      operand_mode_q <= word_mode;
      operand_sum_q <= word_sum;
      if (word_mode.first)
        for (int unsigned r = 0; r < Word; r++)
          tap_q[r*2+:2] <= word_mode.delay == '0 ? 2'd0  // one kernel row, or rows as long as the kernel is wide
              : 2'(10'(r) >= 10'(word_mode.kernel_w)) + 2'(10'(r) >= 10'({word_mode.kernel_w, 1'b0}))
              + 2'(10'(r) >= 10'({word_mode.kernel_w, 1'b0}) + 10'(word_mode.kernel_w));
    end
    operand_valid_q <= word_valid && rst_ni;
  end

  // --------------------------------------------------------------------------------------------------------------- array
  logic step, sums_take, sums_bottom, sums_busy;
  logic [Word*32-1:0] sums;
  twill_array #(.Word(Word)) i_array (
      .clk_i, .step_i(step), .depthwise_i(operand_mode_q.depthwise && operand_valid_q), .first_i(operand_valid_q && operand_mode_q.first),
      .operand_i(operand_q), .lines_i(lines), .tap_i(tap_q),
      .weight_valid_i(weight_valid), .weight_row_i(weight_row), .weight_i(weight),
      .take_i(sums_take), .bottom_i(sums_bottom), .sums_o(sums));

  twill_accumulate #(.Word(Word), .AccWords(AccWords)) i_accumulate (
      .clk_i, .rst_ni, .valid_i(operand_valid_q), .depthwise_i(operand_mode_q.depthwise), .sum_i(operand_sum_q), .step_o(step), .take_o(sums_take), .bottom_o(sums_bottom),
      .sums_i(sums), .acc_rd_en_o, .acc_rd_addr_o, .acc_rd_data_i, .acc_wr_en_o, .acc_wr_addr_o, .acc_wr_data_o,
      .give_o, .give_sem_o, .busy_o(sums_busy));

  assign drained = !operand_valid_q && !sums_busy;
  assign operand_o = operand_valid_q;
  assign weight_row_o = weight_valid;

  // -------------------------------------------------------------------------------------------------- done, error, state
  // A wrong field or weight address belongs to a command behind the one whose words are walked, until there is none.
  logic error_found;
  always_comb begin
    error_found = 1'b0;
    if (operand_bad || weights_bad || bad_field) error_found = operand_bad || (!walking && (weights_bad || !pass_valid));
  end

  always_ff @(posedge clk_i) begin
    done_o <= last_issued;
    error_o <= 1'b0;
    if (error_found && !stopped_q) begin
      stopped_q <= 1'b1;
      error_o <= 1'b1;
      error_code_o <= operand_bad || weights_bad ? 5'(twill_pkg::ErrorAddressRange) : 5'(twill_pkg::ErrorBadField);
      error_info_o <= operand_bad ? 32'(operand_bad_address) : weights_bad ? 32'(weights_bad_address) : '0;
    end
    if (!rst_ni) begin
      stopped_q <= 1'b0;
      done_o <= 1'b0;
      error_o <= 1'b0;
    end
  end

  always_comb begin
    if (issued) state_o = twill_pkg::StateBusy;
    else if (blocked) state_o = twill_pkg::StateBlocked;
    else if (pass_valid && !weights_ready) state_o = twill_pkg::StateStarved;
    else if (in_flight || !drained || walking || pass_valid || command_waits) state_o = twill_pkg::StateBusy;
    else state_o = twill_pkg::StateIdle;
  end
endmodule
