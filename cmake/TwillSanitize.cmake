# SPDX-License-Identifier: Apache-2.0
# TWILL_SANITIZE=address: AddressSanitizer with leaks, UndefinedBehaviorSanitizer and the assertions of the standard library.
# TWILL_SANITIZE=thread: ThreadSanitizer.
# TWILL_SANITIZE=fuzzer: the targets of tests/fuzz and nothing else, with clang: the first, and coverage for libFuzzer. What a sanitizer finds ends the program with an error.
set(TWILL_SANITIZE OFF CACHE STRING "Sanitizers to build with: address, thread, fuzzer or OFF")
set_property(CACHE TWILL_SANITIZE PROPERTY STRINGS OFF address thread fuzzer)
if(NOT TWILL_SANITIZE MATCHES "^(address|thread|fuzzer|OFF|)$")
  message(FATAL_ERROR "TWILL_SANITIZE is '${TWILL_SANITIZE}'; it takes address, thread, fuzzer or OFF.")
endif()

set(TWILL_SANITIZE_FLAGS "")
if(TWILL_SANITIZE STREQUAL "address")
  set(TWILL_SANITIZE_FLAGS -fsanitize=address,undefined,float-cast-overflow)
elseif(TWILL_SANITIZE STREQUAL "thread")
  set(TWILL_SANITIZE_FLAGS -fsanitize=thread)
elseif(TWILL_SANITIZE STREQUAL "fuzzer")
  set(TWILL_SANITIZE_FLAGS -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow)
endif()

# Targets with TWILL_AS_RELEASED are compiled as in a release (twill_verilate says which and why).
if(TWILL_SANITIZE)
  set(flags ${TWILL_SANITIZE_FLAGS} -O1 -g1 -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags -Wno-maybe-uninitialized)  # GCC 12 sees ghosts in <regex> when it instruments
  endif()
  if(NOT TWILL_SANITIZE STREQUAL "thread")
    list(APPEND flags -fno-sanitize-recover=undefined,float-cast-overflow -D_GLIBCXX_ASSERTIONS)
  endif()
  add_compile_options("$<$<NOT:$<BOOL:$<TARGET_PROPERTY:TWILL_AS_RELEASED>>>:${flags}>")
  # As needed: with a sanitizer the linker looks into libsystemc for what is undefined, and asks programs that take nothing of it for an sc_main.
  add_link_options(${TWILL_SANITIZE_FLAGS} LINKER:--as-needed)
endif()
