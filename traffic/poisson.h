// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Arrivals of a Poisson process, the same ones in every run and in every TX engine.

#include <array>
#include <cstdint>

#include "bpf/abi.h"

namespace fwbench {

/// Times of the arrivals of one cycle, in 1 / 2^FW_POISSON_SHIFT of a mean gap: the first is 0, the cycle after it
/// begins FW_POISSON_CYCLE mean gaps later, so that the rate is exact. Gaps are exponential.
[[nodiscard]] const std::array<uint32_t, FW_POISSON_CYCLE>& poisson_times();

/// Time of the `nth` arrival (from 0), in mean gaps.
[[nodiscard]] double poisson_arrival(uint64_t nth);
/// The last arrival (from 0) that is not after `gaps`, in mean gaps; 0 or more.
[[nodiscard]] uint64_t last_poisson_arrival(double gaps);

}  // namespace fwbench
