# SPDX-License-Identifier: BSD-2-Clause
# fwbench_install(): what `cmake --install` copies, and the test that the copy works. Call it at the top level, last.
# The layout under share/fwbench is what harness/core/paths.h looks for.

function(fwbench_install)
  if(NOT TARGET fwbench)
    return()
  endif()
  set(share ${CMAKE_INSTALL_DATADIR}/fwbench)
  install(TARGETS fwbench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  if(TARGET fwbench-dpdk)
    install(TARGETS fwbench-dpdk RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})  # beside fwbench, where it is looked for
  endif()
  install(DIRECTORY scenarios/ DESTINATION ${share}/scenarios
    FILES_MATCHING PATTERN "*.ini" PATTERN "*.nft" PATTERN "*.md" PATTERN "*.bpf.c" PATTERN local EXCLUDE)
  install(DIRECTORY results/schema/ DESTINATION ${share}/schema FILES_MATCHING PATTERN "*.json")
  install(DIRECTORY scripts/gnuplot/ DESTINATION ${share}/gnuplot OPTIONAL)
  install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

  if(FWBENCH_TESTS)
    add_test(NAME install COMMAND ${CMAKE_SOURCE_DIR}/scripts/check-install ${CMAKE_BINARY_DIR} ${PROJECT_VERSION})
    set_tests_properties(install PROPERTIES TIMEOUT 60)
  endif()
endfunction()
