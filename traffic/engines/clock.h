// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The clock that schedules and stamps are in: CLOCK_MONOTONIC, the one bpf_ktime_get_ns() reads.

#include <cstdint>
#include <ctime>

namespace fwbench {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

[[nodiscard]] inline uint64_t monotonic_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace fwbench
