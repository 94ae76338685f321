# SPDX-License-Identifier: Apache-2.0
# Writes <PREFIX>__one.cpp, which includes every .cpp Verilator generated in DIR: one translation unit.
file(GLOB sources RELATIVE ${DIR} ${DIR}/*.cpp)
list(SORT sources)
set(text "// All of ${PREFIX} in one translation unit.\n")
foreach(source IN LISTS sources)
  if(NOT source STREQUAL "${PREFIX}__one.cpp")
    string(APPEND text "#include \"${source}\"\n")
  endif()
endforeach()
file(WRITE ${DIR}/${PREFIX}__one.cpp "${text}")
