// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One frame of a class. Internal to the traffic module; build_frames() (traffic/frame.h) makes whole tables.

#include "traffic/frame.h"
#include "traffic/random.h"

namespace fwbench {

inline constexpr size_t kMinFrame = 60;  ///< IEEE 802.3: 64 with FCS

struct FrameWish {
  uint32_t run_id = 0;
  uint32_t index = 0;       ///< the identity
  uint32_t turn = 0;        ///< whose turn it is of the class's fragments and malformations
  size_t size = kMinFrame;  ///< raised to what headers and identity need; not for what is cut short on purpose
};

/// Draws the header fields of a class without flows. `class_index` is left to the caller.
[[nodiscard]] Frame make_frame(const TrafficClass& c, SplitMix64& random, const FrameWish& wish);

/// Of a class without fragments and malformations.
[[nodiscard]] ProbeFrame make_probe(const TrafficClass& c, SplitMix64& random, uint32_t run_id);

/// The number of ICMP or ICMPv6.
[[nodiscard]] uint8_t icmp_of(IpVersion ip);
/// ICMP or ICMPv6: has a type.
[[nodiscard]] bool has_icmp_type(const TrafficClass& c);
[[nodiscard]] bool has_ports(const TrafficClass& c);

}  // namespace fwbench
