// SPDX-License-Identifier: Apache-2.0
// Latches the first error since reset: what, where, which command. stopped_o holds from the next cycle until reset.
//
// Of several in one cycle the decoder's comes first, then the engines in queue order, then the semaphores, then the watchdog: causes before effects.
module twill_error (
  input  logic         clk_i,
  input  logic         rst_ni,

  // commands: where they lie
  input  logic [39:0]  ring_i,
  input  logic [16:0]  ring_mask_i,
  input  logic [159:0] index_i,          // oldest command of each queue, 32 bits each

  // sources
  input  logic         decode_i,
  input  logic [4:0]   decode_code_i,
  input  logic [2:0]   decode_queue_i,
  input  logic [31:0]  decode_index_i,
  input  logic [3:0]   engine_i,         // load, array, post, store
  input  logic [19:0]  engine_code_i,    // 5 bits each
  input  logic [127:0] engine_info_i,    // 32 bits each
  input  logic         overflow_i,
  input  logic [2:0]   overflow_queue_i,
  input  logic         watchdog_i,
  input  logic [2:0]   watchdog_queue_i,
  input  logic [31:0]  watchdog_info_i,
  input  logic         bus_i,            // the memory answered a command fetch or a record with an error

  // registers
  output logic         stopped_o,
  output logic         irq_o,            // pulse
  output logic [4:0]   code_o,
  output logic [2:0]   queue_o,
  output logic [39:0]  address_o,
  output logic [31:0]  info_o
);
  logic [1:0]  engine;
  logic [31:0] index;
  logic [2:0]  queue;
  logic        any;

  assign any = !stopped_o && (decode_i || engine_i != '0 || overflow_i || watchdog_i || bus_i);
  assign engine = engine_i[0] ? 2'd0 : engine_i[1] ? 2'd1 : engine_i[2] ? 2'd2 : 2'd3;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      stopped_o <= 1'b0;
      irq_o <= 1'b0;
      code_o <= '0;
      queue_o <= '0;
      address_o <= '0;
      info_o <= '0;
    end else begin
      irq_o <= any;
      if (any) begin
        stopped_o <= 1'b1;
        queue = decode_i ? decode_queue_i : engine_i != '0 ? {1'b0, engine} : overflow_i ? overflow_queue_i : watchdog_i ? watchdog_queue_i : 3'd0;
        index = decode_i ? decode_index_i : queue < 3'd5 ? index_i[queue*32 +: 32] : 32'd0;
        queue_o <= queue;
        address_o <= ring_i + {17'd0, index[16:0] & ring_mask_i, 6'd0};
        if (decode_i) code_o <= decode_code_i;
        else if (engine_i != '0) code_o <= engine_code_i[engine*5 +: 5];
        else if (overflow_i) code_o <= {1'b0, twill_pkg::ErrorSemaphoreOverflow};
        else if (watchdog_i) code_o <= {1'b0, twill_pkg::ErrorWatchdog};
        else code_o <= {1'b0, twill_pkg::ErrorBus};
        info_o <= decode_i ? 32'd0 : engine_i != '0 ? engine_info_i[engine*32 +: 32] : watchdog_i && !overflow_i ? watchdog_info_i : 32'd0;
      end
    end
  end
endmodule
