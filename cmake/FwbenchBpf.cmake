# SPDX-License-Identifier: BSD-2-Clause
# fwbench_bpf(NAME): compiles bpf/NAME.bpf.c and makes the target bpf_NAME, which provides "NAME.skel.h".

find_program(FWBENCH_BPFTOOL bpftool REQUIRED PATHS /usr/sbin /sbin)

# Every program with its skeleton, and nothing else: what a second BPF compiler is tried on.
add_custom_target(bpf_objects)

function(fwbench_bpf name)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  add_custom_command(OUTPUT ${object}
    # The multiarch directory holds asm/types.h, which -target bpf does not look for by itself.
    COMMAND ${FWBENCH_BPF_CLANG} -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror
            -I${CMAKE_SOURCE_DIR} -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d VERBATIM
    COMMENT "BPF ${name}")
  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${FWBENCH_BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${object} VERBATIM COMMENT "skeleton ${name}")
  add_custom_target(bpf_${name}_skeleton DEPENDS ${skeleton})
  add_dependencies(bpf_objects bpf_${name}_skeleton)
  add_library(bpf_${name} INTERFACE)
  add_dependencies(bpf_${name} bpf_${name}_skeleton)
  # SYSTEM: skeletons are generated C, not held to our warnings.
  target_include_directories(bpf_${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(bpf_${name} INTERFACE PkgConfig::bpf)
endfunction()
