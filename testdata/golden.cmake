# SPDX-License-Identifier: LGPL-2.1-or-later
# What the program makes of the golden dumps, whole, broken and damaged.

function(dump_test name label script)
  add_test(NAME ${name}
    COMMAND ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/${script}
            --program $<TARGET_FILE:vmemscope> --dumps ${DUMPS_DIR} ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 300 FIXTURES_REQUIRED dumps)
endfunction()

file(GLOB packed CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/testdata/dumps/*.elf.zst)
foreach(dump IN LISTS packed)
  get_filename_component(golden ${dump} NAME)
  string(REPLACE ".elf.zst" "" golden ${golden})
  dump_test(golden.${golden} quick golden/golden_test.py
    --golden ${golden} --version ${PROJECT_VERSION})
  if(EXISTS ${CMAKE_SOURCE_DIR}/testdata/truth/${golden})
    dump_test(truth.${golden} quick truth/truth_test.py --golden ${golden})
  endif()
endforeach()

dump_test(broken.images.quick quick broken/images_test.py --quick)
dump_test(broken.images full broken/images_test.py)
dump_test(broken.partial-types.quick quick broken/partial_types_test.py --quick)
dump_test(broken.partial-types full broken/partial_types_test.py)
set_tests_properties(broken.partial-types PROPERTIES TIMEOUT 1200)
dump_test(broken.disguises full broken/disguises_test.py)
dump_test(golden.crash quick crash/crash_test.py)
dump_test(privacy quick privacy/privacy_test.py)
dump_test(privacy.log quick privacy/log_privacy_test.py)
dump_test(broken.damaged full broken/damaged_test.py)
dump_test(broken.lost-page.quick quick broken/lost_page_test.py --count 8)
dump_test(broken.lost-page full broken/lost_page_test.py)
if(TARGET bench-kdumpwrite)
  set(kdumpwrite --kdumpwrite $<TARGET_FILE:bench-kdumpwrite>)
endif()
dump_test(broken.flips.quick quick broken/flips_test.py --count 60 ${kdumpwrite})
dump_test(broken.flips full broken/flips_test.py ${kdumpwrite})
set_tests_properties(broken.flips PROPERTIES TIMEOUT 7200)
dump_test(broken.faults.quick quick faults/faults.py --count 12 --pairs 10)
dump_test(broken.faults full faults/faults.py --count 300 --pairs 100 --seed 2)
set_tests_properties(broken.faults PROPERTIES TIMEOUT 1800)
dump_test(gen.small quick gen/gen_test.py --generator $<TARGET_FILE:gen-dump>)
dump_test(gen.large full gen/large_test.py --generator $<TARGET_FILE:gen-dump>)
