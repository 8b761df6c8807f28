# SPDX-License-Identifier: LGPL-2.1-or-later
# What benchmarks need: never part of what users build, so that it needs no more packages.
find_library(LZO_LIBRARY lzo2)
find_package(ZLIB QUIET)
find_package(Threads QUIET)
if(NOT TARGET PkgConfig::KDUMPFILE)
  pkg_check_modules(KDUMPFILE QUIET IMPORTED_TARGET libkdumpfile>=0.5.1)
endif()
if(LZO_LIBRARY AND ZLIB_FOUND AND Threads_FOUND AND KDUMPFILE_FOUND)
  foreach(name kdumpread kdumpwrite)
    add_executable(bench-${name} EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/testdata/bench/${name}.c)
    target_link_libraries(bench-${name} PRIVATE contracts PkgConfig::KDUMPFILE PkgConfig::ZSTD ZLIB::ZLIB
      Threads::Threads ${LZO_LIBRARY})
  endforeach()
  add_custom_target(benches DEPENDS bench-kdumpread bench-kdumpwrite gen-dump)
  # A strict build builds them too: nothing else notices when they no longer compile.
  if(VMEMSCOPE_STRICT)
    set_target_properties(bench-kdumpread bench-kdumpwrite PROPERTIES EXCLUDE_FROM_ALL OFF)
  endif()
endif()
