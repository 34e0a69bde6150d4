// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// As much of a frame's structure as it takes to say which judges must not be asked about it.

#include <cstddef>
#include <vector>

#include "engine/classifier.h"

namespace fwbench::verify {

struct FrameShape {
  bool tagged = false;           ///< one tag was taken off
  bool short_tag = false;        ///< a tag's type, and too little behind it for the kernel to take it off
  bool ends_in_address = false;  ///< behind the first byte of an IP address and before its last
  bool later_fragment = false;   ///< not the first fragment of a packet
  bool short_ipv6 = false;       ///< ends before the IPv6 header does
  bool extension_headers = false;
  uint16_t type = 0;  ///< behind the tag
};

/// @param frame at least 14 bytes.
[[nodiscard]] FrameShape shape_of(const FrameView& frame);

/// A fragment that is not the first one, with bytes that look like a TCP header to this port.
[[nodiscard]] std::vector<std::byte> later_fragment(uint16_t dport);

/// Frames up to this size are nothing that nft ever sees.
inline constexpr uint32_t kMinNftFrame = 14;

}  // namespace fwbench::verify
