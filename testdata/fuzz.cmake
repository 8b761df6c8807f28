# SPDX-License-Identifier: LGPL-2.1-or-later
# Hostile input: fuzz.TARGET replays a small corpus and damaged copies of it. With
# VMEMSCOPE_FUZZ, fuzz-TARGET is a libFuzzer program that starts from the same corpus.

set(FUZZ_CORPUS ${CMAKE_BINARY_DIR}/fuzz)
if(TARGET bench-kdumpwrite)
  set(kdumpwrite $<TARGET_FILE:bench-kdumpwrite>)
endif()
add_test(NAME fuzz.corpus COMMAND ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/fuzz/corpus.py
  ${FUZZ_CORPUS} ${DUMPS_DIR} ${kdumpwrite})
set_tests_properties(fuzz.corpus PROPERTIES LABELS quick TIMEOUT 120
  FIXTURES_REQUIRED dumps FIXTURES_SETUP fuzz)

if(VMEMSCOPE_FUZZ)
  add_custom_target(fuzz-programs)
endif()
file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/testdata/fuzz/*_target.c)
foreach(source IN LISTS targets)
  get_filename_component(name ${source} NAME_WE)
  string(REPLACE "_target" "" name ${name})
  set(sources ${source} ${CMAKE_SOURCE_DIR}/testdata/fuzz/fuzz.c)

  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS FUZZ_DUMPS="${DUMPS_DIR}")
  add_executable(replay-${name} ${sources} ${CMAKE_SOURCE_DIR}/testdata/fuzz/replay.c)
  target_link_libraries(replay-${name} PRIVATE formats analyzer)
  add_test(NAME fuzz.${name} COMMAND replay-${name} ${FUZZ_CORPUS}/${name})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS quick TIMEOUT 120 FIXTURES_REQUIRED fuzz)

  if(VMEMSCOPE_FUZZ)
    add_executable(fuzz-${name} ${sources})
    target_link_libraries(fuzz-${name} PRIVATE formats analyzer)
    target_link_options(fuzz-${name} PRIVATE ${VMEMSCOPE_FUZZ_ENGINE})
    add_dependencies(fuzz-programs fuzz-${name})
  endif()
endforeach()
