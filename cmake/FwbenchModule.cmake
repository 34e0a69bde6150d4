# SPDX-License-Identifier: BSD-2-Clause
# Compile options shared by every target, and the functions that declare a module, its tests, benchmarks and fuzz targets.

add_library(fwbench_options INTERFACE)
# -Wrestrict has false positives on std::string in GCC 12 (PR 105651).
if(NOT FWBENCH_FUZZ) # what clang warns about is clang-tidy's business
  target_compile_options(fwbench_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wno-restrict -Werror)
endif()
target_include_directories(fwbench_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/harness)
if(FWBENCH_SANITIZE)
  target_compile_options(fwbench_options INTERFACE
    -fsanitize=${FWBENCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # ASan stops at null too; a check of every dereference is a sixth of the time to compile.
  if(FWBENCH_SANITIZE MATCHES undefined)
    target_compile_options(fwbench_options INTERFACE -fno-sanitize=null)
  endif()
  # Bounds checks of span, vector and string: what assert() would be, in the builds that look for bugs.
  target_compile_definitions(fwbench_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(fwbench_options INTERFACE -fsanitize=${FWBENCH_SANITIZE})
endif()

# fwbench_module(NAME SOURCES a.cpp ... DEPS targets...): a static library whose headers are included as "name/x.h".
function(fwbench_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC fwbench_options ${ARG_DEPS})
endfunction()

set(FWBENCH_ROOT_TEST RESOURCE_LOCK kernel COST 100 LABELS root) # they take the longest: first
find_program(FWBENCH_CHRT chrt)
if(FWBENCH_CHRT)
  set(FWBENCH_IDLE ${FWBENCH_CHRT} --idle 0)
endif()

# fwbench_test(NAME SOURCES a_test.cpp ... DEPS targets... [ROOT]): one GoogleTest binary, one ctest per test case.
# ROOT marks tests that need CAP_NET_ADMIN and the kernel: one at a time, and all others take only the CPU time that they
# leave (SCHED_IDLE).
function(fwbench_test name)
  if(NOT FWBENCH_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "ROOT" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE FWBENCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(properties TIMEOUT ${ARG_TIMEOUT})
  if(ARG_ROOT)
    list(APPEND properties ${FWBENCH_ROOT_TEST})
  else()
    set_target_properties(${name} PROPERTIES CROSSCOMPILING_EMULATOR "${FWBENCH_IDLE}") # what its tests are started with
  endif()
  # Tests that call GTEST_SKIP() print "[  SKIPPED ]": ctest shows them as skipped, not as passed.
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES ${properties} SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()

# fwbench_bench(NAME SOURCES a_bench.cpp ... DEPS targets...): one Google Benchmark binary.
function(fwbench_bench name)
  if(NOT FWBENCH_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} benchmark::benchmark benchmark::benchmark_main)
  target_compile_definitions(${name} PRIVATE FWBENCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
endfunction()

# fwbench_fuzz(NAME SOURCE x_fuzz.cpp DEPS targets... SEEDS folders...): with FWBENCH_FUZZ a libFuzzer binary; without, the
# seeds as a test, so that every build knows whether the target still holds for them.
add_custom_target(fuzz_targets)
function(fwbench_fuzz name)
  if(NOT FWBENCH_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "SOURCE" "DEPS;SEEDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCE})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} core)
  if(FWBENCH_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${name})
    return()
  endif()
  target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/harness/core/fuzz_main.cpp)
  add_test(NAME fuzz.${name} COMMAND ${name} ${ARG_SEEDS})
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120)
endfunction()

include(GoogleTest)
