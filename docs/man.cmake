# SPDX-License-Identifier: LGPL-2.1-or-later
# The man page, where scdoc is at hand.
find_program(SCDOC_PROGRAM scdoc)
if(SCDOC_PROGRAM)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/vmemscope.1
    COMMAND ${SCDOC_PROGRAM} < ${CMAKE_SOURCE_DIR}/docs/vmemscope.1.scd
            > ${CMAKE_BINARY_DIR}/vmemscope.1
    DEPENDS ${CMAKE_SOURCE_DIR}/docs/vmemscope.1.scd VERBATIM)
  add_custom_target(man ALL DEPENDS ${CMAKE_BINARY_DIR}/vmemscope.1)
  install(FILES ${CMAKE_BINARY_DIR}/vmemscope.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
