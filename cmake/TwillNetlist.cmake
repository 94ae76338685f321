# SPDX-License-Identifier: Apache-2.0
find_program(YOSYS yosys)

# twill_verilate_netlist(<name> <prefix> <file> <optimization>): the static library twill_rtl_<name> with the Verilated class <prefix> of a netlist that Yosys wrote,
# the module `netlist`. A combinational loop is an error here too: Verilator 5.006 gives some of them wrong values. So nets are split where
# they chain bits of one vector (twill_mutants, rtl/synthesis/synthesize.py). Memories with SEC-DED can be reached from outside as in the RTL.
function(twill_verilate_netlist name prefix file optimization)
  set(model ${CMAKE_BINARY_DIR}/netlists/${name}/model)
  add_custom_command(
    OUTPUT ${model}/${prefix}__one.cpp ${model}/${prefix}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${model}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${model}
    COMMAND ${VERILATOR_EXECUTABLE} --cc --top-module netlist --prefix ${prefix} --Mdir ${model} --output-split 0 --no-timing --noassert
      --x-assign fast --x-initial fast -Wno-fatal -Wno-lint -Werror-UNOPTFLAT ${CMAKE_SOURCE_DIR}/cmake/ecc_netlist.vlt ${file}
    COMMAND ${CMAKE_COMMAND} -DDIR=${model} -DPREFIX=${prefix} -P ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/ecc_netlist.vlt ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake COMMENT "Verilating the netlist ${name}" VERBATIM)
  add_library(twill_rtl_${name} STATIC ${model}/${prefix}__one.cpp ${model}/${prefix}.h)
  target_include_directories(twill_rtl_${name} SYSTEM PUBLIC ${model})
  target_link_libraries(twill_rtl_${name} PUBLIC twill_verilated)
  target_compile_options(twill_rtl_${name} PRIVATE -w ${optimization})
  set_target_properties(twill_rtl_${name} PROPERTIES TWILL_AS_RELEASED TRUE)
endfunction()

# twill_mutants(<model> MODULES <module>... COUNT <n>): what Yosys makes of a model of twill_verilate, as one flat module with memories kept, and
# with mutants: the library twill_rtl_<model>_mutants, which has the same class, so a program links it in the place of the model.
#
# A mutant is a bit of a cell's port that is inverted or constant (clocks are left alone; so is what makes a bit depend on its neighbour, a loop to
# Verilator). Words are made as narrow as they can be, lest many change what nothing looks at. Of each module about half of COUNT are made of
# what stands in its source. The environment's TWILL_MUTANT says which of them is alive, 0 (or nothing) none. They are counted through all models;
# in <binary folder>/netlists/<model>_mutants <module>.ys lists them, and original.il is what they are mutants of.
function(twill_mutants model)
  cmake_parse_arguments(arg "" "COUNT" "MODULES" ${ARGN})
  get_target_property(top twill_rtl_${model} TWILL_TOP)
  get_target_property(prefix twill_rtl_${model} TWILL_PREFIX)
  get_target_property(sources twill_rtl_${model} TWILL_SOURCES)
  get_target_property(parameters twill_rtl_${model} TWILL_PARAMETERS)
  list(FILTER sources INCLUDE REGEX "\\.sv$")
  list(JOIN sources " " source_list)
  list(TRANSFORM parameters REPLACE "^(.*)=(.*)$" "chparam -set \\1 \\2 ${top}\n")
  list(JOIN parameters "" parameters)
  set(dir ${CMAKE_BINARY_DIR}/netlists/${model}_mutants)
  file(MAKE_DIRECTORY ${dir})
  get_property(first GLOBAL PROPERTY TWILL_FIRST_MUTANT)
  if(NOT first)
    set(first 1)
  endif()
  set(lists "")
  set(scripts "")
  foreach(module IN LISTS arg_MODULES)
    string(APPEND lists "mutate -list ${arg_COUNT} -seed 1 -ctrl mutant_i 16 ${first} -o ${module}.ys a:src=*/${module}.sv*\n!sed -i '/-port [A-Z_]*CLK /d; /-mode cnot/d' ${module}.ys\n")
    string(APPEND scripts "script ${module}.ys\n")
    math(EXPR first "${first} + ${arg_COUNT}")
  endforeach()
  set_property(GLOBAL PROPERTY TWILL_FIRST_MUTANT ${first})
  file(CONFIGURE OUTPUT ${dir}/netlist.ys CONTENT "
read_verilog -sv -I${TWILL_ASSERTIONS} ${TWILL_PACKAGE} ${source_list}
${parameters}hierarchy -check -top ${top}
proc
flatten
opt -full
memory -nomap
wreduce
peepopt
opt -full
check -assert
rename -top netlist
write_rtlil original.il
${lists}${scripts}write_verilog -noattr netlist.v
design -reset
read_verilog netlist.v
proc
opt_clean
memory_collect
splitnets -driver
opt_clean
write_verilog -noattr netlist.v
")
  add_custom_command(
    OUTPUT ${dir}/netlist.v
    COMMAND ${YOSYS} -q -l yosys.log -s netlist.ys > warnings.txt 2>&1
    COMMAND ${CMAKE_COMMAND} -DFILE=netlist.v -P ${CMAKE_SOURCE_DIR}/cmake/MutantByEnvironment.cmake
    WORKING_DIRECTORY ${dir} DEPENDS ${TWILL_PACKAGE} ${sources} ${TWILL_ASSERTIONS}/twill_assert.svh ${dir}/netlist.ys ${CMAKE_SOURCE_DIR}/cmake/MutantByEnvironment.cmake
    COMMENT "Synthesizing mutants of ${model}" VERBATIM)
  twill_verilate_netlist(${model}_mutants ${prefix} ${dir}/netlist.v -O1)

  # The programs were compiled with the header of the model: the two must declare the same pins in the same order.
  set(same ${dir}/same_interface)
  add_custom_command(OUTPUT ${same}
    COMMAND ${CMAKE_COMMAND} -DONE=${CMAKE_BINARY_DIR}/verilated/${model}/${prefix}.h -DOTHER=${dir}/model/${prefix}.h -DSTAMP=${same}
      -P ${CMAKE_SOURCE_DIR}/cmake/SameInterface.cmake
    DEPENDS ${CMAKE_BINARY_DIR}/verilated/${model}/${prefix}.h ${dir}/model/${prefix}.h ${CMAKE_SOURCE_DIR}/cmake/SameInterface.cmake VERBATIM)
  target_sources(twill_rtl_${model}_mutants PRIVATE ${same})
  add_dependencies(twill_rtl_${model}_mutants twill_rtl_${model})
endfunction()
