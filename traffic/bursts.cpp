// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/bursts.h"

#include <algorithm>

namespace fwbench {

uint64_t Bursts::gap_q16(uint64_t rate_pps) const {
  constexpr double kSecondQ16 = 1e9 * 65536;
  const double frames_each = first.empty() ? 1 : static_cast<double>(frames) / static_cast<double>(first.size());
  return std::max<uint64_t>(static_cast<uint64_t>(kSecondQ16 * frames_each / static_cast<double>(rate_pps)), 1);
}

uint64_t Bursts::frames_until(uint64_t burst) const {
  if (first.empty()) return 0;
  const uint64_t next = burst % first.size() + 1;
  return burst / first.size() * frames + (next == first.size() ? frames : first[next]);
}

uint64_t Bursts::burst_of(uint64_t frame) const {
  if (first.empty()) return 0;
  const auto behind = std::upper_bound(first.begin(), first.end(), static_cast<uint32_t>(frame % frames));
  return frame / frames * first.size() + static_cast<uint64_t>(behind - first.begin()) - 1;
}

Bursts bursts_of(const FrameTable& table, bool evenly) {
  Bursts bursts{.first = {}, .frames = static_cast<uint32_t>(table.frames.size())};
  for (uint32_t i = 0; i < table.frames.size(); ++i) {
    if (i == 0 || evenly || !table.frames[i].follows) bursts.first.push_back(i);
    bursts.longest = std::max(bursts.longest, i + 1 - bursts.first.back());
  }
  return bursts;
}

}  // namespace fwbench
