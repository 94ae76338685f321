// SPDX-License-Identifier: Apache-2.0
// What commands are asked of the chip: every opcode in every queue it may name, every mode and boundary shape of it, every slot, every refusal.
`include "twill_cover.svh"
module twill_decode_points #(
  parameter int unsigned Word = 16,
  parameter int unsigned AccWords = 1024
) (
  input logic         clk_i,
  input logic         rst_ni,
  input logic [4:0]   push_o,
  input logic [511:0] cmd_o,
  input logic [4:0]   full_i,
  input logic         busy_o,
  input logic         error_o,
  input logic [4:0]   error_code_o,
  input logic [2:0]   error_queue_o
);
  // Shapes: a count of bytes beside the word of the machine, a count of repetitions, a distance.
`define TWILL_COVER_BYTES(name, when_, bytes) \
  `TWILL_COVER(name``One, (when_) && (bytes) == 1) \
  `TWILL_COVER(name``WordLess1, (when_) && 32'(bytes) == Word - 1) \
  `TWILL_COVER(name``Word, (when_) && 32'(bytes) == Word) \
  `TWILL_COVER(name``WordAnd1, (when_) && 32'(bytes) == Word + 1) \
  `TWILL_COVER(name``Many, (when_) && 32'(bytes) > 4 * Word)
`define TWILL_COVER_COUNT(name, when_, count) \
  `TWILL_COVER(name``One, (when_) && (count) == 1) \
  `TWILL_COVER(name``Two, (when_) && (count) == 2) \
  `TWILL_COVER(name``More, (when_) && (count) > 2)
`define TWILL_COVER_SIGN(name, when_, distance) \
  `TWILL_COVER(name``Back, (when_) && $signed(distance) < 0) \
  `TWILL_COVER(name``Still, (when_) && (distance) == 0) \
  `TWILL_COVER(name``On, (when_) && $signed(distance) > 0)
`define TWILL_COVER_SHIFT(name, when_, shift) \
  `TWILL_COVER(name``0, (when_) && (shift) == 0) \
  `TWILL_COVER(name``31, (when_) && (shift) == 31)

  logic [7:0] op;
  logic       pushed;
  assign op = cmd_o[7:0];
  assign pushed = push_o != '0;

  // ---- queues and slots
  for (genvar q = 0; q < 5; q++) begin : gen_queue
    `TWILL_COVER(Nop, push_o[q] && op == twill_pkg::OpNop)
    `TWILL_COVER(Mark, push_o[q] && op == twill_pkg::OpMark)
    `TWILL_COVER(Waits, busy_o && full_i[q] && cmd_o[10:8] == 3'(q) && !pushed && !error_o)   // for room
    `TWILL_COVER(ThreeWaits, push_o[q] && cmd_o[17] && cmd_o[23] && cmd_o[29])
    `TWILL_COVER(ThreeSignals, push_o[q] && cmd_o[37] && cmd_o[43] && cmd_o[49])
    `TWILL_COVER(OnlyLastWait, push_o[q] && !cmd_o[17] && !cmd_o[23] && cmd_o[29])
    `TWILL_COVER(OnlyLastSignal, push_o[q] && !cmd_o[37] && !cmd_o[43] && cmd_o[49])
    `TWILL_COVER(Refused, error_o && error_queue_o == 3'(q))
  end
  `TWILL_COVER(TileWait, pushed && cmd_o[55])
  `TWILL_COVER(TileSignal, pushed && cmd_o[61])

  // ---- refusals
  `TWILL_COVER(BadOpcode, error_o && error_code_o == twill_pkg::ErrorBadOpcode)
  `TWILL_COVER(ReservedBit, error_o && error_code_o == twill_pkg::ErrorReservedBit)
  `TWILL_COVER(WrongQueue, error_o && error_code_o == twill_pkg::ErrorWrongQueue)
  `TWILL_COVER(BadField, error_o && error_code_o == twill_pkg::ErrorBadField)
  `TWILL_COVER(UnsupportedType, error_o && error_code_o == twill_pkg::ErrorUnsupportedType)
  `TWILL_COVER(UnsupportedRounding, error_o && error_code_o == twill_pkg::ErrorUnsupportedRounding)
  `TWILL_COVER(UnsupportedWeightLayout, error_o && error_code_o == twill_pkg::ErrorUnsupportedWeightLayout)
  `TWILL_COVER(UnsupportedSparsity, error_o && error_code_o == twill_pkg::ErrorUnsupportedSparsity)
  `TWILL_COVER(UnsupportedVector, error_o && error_code_o == twill_pkg::ErrorUnsupportedVector)

  // ---- moves: LOAD, STORE, SEND, SEND_ADD have their fields in the same places
  twill_pkg::send_t move;
  logic [3:0]       moves;
  assign move = cmd_o;
  assign moves = {op == twill_pkg::OpSendAdd, op == twill_pkg::OpSend, op == twill_pkg::OpStore, op == twill_pkg::OpLoad} & {4{pushed}};
  for (genvar k = 0; k < 4; k++) begin : gen_move      // LOAD, STORE, SEND, SEND_ADD
    `TWILL_COVER(Scratchpad, moves[k] && move.space == twill_pkg::SpaceScratchpad)
    `TWILL_COVER(Accumulators, moves[k] && move.space == twill_pkg::SpaceAccumulators)
    if (k < 3) begin : gen_bytes
      `TWILL_COVER_BYTES(LocalRun, moves[k], move.local_run)
      `TWILL_COVER_BYTES(RemoteRun, moves[k], move.remote_run)
    end else begin : gen_values
      `TWILL_COVER(LocalValue, moves[k] && move.local_run == 24'd4)
      `TWILL_COVER(LocalMany, moves[k] && move.local_run > 24'(4 * Word))
    end
    `TWILL_COVER_COUNT(LocalInner, moves[k], move.local_count0)
    `TWILL_COVER_COUNT(LocalMiddle, moves[k], move.local_count1)
    `TWILL_COVER_COUNT(LocalOuter, moves[k], move.local_count2)
    `TWILL_COVER_COUNT(RemoteInner, moves[k], move.remote_count0)
    `TWILL_COVER_COUNT(RemoteMiddle, moves[k], move.remote_count1)
    `TWILL_COVER_COUNT(RemoteOuter, moves[k], move.remote_count2)
    `TWILL_COVER_SIGN(LocalStride, moves[k] && move.local_count0 > 1, move.local_stride0)
    `TWILL_COVER_SIGN(RemoteStride, moves[k] && move.remote_count0 > 1, move.remote_stride0)
  end
  `TWILL_COVER(LoadAdds, moves[0] && cmd_o[106])
  `TWILL_COVER(LoadAddsToAccumulators, moves[0] && cmd_o[106] && move.space == twill_pkg::SpaceAccumulators)
  `TWILL_COVER(DramBeyond32Bits, (moves[0] || moves[1]) && move.remote_base[39:32] != '0)
  for (genvar s = 0; s < 3; s++) begin : gen_space     // of the other chip
    `TWILL_COVER(Send, moves[2] && move.remote_space == 2'(s))
    if (s < 2) begin : gen_add
      `TWILL_COVER(SendAdd, moves[3] && move.remote_space == 2'(s))
    end
  end
  `TWILL_COVER(SendSignals, moves[2] && move.remote_signal[5])
  `TWILL_COVER(SendAddSignals, moves[3] && move.remote_signal[5])
  `TWILL_COVER(SignalRemote, pushed && op == twill_pkg::OpSignalRemote)

  twill_pkg::fill_t fill;
  logic             fills;
  assign fill = cmd_o;
  assign fills = pushed && op == twill_pkg::OpFill;
  `TWILL_COVER(FillScratchpad, fills && fill.space == twill_pkg::SpaceScratchpad)
  `TWILL_COVER(FillAccumulators, fills && fill.space == twill_pkg::SpaceAccumulators)
  `TWILL_COVER_BYTES(Fill, fills, fill.local_run)
  `TWILL_COVER_COUNT(FillInner, fills, fill.local_count0)
  `TWILL_COVER_COUNT(FillMiddle, fills, fill.local_count1)
  `TWILL_COVER_COUNT(FillOuter, fills, fill.local_count2)

  // ---- array
  twill_pkg::conv_t      conv;
  twill_pkg::depthwise_t depthwise;
  logic                  convolves, deep;
  assign conv = cmd_o;
  assign depthwise = cmd_o;
  assign convolves = pushed && op == twill_pkg::OpConv;
  assign deep = pushed && op == twill_pkg::OpDepthwise;
  `TWILL_COVER_BYTES(ConvRun, convolves, conv.run_bytes)
  `TWILL_COVER_COUNT(ConvTiles, convolves, conv.tiles)
  `TWILL_COVER_COUNT(ConvKernelY, convolves, conv.kernel_y)
  `TWILL_COVER_COUNT(ConvKernelX, convolves, conv.kernel_x)
  `TWILL_COVER_COUNT(ConvOutW, convolves, conv.out_w)
  `TWILL_COVER_COUNT(ConvOutH, convolves, conv.out_h)
  `TWILL_COVER(ConvStrideY1, convolves && conv.stride_y == 8'd1)
  `TWILL_COVER(ConvStrideY2, convolves && conv.stride_y == 8'd2)
  `TWILL_COVER(ConvDilated, convolves && conv.dilation_y > 8'd1)
  `TWILL_COVER(ConvPadsLeft, convolves && conv.x_start[19])
  `TWILL_COVER(ConvPadsTop, convolves && conv.y_start[11])
  `TWILL_COVER(ConvGrouped, convolves && conv.tiles > 1 && conv.n_step != '0)
  `TWILL_COVER(ConvAdds, convolves && conv.accumulate)
  `TWILL_COVER(ConvSecondBank, convolves && conv.acc_base != '0)
  `TWILL_COVER(ConvBank, convolves && 32'(conv.out_w) * 32'(conv.out_h) == AccWords / twill_pkg::AccumulatorBanks)
  `TWILL_COVER(ConvBankAnd1, convolves && 32'(conv.out_w) * 32'(conv.out_h) == AccWords / twill_pkg::AccumulatorBanks + 1)
  `TWILL_COVER(ConvAllWords, convolves && 32'(conv.out_w) * 32'(conv.out_h) == AccWords)
  `TWILL_COVER_BYTES(DepthwiseChannels, deep, depthwise.channels)
  `TWILL_COVER_COUNT(DepthwiseTiles, deep, depthwise.tiles)
  `TWILL_COVER_COUNT(DepthwiseOutW, deep, depthwise.out_w)
  `TWILL_COVER_COUNT(DepthwiseOutH, deep, depthwise.out_h)
  `TWILL_COVER_COUNT(DepthwiseBlocks, deep, depthwise.blocks)
  for (genvar n = 1; n <= 4; n++) begin : gen_depthwise
    `TWILL_COVER(Rows, deep && depthwise.rows == 4'(n))
    `TWILL_COVER(KernelW, deep && depthwise.kernel_w == 8'(n))
    `TWILL_COVER(StrideX, deep && depthwise.stride_x == 4'(n))
    `TWILL_COVER(StrideY, deep && depthwise.stride_y == 4'(n))
    `TWILL_COVER(PhasesX, deep && depthwise.phases_x == 4'(n))
    `TWILL_COVER(PhasesY, deep && depthwise.phases_y == 4'(n))
  end
  `TWILL_COVER(DepthwisePadsLeft, deep && depthwise.x_start[11])
  `TWILL_COVER(DepthwisePadsTop, deep && depthwise.y_start[11])
  `TWILL_COVER(DepthwiseAdds, deep && depthwise.accumulate)
  `TWILL_COVER(DepthwiseShortestLine, deep && depthwise.rows > 1 && depthwise.stream_w == 12'(depthwise.kernel_w))
  `TWILL_COVER(DepthwiseLongestLine, deep && depthwise.rows > 1
                                     && 32'(depthwise.stream_w) - 32'(depthwise.kernel_w) == twill_pkg::LineBufferWords)

  // ---- post unit
  twill_pkg::requant_t requant;
  twill_pkg::add_t     add;
  twill_pkg::mul_t     mul;
  twill_pkg::pool_t    pool;
  twill_pkg::lookup_t  lookup;
  twill_pkg::move_t    copy;
  logic                requants, adds, muls, pools, looks, copies;
  assign requant = cmd_o;
  assign add = cmd_o;
  assign mul = cmd_o;
  assign pool = cmd_o;
  assign lookup = cmd_o;
  assign copy = cmd_o;
  assign requants = pushed && op == twill_pkg::OpRequant;
  assign adds = pushed && op == twill_pkg::OpAdd;
  assign muls = pushed && op == twill_pkg::OpMul;
  assign pools = pushed && op == twill_pkg::OpPool;
  assign looks = pushed && op == twill_pkg::OpLookup;
  assign copies = pushed && op == twill_pkg::OpMove;
  `TWILL_COVER(RequantLanes1, requants && requant.last_lanes == 8'd1)
  `TWILL_COVER(RequantLanesWordLess1, requants && requant.last_lanes == 8'(Word - 1))
  `TWILL_COVER(RequantLanesWord, requants && requant.last_lanes == 8'(Word))
  `TWILL_COVER(RequantKeepsRecords, requants && requant.keep_parameters)
  `TWILL_COVER_COUNT(RequantTiles, requants, requant.tiles)
  `TWILL_COVER_COUNT(RequantOutW, requants, requant.out_w)
  `TWILL_COVER_COUNT(RequantOutH, requants, requant.out_h)
  `TWILL_COVER(RequantSecondBank, requants && requant.acc_base != '0)
  `TWILL_COVER(RequantAllWords, requants && 32'(requant.out_w) * 32'(requant.out_h) == AccWords)
  `TWILL_COVER_BYTES(Add, adds, add.run)
  `TWILL_COVER_COUNT(AddCount, adds, add.count)
  `TWILL_COVER(AddSubtracts, adds && add.subtract)
  `TWILL_COVER_SHIFT(AddLeft, adds, add.left_shift)
  `TWILL_COVER_SHIFT(AddFirst, adds, add.a_shift)
  `TWILL_COVER_SHIFT(AddSecond, adds, add.b_shift)
  `TWILL_COVER_SHIFT(AddOut, adds, add.out_shift)
  `TWILL_COVER(AddMultiplier0, adds && add.out_multiplier == '0)
  `TWILL_COVER_BYTES(Mul, muls, mul.run)
  `TWILL_COVER_COUNT(MulCount, muls, mul.count)
  `TWILL_COVER(MulShift0, muls && mul.out_shift == '0)
  `TWILL_COVER(MulLeft30, muls && mul.out_shift == 8'd30)
  `TWILL_COVER(MulRight31, muls && mul.out_shift == 8'he1)
  `TWILL_COVER(MulMultiplier0, muls && mul.out_multiplier == '0)
  for (genvar m = 0; m < 3; m++) begin : gen_pool      // max, average, mean
    `TWILL_COVER_BYTES(Channels, pools && pool.mode == 2'(m), pool.channels)
    `TWILL_COVER(OneTap, pools && pool.mode == 2'(m) && pool.kernel_y == 8'd1 && pool.kernel_x == 8'd1)
    `TWILL_COVER(Taps, pools && pool.mode == 2'(m) && pool.kernel_y > 8'd1 && pool.kernel_x > 8'd1)
    `TWILL_COVER(Pads, pools && pool.mode == 2'(m) && (pool.y_start[11] || pool.x_start[11]))
    `TWILL_COVER(Strides, pools && pool.mode == 2'(m) && pool.stride_y > 8'd1 && pool.stride_x > 8'd1)
  end
  `TWILL_COVER_BYTES(Lookup, looks, lookup.run)
  `TWILL_COVER_COUNT(LookupCount, looks, lookup.count)
  `TWILL_COVER(LookupKeepsTable, looks && lookup.keep_table)
  `TWILL_COVER_BYTES(Move, copies && !copy.fill, copy.run)
  `TWILL_COVER_BYTES(MoveFill, copies && copy.fill, copy.run)
  `TWILL_COVER_COUNT(Move0, copies, copy.count0)
  `TWILL_COVER_COUNT(Move1, copies, copy.count1)
  `TWILL_COVER_COUNT(Move2, copies, copy.count2)
  `TWILL_COVER_COUNT(Move3, copies, copy.count3)
endmodule

bind twill_chip twill_decode_points #(.Word(Word), .AccWords(AccWords)) u_decode_points (
  .clk_i, .rst_ni(core_rst_n), .push_o(push), .cmd_o(cmd), .full_i(full), .busy_o(decode_busy), .error_o(decode_error), .error_code_o(decode_code),
  .error_queue_o(decode_queue));
