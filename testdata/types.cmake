# SPDX-License-Identifier: LGPL-2.1-or-later
# Types from the dump itself against the vmlinux of the same kernel: needs real
# dumps, which VMEMSCOPE_REAL in the environment names; skipped without.

add_executable(list-kallsyms ${CMAKE_SOURCE_DIR}/testdata/types/list_kallsyms.c)
target_link_libraries(list-kallsyms PRIVATE formats analyzer)

add_test(NAME types.real
  COMMAND ${PYTHON3_PROGRAM} -B ${CMAKE_SOURCE_DIR}/testdata/types/real_test.py
          --program $<TARGET_FILE:vmemscope> --lister $<TARGET_FILE:list-kallsyms>)
set_tests_properties(types.real PROPERTIES LABELS full TIMEOUT 1800 SKIP_RETURN_CODE 77)
