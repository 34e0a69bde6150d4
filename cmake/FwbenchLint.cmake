# SPDX-License-Identifier: BSD-2-Clause
# fwbench_lint_tests(): the linters and the second BPF compiler as ctests, labelled "lint". Call it once, at the top level.

function(fwbench_lint_tests)
  if(NOT FWBENCH_TESTS)
    return()
  endif()
  set(lint ${CMAKE_SOURCE_DIR}/scripts/lint)
  add_test(NAME lint.format COMMAND ${lint} format)
  add_test(NAME lint.rules COMMAND ${lint} rules)
  add_test(NAME lint.shell COMMAND ${lint} shell)
  add_test(NAME lint.tidy COMMAND ${FWBENCH_IDLE} ${lint} tidy ${CMAKE_BINARY_DIR})
  # Only whether each bug still applies to the sources; scripts/test --long tries them.
  add_test(NAME scripts.mutants COMMAND ${CMAKE_SOURCE_DIR}/scripts/mutate --check)
  set_tests_properties(lint.format lint.rules lint.shell scripts.mutants PROPERTIES TIMEOUT 120)
  set_tests_properties(lint.tidy PROPERTIES TIMEOUT 1200 COST 200)

  find_program(FWBENCH_CLANG19 clang-19)
  if(FWBENCH_CLANG19)
    add_test(NAME bpf.clang19 COMMAND ${FWBENCH_IDLE} ${CMAKE_CTEST_COMMAND}
      --build-and-test ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/bpf-clang19 --build-generator Ninja
      --build-target bpf_objects --build-noclean
      --build-options -DFWBENCH_TESTS=OFF -DFWBENCH_BPF_CLANG=${FWBENCH_CLANG19})
    add_test(NAME bpf.clang19.cost COMMAND bpf_cost_test)
    set_tests_properties(bpf.clang19 PROPERTIES FIXTURES_SETUP clang19)
    set_tests_properties(bpf.clang19.cost PROPERTIES FIXTURES_REQUIRED clang19 ${FWBENCH_ROOT_TEST}
      ENVIRONMENT FWBENCH_BPF_OBJECTS=${CMAKE_BINARY_DIR}/bpf-clang19/bpf SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
  else()
    add_test(NAME bpf.clang19 COMMAND sh -c "echo 'clang-19 is not installed'; exit 77")
  endif()
  set_tests_properties(bpf.clang19 PROPERTIES TIMEOUT 300)

  # 77: a tool is missing; the test says which.
  set_tests_properties(lint.format lint.rules lint.shell lint.tidy scripts.mutants bpf.clang19 PROPERTIES
    LABELS lint SKIP_RETURN_CODE 77)
endfunction()
