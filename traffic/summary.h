// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A frame in one line, for messages.

#include <cstddef>
#include <span>
#include <string>

namespace fwbench {

/// "IPv4 198.18.0.1:1024 > 198.19.0.1:22 TCP S, 60 bytes"
/// "VLAN 7 IPv6 [2001:2::1]:1024 > [2001:2::2]:53 UDP, 90 bytes"
/// "IPv6 2001:2::1 > 2001:2::2 ICMPv6 type 128, 80 bytes"
/// "IPv4 198.18.0.1 > 198.19.0.1 UDP fragment at 1480, 60 bytes"
/// "ARP who has 198.19.0.1, tell 198.18.0.1, 60 bytes"
/// "IPv4 malformed: header longer than the packet, 60 bytes"
/// Any bytes will do. Says what the headers say; checksums are not looked at.
[[nodiscard]] std::string summarize_frame(std::span<const std::byte> frame);

}  // namespace fwbench
