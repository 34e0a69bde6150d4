// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Link layers of captures that can be sent as Ethernet, and the header that a packet without one is given.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>

namespace fwbench {

enum class LinkLayer : uint8_t {
  ethernet,
  raw_ip,     ///< LINKTYPE_RAW, LINKTYPE_IPV4, LINKTYPE_IPV6: begins with the IP header
  cooked_v1,  ///< LINKTYPE_LINUX_SLL, 16 bytes of header
  cooked_v2,  ///< LINKTYPE_LINUX_SLL2, 20 bytes
};

/// @param type a DLT_ value of libpcap. Nothing for link types that are not sent.
[[nodiscard]] std::optional<LinkLayer> link_layer_of(int type);

struct LinkHeader {
  size_t cut = 0;  ///< bytes of the capture's own header, to be left out
  std::array<std::byte, 14> made = {};
  size_t made_length = 0;  ///< 14 where there is one in `made`
};

/// Ethernet frames keep theirs. The others are from kGeneratorMac to kDutInMac.
/// @param wire_length of the packet, never less than was captured
/// The error is the reason, for "packet 7: ...".
[[nodiscard]] tl::expected<LinkHeader, std::string> make_link_header(LinkLayer layer, std::span<const std::byte> packet,
                                                                     uint64_t wire_length);

}  // namespace fwbench
