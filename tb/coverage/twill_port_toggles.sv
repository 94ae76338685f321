// SPDX-License-Identifier: Apache-2.0
// Which bits of a module's ports have risen and which have fallen, cycle by cycle out of reset, as whole words: Verilator's own toggle
// coverage branches for each bit and makes a chip that takes many minutes to compile. tests/coverage/port_toggles.py binds one to every module.
// What was seen goes to tb/coverage.cpp when the model ends.
// verilator coverage_off
module twill_port_toggles #(
  parameter int unsigned Width = 1,
  parameter int unsigned Ports = 1,
  parameter logic [Ports*32-1:0] Widths = '0,     // of each port, the first lowest
  parameter string Module = "",
  parameter string Names = ""                     // of the ports, with spaces between them
) (
  input logic [Width-1:0] ports_i                 // the first port lowest
);
  import "DPI-C" function void twill_ports_begin(input string module_name, input string names);
  import "DPI-C" function void twill_ports_width(input int unsigned width);
  import "DPI-C" function void twill_ports_bits(input int unsigned rose, input int unsigned fell);

  localparam int unsigned Words = (Width + 31) / 32;
  logic [Words*32-1:0] last_q, rose_q, fell_q, ports;
  logic                known_q;
  assign ports = (Words * 32)'(ports_i);

  always_ff @(posedge twill_chip.clk_i) begin
    known_q <= twill_chip.rst_ni;
    last_q <= ports;
    if (known_q && twill_chip.rst_ni && ports != last_q) begin
      rose_q <= rose_q | (ports & ~last_q);
      fell_q <= fell_q | (~ports & last_q);
    end
  end
  initial begin
    known_q = 1'b0;
    rose_q = '0;
    fell_q = '0;
  end

  final begin
    twill_ports_begin(Module, Names);
    for (int unsigned p = 0; p < Ports; p++) twill_ports_width(Widths[p*32 +: 32]);
    for (int unsigned i = 0; i < Words; i++) twill_ports_bits(rose_q[i*32 +: 32], fell_q[i*32 +: 32]);
  end
endmodule
