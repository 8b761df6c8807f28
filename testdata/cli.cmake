# SPDX-License-Identifier: LGPL-2.1-or-later
# The tests that need more than one C program: the command line, the golden
# dumps, the rules of the tree, the developer's own tool.

find_program(BASH_PROGRAM bash REQUIRED)
# The system's own: another one that comes first in PATH may lack jsonschema.
find_program(PYTHON3_PROGRAM python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(PYTHON3_PROGRAM python3 REQUIRED)

# A test that reads ${CMAKE_BINARY_DIR}/dumps has FIXTURES_REQUIRED dumps.
set(DUMPS_DIR ${CMAKE_BINARY_DIR}/dumps)
add_test(NAME dumps.unpack COMMAND ${CMAKE_SOURCE_DIR}/dev unpack ${DUMPS_DIR})
set_tests_properties(dumps.unpack PROPERTIES FIXTURES_SETUP dumps LABELS quick TIMEOUT 300)

# One test for each directory of testdata/cli; testdata/cli/run.py tells what is in it.
file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/testdata/cli/*/cmd)
foreach(script IN LISTS cases)
  get_filename_component(case ${script} DIRECTORY)
  get_filename_component(name ${case} NAME)
  add_test(NAME cli.${name}
    COMMAND ${PYTHON3_PROGRAM} ${CMAKE_SOURCE_DIR}/testdata/cli/run.py
            --program $<TARGET_FILE:vmemscope> --version ${PROJECT_VERSION}
            --dumps ${DUMPS_DIR} ${case})
  set_tests_properties(cli.${name} PROPERTIES LABELS quick TIMEOUT 120
    FIXTURES_REQUIRED dumps SKIP_RETURN_CODE 77)
endforeach()

function(quick_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS quick TIMEOUT 120)
endfunction()

quick_test(layering ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/layering/layering.py
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
quick_test(layering.plan ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/layering/plan.py
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
quick_test(layering.rules ${PYTHON3_PROGRAM} -B
  ${CMAKE_SOURCE_DIR}/testdata/layering/layering_test.py)
quick_test(schema.keys ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/schema/keys.py)
quick_test(schema.rules ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/schema/keys_test.py)
quick_test(dev.packages ${BASH_PROGRAM} ${CMAKE_SOURCE_DIR}/testdata/packages/missing-test.sh)
quick_test(docs.checks ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/checks_md.py
  $<TARGET_FILE:vmemscope> ${CMAKE_SOURCE_DIR}/docs/checks.md)
add_executable(list-archs ${CMAKE_SOURCE_DIR}/testdata/docs/list_archs.c)
target_link_libraries(list-archs PRIVATE machine analyzer)
quick_test(docs.support ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/support_matrix.py
  $<TARGET_FILE:list-archs> ${CMAKE_SOURCE_DIR}/docs/support-matrix.md)
quick_test(docs.machines ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/machines.py
  $<TARGET_FILE:list-archs> ${CMAKE_SOURCE_DIR})
quick_test(docs.schemes ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/schemes.py
  $<TARGET_FILE:list-archs> ${CMAKE_SOURCE_DIR})
quick_test(docs.formats ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/formats.py
  $<TARGET_FILE:vmemscope> ${CMAKE_SOURCE_DIR})
quick_test(docs.reliability ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/docs/reliability.py
  ${CMAKE_SOURCE_DIR}/docs/reliability.md)
quick_test(lab.scripts ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/lab/lab_test.py
  ${DUMPS_DIR})
set_tests_properties(lab.scripts PROPERTIES FIXTURES_REQUIRED dumps)
quick_test(dev.install ${BASH_PROGRAM} ${CMAKE_SOURCE_DIR}/testdata/packages/install-test.sh
  ${CMAKE_BINARY_DIR})
