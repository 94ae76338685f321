# SPDX-License-Identifier: Apache-2.0
# Finds the tools and libraries, naming at once what is too old or missing, and sets what every target shares.

find_package(Python3 3.11 COMPONENTS Interpreter)
if(NOT Python3_FOUND)
  message(FATAL_ERROR "Twill needs Python 3.11 or newer (its generator reads TOML from the standard library).")
endif()

find_program(VERILATOR_EXECUTABLE verilator)
if(NOT VERILATOR_EXECUTABLE)
  message(FATAL_ERROR "Twill needs Verilator 5.006 or newer; `make setup` installs it.")
endif()
execute_process(COMMAND ${VERILATOR_EXECUTABLE} --version OUTPUT_VARIABLE verilator_says OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX MATCH "[0-9]+\\.[0-9]+" TWILL_VERILATOR_VERSION "${verilator_says}")
if(TWILL_VERILATOR_VERSION VERSION_LESS 5.006)
  message(FATAL_ERROR "Verilator ${TWILL_VERILATOR_VERSION} is too old: Twill needs 5.006 or newer.")
endif()
execute_process(COMMAND ${VERILATOR_EXECUTABLE} --getenv VERILATOR_ROOT OUTPUT_VARIABLE TWILL_VERILATOR_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE)

find_program(CCACHE_EXECUTABLE ccache)
if(CCACHE_EXECUTABLE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the sources: another clone, or a copy, with its build folder at the same place in it finds the same objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${CCACHE_EXECUTABLE})
endif()

find_package(Threads REQUIRED)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(Boost 1.74 CONFIG REQUIRED COMPONENTS program_options)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(SystemC REQUIRED)
find_path(FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h REQUIRED)
find_program(FLATC_EXECUTABLE flatc REQUIRED)

# Warnings for the project's own code; generated and library code is included as SYSTEM.
add_library(twill_options INTERFACE)
target_compile_options(twill_options INTERFACE -Wall -Wextra -Wshadow -Wno-unused-parameter)

# twill_library(name [SOURCES...]): a static library twill_<name>, alias twill::<name>, headers in ./include.
function(twill_library name)
  if(ARGN)
    add_library(twill_${name} STATIC ${ARGN})
    target_include_directories(twill_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
    target_link_libraries(twill_${name} PRIVATE $<BUILD_INTERFACE:twill_options>)
  else()
    add_library(twill_${name} INTERFACE)
    target_include_directories(twill_${name} INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
  endif()
  set_target_properties(twill_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(twill::${name} ALIAS twill_${name})
endfunction()
