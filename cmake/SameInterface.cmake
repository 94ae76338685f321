# SPDX-License-Identifier: Apache-2.0
# Fails unless the Verilated classes in the headers ONE and OTHER declare the same pins in the same order; writes STAMP.
foreach(header ONE OTHER)
  file(STRINGS ${${header}} pins_${header} REGEX "VL_(IN|OUT|INOUT)[0-9W]*\\(&")
endforeach()
if(pins_ONE STREQUAL "" OR NOT pins_ONE STREQUAL pins_OTHER)
  message(FATAL_ERROR "${OTHER} does not declare the pins of ${ONE}, in whose place its class is linked")
endif()
file(WRITE ${STAMP} "")
