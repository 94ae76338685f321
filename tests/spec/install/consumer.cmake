# SPDX-License-Identifier: Apache-2.0
# The whole build of a project that uses an installed Twill; find_package.py puts it beside host/examples/first_job.cpp.
cmake_minimum_required(VERSION 3.25)
project(consumer LANGUAGES CXX)
find_package(twill 0.1 REQUIRED)
add_executable(first_job first_job.cpp)
target_link_libraries(first_job PRIVATE twill::files twill::importer twill::mapper twill::runtime twill::functional twill::rtl_device)
