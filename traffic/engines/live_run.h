// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the live engines have in common: BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (Linux >= 5.18,
/// net/bpf/test_run.c), and the device that frames leave by.

#include <bpf/libbpf.h>

#include <cstdint>
#include <functional>

#include "core/result.h"

namespace fwbench {

/// A flood amortises the flush over a batch. One frame less than a NAPI budget: the DUT empties the ring with each
/// poll, and a poll that leaves some of its budget needs no second one to find that out.
inline constexpr uint32_t kFloodBatch = 63;
/// Paced, each frame leaves when it is due; a burst as a flood does. A frame that is due while a batch is being filled
/// waits for its end, some microseconds, and so do probes beside bursts.
inline constexpr uint32_t kPacedBatch = 1;
/// Lead of a schedule over the call, which takes about 20 ms to set up its pages.
inline constexpr uint64_t kScheduleLeadNs = 40'000'000;

/// To be called in the generator's namespace: there the kernel looks for the device. `egress` is a devmap.
[[nodiscard]] Result<void> set_egress(const bpf_map* egress, int ifindex, uint32_t lane = 0);

struct LiveRun {
  const bpf_program* program = nullptr;
  size_t frame_room = 0;  ///< what the program finds as its frame
  uint32_t batch = kPacedBatch;
  uint64_t repeat = 0;  ///< INT_MAX: begin again until `again` says no
};

/// Runs the program in a loop until that is through or a signal comes. The kernel counts repetitions in 32 bits: a
/// paced run spins through them in minutes.
[[nodiscard]] Result<void> run_live(const LiveRun& run, const std::function<bool()>& again);

}  // namespace fwbench
