# SPDX-License-Identifier: LGPL-2.1-or-later
# Unit tests: one program per foo_test.c, linked with the rooms it may see.
find_library(CMOCKA_LIBRARY cmocka REQUIRED)

function(unit_tests room)
  foreach(dir IN LISTS ARGN)
    file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*_test.c)
    foreach(source IN LISTS tests)
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_link_libraries(${name} PRIVATE ${room} ${CMOCKA_LIBRARY})
      target_compile_definitions(${name} PRIVATE TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
        TEST_BINARY_DIR="${CMAKE_BINARY_DIR}")
      add_test(NAME unit.${name} COMMAND ${name})
      set_tests_properties(unit.${name} PROPERTIES LABELS quick TIMEOUT 120)
    endforeach()
  endforeach()
endfunction()

# Memory described in text, and a tiny machine in it, for the tests of the analyzer.
file(GLOB machine_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/testdata/machine/*.c)
list(FILTER machine_sources EXCLUDE REGEX "_test\\.c$")
add_library(machine STATIC ${machine_sources})
target_link_libraries(machine PUBLIC analyzer)

unit_tests(contracts include)
unit_tests("machine;analyzer" ${analyzer_rooms} testdata/machine)
foreach(function malloc calloc realloc reallocarray strdup vasprintf)
  target_link_options(analysis_nomem_test PRIVATE -Wl,--wrap=${function})
endforeach()
unit_tests(jail cmd/jail)
# What sanitizers need is more than a jail allows: it is tried as it is in use.
target_sources(jail_test PRIVATE ${jail_sources} include/error.c include/vector.c)
target_compile_options(jail_test PRIVATE -fno-sanitize=all)
target_link_options(jail_test PRIVATE -fno-sanitize=all)
unit_tests(formats formats/dump formats/typeinfo formats/document)
pkg_check_modules(KDUMPFILE REQUIRED IMPORTED_TARGET libkdumpfile>=0.5.1)
foreach(name kdump_unpack_test kdump_witness_test)
  target_link_libraries(${name} PRIVATE PkgConfig::DEFLATE PkgConfig::LZO PkgConfig::ZSTD)
endforeach()
target_link_libraries(packed_file_test PRIVATE PkgConfig::ZLIB PkgConfig::LZMA PkgConfig::LZ4
  PkgConfig::ZSTD)
target_link_libraries(kdump_witness_test PRIVATE PkgConfig::KDUMPFILE)

include(testdata/cli.cmake OPTIONAL)
include(testdata/golden.cmake OPTIONAL)
include(testdata/failing.cmake)
include(testdata/fuzz.cmake)
include(testdata/types.cmake)
