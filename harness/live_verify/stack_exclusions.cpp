// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/stack_exclusions.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "live_verify/stamp.h"
#include "policy/oracle.h"
#include "traffic/wire.h"
#include "verify/frame_shape.h"

namespace fwbench::verify {
namespace {

/// From the identity on, for the flags of a TCP header whose sequence number the identity is in.
constexpr size_t kBehindTcpIdentity = 16;

/// ip_rcv_core() and ip6_rcv_core() cut off what is behind the IP packet, before any rule.
std::string_view excludes_by_length(Bytes frame, size_t end, uint8_t protocol, const StackExclusionOptions& options) {
  if (!options.is_stamped || end >= frame.size()) return {};
  const size_t needed = *identity_at(frame) + (protocol == IPPROTO_TCP ? kBehindTcpIdentity : kIdentityBytes);
  if (end < needed)
    return "behind the stack: headers or identity behind the end of the IP packet, which the stack cuts off";
  return {};
}

std::string_view ipv4_excludes(Bytes frame, size_t at, const StackExclusionOptions& options) {
  const Bytes packet = frame.subspan(at);
  if (packet.size() < kIpv4Header) return {};
  // ip_rcv_options(): source routes, router alerts, options that do not parse.
  if ((byte_at(packet, 0) & 15U) > 5) return "behind the stack: IPv4 options";
  if (options.defragments && (u16_at(packet, 6) & 0x3fff) != 0) return "behind connection tracking: fragments";
  return excludes_by_length(frame, at + u16_at(packet, 2), byte_at(packet, 9), options);
}

std::string_view ipv6_excludes(Bytes frame, size_t at, const FrameShape& shape, const StackExclusionOptions& options) {
  const Bytes packet = frame.subspan(at);
  if (packet.size() < kIpv6Header) return {};
  // ipv6_parse_hopopts(), before any rule.
  if (byte_at(packet, 6) == IPPROTO_HOPOPTS) return "behind the stack: IPv6 hop-by-hop options";
  if (options.defragments && shape.extension_headers) return "behind connection tracking: IPv6 extension headers";
  return excludes_by_length(frame, at + kIpv6Header + u16_at(packet, 4), byte_at(packet, 6), options);
}

std::string_view routed_excludes(Bytes frame, const FrameShape& shape, const StackExclusionOptions& options) {
  const size_t at = ETH_HLEN + (shape.tagged ? kVlanTag : 0);
  if (shape.type == ETH_P_8021Q || shape.type == ETH_P_8021AD) return "behind the stack: two VLAN tags";
  if (shape.type == ETH_P_IP) return ipv4_excludes(frame, at, options);
  if (shape.type == ETH_P_IPV6) return ipv6_excludes(frame, at, shape, options);
  return {};
}

}  // namespace

std::string_view stack_excludes(Bytes frame, StackPath path, const Policy& policy,
                                const StackExclusionOptions& options) {
  if (path == StackPath::none) return {};
  const FrameShape shape = shape_of({frame.data(), static_cast<uint32_t>(frame.size())});
  if (shape.later_fragment) return "later fragments (some kernels read ports out of them)";
  if (path == StackPath::ingress) return {};
  // What the stack drops whatever comes behind is no riddle.
  if (stack_fate(frame, path) != StackFate::survives) return {};
  const std::string_view reason = routed_excludes(frame, shape, options);
  if (!reason.empty()) return reason;
  const bool alike = judge_frame(policy, frame).verdict == judge_frame(policy, frame_at_hook(frame, path)).verdict;
  return alike ? "" : "behind the stack: rules that ask for what it changed before (hop limit, length, tag)";
}

}  // namespace fwbench::verify
