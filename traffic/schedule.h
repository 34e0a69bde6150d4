// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// When to send, and what was sent: the plain values on both sides of a TX engine.

#include <cstdint>

namespace fwbench {

/// What to send. Frames go out in index order, beginning with 0 and wrapping around.
struct Schedule {
  uint64_t rate_pps = 0;         ///< 0 with load set: flood, as fast as it goes
  bool load = true;              ///< false: probes only
  uint64_t frames = UINT64_MAX;  ///< stop emitting after this many load frames
  /// Frames that a paced live engine may send in one go: more cost less each, but wait for each other, at most as long
  /// as so many take at the rate. 1: each leaves when it is due.
  uint32_t batch = 1;
  bool evenly = false;           ///< of a paced load: frame by frame, whatever bursts the frames stand in
  bool poisson = false;          ///< of a paced load: gaps are exponential, with the mean that the rate has
  uint64_t probe_rate_pps = 0;   ///< 0: no probes; not possible in a flood, which reads no clock
  uint64_t probes = UINT64_MAX;  ///< stop emitting after this many probes
};

/// How far the engine came. planned = handed over + refused.
struct Sent {
  uint64_t planned = 0;  ///< load frames emitted
  uint64_t refused = 0;  ///< of load frames and probes: the engine could not hand over
  uint64_t probes = 0;
  uint64_t start_ns = 0;     ///< CLOCK_MONOTONIC origin of the schedule; means nothing in a flood
  uint64_t late_max_ns = 0;  ///< most a load frame was behind its schedule; 0 in a flood
};

/// Times that frame `index` of a table of `frames` was emitted when `planned` were in all.
[[nodiscard]] constexpr uint64_t times_emitted(uint64_t planned, uint64_t frames, uint64_t index) {
  return planned / frames + (index < planned % frames ? 1 : 0);
}

}  // namespace fwbench
