# SPDX-License-Identifier: Apache-2.0
# Runs the generator at configure time (the verilator and compiler steps read what it writes) and again whenever the
# contract changes. Defines twill::contract, TWILL_PACKAGE (the SystemVerilog package) and TWILL_ALL_CONFIGS.

set(TWILL_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
set(TWILL_PACKAGE ${TWILL_GENERATED_DIR}/twill_pkg.sv)
set(spec_sources ${CMAKE_SOURCE_DIR}/spec/generate.py ${CMAKE_SOURCE_DIR}/spec/twill.toml ${CMAKE_SOURCE_DIR}/spec/configurations.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${spec_sources})
execute_process(
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/spec/generate.py --output ${TWILL_GENERATED_DIR}
  RESULT_VARIABLE generator_failed)
if(generator_failed)
  message(FATAL_ERROR "The contract in spec/ was refused (see above).")
endif()
include(${TWILL_GENERATED_DIR}/configurations.cmake)

set(TWILL_CONFIGS "default" CACHE STRING "Machines built into `twill`: default, all, or a ;-list of names from spec/configurations.toml")
if(TWILL_CONFIGS STREQUAL "default")
  set(TWILL_BUILT_CONFIGS ${TWILL_DEFAULT_CONFIGS})
elseif(TWILL_CONFIGS STREQUAL "all")
  set(TWILL_BUILT_CONFIGS ${TWILL_ALL_CONFIGS})
else()
  set(TWILL_BUILT_CONFIGS ${TWILL_CONFIGS})
  foreach(config IN LISTS TWILL_BUILT_CONFIGS)
    if(NOT config IN_LIST TWILL_ALL_CONFIGS)
      message(FATAL_ERROR "TWILL_CONFIGS names '${config}', which spec/configurations.toml does not have (it has: ${TWILL_ALL_CONFIGS}).")
    endif()
  endforeach()
endif()

add_library(twill_contract INTERFACE)
target_include_directories(twill_contract INTERFACE $<BUILD_INTERFACE:${TWILL_GENERATED_DIR}>)
set_target_properties(twill_contract PROPERTIES EXPORT_NAME contract)
add_library(twill::contract ALIAS twill_contract)
