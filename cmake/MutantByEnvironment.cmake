# SPDX-License-Identifier: Apache-2.0
# Makes of the input mutant_i of the netlist FILE a register that holds the number in the environment's TWILL_MUTANT, 0 without it.
file(READ ${FILE} text)
string(REGEX REPLACE "(module netlist\\([^)]*), mutant_i" "\\1" text "${text}")
string(REPLACE "  input [15:0] mutant_i;\n  wire [15:0] mutant_i;"
       "  reg [15:0] mutant_i;\n  initial mutant_i = $c16(\"std::atoi(std::getenv(\\\"TWILL_MUTANT\\\") ? std::getenv(\\\"TWILL_MUTANT\\\") : \\\"0\\\")\");" text "${text}")
if(NOT text MATCHES "TWILL_MUTANT" OR text MATCHES ", mutant_i")
  message(FATAL_ERROR "${FILE} has no input mutant_i as expected")
endif()
file(WRITE ${FILE} "${text}")
