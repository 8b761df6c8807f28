# SPDX-License-Identifier: LGPL-2.1-or-later
# Dumps of invented machines, large ones for benchmarks: part of "all" only with the tests.
file(GLOB gen_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/testdata/gen/*.c)
if(VMEMSCOPE_TESTS)
  add_executable(gen-dump ${gen_sources})
else()
  add_executable(gen-dump EXCLUDE_FROM_ALL ${gen_sources})
endif()
target_link_libraries(gen-dump PRIVATE analyzer formats)
