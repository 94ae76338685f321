// SPDX-License-Identifier: Apache-2.0
// The chip: a memory port (AXI4 master), a register port (AXI4-Lite slave), an interrupt line, a network port.
//
//   registers -> fetch -> decode -> five queues -> engines: load, array, post, store, network
//   DRAM -> load -> scratchpad, accumulators -> array, post -> scratchpad -> store -> DRAM
//   scratchpad, accumulators -> send -> network -> receive -> scratchpad, accumulators, DRAM, semaphores of another chip
//
// The network port moves a flit a cycle each way, by credits: after reset eight may be sent before one comes back, and eight are taken.
//
// A chip that sleeps (asleep_o) does nothing but count until an input changes. Its clock may be stopped meanwhile; then, before any
// input changes, one edge with elapsed_i = n (2 to 4096) stands for n cycles. At all other edges elapsed_i is 1.
//
// The memory port's bursts are INCR, whole words, and cross no 4 KiB page. No output follows an input combinationally. Write data may
// come before memory has taken their address, never before it is shown.
module twill_chip #(
  parameter int unsigned Word = 16,                 // bytes; rows and columns of the array
  parameter int unsigned ScratchpadBytes = 262144,
  parameter int unsigned AccWords = 1024,
  parameter bit          Ecc = 1'b0                 // SEC-DED memories
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // memory
  output logic [7:0]        m_axi_arid,
  output logic [39:0]       m_axi_araddr,
  output logic [7:0]        m_axi_arlen,
  output logic [2:0]        m_axi_arsize,
  output logic [1:0]        m_axi_arburst,
  output logic              m_axi_arvalid,
  input  logic              m_axi_arready,
  input  logic [7:0]        m_axi_rid,
  input  logic [Word*8-1:0] m_axi_rdata,
  input  logic [1:0]        m_axi_rresp,
  input  logic              m_axi_rlast,
  input  logic              m_axi_rvalid,
  output logic              m_axi_rready,
  output logic [7:0]        m_axi_awid,
  output logic [39:0]       m_axi_awaddr,
  output logic [7:0]        m_axi_awlen,
  output logic [2:0]        m_axi_awsize,
  output logic [1:0]        m_axi_awburst,
  output logic              m_axi_awvalid,
  input  logic              m_axi_awready,
  output logic [Word*8-1:0] m_axi_wdata,
  output logic [Word-1:0]   m_axi_wstrb,
  output logic              m_axi_wlast,
  output logic              m_axi_wvalid,
  input  logic              m_axi_wready,
  input  logic [7:0]        m_axi_bid,
  input  logic [1:0]        m_axi_bresp,
  input  logic              m_axi_bvalid,
  output logic              m_axi_bready,

  // registers
  input  logic [11:0]       s_axil_awaddr,
  input  logic              s_axil_awvalid,
  output logic              s_axil_awready,
  input  logic [31:0]       s_axil_wdata,
  input  logic [3:0]        s_axil_wstrb,
  input  logic              s_axil_wvalid,
  output logic              s_axil_wready,
  output logic [1:0]        s_axil_bresp,
  output logic              s_axil_bvalid,
  input  logic              s_axil_bready,
  input  logic [11:0]       s_axil_araddr,
  input  logic              s_axil_arvalid,
  output logic              s_axil_arready,
  output logic [31:0]       s_axil_rdata,
  output logic [1:0]        s_axil_rresp,
  output logic              s_axil_rvalid,
  input  logic              s_axil_rready,

  output logic              irq_o,

  // network
  output logic              net_tx_valid_o,
  output logic [twill_pkg::FlitBits-1:0] net_tx_flit_o,
  input  logic              net_tx_credit_i,
  input  logic              net_rx_valid_i,
  input  logic [twill_pkg::FlitBits-1:0] net_rx_flit_i,
  output logic              net_rx_credit_o,

  // time
  input  logic [15:0]       elapsed_i,
  output logic              asleep_o
);
  localparam int unsigned AccBits = $clog2(AccWords);
  localparam int unsigned Load = 0, Array = 1, Post = 2, Store = 3, Network = 4;

  // =============================================================================================== registers, reset
  logic        core_rst_n, run, soft_reset, soft_reset_done, doorbell_rung, start, stopped;
  logic [39:0] ring, mark_ring;
  logic [16:0] ring_mask, mark_mask;
  logic [31:0] doorbell, fetched, mark_count, watchdog_limit, watchdog_remote, watchdog_wait, remote;
  logic [5:0]  node;
  logic [6:0]  chips;
  logic [223:0] network_counters;
  logic [31:0] exposed;
  logic        csr_quiet, memory_busy, read_owed, write_owed;
  logic [3:0]  unrest;                 // what is not at rest: engines, memory port, credits, messages
  logic        fetch_left, decode_busy, mark_irq, error_irq;
  logic        sem_write;
  logic [4:0]  sem_index;
  logic [7:0]  sem_value, sem_read_value;
  logic [4:0]  error_code;
  logic [2:0]  error_queue;
  logic [39:0] error_address;
  logic [31:0] error_info;
  logic [63:0] cycle;
  logic        counter_read;
  logic [4:0]  counter_word;
  logic [31:0] counter_value;
  logic [4:0]  awake;                  // queues that are not empty
  logic        go;                     // registers say run, and no error has stopped the chip

  logic        clearing;               // memories
  logic [15:0] clear_row;
  logic [95:0] ecc_counters;

  assign go = run && !stopped && !clearing;

  twill_csr #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords), .Ecc(Ecc)) u_csr (
    .clk_i, .rst_ni,
    .s_axil_awaddr, .s_axil_awvalid, .s_axil_awready, .s_axil_wdata, .s_axil_wstrb, .s_axil_wvalid, .s_axil_wready,
    .s_axil_bresp, .s_axil_bvalid, .s_axil_bready, .s_axil_araddr, .s_axil_arvalid, .s_axil_arready, .s_axil_rdata,
    .s_axil_rresp, .s_axil_rvalid, .s_axil_rready, .irq_o,
    .run_o(run), .soft_reset_o(soft_reset), .soft_reset_done_i(soft_reset_done), .start_o(doorbell_rung),
    .ring_o(ring), .ring_mask_o(ring_mask), .doorbell_o(doorbell), .mark_o(mark_ring), .mark_mask_o(mark_mask),
    .watchdog_o(watchdog_limit), .watchdog_remote_o(watchdog_remote), .watchdog_wait_o(watchdog_wait), .node_o(node), .chips_o(chips), .remote_o(remote), .sem_write_o(sem_write), .sem_o(sem_index), .sem_value_o(sem_value),
    .active_i(awake), .left_i(fetch_left || decode_busy), .stopped_i(stopped), .unrest_i(unrest), .clearing_i(clearing), .irq_mark_i(mark_irq), .irq_error_i(error_irq),
    .fetched_i(fetched), .mark_count_i(mark_count), .sem_value_i(sem_read_value),
    .error_code_i(error_code), .error_queue_i(error_queue), .error_address_i(error_address), .error_info_i(error_info),
    .waits_i(waits), .slots_i(blamed_slot),
    .cycle_i(cycle), .counter_read_o(counter_read), .counter_word_o(counter_word), .counter_i(counter_value),
    .network_i(network_counters), .corrected_i(ecc_counters), .quiet_o(csr_quiet));

  // The core's side of the memory port's handshakes.
  logic core_arvalid, core_arready, core_rvalid, core_rready, core_awvalid, core_awready;
  logic core_wvalid, core_wlast, core_wready, core_bvalid, core_bready, wmask;
  logic [Word-1:0]   core_wstrb;
  logic [Word*8-1:0] core_wdata;

  twill_soft_reset u_soft_reset (
    .clk_i, .rst_ni, .request_i(soft_reset), .done_o(soft_reset_done), .core_rst_no(core_rst_n), .busy_o(memory_busy), .read_owed_o(read_owed), .write_owed_o(write_owed),
    .core_arvalid_i(core_arvalid), .core_arready_o(core_arready), .arvalid_o(m_axi_arvalid), .arready_i(m_axi_arready),
    .core_rready_i(core_rready), .core_rvalid_o(core_rvalid), .rready_o(m_axi_rready), .rvalid_i(m_axi_rvalid), .rlast_i(m_axi_rlast),
    .core_awvalid_i(core_awvalid), .awlen_i(m_axi_awlen), .core_awready_o(core_awready), .awvalid_o(m_axi_awvalid), .awready_i(m_axi_awready),
    .core_wvalid_i(core_wvalid), .core_wlast_i(core_wlast), .core_wready_o(core_wready), .wvalid_o(m_axi_wvalid), .wlast_o(m_axi_wlast),
    .wmask_o(wmask), .wready_i(m_axi_wready),
    .core_bready_i(core_bready), .core_bvalid_o(core_bvalid), .bready_o(m_axi_bready), .bvalid_i(m_axi_bvalid));

  assign m_axi_wstrb = wmask ? '0 : core_wstrb;
  assign m_axi_wdata = wmask ? '0 : core_wdata;   // holds whatever the core does meanwhile

  // ================================================================================================ commands, queues
  logic              fetch_req, fetch_gnt, fetch_data_valid;
  logic [39:0]       fetch_addr;
  logic [Word*8-1:0] fetch_data;
  logic              fetched_valid, fetched_ready;
  logic [511:0]      fetched_cmd, cmd;
  logic [31:0]       fetched_index, index;
  logic [4:0]        push, full;
  logic              decode_error;
  logic [4:0]        decode_code;
  logic [2:0]        decode_queue;

  twill_fetch #(.Word(Word)) u_fetch (
    .clk_i, .rst_ni(core_rst_n), .run_i(go), .ring_i(ring), .ring_mask_i(ring_mask), .doorbell_i(doorbell), .fetched_o(fetched), .left_o(fetch_left),
    .req_o(fetch_req), .addr_o(fetch_addr), .gnt_i(fetch_gnt), .data_valid_i(fetch_data_valid), .data_i(fetch_data),
    .valid_o(fetched_valid), .cmd_o(fetched_cmd), .index_o(fetched_index), .ready_i(fetched_ready));

  twill_decode u_decode (
    .clk_i, .rst_ni(core_rst_n), .run_i(go), .valid_i(fetched_valid), .cmd_i(fetched_cmd), .index_i(fetched_index), .ready_o(fetched_ready),
    .push_o(push), .cmd_o(cmd), .index_o(index), .full_i(full), .busy_o(decode_busy),
    .error_o(decode_error), .error_code_o(decode_code), .error_queue_o(decode_queue));

  // By queue, in the order of twill_pkg::queue_e.
  logic [4:0]   queue_take, queue_ok, queue_give;
  logic [24:0]  queue_take_sem, queue_give_sem;
  logic [4:0]   mark_valid, mark_wants_irq, mark_ready, complete;
  logic [159:0] mark_tag, given_index, blamed_index;
  logic [29:0]  blamed_slot;
  logic         blame, watchdog_ask;
  logic [9:0]   state;
  logic [4:0]   cmd_valid, cmd_ready, done;
  logic [9:0]   engine_state;
  logic [511:0] load_cmd, array_cmd, post_cmd, store_cmd, network_cmd;
  logic         stir;
  logic [4:0]   waits_remote;
  twill_queues #(.Ecc(Ecc)) u_queues (
    .clk_i, .rst_ni(core_rst_n), .run_i(go), .remote_i(remote), .push_i(push), .cmd_i(cmd), .index_i(index), .full_o(full),
    .take_o(queue_take), .take_sem_o(queue_take_sem), .take_ok_i(queue_ok),
    .give_o(queue_give), .give_sem_o(queue_give_sem), .given_index_o(given_index),
    .cmd_valid_o(cmd_valid), .load_cmd_o(load_cmd), .array_cmd_o(array_cmd), .post_cmd_o(post_cmd), .store_cmd_o(store_cmd),
    .network_cmd_o(network_cmd),
    .cmd_ready_i(cmd_ready), .done_i(done), .engine_state_i(engine_state),
    .mark_valid_o(mark_valid), .mark_tag_o(mark_tag), .mark_irq_o(mark_wants_irq), .mark_ready_i(mark_ready),
    .awake_o(awake), .complete_o(complete), .state_o(state), .stir_o(stir), .remote_o(waits_remote),
    .blame_i(blame || watchdog_ask), .blamed_index_o(blamed_index), .blamed_slot_o(blamed_slot),
    .blame_head_i(blame_head), .blame_late_i(blame_late), .corrected_o(queues_corrected), .double_o(queues_double),
    .address_o(queues_lost), .nameless_o(queues_nameless));

  // =================================================================================================== semaphores
  logic       array_take, array_take_ok, array_give, post_take, post_take_ok, post_give, store_give, remote_give;
  logic [4:0] array_take_sem, array_give_sem, post_take_sem, post_give_sem, store_give_sem, remote_give_sem;
  logic        overflow;
  logic [8:0]  overflow_giver;
  logic [31:0] positive;

  twill_semaphores #(.Givers(9)) u_semaphores (
    .clk_i, .rst_ni(core_rst_n), .odd_i(elapsed_i[0]), .queue_take_i(queue_take), .queue_sem_i(queue_take_sem), .queue_ok_o(queue_ok),
    .array_take_i(array_take), .array_sem_i(array_take_sem), .array_ok_o(array_take_ok),
    .post_take_i(post_take), .post_sem_i(post_take_sem), .post_ok_o(post_take_ok),
    .give_i({remote_give, store_give, post_give, array_give, queue_give}),
    .give_sem_i({remote_give_sem, store_give_sem, post_give_sem, array_give_sem, queue_give_sem}),
    .overflow_o(overflow), .overflow_giver_o(overflow_giver),
    .write_i(sem_write), .write_sem_i(sem_index), .write_value_i(sem_value), .read_sem_i(sem_index), .read_value_o(sem_read_value), .positive_o(positive));

  // ========================================================================================= counters, marks, errors
  logic          snapshot;
  logic [2:0]    snapshot_queue;
  logic [31:0]   snapshot_tag, sequence_number;
  logic [1023:0] record;
  logic          mark_write, mark_write_ready, mark_written;
  logic [39:0]   mark_write_addr;
  logic [7:0]    loaded, stored;
  logic          operand, weight_row, result;

  twill_counters u_counters (
    .clk_i, .rst_ni(core_rst_n), .start_i(start), .elapsed_i, .state_i(state), .loaded_i(loaded), .stored_i(stored), .operand_i(operand),
    .weight_i(weight_row), .result_i(result), .complete_i(complete), .snapshot_i(snapshot), .tag_i(snapshot_tag),
    .queue_i(snapshot_queue), .sequence_i(sequence_number), .record_o(record),
    .read_i(counter_read), .read_word_i(counter_word), .value_o(counter_value), .cycle_o(cycle), .exposed_o(exposed));

  twill_mark u_mark (
    .clk_i, .rst_ni(core_rst_n), .ring_i(mark_ring), .ring_mask_i(mark_mask), .count_o(mark_count), .irq_o(mark_irq),
    .valid_i(mark_valid), .tag_i(mark_tag), .irq_i(mark_wants_irq), .ready_o(mark_ready),
    .snapshot_o(snapshot), .snapshot_queue_o(snapshot_queue), .snapshot_tag_o(snapshot_tag), .sequence_o(sequence_number),
    .mark_valid_o(mark_write), .mark_addr_o(mark_write_addr), .mark_ready_i(mark_write_ready), .mark_done_i(mark_written));

  logic         progress, watchdog_error, bus_error, records_owed;
  logic [4:0]   watchdog_suspects, wait_semaphore;
  logic [31:0]  waits;
  logic         watchdog_far, remote_error, received;
  logic [4:0]   engine_error, remote_code;
  logic [24:0]  engine_code;
  logic [159:0] engine_info;
  logic [31:0]  remote_info;

  assign records_owed = sequence_number != mark_count;

  twill_watchdog u_watchdog (
    .clk_i, .rst_ni(core_rst_n), .run_i(go), .elapsed_i, .limit_i(watchdog_limit), .remote_limit_i(watchdog_remote), .wait_limit_i(watchdog_wait),
    .waiting_i(awake != '0 || fetch_left || decode_busy || records_owed), .remote_i(waits_remote != '0), .progress_i(progress), .state_i(state),
    .ask_o(watchdog_ask), .semaphore_i(wait_semaphore), .error_o(watchdog_error), .suspects_o(watchdog_suspects), .far_o(watchdog_far));

  // SEC-DED: counters, and the error of a word that is lost.
  logic [5:0]  queues_corrected, scratchpad_double, accumulators_double, ecc_error;
  logic [4:0]  queues_double;
  logic [7:0]  scratchpad_corrected, accumulators_corrected;
  logic [23:0] queues_lost, scratchpad_lost, accumulators_lost;
  logic        queues_nameless, ecc_head, ecc_nameless, blame_head, blame_late;
  logic [31:0] ecc_info;

  if (Ecc) begin : gen_ecc
    localparam int unsigned PlaceRows = ScratchpadBytes / Word / (2 * twill_pkg::ScratchpadBanks);
    localparam int unsigned BankRows = AccWords / twill_pkg::AccumulatorBanks;
    logic rung_q, head_q;

    twill_clear #(.Rows(PlaceRows > BankRows ? PlaceRows : BankRows)) u_clear (.clk_i, .rst_ni, .busy_o(clearing), .row_o(clear_row));

    twill_ecc u_ecc (
      .clk_i, .rst_ni, .core_rst_ni(core_rst_n),
      .scratchpad_corrected_i(scratchpad_corrected), .scratchpad_double_i(scratchpad_double), .scratchpad_address_i(scratchpad_lost),
      .accumulators_corrected_i(accumulators_corrected), .accumulators_double_i(accumulators_double), .accumulators_address_i(accumulators_lost),
      .queues_corrected_i(queues_corrected), .queues_double_i(queues_double), .queues_address_i(queues_lost), .queues_nameless_i(queues_nameless),
      .corrected_o(ecc_counters), .error_o(ecc_error), .info_o(ecc_info), .head_o(ecc_head), .nameless_o(ecc_nameless));

    // A doorbell that is rung meanwhile takes effect when the memories are cleared.
    always_ff @(posedge clk_i) begin
      rung_q <= clearing && (rung_q || doorbell_rung);
      head_q <= ecc_head;
      if (!core_rst_n) rung_q <= 1'b0;
    end
    assign start = (doorbell_rung || rung_q) && !clearing;
    assign blame_head = error_code == twill_pkg::ErrorEcc && head_q;
    assign blame_late = error_code == twill_pkg::ErrorEcc && !head_q;
  end else begin : gen_plain
    assign clearing = 1'b0;
    assign clear_row = '0;
    assign start = doorbell_rung;
    assign ecc_counters = '0;
    assign ecc_error = '0;
    assign ecc_info = '0;
    assign ecc_head = 1'b0;
    assign ecc_nameless = 1'b0;
    assign blame_head = 1'b0;
    assign blame_late = 1'b0;
  end

  twill_error u_error (
    .clk_i, .rst_ni(core_rst_n), .ring_i(ring), .ring_mask_i(ring_mask),
    .decode_i(decode_error), .decode_code_i(decode_code), .decode_queue_i(decode_queue), .decode_index_i(index),
    .ecc_i(ecc_error), .ecc_info_i(ecc_info), .ecc_nameless_i(ecc_nameless),
    .engine_i(engine_error), .engine_code_i(engine_code), .engine_info_i(engine_info),
    .remote_i(remote_error), .remote_code_i(remote_code), .remote_info_i(remote_info), .waits_remote_i(waits_remote),
    .overflow_i(overflow), .overflow_giver_i(overflow_giver), .given_index_i(given_index),
    .watchdog_i(watchdog_error), .suspects_i(watchdog_suspects), .bus_i(bus_error), .fetched_i(fetched), .blame_o(blame), .awake_i(awake), .index_i(blamed_index), .slot_i(blamed_slot),
    .stopped_o(stopped), .irq_o(error_irq), .code_o(error_code), .queue_o(error_queue), .address_o(error_address), .info_o(error_info));

  // ======================================================================================================= memories
  logic              feeder_req, feeder_gnt, weights_req, weights_gnt, post_rd_req, post_rd_gnt, post_wr_req, post_wr_gnt;
  logic              store_rd_req, store_rd_gnt, load_rd_req, load_rd_gnt, load_wr_req, load_wr_gnt;
  logic [23:0]       feeder_addr, weights_addr, post_rd_addr, post_wr_addr, store_rd_addr, load_rd_addr, load_wr_addr;
  logic [Word*8-1:0] feeder_data, weights_data, post_rd_data, post_wr_data, store_rd_data, load_rd_data, load_wr_data;
  logic              send_rd_req, send_rd_gnt, add_rd_req, add_rd_gnt, net_wr_req, net_wr_gnt;
  logic [23:0]       send_rd_addr, add_rd_addr, net_wr_addr;
  logic [Word*8-1:0] send_rd_data, add_rd_data, net_wr_data;
  logic [Word-1:0]   net_wr_be;
  logic [Word-1:0]   post_wr_be, load_wr_be;

  twill_scratchpad #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .Ecc(Ecc)) u_scratchpad (
    .clk_i, .rst_ni(core_rst_n),
    .weights_req_i(weights_req), .weights_addr_i(weights_addr), .weights_gnt_o(weights_gnt), .weights_rdata_o(weights_data),
    .post_req_i(post_rd_req), .post_addr_i(post_rd_addr), .post_gnt_o(post_rd_gnt), .post_rdata_o(post_rd_data),
    .feeder_req_i(feeder_req), .feeder_addr_i(feeder_addr), .feeder_gnt_o(feeder_gnt), .feeder_rdata_o(feeder_data),
    .store_req_i(store_rd_req), .store_addr_i(store_rd_addr), .store_gnt_o(store_rd_gnt), .store_rdata_o(store_rd_data),
    .load_req_i(load_rd_req), .load_addr_i(load_rd_addr), .load_gnt_o(load_rd_gnt), .load_rdata_o(load_rd_data),
    .send_req_i(send_rd_req), .send_addr_i(send_rd_addr), .send_gnt_o(send_rd_gnt), .send_rdata_o(send_rd_data),
    .add_req_i(add_rd_req), .add_addr_i(add_rd_addr), .add_gnt_o(add_rd_gnt), .add_rdata_o(add_rd_data),
    .postw_req_i(post_wr_req), .postw_addr_i(post_wr_addr), .postw_data_i(post_wr_data), .postw_be_i(post_wr_be), .postw_gnt_o(post_wr_gnt),
    .loadw_req_i(load_wr_req), .loadw_addr_i(load_wr_addr), .loadw_data_i(load_wr_data), .loadw_be_i(load_wr_be), .loadw_gnt_o(load_wr_gnt),
    .netw_req_i(net_wr_req), .netw_addr_i(net_wr_addr), .netw_data_i(net_wr_data), .netw_be_i(net_wr_be), .netw_gnt_o(net_wr_gnt),
    .clear_i(clearing), .clear_row_i(clear_row), .corrected_o(scratchpad_corrected), .double_o(scratchpad_double), .address_o(scratchpad_lost));

  logic               acc_rd_en, acc_wr_en, post_acc_req, post_acc_gnt, dmaw_req, dmaw_add, dmaw_gnt, dmar_req, dmar_gnt;
  logic [AccBits-1:0] acc_rd_addr, acc_wr_addr, dmaw_addr, dmar_addr;
  logic [11:0]        post_acc_addr;
  logic [Word*32-1:0] acc_rd_data, acc_wr_data, post_acc_data, dmaw_data, dmar_data;
  logic [Word-1:0]    dmaw_lane, accw_lane;
  logic               accw_req, accw_add, accw_gnt, accr_req, accr_gnt;
  logic [11:0]        accw_addr, accr_addr;
  logic [127:0]       accw_data;

  twill_accumulators #(.Word(Word), .AccWords(AccWords), .Ecc(Ecc)) u_accumulators (
    .clk_i, .rst_ni(core_rst_n),
    .acc_rd_en_i(acc_rd_en), .acc_rd_addr_i(acc_rd_addr), .acc_rd_data_o(acc_rd_data),
    .acc_wr_en_i(acc_wr_en), .acc_wr_addr_i(acc_wr_addr), .acc_wr_data_i(acc_wr_data),
    .post_req_i(post_acc_req), .post_addr_i(post_acc_addr[AccBits-1:0]), .post_gnt_o(post_acc_gnt), .post_data_o(post_acc_data),
    .dmaw_req_i(dmaw_req), .dmaw_addr_i(dmaw_addr), .dmaw_lane_i(dmaw_lane), .dmaw_data_i(dmaw_data), .dmaw_add_i(dmaw_add), .dmaw_gnt_o(dmaw_gnt),
    .netw_req_i(accw_req), .netw_addr_i(accw_addr[AccBits-1:0]), .netw_lane_i(accw_lane), .netw_data_i(accw_data), .netw_add_i(accw_add), .netw_gnt_o(accw_gnt),
    .dmar_req_i(dmar_req), .dmar_addr_i(dmar_addr), .dmar_gnt_o(dmar_gnt), .dmar_data_o(dmar_data),
    .netr_req_i(accr_req), .netr_addr_i(accr_addr[AccBits-1:0]), .netr_gnt_o(accr_gnt),
    .clear_i(clearing), .clear_row_i(clear_row), .corrected_o(accumulators_corrected), .double_o(accumulators_double), .address_o(accumulators_lost));

  // Some engine or its queue is busy (the lower bit of a state without the upper): it moves or computes. Or part of a command comes, or a message.
  assign progress = (state & ~(state >> 1) & {5{twill_pkg::StateBusy}}) != '0 || fetch_data_valid || received;

  // ======================================================================================================== engines
  twill_array_engine #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_array (
    .clk_i, .rst_ni(core_rst_n),
    .cmd_valid_i(cmd_valid[Array]), .cmd_i(array_cmd), .cmd_ready_o(cmd_ready[Array]), .done_o(done[Array]),
    .take_o(array_take), .take_sem_o(array_take_sem), .take_ok_i(array_take_ok), .give_o(array_give), .give_sem_o(array_give_sem),
    .error_o(engine_error[Array]), .error_code_o(engine_code[Array*5 +: 5]), .error_info_o(engine_info[Array*32 +: 32]),
    .state_o(engine_state[Array*2 +: 2]),
    .feeder_req_o(feeder_req), .feeder_addr_o(feeder_addr), .feeder_gnt_i(feeder_gnt), .feeder_rdata_i(feeder_data),
    .weights_req_o(weights_req), .weights_addr_o(weights_addr), .weights_gnt_i(weights_gnt), .weights_rdata_i(weights_data),
    .acc_rd_en_o(acc_rd_en), .acc_rd_addr_o(acc_rd_addr), .acc_rd_data_i(acc_rd_data),
    .acc_wr_en_o(acc_wr_en), .acc_wr_addr_o(acc_wr_addr), .acc_wr_data_o(acc_wr_data),
    .operand_o(operand), .weight_row_o(weight_row));

  twill_post_engine #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_post (
    .clk_i, .rst_ni(core_rst_n),
    .cmd_valid_i(cmd_valid[Post]), .cmd_i(post_cmd), .cmd_ready_o(cmd_ready[Post]), .done_o(done[Post]),
    .take_o(post_take), .take_sem_o(post_take_sem), .take_ok_i(post_take_ok), .give_o(post_give), .give_sem_o(post_give_sem),
    .error_o(engine_error[Post]), .error_code_o(engine_code[Post*5 +: 5]), .error_info_o(engine_info[Post*32 +: 32]),
    .state_o(engine_state[Post*2 +: 2]),
    .sp_rd_req_o(post_rd_req), .sp_rd_addr_o(post_rd_addr), .sp_rd_gnt_i(post_rd_gnt), .sp_rd_data_i(post_rd_data),
    .sp_wr_req_o(post_wr_req), .sp_wr_addr_o(post_wr_addr), .sp_wr_data_o(post_wr_data), .sp_wr_be_o(post_wr_be), .sp_wr_gnt_i(post_wr_gnt),
    .acc_req_o(post_acc_req), .acc_addr_o(post_acc_addr), .acc_gnt_i(post_acc_gnt), .acc_data_i(post_acc_data), .result_o(result));

  // ============================================================================================================ DMA
  logic              load_read_req, load_read_gnt, load_read_valid, load_read_error, load_read_ready, fetch_error, mark_error;
  logic [39:0]       load_read_addr, store_write_addr;
  logic [4:0]        load_read_beats, store_write_beats;
  logic [Word*8-1:0] load_read_data, store_write_data;
  logic [Word-1:0]   store_write_strobe;
  logic              store_write_req, store_write_gnt, store_write_next, store_write_ack, store_write_error;
  logic [11:0]       load_acc_addr, store_acc_addr;   // checked against AccWords by the engines

  assign dmaw_addr = load_acc_addr[AccBits-1:0];
  assign dmar_addr = store_acc_addr[AccBits-1:0];
  assign bus_error = (fetch_data_valid && fetch_error) || (mark_written && mark_error);

  twill_load #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_load (
    .clk_i, .rst_ni(core_rst_n),
    .cmd_valid_i(cmd_valid[Load]), .cmd_i(load_cmd), .cmd_ready_o(cmd_ready[Load]), .done_o(done[Load]),
    .error_o(engine_error[Load]), .error_code_o(engine_code[Load*5 +: 5]), .error_info_o(engine_info[Load*32 +: 32]),
    .state_o(engine_state[Load*2 +: 2]), .loaded_bytes_o(loaded),
    .read_req_o(load_read_req), .read_addr_o(load_read_addr), .read_beats_o(load_read_beats), .read_gnt_i(load_read_gnt),
    .read_valid_i(load_read_valid), .read_data_i(load_read_data), .read_error_i(load_read_error), .read_ready_o(load_read_ready),
    .loadw_req_o(load_wr_req), .loadw_addr_o(load_wr_addr), .loadw_data_o(load_wr_data), .loadw_be_o(load_wr_be), .loadw_gnt_i(load_wr_gnt),
    .load_req_o(load_rd_req), .load_addr_o(load_rd_addr), .load_gnt_i(load_rd_gnt), .load_rdata_i(load_rd_data),
    .dmaw_req_o(dmaw_req), .dmaw_addr_o(load_acc_addr), .dmaw_lane_o(dmaw_lane), .dmaw_data_o(dmaw_data), .dmaw_add_o(dmaw_add), .dmaw_gnt_i(dmaw_gnt));

  twill_store #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_store (
    .clk_i, .rst_ni(core_rst_n),
    .cmd_valid_i(cmd_valid[Store]), .cmd_i(store_cmd), .cmd_ready_o(cmd_ready[Store]), .done_o(done[Store]),
    .give_o(store_give), .give_sem_o(store_give_sem),
    .error_o(engine_error[Store]), .error_code_o(engine_code[Store*5 +: 5]), .error_info_o(engine_info[Store*32 +: 32]),
    .state_o(engine_state[Store*2 +: 2]), .stored_bytes_o(stored),
    .store_req_o(store_rd_req), .store_addr_o(store_rd_addr), .store_gnt_i(store_rd_gnt), .store_rdata_i(store_rd_data),
    .dmar_req_o(dmar_req), .dmar_addr_o(store_acc_addr), .dmar_gnt_i(dmar_gnt), .dmar_data_i(dmar_data),
    .write_req_o(store_write_req), .write_addr_o(store_write_addr), .write_beats_o(store_write_beats), .write_gnt_i(store_write_gnt),
    .write_data_o(store_write_data), .write_strobe_o(store_write_strobe), .write_next_i(store_write_next),
    .write_ack_i(store_write_ack), .write_error_i(store_write_error));

  // ======================================================================================================== network
  logic                           net_write_req, net_write_gnt, net_write_next, net_write_ack, net_write_error;
  logic [39:0]                    net_write_addr;
  logic [Word*8-1:0]              net_write_data;
  logic [Word-1:0]                net_write_strobe;
  logic                           tx_valid, tx_ready, rx_valid, rx_ready, receive_busy, credits_home;
  logic [twill_pkg::FlitBits-1:0] tx_flit, rx_flit;

  assign received = rx_valid && rx_ready;

  twill_network_port u_port (
    .clk_i, .rst_ni, .core_rst_ni(core_rst_n), .node_i(node),
    .tx_valid_i(tx_valid), .tx_flit_i(tx_flit), .tx_ready_o(tx_ready), .rx_valid_o(rx_valid), .rx_flit_o(rx_flit), .rx_ready_i(rx_ready),
    .net_tx_valid_o, .net_tx_flit_o, .net_tx_credit_i, .net_rx_valid_i, .net_rx_flit_i, .net_rx_credit_o, .home_o(credits_home));

  twill_network_send #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_send (
    .clk_i, .rst_ni(core_rst_n), .chips_i(chips),
    .cmd_valid_i(cmd_valid[Network]), .cmd_i(network_cmd), .cmd_ready_o(cmd_ready[Network]), .done_o(done[Network]),
    .error_o(engine_error[Network]), .error_code_o(engine_code[Network*5 +: 5]), .error_info_o(engine_info[Network*32 +: 32]),
    .state_o(engine_state[Network*2 +: 2]),
    .netr_req_o(send_rd_req), .netr_addr_o(send_rd_addr), .netr_gnt_i(send_rd_gnt), .netr_rdata_i(send_rd_data),
    .dmar_req_o(accr_req), .dmar_addr_o(accr_addr), .dmar_gnt_i(accr_gnt), .dmar_data_i(dmar_data),
    .flit_valid_o(tx_valid), .flit_o(tx_flit), .flit_ready_i(tx_ready));

  twill_network_receive #(.Word(Word), .ScratchpadBytes(ScratchpadBytes), .AccWords(AccWords)) u_receive (
    .clk_i, .rst_ni(core_rst_n),
    .flit_valid_i(rx_valid), .flit_i(rx_flit), .flit_ready_o(rx_ready),
    .add_req_o(add_rd_req), .add_addr_o(add_rd_addr), .add_gnt_i(add_rd_gnt), .add_rdata_i(add_rd_data),
    .netw_req_o(net_wr_req), .netw_addr_o(net_wr_addr), .netw_data_o(net_wr_data), .netw_be_o(net_wr_be), .netw_gnt_i(net_wr_gnt),
    .accw_req_o(accw_req), .accw_addr_o(accw_addr), .accw_lane_o(accw_lane), .accw_data_o(accw_data), .accw_add_o(accw_add), .accw_gnt_i(accw_gnt),
    .write_req_o(net_write_req), .write_addr_o(net_write_addr), .write_gnt_i(net_write_gnt),
    .write_data_o(net_write_data), .write_strobe_o(net_write_strobe), .write_next_i(net_write_next),
    .write_ack_i(net_write_ack), .write_error_i(net_write_error),
    .give_o(remote_give), .give_sem_o(remote_give_sem), .busy_o(receive_busy),
    .error_o(remote_error), .error_code_o(remote_code), .error_info_o(remote_info));

  twill_network_counters u_network_counters (
    .clk_i, .rst_ni(core_rst_n), .start_i(start),
    .tx_valid_i(tx_valid), .tx_ready_i(tx_ready), .tx_strobe_i(tx_flit[143:128]),
    .rx_valid_i(rx_valid), .rx_ready_i(rx_ready), .rx_strobe_i(rx_flit[143:128]),
    .exposed_i(exposed), .show_i(!csr_quiet), .words_o(network_counters));

  // ==================================================================================================== memory port
  twill_axi_read #(.Word(Word)) u_axi_read (
    .clk_i, .rst_ni(core_rst_n),
    .fetch_req_i(fetch_req), .fetch_addr_i(fetch_addr), .fetch_beats_i(5'(twill_pkg::CommandBytes / Word)), .fetch_gnt_o(fetch_gnt),
    .fetch_valid_o(fetch_data_valid), .fetch_data_o(fetch_data), .fetch_error_o(fetch_error),
    .load_req_i(load_read_req), .load_addr_i(load_read_addr), .load_beats_i(load_read_beats), .load_gnt_o(load_read_gnt),
    .load_valid_o(load_read_valid), .load_data_o(load_read_data), .load_error_o(load_read_error), .load_ready_i(load_read_ready),
    .m_axi_arid_o(m_axi_arid[0]), .m_axi_araddr_o(m_axi_araddr), .m_axi_arlen_o(m_axi_arlen), .m_axi_arsize_o(m_axi_arsize),
    .m_axi_arburst_o(m_axi_arburst), .m_axi_arvalid_o(core_arvalid), .m_axi_arready_i(core_arready),
    .m_axi_rid_i(m_axi_rid[0]), .m_axi_rdata_i(m_axi_rdata), .m_axi_rresp_i(m_axi_rresp), .m_axi_rlast_i(m_axi_rlast),
    .m_axi_rvalid_i(core_rvalid), .m_axi_rready_o(core_rready));

  twill_axi_write #(.Word(Word)) u_axi_write (
    .clk_i, .rst_ni(core_rst_n),
    .mark_valid_i(mark_write), .mark_addr_i(mark_write_addr), .mark_data_i(record), .mark_ready_o(mark_write_ready),
    .mark_done_o(mark_written), .mark_error_o(mark_error),
    .store_req_i(store_write_req), .store_addr_i(store_write_addr), .store_beats_i(store_write_beats), .store_gnt_o(store_write_gnt),
    .store_data_i(store_write_data), .store_strobe_i(store_write_strobe), .store_next_o(store_write_next),
    .store_ack_o(store_write_ack), .store_error_o(store_write_error),
    .net_req_i(net_write_req), .net_addr_i(net_write_addr), .net_gnt_o(net_write_gnt), .net_data_i(net_write_data),
    .net_strobe_i(net_write_strobe), .net_next_o(net_write_next), .net_ack_o(net_write_ack), .net_error_o(net_write_error),
    .m_axi_awid_o(m_axi_awid[1:0]), .m_axi_awaddr_o(m_axi_awaddr), .m_axi_awlen_o(m_axi_awlen), .m_axi_awsize_o(m_axi_awsize),
    .m_axi_awburst_o(m_axi_awburst), .m_axi_awvalid_o(core_awvalid), .m_axi_awready_i(core_awready),
    .m_axi_wdata_o(core_wdata), .m_axi_wstrb_o(core_wstrb), .m_axi_wlast_o(core_wlast), .m_axi_wvalid_o(core_wvalid), .m_axi_wready_i(core_wready),
    .m_axi_bid_i(m_axi_bid[1:0]), .m_axi_bresp_i(m_axi_bresp), .m_axi_bvalid_i(core_bvalid), .m_axi_bready_o(core_bready));

  // The ids: commands and marks 0, load and store 1, messages of other chips 2.
  assign m_axi_arid[7:1] = '0;
  assign m_axi_awid[7:2] = '0;

  // ================================================================================================== what is waited for
  logic       waits_asked, receive_scratchpad, receive_accumulators, asked_read_owed, asked_write_owed;
  logic [4:0] denied_scratchpad, denied_accumulators;
  always_comb begin
    {denied_scratchpad, denied_accumulators, receive_scratchpad, receive_accumulators, asked_read_owed, asked_write_owed} = '0;
    if (waits_asked) begin
      denied_scratchpad = {send_rd_req && !send_rd_gnt, store_rd_req && !store_rd_gnt, (post_rd_req && !post_rd_gnt) || (post_wr_req && !post_wr_gnt),
                           (feeder_req && !feeder_gnt) || (weights_req && !weights_gnt), (load_wr_req && !load_wr_gnt) || (load_rd_req && !load_rd_gnt)};
      denied_accumulators = {accr_req && !accr_gnt, dmar_req && !dmar_gnt, post_acc_req && !post_acc_gnt, 1'b0, dmaw_req && !dmaw_gnt};
      receive_scratchpad = (net_wr_req && !net_wr_gnt) || (add_rd_req && !add_rd_gnt);
      receive_accumulators = accw_req && !accw_gnt;
      asked_read_owed = read_owed;
      asked_write_owed = write_owed;
    end
  end

  twill_waits u_waits (
    .clk_i, .rst_ni(core_rst_n), .ask_i(blame || watchdog_ask), .slot_i(blamed_slot), .positive_i(positive), .awake_i(awake), .state_i(state), .mark_owed_i(records_owed),
    .scratchpad_i(denied_scratchpad), .accumulators_i(denied_accumulators), .receive_scratchpad_i(receive_scratchpad), .receive_accumulators_i(receive_accumulators),
    .credit_i(tx_valid && !tx_ready), .receive_i(receive_busy), .fetch_i(fetch_left),
    .read_address_i(m_axi_arvalid && !m_axi_arready), .read_owed_i(asked_read_owed), .write_address_i(m_axi_awvalid && !m_axi_awready),
    .write_data_i(m_axi_wvalid && !m_axi_wready), .write_owed_i(asked_write_owed), .asked_o(waits_asked), .waits_o(waits), .semaphore_o(wait_semaphore));

  // ========================================================================================================== sleep
  // Nothing moves: what only waits in a queue, a decoder or an engine's input goes on when another part does.
  logic quiet;
  always_comb begin
    quiet = 1'b0;
    if (engine_state == '0) quiet = !stir && !memory_busy && csr_quiet && !receive_busy && !tx_valid && watchdog_far && !clearing;
  end

  assign unrest = {tx_valid || receive_busy, !credits_home, memory_busy, engine_state != '0};

  twill_sleep u_sleep (
    .clk_i, .rst_ni, .quiet_i(quiet),
    .input_i(net_rx_valid_i || net_tx_credit_i || s_axil_arvalid || s_axil_awvalid || s_axil_wvalid || m_axi_rvalid || m_axi_bvalid),
    .asleep_o);
endmodule
