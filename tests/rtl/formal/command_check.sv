// SPDX-License-Identifier: Apache-2.0
// The check of a command that the RTL uses says of every command what command_rules, made from spec/twill.toml by itself, says. And so
// that neither refuses everything: of each opcode there is a command that may run, and that same command with a reserved bit may not.
module command_check (
  input logic [511:0] cmd
);
  logic [4:0]                           expected;
  logic [command_rules_pkg::Opcodes-1:0] opcodes;
  command_rules i_rules (.cmd, .code(expected), .opcodes);

  always_comb begin
    assert (twill_pkg::check_command(cmd) == expected);
    if (expected == '0) assert (cmd[10:8] < 3'd5);    // a queue there is
  end
  for (genvar o = 0; o < command_rules_pkg::Opcodes; o++) begin : gen_opcodes
    localparam logic [511:0] Legal = command_rules_pkg::Legal[o*512 +: 512];
    localparam logic [511:0] Reserved = Legal | command_rules_pkg::Reserved[o*512 +: 512];
    always_comb begin
      assert (twill_pkg::check_command(Legal) == twill_pkg::ErrorNone);
      assert (twill_pkg::check_command(Reserved) == twill_pkg::ErrorReservedBit);
    end
  end
endmodule
