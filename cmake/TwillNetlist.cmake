# SPDX-License-Identifier: Apache-2.0
find_program(YOSYS yosys)

# twill_verilate_netlist(<name> <prefix> <file> <optimization>): the static library twill_rtl_<name> with the Verilated class <prefix> of a netlist that Yosys wrote,
# the module `netlist`. A combinational loop is an error here too: Verilator 5.006 gives some of them wrong values. So nets are split where
# they chain bits of one vector (rtl/synthesis/synthesize.py).
function(twill_verilate_netlist name prefix file optimization)
  set(model ${CMAKE_BINARY_DIR}/netlists/${name}/model)
  add_custom_command(
    OUTPUT ${model}/${prefix}__one.cpp ${model}/${prefix}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${model}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${model}
    COMMAND ${VERILATOR_EXECUTABLE} --cc --top-module netlist --prefix ${prefix} --Mdir ${model} --output-split 0 --no-timing --noassert
      --x-assign fast --x-initial fast -Wno-fatal -Wno-lint -Werror-UNOPTFLAT ${file}
    COMMAND ${CMAKE_COMMAND} -DDIR=${model} -DPREFIX=${prefix} -P ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake COMMENT "Verilating the netlist ${name}" VERBATIM)
  add_library(twill_rtl_${name} STATIC ${model}/${prefix}__one.cpp ${model}/${prefix}.h)
  target_include_directories(twill_rtl_${name} SYSTEM PUBLIC ${model})
  target_link_libraries(twill_rtl_${name} PUBLIC twill_verilated)
  target_compile_options(twill_rtl_${name} PRIVATE -w ${optimization})
  set_target_properties(twill_rtl_${name} PROPERTIES TWILL_AS_RELEASED TRUE)
endfunction()
