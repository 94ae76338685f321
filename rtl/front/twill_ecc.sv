// SPDX-License-Identifier: Apache-2.0
// What the memories of a machine with ECC report: single errors are counted, memory by memory, and the first word that is lost in a cycle becomes
// an error, a cycle later. Counters wrap; only a reset of the whole chip clears them.
module twill_ecc (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        core_rst_ni,           // a word that was read before a reset of the core or in it is no error after it
  // code words put right, and who read one that is lost: load, array, post, store, network queue, a message of another chip
  input  logic [7:0]  scratchpad_corrected_i,
  input  logic [5:0]  scratchpad_double_i,
  input  logic [23:0] scratchpad_address_i,
  input  logic [7:0]  accumulators_corrected_i,
  input  logic [5:0]  accumulators_double_i,
  input  logic [23:0] accumulators_address_i,
  input  logic [5:0]  queues_corrected_i,
  input  logic [4:0]  queues_double_i,
  input  logic [23:0] queues_address_i,
  input  logic        queues_nameless_i,     // of the command not even its index is known
  // registers
  output logic [95:0] corrected_o,           // scratchpad, accumulators, queues
  // error
  output logic [5:0]  error_o,               // pulse, at most one, as above
  output logic [31:0] info_o,                // ERROR_INFO: space and address
  output logic        head_o,                // it was a command, at the head of its queue
  output logic        nameless_o
);
  always_ff @(posedge clk_i) begin
    if (scratchpad_corrected_i != '0) corrected_o[31:0] <= corrected_o[31:0] + 32'(scratchpad_corrected_i);
    if (accumulators_corrected_i != '0) corrected_o[63:32] <= corrected_o[63:32] + 32'(accumulators_corrected_i);
    if (queues_corrected_i != '0) corrected_o[95:64] <= corrected_o[95:64] + 32'(queues_corrected_i);
    if (!rst_ni) corrected_o <= '0;
  end

  logic core_up_q;
  always_ff @(posedge clk_i) begin
    core_up_q <= core_rst_ni;
    error_o <= '0;
    nameless_o <= 1'b0;
    if (scratchpad_double_i != '0) begin
      error_o <= scratchpad_double_i;
      info_o <= {6'd0, twill_pkg::SpaceScratchpad, scratchpad_address_i};
      head_o <= 1'b0;
    end else if (accumulators_double_i != '0) begin
      error_o <= accumulators_double_i;
      info_o <= {6'd0, twill_pkg::SpaceAccumulators, accumulators_address_i};
      head_o <= 1'b0;
    end else if (queues_double_i != '0) begin
      error_o <= {1'b0, queues_double_i};
      info_o <= {6'd0, twill_pkg::SpaceQueueMemory, queues_address_i};
      head_o <= 1'b1;
      nameless_o <= queues_nameless_i;
    end
    if (!core_rst_ni || !core_up_q) error_o <= '0;
  end
endmodule
