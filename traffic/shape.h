// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is out of the ordinary about the frames of a class: fragments, IPv6 extension headers, lies in headers. The
/// names are those of scenarios; each list is in the order of its enum.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwbench {

struct TrafficClass;

/// One fragment of a larger packet that is never sent whole (RFC 791, RFC 8200 section 4.5).
enum class FragmentKind : uint8_t {
  first,        ///< offset 0, more to come: has the transport header
  middle,       ///< offset 1480, more to come
  last,         ///< offset 2960, the end
  tiny,         ///< offset 0, the first 8 bytes of a TCP header: ports, but no flags (RFC 1858 section 3.1)
  overlapping,  ///< offset 8: would overwrite the flags of a first fragment (RFC 1858 section 3.2, RFC 3128)
  atomic,       ///< IPv6: a whole packet with a fragment header (RFC 6946)
};
inline constexpr std::string_view kFragmentNames[] = {"first", "middle", "last", "tiny", "overlapping", "atomic"};

/// IPv6 extension headers of 8 bytes each: options of padding only, a routing header of type 0 with no segments left.
enum class ExtensionHeader : uint8_t { hop_by_hop, routing, destination };
inline constexpr std::string_view kExtensionHeaderNames[] = {"hop-by-hop", "routing", "destination"};
/// As many as bpf/identity.h walks, less one for a fragment header.
inline constexpr size_t kMaxExtensionHeaders = 7;

/// One thing that is wrong with a frame; all else about it is right.
enum class Malformation : uint8_t {
  version,           ///< of the IP header: 5 for IPv4, 7 for IPv6
  ihl_short,         ///< IPv4: header length of 16 bytes
  ihl_long,          ///< IPv4: header length of 60 bytes in a packet of 40
  length_short,      ///< IPv4: total length of 12 bytes; IPv6: payload length of 4 bytes
  length_long,       ///< IPv4 total length, IPv6 payload length: 100 bytes more than there are
  ip_truncated,      ///< the frame ends 2 bytes before the IP header does
  ip_checksum,       ///< IPv4: wrong
  l4_truncated,      ///< the IP packet ends within the transport header: TCP after 12 bytes, UDP and ICMP after 4
  l4_checksum,       ///< TCP, UDP, ICMP: wrong
  tcp_offset_short,  ///< data offset of 16 bytes
  tcp_offset_long,   ///< data offset of 60 bytes in a segment of 20
  udp_length_short,  ///< 7: less than the UDP header
  udp_length_long,   ///< 100 bytes more than there are
  exthdr_truncated,  ///< IPv6: a destination options header that claims to go on behind the end of the packet
};
inline constexpr std::string_view kMalformationNames[] = {
    "version",         "ihl-short",        "ihl-long",        "length-short",    "length-long",
    "ip-truncated",    "ip-checksum",      "l4-truncated",    "l4-checksum",     "tcp-offset-short",
    "tcp-offset-long", "udp-length-short", "udp-length-long", "exthdr-truncated"};

[[nodiscard]] inline std::string_view fragment_name(FragmentKind kind) {
  return kFragmentNames[static_cast<size_t>(kind)];
}
[[nodiscard]] inline std::string_view extension_header_name(ExtensionHeader header) {
  return kExtensionHeaderNames[static_cast<size_t>(header)];
}
[[nodiscard]] inline std::string_view malformation_name(Malformation kind) {
  return kMalformationNames[static_cast<size_t>(kind)];
}

/// Why a class cannot have its shape, and the key of [class.NAME] to blame.
struct ShapeProblem {
  std::string_view key;
  std::string message;
  std::string hint;
};
[[nodiscard]] std::optional<ShapeProblem> find_shape_problem(const TrafficClass& c);

}  // namespace fwbench
