# SPDX-License-Identifier: Apache-2.0
# twill_add_test(<name> SOURCES <cpp>... LIBRARIES <targets>... [LABELS <label>...] [TIMEOUT <seconds>] [SYSTEMC]
#                      [COVERAGE] [CASES <test spec>])
# A Catch2 program <name>; each of its test cases is a ctest of its own (SystemC elaborates once a process), named
# <name>/<test case>. Labels: `check` is the part of the suite under five minutes, `threads` runs several
# threads and is what ThreadSanitizer is for. No semicolons in test case names (ctest then asks for parts of
# a name, which fail: no such test case). COVERAGE: its chips are covered ones, and the gate of
# tests/coverage counts what they see. CASES: only these test cases, with commas between them.
find_package(Catch2 REQUIRED)
if(TARGET Catch2::Catch2WithMain)
  include(Catch)  # Catch2 3
else()
  include(${Catch2_DIR}/Catch.cmake)
endif()

add_custom_target(twill_threads)   # the programs of the label
add_custom_target(twill_coverage)  # the programs whose chips are covered
set(TWILL_COVERAGE_DATA ${CMAKE_BINARY_DIR}/coverage)  # a folder for each

function(twill_add_test name)
  cmake_parse_arguments(arg "SYSTEMC;COVERAGE" "TIMEOUT;CASES" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/main.cpp)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} twill_options Catch2::Catch2)
  if(arg_SYSTEMC)
    target_compile_definitions(${name} PRIVATE TWILL_TEST_SYSTEMC)
    target_link_libraries(${name} PRIVATE SystemC::systemc)
  endif()
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(twill_threads ${name})
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  catch_discover_tests(${name} TEST_SPEC ${arg_CASES} TEST_PREFIX "${name}/" TEST_LIST ${name}_cases PROPERTIES TIMEOUT ${arg_TIMEOUT})

  # Catch2 cannot pass a list of labels (it takes the second for a property), so ctest reads this after its list of cases.
  set(properties "LABELS \"${arg_LABELS}\"")
  if(arg_COVERAGE)
    add_dependencies(twill_coverage ${name})
    set_property(GLOBAL APPEND PROPERTY TWILL_COVERAGE_PROGRAMS ${name})
    set(properties "LABELS \"${arg_LABELS};coverage\" ENVIRONMENT \"TWILL_COVERAGE_DIR=${TWILL_COVERAGE_DATA}/${name}\"")
    string(APPEND properties " FIXTURES_REQUIRED coverage_folder FIXTURES_SETUP coverage_data")
  endif()
  set(labels_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake)
  file(WRITE ${labels_file} "if(${name}_cases)\n  set_tests_properties(\${${name}_cases} PROPERTIES ${properties})\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labels_file})
endfunction()

# twill_altered_source(<list> <name> <file> <text> <other>): in the list of source files, this one gives way to a copy with one text changed. The
# text must stand in the file exactly once. Copies lie in the folder <name> of the build. Where `other` says `twill_seeded_bug(N)`, that is true
# when bug N is to be there: bugs of several files can share a model. The test defines the function
# (extern "C" unsigned char twill_seeded_bug(int)), and changes its mind only between chips.
function(twill_altered_source list name file text other)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
  set(from ${${list}})
  list(FILTER from INCLUDE REGEX ".*/${file}$")  # which may have a change already
  file(READ ${from} source)
  string(FIND "${source}" "${text}" first)
  string(FIND "${source}" "${text}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${file} does not have the text that a seeded bug changes exactly once: ${text}")
  endif()
  string(REPLACE "${text}" "${other}" source "${source}")
  if(other MATCHES "twill_seeded_bug")
    string(PREPEND source "`ifndef TWILL_SEEDED_BUG\n`define TWILL_SEEDED_BUG\nimport \"DPI-C\" function bit twill_seeded_bug(input int number);\n`endif\n")
  endif()
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/${name}/${file})
  file(CONFIGURE OUTPUT ${copy} CONTENT "${source}" @ONLY)
  list(TRANSFORM ${list} REPLACE ".*/${file}$" ${copy})
  set(${list} ${${list}} PARENT_SCOPE)
endfunction()

# twill_altered_chip(<name> {<file> <text> <other>}...): the first machine, with assertions, and with one text of one source file changed, or of
# several: a seeded bug, for a test of the check that must find it. The library twill_rtl_chip_<name> has the
# class Vtwill_<name>; <name>_chip.hpp, in the folder of the build, includes it and has `unsigned <name>_word`.
function(twill_altered_chip name)
  get_property(sources GLOBAL PROPERTY TWILL_CHIP_SOURCES)
  math(EXPR last "${ARGC} - 1")
  foreach(at RANGE 1 ${last} 3)  # by number: a list would fall apart at the semicolons of the texts
    math(EXPR text "${at} + 1")
    math(EXPR other "${at} + 2")
    twill_altered_source(sources ${name} ${ARGV${at}} "${ARGV${text}}" "${ARGV${other}}")
  endforeach()
  list(GET TWILL_BUILT_CONFIGS 0 machine)
  twill_verilate(chip_${name} TOP twill_chip PREFIX Vtwill_${name} CHECKED SOURCES ${sources}
    PARAMETERS Word=${TWILL_CONFIG_${machine}_WORD_BYTES} ScratchpadBytes=${TWILL_CONFIG_${machine}_SCRATCHPAD_BYTES} AccWords=${TWILL_CONFIG_${machine}_ACCUMULATOR_WORDS})
  target_compile_options(twill_rtl_chip_${name} PRIVATE -O1)  # it runs for a moment
  target_include_directories(twill_rtl_chip_${name} INTERFACE ${CMAKE_CURRENT_BINARY_DIR} ${CMAKE_SOURCE_DIR}/tb)
  target_compile_definitions(twill_rtl_chip_${name} INTERFACE TWILL_CHECKED)
  file(CONFIGURE OUTPUT ${name}_chip.hpp CONTENT "// Configured: the chip with a seeded bug.
#pragma once
#include \"Vtwill_${name}.h\"
#include \"Vtwill_${name}___024root.h\"
constexpr unsigned ${name}_word = ${TWILL_CONFIG_${machine}_WORD_BYTES};
")
endfunction()
