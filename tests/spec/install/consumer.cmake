# SPDX-License-Identifier: Apache-2.0
# The whole build of a project that uses an installed Twill; find_package.py puts it beside the sources of host/examples.
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
find_package(twill 0.1 REQUIRED)
add_executable(first_job first_job.cpp)
target_link_libraries(first_job PRIVATE twill::files twill::importer twill::mapper twill::runtime twill::functional twill::rtl_device)
add_executable(first_collective first_collective.cpp)
target_link_libraries(first_collective PRIVATE twill::communicator twill::mapper twill::functional twill::rtl_device)
