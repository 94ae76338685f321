# SPDX-License-Identifier: Apache-2.0
# twill_networks_may_be_missing(<test>): ctest counts a case of this twill_add_test as skipped when it says that a network is
# not here (networks.hpp), instead of as passed. Read by ctest after the list of the test's cases.
function(twill_networks_may_be_missing name)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${name}_skip.cmake)
  file(WRITE ${file} "if(${name}_cases)\n  set_tests_properties(\${${name}_cases} PROPERTIES SKIP_REGULAR_EXPRESSION \"skipped: [a-z0-9_]+ is not here\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${file})
endfunction()
