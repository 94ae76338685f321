// SPDX-License-Identifier: Apache-2.0
// Everything that is counted: cycles, what each engine does in each of them, bytes, words and commands; and the record of a MARK.
//
// Counting begins in the cycle after start_i. A snapshot_i latches a whole record, on record_o from the next cycle until the next
// snapshot; read_i latches the counter of record word read_word_i (4 to 31) on value_o in the next cycle. Both see all cycles before their own.
// An engine is in exactly one state a cycle, so idle is not counted: it is the cycles less the other three. States last: the cycles since one
// of them changed are counted once, in run_q, and added up when another changes.
module twill_counters (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic          start_i,
  input  logic [15:0]   elapsed_i,        // cycles this edge stands for; more than 1 only while nothing happens

  // what happens in this cycle
  input  logic [9:0]    state_i,          // state_e of load, array, post, store, network
  input  logic [7:0]    loaded_i,         // bytes
  input  logic [7:0]    stored_i,         // bytes
  input  logic          operand_i,
  input  logic          weight_i,
  input  logic          result_i,
  input  logic [4:0]    complete_i,       // of the queues

  // mark
  input  logic          snapshot_i,
  input  logic [31:0]   tag_i,
  input  logic [2:0]    queue_i,
  input  logic [31:0]   sequence_i,
  output logic [1023:0] record_o,

  // registers
  input  logic          read_i,
  input  logic [4:0]    read_word_i,
  output logic [31:0]   value_o,
  output logic [63:0]   cycle_o,
  output logic [31:0]   exposed_o         // cycles with the network queue not idle, array and post not busy, up to the last change of a state
);
  localparam int unsigned Engines = twill_pkg::Queues;
  localparam logic [31:0] Magic = 32'h4b52414d;

  // Busy, starved and blocked cycles of each engine up to the last change, three words each, in the order of state_e.
  logic [31:0] spent [Engines*3];
  logic [31:0] run_q;          // cycles in states_q
  logic [9:0]  states_q;
  logic [31:0] loaded_q, stored_q, operands_q, weights_q, results_q, commands_q;
  logic        running_q;

  // verilator lint_off BLKSEQ
  // `spent` and `word` belong to one block, which changes them in place.
  task automatic add_run;
    for (int unsigned e = 0; e < Engines; e++)
      for (int unsigned s = 0; s < 3; s++)
        spent[e*3+s] = spent[e*3+s] + ({32{states_q[e*2 +: 2] == 2'(s + 1)}} & run_q);
    if (states_q[9:8] != twill_pkg::StateIdle && states_q[3:2] != twill_pkg::StateBusy && states_q[5:4] != twill_pkg::StateBusy)
      exposed_o <= exposed_o + run_q;
  endtask

  // Words 4 to 23 of a record as of the beginning of this cycle.
  logic [31:0] word [Engines*4];
  task automatic sum_up;
    for (int unsigned e = 0; e < Engines; e++) begin
      for (int unsigned s = 0; s < 3; s++)
        word[e*4+s] = spent[e*3+s] + ({32{states_q[e*2 +: 2] == 2'(s + 1)}} & run_q);
      word[e*4+3] = cycle_o[31:0] - word[e*4] - word[e*4+1] - word[e*4+2];
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < Engines*3; i++) spent[i] = '0;
      run_q <= '0;
      exposed_o <= '0;
      states_q <= '0;
      running_q <= 1'b0;
      cycle_o <= '0;
      loaded_q <= '0;
      stored_q <= '0;
      operands_q <= '0;
      weights_q <= '0;
      results_q <= '0;
      commands_q <= '0;
    end else begin
      if (snapshot_i || read_i) begin
        sum_up();
        if (snapshot_i)
          record_o <= {Magic, sequence_i, commands_q, results_q, weights_q, operands_q, stored_q, loaded_q,
                       word[19], word[18], word[17], word[16], word[15], word[14], word[13], word[12], word[11], word[10],
                       word[9], word[8], word[7], word[6], word[5], word[4], word[3], word[2], word[1], word[0],
                       cycle_o, 29'd0, queue_i, tag_i};
        if (read_i) begin
          case (read_word_i)
            5'd24: value_o <= loaded_q;
            5'd25: value_o <= stored_q;
            5'd26: value_o <= operands_q;
            5'd27: value_o <= weights_q;
            5'd28: value_o <= results_q;
            5'd29: value_o <= commands_q;
            5'd30: value_o <= sequence_i;
            5'd31: value_o <= Magic;
            default: value_o <= read_word_i >= 5'd4 ? word[read_word_i - 5'd4] : 32'd0;
          endcase
        end
      end
      if (running_q) begin
        if (state_i == states_q) begin
          run_q <= run_q + {16'd0, elapsed_i};
        end else begin
          add_run();
          run_q <= {16'd0, elapsed_i};
          states_q <= state_i;
        end
        cycle_o <= cycle_o + {48'd0, elapsed_i};
        if (loaded_i != '0) loaded_q <= loaded_q + {24'd0, loaded_i};
        if (stored_i != '0) stored_q <= stored_q + {24'd0, stored_i};
        if (operand_i) operands_q <= operands_q + 32'd1;
        if (weight_i) weights_q <= weights_q + 32'd1;
        if (result_i) results_q <= results_q + 32'd1;
        if (complete_i != '0)
          commands_q <= commands_q + {31'd0, complete_i[0]} + {31'd0, complete_i[1]} + {31'd0, complete_i[2]}
                                   + {31'd0, complete_i[3]} + {31'd0, complete_i[4]};
      end
      if (start_i) running_q <= 1'b1;
    end
  end
  // verilator lint_on BLKSEQ
endmodule
