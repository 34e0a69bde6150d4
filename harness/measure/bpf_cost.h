// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a DUT's BPF programs cost: as the kernel counts it, the same on every run, whatever the machine does; and in
/// time.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"
#include "traffic/frame.h"

namespace fwbench {

struct BpfCost {
  uint64_t verified_instructions =
      0;                     ///< that the verifier went through, over all paths (bpf_prog_info.verified_insns)
  uint64_t jited_bytes = 0;  ///< machine code
  uint64_t map_bytes = 0;    ///< memory of the maps (fdinfo "memlock"; exact since Linux 6.4), each once
};

/// The XDP programs, native or generic, and those at tc ingress by tcx, on a device of the calling thread's network
/// namespace. Nothing when there are none. Programs of a clsact qdisc, and those that another calls, are not in it.
/// Errors: ErrorKind::environment when the kernel does not say.
[[nodiscard]] Result<std::optional<BpfCost>> attached_cost(int ifindex);

/// The XDP program on that device, to be timed; nothing when there is none.
[[nodiscard]] Result<std::optional<UniqueFd>> attached_xdp(int ifindex);

/// Nanoseconds that one run of the program takes, by BPF_PROG_RUN: `repeat` times over each of the frames, without a
/// device. Its verdict is given and not carried out. What the program counts, it counts of these frames too.
[[nodiscard]] Result<double> time_program(int program_fd, std::span<const Frame> frames, uint32_t repeat);

/// Of two programs, each time two of the base's and two of the head's, beside each other.
struct ProgramTimes {
  std::vector<double> base_ns;
  std::vector<double> head_ns;
};

/// time_program() of both by turns, in `blocks` blocks of the order that gate/paired.h draws: what the machine does
/// meanwhile is in both alike.
/// Both better be attached: a call with a program that is not waits for two RCU grace periods, 10 ms each or so
/// (kernel/bpf/dispatcher.c).
/// Errors: those of time_program(); ErrorKind::interrupted when a stop signal came.
[[nodiscard]] Result<ProgramTimes> time_by_turns(int base_fd, int head_fd, std::span<const Frame> frames, size_t blocks,
                                                 uint64_t seed);

}  // namespace fwbench
