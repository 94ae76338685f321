# SPDX-License-Identifier: Apache-2.0
# `cmake --install` and `find_package(twill)`: the libraries as twill::<name> with their public headers, and the `twill`
# command (sw/ installs it). A library that needs another which is not listed here is an error when CMake generates.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(libraries contract host arithmetic command_rules memory noc functional golden files importer mapper disassembler runtime communicator row_split parallel rtl_device)
list(TRANSFORM libraries PREPEND twill_)
list(APPEND libraries twill_verilated)
foreach(config IN LISTS TWILL_BUILT_CONFIGS)
  list(APPEND libraries twill_rtl_chip_${config})
endforeach()
get_property(with_registers GLOBAL PROPERTY TWILL_CHIPS_WITH_REGISTERS)
list(APPEND libraries ${with_registers})
add_custom_target(twill_installed DEPENDS ${libraries} twill_command)  # what `make install` builds: no tests
install(TARGETS ${libraries} EXPORT twillTargets INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

file(GLOB headers LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/models/*/include ${CMAKE_SOURCE_DIR}/host/include ${CMAKE_SOURCE_DIR}/tb/include)
foreach(folder IN LISTS headers ITEMS ${TWILL_GENERATED_DIR})
  install(DIRECTORY ${folder}/twill DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/twill)
install(EXPORT twillTargets NAMESPACE twill:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/twillConfig.cmake.in ${CMAKE_BINARY_DIR}/twillConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/twillConfigVersion.cmake COMPATIBILITY SameMinorVersion)  # 0.x promises no more
install(FILES ${CMAKE_BINARY_DIR}/twillConfig.cmake ${CMAKE_BINARY_DIR}/twillConfigVersion.cmake ${CMAKE_CURRENT_LIST_DIR}/FindSystemC.cmake
        DESTINATION ${package_dir})
