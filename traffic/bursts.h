// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The bursts of a table of frames: what a TX engine needs to pace them.

#include <cstdint>
#include <vector>

#include "traffic/frame.h"

namespace fwbench {

/// A frame that follows no other is a burst of one. Bursts begin at even distances, whatever their lengths; over the
/// whole table that comes to the rate wanted.
struct Bursts {
  std::vector<uint32_t> first;  ///< frame index that each begins with
  uint32_t frames = 0;          ///< in the table
  uint32_t longest = 1;

  /// Between the beginnings of two bursts, ns * 2^16, when so many frames are sent a second; at least 1.
  [[nodiscard]] uint64_t gap_q16(uint64_t rate_pps) const;
  /// Frames that are due when the `burst`-th burst (from 0, over all passes through the table) is due.
  [[nodiscard]] uint64_t frames_until(uint64_t burst) const;
  /// The burst that the `frame`-th frame sent (from 0) belongs to.
  [[nodiscard]] uint64_t burst_of(uint64_t frame) const;
};

///  evenly every frame is a burst of its own, whatever the table says
[[nodiscard]] Bursts bursts_of(const FrameTable& table, bool evenly = false);

}  // namespace fwbench
