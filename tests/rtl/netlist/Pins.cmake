# SPDX-License-Identifier: Apache-2.0
# Writes FILE: the pins of the Verilated class in HEADER but clk_i and fault_i, as IN(name) and OUT(name).
file(STRINGS ${HEADER} lines REGEX "VL_(IN|OUT)[0-9W]*\\(&")
set(text "// The netlist's pins.\n")
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".*VL_(IN|OUT)[0-9W]*\\(&([a-z0-9_]+).*" "\\1(\\2)" pin ${line})
  if(NOT pin MATCHES "\\((clk_i|fault_i)\\)")
    string(APPEND text "${pin}\n")
  endif()
endforeach()
file(WRITE ${FILE} "${text}")
