# SPDX-License-Identifier: Apache-2.0
# twill_add_test(<name> SOURCES <cpp>... LIBRARIES <targets>... [LABELS <label>...] [TIMEOUT <seconds>] [SYSTEMC])
# A Catch2 program <name>; each of its test cases is a ctest of its own (SystemC elaborates once a process), named
# <name>/<test case>. Labels: `check` is the part of the suite under five minutes, `threads` runs several
# threads and is what ThreadSanitizer is for. No semicolons in test case names.
find_package(Catch2 REQUIRED)
if(TARGET Catch2::Catch2WithMain)
  include(Catch)  # Catch2 3
else()
  include(${Catch2_DIR}/Catch.cmake)
endif()

add_custom_target(twill_threads)  # the programs of the label

function(twill_add_test name)
  cmake_parse_arguments(arg "SYSTEMC" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
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
  catch_discover_tests(${name} TEST_PREFIX "${name}/" TEST_LIST ${name}_cases PROPERTIES TIMEOUT ${arg_TIMEOUT})

  # Catch2 cannot pass a list of labels (it takes the second for a property), so ctest reads this after its list of cases.
  set(labels_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake)
  file(WRITE ${labels_file} "if(${name}_cases)\n  set_tests_properties(\${${name}_cases} PROPERTIES LABELS \"${arg_LABELS}\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${labels_file})
endfunction()

# twill_altered(<file> <variable> <text> <other>): a copy of a source file, in the build folder, with one text changed: a seeded bug, for a test
# of the check that must find it. Its path goes to <variable>. The text must stand there exactly once.
function(twill_altered file variable text other)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} source)
  string(FIND "${source}" "${text}" first)
  string(FIND "${source}" "${text}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "${file} does not have the text that a seeded bug changes, exactly once: ${text}")
  endif()
  string(REPLACE "${text}" "${other}" source "${source}")
  get_filename_component(name ${file} NAME)
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/${variable}/${name})
  file(CONFIGURE OUTPUT ${copy} CONTENT "${source}" @ONLY)
  set(${variable} ${copy} PARENT_SCOPE)
endfunction()
