# SPDX-License-Identifier: LGPL-2.1-or-later
# What the machine does to the program: calls that fail, limits, full disks, files that shrink.

# Loaded into the program by LD_PRELOAD. A sanitizer brings memory functions of its own, which
# cannot be made to fail from outside: then only the others do, here.
function(failing_shim name)
  add_library(${name} MODULE ${CMAKE_SOURCE_DIR}/testdata/failing/shim.c)
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_compile_definitions(${name} PRIVATE ${ARGN})
  target_link_options(${name} PRIVATE -fno-sanitize=all)
endfunction()
failing_shim(failing-shim)
failing_shim(failing-shim-files WITHOUT_MEMORY)

# The full ones are of the program that users run; without a release build they are skipped.
function(failing_test name label script)
  if(label STREQUAL quick)
    set(program $<TARGET_FILE:vmemscope>)
  else()
    set(program ${CMAKE_SOURCE_DIR}/build/release/vmemscope)
  endif()
  add_test(NAME failing.${name} COMMAND ${PYTHON3_PROGRAM} -B
    ${CMAKE_SOURCE_DIR}/testdata/failing/${script} --program ${program} --dumps ${DUMPS_DIR} ${ARGN})
  set_tests_properties(failing.${name} PROPERTIES LABELS ${label} TIMEOUT 1800
    FIXTURES_REQUIRED dumps SKIP_RETURN_CODE 77)
endfunction()

set(shim failing-shim)
if(VMEMSCOPE_SANITIZE)
  set(shim failing-shim-files)
  set(sanitized --sanitized)
endif()
# ThreadSanitizer does not start where others stand in for its functions.
if(NOT CMAKE_C_FLAGS MATCHES "sanitize=thread")
  failing_test(calls.quick quick calls_test.py --shim $<TARGET_FILE:${shim}> --every 60
    --command json --command distill-kdump --command batch)
  failing_test(surroundings.quick quick surroundings_test.py --quick ${sanitized})
  failing_test(shrinking.quick quick shrinking_test.py --shim $<TARGET_FILE:${shim}> --every 15)
endif()
# A tenth of them; all, without --every, take ten minutes.
failing_test(calls full calls_test.py --shim $<TARGET_FILE:failing-shim> --every 10)
failing_test(surroundings full surroundings_test.py)
failing_test(shrinking full shrinking_test.py --shim $<TARGET_FILE:failing-shim>)
