// SPDX-License-Identifier: Apache-2.0
// twill_axi_read: fetch is granted before load and never with it; every burst granted is shown once, in order, and holds until it is
// taken; every beat goes to the client of its id once, in order and unchanged. The last it says of one burst and one beat, which may be any.
module axi_read_properties (
  input logic        clk_i,
  input logic        rst_ni,
  input logic        fetch_req,
  input logic [39:0] fetch_addr,
  input logic [4:0]  fetch_beats,
  input logic        fetch_gnt,
  input logic        fetch_valid,
  input logic        load_req,
  input logic [39:0] load_addr,
  input logic [4:0]  load_beats,
  input logic        load_gnt,
  input logic        load_valid,
  input logic        load_ready,
  input logic [31:0] data,
  input logic        error,
  input logic        room,
  input logic        arvalid,
  input logic        arready,
  input logic        arid,
  input logic [39:0] araddr,
  input logic [7:0]  arlen,
  input logic        rvalid,
  input logic        rready,
  input logic        rid,
  input logic [31:0] rdata,
  input logic [1:0]  rresp,
  input logic [44:0] next_burst,     // behind what is shown
  input logic [33:0] next_beat
);
  logic known_q = 1'b0;

  // ---- a burst that was granted, and how many are before it
  logic        pick_burst, burst_q;
  logic [1:0]  bursts_q, before_q;
  logic [48:0] asked, asked_q;
  assign pick_burst = $anyseq;
  assign asked = fetch_gnt ? {1'b0, fetch_addr, 8'(fetch_beats - 5'd1)} : {1'b1, load_addr, 8'(load_beats - 5'd1)};
  // ---- a beat that was taken from memory
  logic        pick_beat, beat_q, beat_id_q, beat_error_q, delivered;
  logic [1:0]  beats_q, ahead_q;
  logic [31:0] beat_data_q;
  assign pick_beat = $anyseq;
  assign delivered = fetch_valid || (load_valid && load_ready);

  logic granted, shown, taken;
  assign granted = fetch_gnt || load_gnt;
  assign shown = arvalid && arready;
  assign taken = rvalid && rready;

  always_ff @(posedge clk_i) begin
    known_q <= 1'b1;
    bursts_q <= bursts_q + 2'(granted) - 2'(shown);
    if (granted && pick_burst && !burst_q) begin
      burst_q <= 1'b1;
      asked_q <= asked;
      before_q <= bursts_q - 2'(shown);
    end else if (shown && burst_q) begin
      before_q <= before_q - 2'd1;
      if (before_q == '0) burst_q <= 1'b0;
    end
    beats_q <= beats_q + 2'(taken) - 2'(delivered);
    if (taken && pick_beat && !beat_q) begin
      beat_q <= 1'b1;
      {beat_id_q, beat_error_q, beat_data_q} <= {rid, rresp != '0, rdata};
      ahead_q <= beats_q - 2'(delivered);
    end else if (delivered && beat_q) begin
      ahead_q <= ahead_q - 2'd1;
      if (ahead_q == '0) beat_q <= 1'b0;
    end
    if (!rst_ni) begin
      bursts_q <= '0;
      burst_q <= 1'b0;
      beats_q <= '0;
      beat_q <= 1'b0;
    end
  end

  always_comb begin
    assume (known_q || !rst_ni);
    if (known_q) begin
      if (fetch_req) assume (fetch_beats >= 5'd1 && fetch_beats <= 5'd16);
      if (load_req) assume (load_beats >= 5'd1 && load_beats <= 5'd16);

      assert (fetch_gnt == (fetch_req && room));
      assert (load_gnt == (load_req && room && !fetch_req));
      assert (bursts_q == 2'(arvalid) + 2'(!room));
      assert (room || arvalid);
      if (burst_q) begin
        assert (before_q < bursts_q);
        if (before_q == '0) assert ({arid, araddr, arlen} == asked_q);
        else assert ({next_burst[44:4], 4'd0, next_burst[3:0]} == asked_q);
      end
      assert (beats_q == 2'(fetch_valid || load_valid) + 2'(!rready));
      assert (!(fetch_valid && load_valid));
      assert (rready || fetch_valid || load_valid);
      if (beat_q) begin
        assert (ahead_q < beats_q);
        if (ahead_q == '0) assert (load_valid == beat_id_q && data == beat_data_q && error == beat_error_q);
        else assert (next_beat == {beat_id_q, beat_error_q, beat_data_q});
      end
    end
  end
endmodule

bind twill_axi_read axi_read_properties i_properties (
  .clk_i, .rst_ni, .fetch_req(fetch_req_i), .fetch_addr(fetch_addr_i), .fetch_beats(fetch_beats_i), .fetch_gnt(fetch_gnt_o),
  .fetch_valid(fetch_valid_o), .load_req(load_req_i), .load_addr(load_addr_i), .load_beats(load_beats_i), .load_gnt(load_gnt_o),
  .load_valid(load_valid_o), .load_ready(load_ready_i), .data(load_data_o), .error(load_error_o), .room,
  .arvalid(m_axi_arvalid_o), .arready(m_axi_arready_i), .arid(m_axi_arid_o), .araddr(m_axi_araddr_o), .arlen(m_axi_arlen_o),
  .rvalid(m_axi_rvalid_i), .rready(m_axi_rready_o), .rid(m_axi_rid_i), .rdata(m_axi_rdata_i), .rresp(m_axi_rresp_i),
  .next_burst({u_address.next_id_q, u_address.next_addr_q, u_address.next_len_q}), .next_beat({next_id_q, next_error_q, next_data_q}));
