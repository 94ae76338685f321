# SPDX-License-Identifier: Apache-2.0

# Warnings that mean nothing here: state updated in place with `=` is the style of the wide pipelines, and ports carry whole
# addresses and commands of which a module uses a part. tests/rtl/lint allows no others.
set(TWILL_LINT -Wall -Wno-BLKSEQ -Wno-UNUSEDSIGNAL)

set(TWILL_ASSERTIONS ${CMAKE_SOURCE_DIR}/rtl/common)   # the folder of twill_assert.svh

# twill_verilate(<name> TOP <module> [PREFIX <class>] SOURCES <sv>... [PARAMETERS Name=value...] [TRACE] [CHECKED | COVERED] [SMALL])
#
# Builds the static library twill_rtl_<name> holding the Verilated class <prefix> (default V<name>). The contract's
# package comes first by itself. Verilation is a build step of its own: editing one SystemVerilog file rebuilds exactly the
# models that list it. All generated C++ is one translation unit (fastest to compile and to run), compiled with
# -O3 -march=native: -O2 does not vectorize the array and costs a factor of four, and sanitizers, which leave it out, much more.
# A combinational loop, a latch and two drivers are errors here, other lint is shown. CHECKED: with the assertions of
# rtl/common/twill_assert.svh, which are else left out; one that fails throws std::logic_error out of eval() (cmake/verilated_stop.cpp).
# SMALL: compiled with -O1, in a third of the time, for models that are not there for their speed.
# COVERED: CHECKED and SMALL, and counts lines, branches and cover points (tb/coverage).
# A checked model also starts with what its context says: zeros, or numbers from a seed in all registers and memories.
function(twill_verilate name)
  cmake_parse_arguments(arg "TRACE;CHECKED;COVERED;SMALL" "TOP;PREFIX" "SOURCES;PARAMETERS" ${ARGN})
  if(NOT arg_PREFIX)
    set(arg_PREFIX V${name})
  endif()
  set(dir ${CMAKE_BINARY_DIR}/verilated/${name})
  set(flags --cc --top-module ${arg_TOP} --prefix ${arg_PREFIX} --Mdir ${dir} -O3
      --output-split 0 --no-timing -I${TWILL_ASSERTIONS} ${TWILL_LINT} -Wno-fatal -Werror-UNOPTFLAT -Werror-LATCH -Werror-MULTIDRIVEN)
  if(arg_CHECKED OR arg_COVERED)
    list(APPEND flags --assert +define+TWILL_CHECKED --x-assign unique --x-initial unique)
  else()
    list(APPEND flags --noassert --x-assign fast --x-initial fast)
  endif()
  if(arg_COVERED)
    list(APPEND flags --coverage-line --coverage-user -I${CMAKE_SOURCE_DIR}/tb/coverage)
  endif()
  if(arg_TRACE OR TWILL_TRACE)
    list(APPEND flags --trace-fst --trace-structs)
  endif()
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND flags -G${parameter})
  endforeach()
  set(waivers ${CMAKE_SOURCE_DIR}/cmake/package.vlt)
  if(EXISTS ${CMAKE_SOURCE_DIR}/rtl/lint.vlt)
    list(APPEND waivers ${CMAKE_SOURCE_DIR}/rtl/lint.vlt)
  endif()
  file(MAKE_DIRECTORY ${dir})
  add_custom_command(
    OUTPUT ${dir}/${arg_PREFIX}__one.cpp ${dir}/${arg_PREFIX}.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${dir}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}
    COMMAND ${VERILATOR_EXECUTABLE} ${flags} ${waivers} ${TWILL_PACKAGE} ${arg_SOURCES}
    COMMAND ${CMAKE_COMMAND} -DDIR=${dir} -DPREFIX=${arg_PREFIX} -P ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake
    DEPENDS ${TWILL_PACKAGE} ${waivers} ${arg_SOURCES} ${TWILL_ASSERTIONS}/twill_assert.svh ${CMAKE_SOURCE_DIR}/tb/coverage/twill_cover.svh ${CMAKE_SOURCE_DIR}/cmake/OneUnit.cmake
    COMMENT "Verilating ${arg_TOP} as ${name}" VERBATIM)
  add_library(twill_rtl_${name} STATIC ${dir}/${arg_PREFIX}__one.cpp ${dir}/${arg_PREFIX}.h)
  target_include_directories(twill_rtl_${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${dir}>)
  target_link_libraries(twill_rtl_${name} PUBLIC twill_verilated)
  target_compile_options(twill_rtl_${name} PRIVATE -w)
  set_target_properties(twill_rtl_${name} PROPERTIES TWILL_AS_RELEASED TRUE
    TWILL_TOP ${arg_TOP} TWILL_PREFIX ${arg_PREFIX} TWILL_SOURCES "${arg_SOURCES}" TWILL_PARAMETERS "${arg_PARAMETERS}")  # for twill_mutants
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    if(arg_SMALL OR arg_COVERED)
      target_compile_options(twill_rtl_${name} PRIVATE -O1 -march=native)
    else()
      target_compile_options(twill_rtl_${name} PRIVATE -O3 -march=native)
    endif()
    if(TWILL_FAST_SIGN_EXTENSION)
      target_compile_options(twill_rtl_${name} PRIVATE -include ${CMAKE_SOURCE_DIR}/cmake/fast_sign_extension.hpp)
    endif()
  endif()
endfunction()

# Verilator's run-time library, once.
set(verilated_sources ${TWILL_VERILATOR_ROOT}/include/verilated.cpp ${TWILL_VERILATOR_ROOT}/include/verilated_threads.cpp ${CMAKE_SOURCE_DIR}/cmake/verilated_stop.cpp ${CMAKE_SOURCE_DIR}/cmake/verilated_stall.cpp)
if(TWILL_TRACE)
  list(APPEND verilated_sources ${TWILL_VERILATOR_ROOT}/include/verilated_fst_c.cpp)
endif()
add_library(twill_verilated STATIC ${verilated_sources})
target_include_directories(twill_verilated PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/cmake>)
target_include_directories(twill_verilated SYSTEM PUBLIC $<BUILD_INTERFACE:${TWILL_VERILATOR_ROOT}/include> $<BUILD_INTERFACE:${TWILL_VERILATOR_ROOT}/include/vltstd>)
target_compile_options(twill_verilated PRIVATE -w)
target_compile_definitions(twill_verilated PUBLIC VL_USER_STOP VM_COVERAGE=0 VM_SC=0 VM_TRACE=$<BOOL:${TWILL_TRACE}> VM_TRACE_FST=$<BOOL:${TWILL_TRACE}>)
target_link_libraries(twill_verilated PUBLIC Threads::Threads $<$<BOOL:${TWILL_TRACE}>:z>)
