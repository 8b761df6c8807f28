# SPDX-License-Identifier: LGPL-2.1-or-later
# What is installed: the program, its man page, completions, licence, schemas and documentation.
install(TARGETS vmemscope)

find_program(SCDOC_PROGRAM scdoc)
if(SCDOC_PROGRAM)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/vmemscope.1
    COMMAND ${SCDOC_PROGRAM} < ${CMAKE_SOURCE_DIR}/docs/vmemscope.1.scd
            > ${CMAKE_BINARY_DIR}/vmemscope.1
    DEPENDS ${CMAKE_SOURCE_DIR}/docs/vmemscope.1.scd VERBATIM)
  add_custom_target(man ALL DEPENDS ${CMAKE_BINARY_DIR}/vmemscope.1)
  install(FILES ${CMAKE_BINARY_DIR}/vmemscope.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
else()
  message(WARNING "scdoc is not installed: there will be no man page")
endif()

install(FILES docs/completions/vmemscope.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vmemscope)
install(FILES docs/completions/_vmemscope DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

install(FILES docs/report.schema.json docs/diff.schema.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/vmemscope)
file(GLOB guides CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/*.md ${CMAKE_SOURCE_DIR}/docs/*.svg)
install(FILES ${guides} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES LICENSE README.md CHANGELOG.md SECURITY.md CONTRIBUTING.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
