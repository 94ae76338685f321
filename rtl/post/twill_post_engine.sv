// SPDX-License-Identifier: Apache-2.0
`include "twill_assert.svh"
// The post unit: requantizer and vector unit (REQUANT, ADD, MUL, POOL, LOOKUP, MOVE). Ports as in docs/microarchitecture.md.
//
//   command -> check -> one of four walks -> read ports ... 2 cycles ... lanes (3 cycles) -> result queue -> write port
//
// A walk names one beat after the other: what to read, and where the result goes. A beat fires when its read is granted; from there on
// nothing stalls, because a place in the result queue was reserved for it. So withheld grants cost their own cycles and nothing else.
//
// A command is accepted as soon as the walk before it has ended: cmd_q is the walk's, and what the lanes need later travels with
// the beat or is latched in the settings. A vector command fires its first beat when every earlier write is visible (commands
// of a queue may feed each other without semaphores); REQUANT reads accumulators and follows at once. Its records are fetched
// ahead, behind another REQUANT too, but not behind a vector command that is still running, which might produce them. Hence the
// one rule: a REQUANT must not write the records of its own later tiles or of a REQUANT that follows it.
//
// Grant to write request: 5 cycles. Last read of a command to first read of the next: 7 cycles for a vector command, 3 for a REQUANT
// whose records are there. An error stops the unit where it stands until reset; beats that have fired still finish.
module twill_post_engine #(
  parameter int unsigned Word = 16,
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // From the queue.
  input  logic               cmd_valid_i,
  input  logic [511:0]       cmd_i,
  output logic               cmd_ready_o,
  output logic               done_o,
  output logic               take_o,
  output logic [4:0]         take_sem_o,
  input  logic               take_ok_i,
  output logic               give_o,
  output logic [4:0]         give_sem_o,
  output logic               error_o,
  output logic [4:0]         error_code_o,
  output logic [31:0]        error_info_o,
  output logic [1:0]         state_o,

  // Scratchpad read port: data two cycles after the grant.
  output logic               sp_rd_req_o,
  output logic [23:0]        sp_rd_addr_o,
  input  logic               sp_rd_gnt_i,
  input  logic [Word*8-1:0]  sp_rd_data_i,

  // Scratchpad write port.
  output logic               sp_wr_req_o,
  output logic [23:0]        sp_wr_addr_o,
  output logic [Word*8-1:0]  sp_wr_data_o,
  output logic [Word-1:0]    sp_wr_be_o,
  input  logic               sp_wr_gnt_i,

  // Accumulator read port: data two cycles after the grant.
  output logic               acc_req_o,
  output logic [11:0]        acc_addr_o,
  input  logic               acc_gnt_i,
  input  logic [Word*32-1:0] acc_data_i,

  // Event: a word is written in this cycle.
  output logic               result_o
);
  if (Word != 4 && Word != 8 && Word != 16 && Word != 32 && Word != 64) begin : gen_bad_word
    $error("twill_post_engine: Word must be 4, 8, 16, 32 or 64 bytes");
  end
  if (AccWords < 64 || AccWords > 4096) begin : gen_bad_acc_words
    $error("twill_post_engine: AccWords must be 64 to 4096, a power of two");
  end

  // ---------------------------------------------------------------------------------------------------- the command
  logic [511:0] cmd_q;
  logic         check_q;                   // cmd_q is new and being checked
  logic         walking_q;                 // a walk has beats left
  logic         order_q;                   // its first beat waits for the writes of the commands before
  logic         vector_q;                  // a vector command walks, or its writes are not all done
  logic         stopped_q;
  logic         accuse_q;                  // why it stopped is still to be said
  logic [3:0]   inside_q;                  // commands accepted and not done

  twill_pkg::requant_t requant;
  twill_pkg::add_t     element;
  twill_pkg::pool_t    pool;
  twill_pkg::move_t    move;
  assign requant = cmd_q;
  assign element = cmd_q;
  assign pool    = cmd_q;
  assign move    = cmd_q;

  logic accept, bad_field;
  `TWILL_STALL(stall_command)
  assign cmd_ready_o = ~walking_q & ~check_q & ~stopped_q & ~stall_command;
  assign accept      = cmd_valid_i & cmd_ready_o;

  twill_post_check #(.Word(Word), .AccWords(AccWords)) u_check (.check_i(check_q), .command_i(cmd_q), .bad_o(bad_field));

  logic start, start_requant, start_element, start_pool, start_move;    // MOVE and LOOKUP share a walk
  always_comb begin
    start         = 1'b0;
    start_requant = 1'b0;
    start_element = 1'b0;
    start_pool    = 1'b0;
    start_move    = 1'b0;
    if (check_q & ~bad_field & ~stopped_q) begin
      start         = 1'b1;
      start_requant = requant.opcode == twill_pkg::OpRequant;
      start_element = requant.opcode == twill_pkg::OpAdd | requant.opcode == twill_pkg::OpMul;
      start_pool    = requant.opcode == twill_pkg::OpPool;
      start_move    = requant.opcode == twill_pkg::OpMove | requant.opcode == twill_pkg::OpLookup;
    end
  end

  // ------------------------------------------------------------------------------------------------------ the walks
  logic        rq_valid, rq_fresh, rq_take, rq_give, rq_last;
  logic [11:0] rq_acc_addr;
  logic [23:0] rq_out_addr;
  logic [6:0]  rq_lanes;
  twill_requant_walk #(.Word(Word), .AccWords(AccWords)) u_requant_walk (
    .clk_i, .rst_ni, .start_i(start_requant), .command_i(requant), .valid_o(rq_valid), .advance_i(fire & rq_valid),
    .acc_addr_o(rq_acc_addr), .out_addr_o(rq_out_addr), .lanes_o(rq_lanes), .fresh_o(rq_fresh), .take_o(rq_take),
    .give_o(rq_give), .last_o(rq_last));

  logic        el_valid, el_blank, el_last;
  logic [1:0]  el_phase;
  logic [23:0] el_read_addr, el_out_addr;
  logic [6:0]  el_read_lanes, el_out_lanes;
  twill_elementwise #(.Word(Word)) u_elementwise (
    .clk_i, .rst_ni, .start_i(start_element), .command_i(element), .valid_o(el_valid), .advance_i(fire & el_valid),
    .phase_o(el_phase), .blank_o(el_blank), .read_addr_o(el_read_addr), .read_lanes_o(el_read_lanes), .out_addr_o(el_out_addr),
    .out_lanes_o(el_out_lanes), .last_o(el_last));

  logic        pl_valid, pl_first, pl_final, pl_last, pl_empty;
  logic [23:0] pl_read_addr, pl_out_addr;
  logic [6:0]  pl_lanes;
  logic [15:0] pl_taps;
  twill_pool_walk #(.Word(Word)) u_pool_walk (
    .clk_i, .rst_ni, .start_i(start_pool), .command_i(pool), .valid_o(pl_valid), .advance_i(fire & pl_valid),
    .read_addr_o(pl_read_addr), .out_addr_o(pl_out_addr), .lanes_o(pl_lanes), .first_o(pl_first), .final_o(pl_final),
    .last_o(pl_last), .taps_o(pl_taps), .empty_o(pl_empty));

  logic        mv_valid, mv_table, mv_last;
  logic [5:0]  mv_row;
  logic [23:0] mv_read_addr, mv_out_addr;
  logic [6:0]  mv_lanes;
  twill_move_walk #(.Word(Word)) u_move_walk (
    .clk_i, .rst_ni, .start_i(start_move), .command_i(cmd_q), .valid_o(mv_valid), .advance_i(fire & mv_valid),
    .table_o(mv_table), .row_o(mv_row), .read_addr_o(mv_read_addr), .out_addr_o(mv_out_addr), .lanes_o(mv_lanes),
    .last_o(mv_last));

  // ------------------------------------------------------------------------------------- records and reciprocals
  logic        records_ready, records_bad, records_req, records_arrive;
  logic [23:0] records_addr;
  twill_pkg::requant_t coming;
  logic                peek;
  assign coming = cmd_i;
  always_comb begin
    peek = 1'b0;
    if (cmd_valid_i & ~check_q) peek = coming.opcode == twill_pkg::OpRequant & ~coming.keep_parameters;
  end
  twill_parameters #(.Word(Word), .ScratchpadBytes(ScratchpadBytes)) u_parameters (
    .clk_i, .rst_ni, .start_i(start_requant), .kept_i(requant.keep_parameters), .tiles_i(requant.tiles),
    .base_i(requant.param_base),
    .peek_i(peek), .peek_base_i(coming.param_base), .hold_i(vector_q | stopped_q), .ready_o(records_ready), .bad_o(records_bad),
    .take_i(fire & rq_valid & rq_fresh), .req_o(records_req), .addr_o(records_addr),
    .gnt_i(records_req & sp_rd_gnt_i), .arrive_o(records_arrive));

  logic        divide, divided, dividing;
  logic [15:0] divisor;
  logic [30:0] reciprocal;
  logic [4:0]  divisor_bits;
  twill_reciprocal u_reciprocal (
    .clk_i, .rst_ni, .start_i(divide & ~divided & ~dividing & ~order_q), .divisor_i(pl_taps), .busy_o(dividing), .done_o(divided),
    .divisor_o(divisor), .quotient_o(reciprocal), .bits_o(divisor_bits));
  // The beats of the window before fired at least a cycle ago and the division takes 32: they have left the lanes by then.
  always_comb begin
    divide = 1'b0;
    if (pl_valid) divide = pool.mode == twill_pkg::PoolModeAverage & (pl_taps != divisor | divided);
  end

  // ------------------------------------------------------------------ the beat at hand, and whether it may go
  // A beat that waits (for its accumulators, its records, the writes before it) is not looked at further.
  logic        may_go, reads, writes, reserves, last, read_wild, write_wild;
  logic [23:0] read_addr, out_addr;
  logic [6:0]  read_lanes, out_lanes;      // bytes read and written
  logic        room, drained;
  always_comb begin
    may_go     = 1'b0;
    reads      = 1'b0;
    writes     = 1'b0;
    reserves   = 1'b0;
    last       = 1'b0;
    read_wild  = 1'b0;
    write_wild = 1'b0;
    read_addr  = 24'd0;
    out_addr   = 24'd0;
    read_lanes = 7'd0;
    out_lanes  = 7'd0;
    if (rq_valid) begin
      if ((~rq_take | take_ok_i) & (~rq_fresh | records_ready) & ~stopped_q) begin
        out_addr   = rq_out_addr;
        out_lanes  = rq_lanes;
        last       = rq_last;
        writes     = 1'b1;                           // even a word of no bytes has its place in the queue
        reserves   = 1'b1;
        write_wild = out_lanes != 7'd0 & 25'(out_addr) + 25'(out_lanes) > 25'(ScratchpadBytes);
        may_go     = room & ~write_wild;
      end
    end else if ((el_valid | pl_valid | mv_valid) & ~stopped_q & (~order_q | drained)) begin
      if (el_valid) begin
        reads      = ~el_phase[1] & ~el_blank;
        read_addr  = el_read_addr;
        read_lanes = el_read_lanes;
        out_addr   = el_out_addr;
        out_lanes  = el_out_lanes;
        last       = el_last;
        if (element.opcode == twill_pkg::OpAdd) begin  // the place is reserved with the first beat: the third cannot wait
          reserves = el_phase == 2'd0 & ~el_blank;
          writes   = el_phase[1];
        end else begin
          reserves = el_phase[0];
          writes   = el_phase[0];
        end
      end else if (pl_valid) begin
        reads      = 1'b1;
        read_addr  = pl_read_addr;
        read_lanes = pl_lanes;
        out_addr   = pl_out_addr;
        out_lanes  = pl_lanes;
        last       = pl_last;
        writes     = pl_final;
        reserves   = pl_final;
      end else begin
        reads      = requant.opcode == twill_pkg::OpLookup | ~move.fill;
        read_addr  = mv_read_addr;
        read_lanes = mv_lanes;
        out_addr   = mv_out_addr;
        out_lanes  = mv_lanes;
        last       = mv_last;
        writes     = ~mv_table;
        reserves   = ~mv_table;
      end
      if (~divide) begin
        read_wild  = reads & 25'(read_addr) + 25'(read_lanes) > 25'(ScratchpadBytes);
        write_wild = writes & out_lanes != 7'd0 & 25'(out_addr) + 25'(out_lanes) > 25'(ScratchpadBytes);
        may_go     = ~read_wild & ~write_wild & (room | ~reserves);
      end
    end
  end
  // Apart from the requests, which the grants come from.
  logic fire;                              // the beat at hand goes
  assign fire = may_go & (rq_valid ? acc_gnt_i : reads ? sp_rd_gnt_i & ~records_req : 1'b1);

  assign sp_rd_req_o  = (may_go & reads) | records_req;
  assign sp_rd_addr_o = records_req ? records_addr : read_addr;
  assign acc_req_o    = may_go & rq_valid;
  assign acc_addr_o   = rq_acc_addr;
  assign take_o       = fire & rq_valid & rq_take;
  assign take_sem_o   = requant.tile_wait[4:0];

  // ---------------------------------------------------------------------------------------- on the way to the lanes
  // What a beat does when it gets there, all zero without one: signal, enter the lanes, be looked up, write the table.
  localparam int unsigned TravelBits = 24;
  logic [3:0]            fired_q, here_q;  // of the beat fired one, two cycles ago
  logic [TravelBits-1:0] fired_data_q, here_data_q;
  logic [7:0]            here_opcode;
  logic [1:0]            here_phase;
  logic                  here_first, here_final, here_fresh;
  logic [5:0]            here_row;
  assign {here_opcode, here_phase, here_first, here_final, here_fresh, here_row, give_sem_o} = here_data_q;

  assign give_o = here_q[3];

  // ------------------------------------------------------------------------------------------- lanes and settings
  logic [31:0] multiplier0, multiplier1, multiplier2, bias;
  logic [4:0]  left0, left1, right0, right1, right2;
  logic [7:0]  zero, min, max, a_zero, b_zero;
  logic        largest, subtract;
  twill_post_settings u_settings (
    .clk_i, .latch_i(order_q & drained), .command_i(cmd_q), .divided_i(divided), .reciprocal_i(reciprocal), .bits_i(divisor_bits),
    .multiplier0_o(multiplier0), .multiplier1_o(multiplier1), .multiplier2_o(multiplier2), .left0_o(left0), .left1_o(left1),
    .right0_o(right0), .right1_o(right1), .right2_o(right2), .zero_o(zero), .min_o(min), .max_o(max), .a_zero_o(a_zero),
    .b_zero_o(b_zero), .bias_o(bias), .largest_o(largest), .subtract_o(subtract));

  logic [Word*8-1:0] looked;
  twill_lookup_table #(.Word(Word)) u_table (
    .clk_i, .write_i(here_q[0]), .row_i(here_row), .bytes_i(sp_rd_data_i),
    .lookup_i(here_q[1]), .looked_o(looked));

  logic              result_valid;
  logic [Word*8-1:0] result;
  twill_requantize #(.Word(Word)) u_lanes (
    .clk_i, .rst_ni, .valid_i(here_q[2]), .opcode_i(here_opcode), .phase_i(here_phase),
    .first_i(here_first), .final_i(here_final), .fresh_i(here_fresh), .bytes_i(sp_rd_data_i), .looked_i(looked),
    .sums_i(acc_data_i), .record_i(records_arrive), .multiplier0_i(multiplier0), .multiplier1_i(multiplier1),
    .multiplier2_i(multiplier2), .left0_i(left0), .left1_i(left1), .right0_i(right0), .right1_i(right1), .right2_i(right2),
    .zero_i(zero), .min_i(min), .max_i(max), .a_zero_i(a_zero), .b_zero_i(b_zero), .bias_i(bias), .largest_i(largest),
    .subtract_i(subtract), .result_valid_o(result_valid), .result_o(result));

  twill_result_queue #(.Word(Word)) u_results (
    .clk_i, .rst_ni, .room_o(room), .reserve_i(fire & reserves), .expect_i(fire & writes), .addr_i(out_addr), .lanes_i(out_lanes),
    .last_i(last), .result_valid_i(result_valid), .result_i(result), .wr_req_o(sp_wr_req_o), .wr_addr_o(sp_wr_addr_o),
    .wr_data_o(sp_wr_data_o), .wr_be_o(sp_wr_be_o), .wr_gnt_i(sp_wr_gnt_i), .done_o(done_o), .drained_o(drained));
  assign result_o = sp_wr_req_o & sp_wr_gnt_i;

  // ------------------------------------------------------------------------------------------------------- registers
  logic out_of_range, broken;
  assign out_of_range = read_wild | write_wild | (rq_valid & rq_fresh & records_bad);
  assign broken       = out_of_range | pl_empty | (check_q & bad_field);

  always_ff @(posedge clk_i) begin
    check_q <= accept;
    fired_q <= 4'd0;
    here_q  <= fired_q;
    error_o <= accuse_q & inside_q == 4'd1;  // the commands before are done then, so the error is that of the oldest
    if (inside_q == 4'd1) accuse_q <= 1'b0;
    if (accept) cmd_q <= cmd_i;
    if (accept | done_o) inside_q <= inside_q + 4'(accept) - 4'(done_o);
    if (start) begin
      walking_q <= 1'b1;
      order_q   <= ~start_requant;
      if (!start_requant) vector_q <= 1'b1;
    end else if (drained) begin
      order_q <= 1'b0;
      if (~order_q & ~(walking_q & ~rq_valid)) vector_q <= 1'b0;
    end
    if (fire) begin : travel
      logic [1:0] phase;
      logic       table_row;
      phase = el_valid ? (el_blank ? 2'd3 : el_phase) : {1'b0, mv_valid & move.fill & ~mv_table};
      table_row = mv_valid & mv_table;
      fired_q <= {rq_valid & rq_give, ~table_row & phase != 2'd3, ~table_row & requant.opcode == twill_pkg::OpLookup, table_row};
      fired_data_q <= {requant.opcode, phase, pl_first, pl_final, rq_valid & rq_fresh, mv_row, requant.tile_signal[4:0]};
      if (last) walking_q <= 1'b0;
    end
    if (fired_q != 4'd0) here_data_q <= fired_data_q;
    if (broken & ~stopped_q) begin
      accuse_q     <= 1'b1;
      stopped_q    <= 1'b1;
      error_code_o <= out_of_range ? 5'(twill_pkg::ErrorAddressRange) : 5'(twill_pkg::ErrorBadField);
      error_info_o <= ~out_of_range ? 32'd0 : read_wild ? 32'(read_addr) : write_wild ? 32'(out_addr) : 32'(records_addr);
    end
    if (!rst_ni) begin
      check_q   <= 1'b0;
      walking_q <= 1'b0;
      order_q   <= 1'b0;
      vector_q  <= 1'b0;
      stopped_q <= 1'b0;
      accuse_q  <= 1'b0;
      inside_q  <= 4'd0;
      fired_q   <= 4'd0;
      here_q    <= 4'd0;
      error_o   <= 1'b0;
    end
  end

  // A cycle is blocked when finished results cannot be written, starved when a beat waits for its data.
  always_comb begin
    if (inside_q == 4'd0) state_o = twill_pkg::StateIdle;
    else if (fire) state_o = twill_pkg::StateBusy;
    else if (sp_wr_req_o & ~sp_wr_gnt_i) state_o = twill_pkg::StateBlocked;
    else if (rq_valid | (may_go & reads)) state_o = twill_pkg::StateStarved;
    else state_o = twill_pkg::StateBusy;
  end
endmodule
