// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/stack_exclusions.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>

#include "live_verify/stamp.h"
#include "verify/frame_shape.h"

namespace fwbench::verify {
namespace {

constexpr size_t kTag = 4;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
/// From the identity on, for the flags of a TCP header whose sequence number the identity is in.
constexpr size_t kBehindTcpIdentity = 16;

using Bytes = std::span<const std::byte>;

uint8_t byte_at(Bytes bytes, size_t at) {
  return std::to_integer<uint8_t>(bytes[at]);
}
size_t u16_at(Bytes bytes, size_t at) {
  return size_t{byte_at(bytes, at)} << 8 | byte_at(bytes, at + 1);
}

bool asks_for(const Policy& policy, Field field) {
  const auto among = [field](const std::vector<Field>& fields) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
  };
  return std::any_of(policy.rules.begin(), policy.rules.end(), [&](const Rule& rule) {
    return std::any_of(rule.matches.begin(), rule.matches.end(),
                       [&](const Match& match) { return match.field == field; }) ||
           std::any_of(rule.tuple_matches.begin(), rule.tuple_matches.end(),
                       [&](const TupleMatch& match) { return among(match.fields); }) ||
           (rule.verdict_map && among(rule.verdict_map->fields));
  });
}

/// By what nft's payload expressions do with frames that end early, as verify/nft_judge.cpp has it.
std::string_view nft_excludes(const FrameShape& shape, const PolicyTraits& traits) {
  if (shape.short_tag) return "VLAN tags cut short (dropped in front of all rules)";
  if (shape.ends_in_address) return "frames that end inside an address";
  if (traits.asks_for_exthdrs && shape.short_ipv6) {
    return "IPv6 headers cut short, and exthdr (nft reads beyond the frame)";
  }
  if (shape.later_fragment) return "later fragments (some kernels read ports out of them)";
  return {};
}

/// ip_rcv_core() and ip6_rcv_core() cut off what is behind the IP packet, before any rule.
std::string_view excludes_by_length(Bytes frame, size_t end, uint8_t protocol, const PolicyTraits& traits) {
  if (end >= frame.size()) return {};
  const size_t needed = *identity_at(frame) + (protocol == IPPROTO_TCP ? kBehindTcpIdentity : kIdentityBytes);
  if (end < needed)
    return "behind the stack: headers or identity behind the end of the IP packet, which the stack cuts off";
  if (traits.asks_for_length) return "behind the stack: padding, and meta length (the stack cuts it off)";
  return {};
}

std::string_view ipv4_excludes(Bytes frame, size_t at, const PolicyTraits& traits, bool defragments) {
  const Bytes packet = frame.subspan(at);
  if (packet.size() < kIpv4Header) return {};
  // ip_rcv_options(): source routes, router alerts, options that do not parse.
  if ((byte_at(packet, 0) & 15U) > 5) return "behind the stack: IPv4 options";
  if (defragments && (u16_at(packet, 6) & 0x3fff) != 0) return "behind connection tracking: fragments";
  return excludes_by_length(frame, at + u16_at(packet, 2), byte_at(packet, 9), traits);
}

std::string_view ipv6_excludes(Bytes frame, size_t at, const FrameShape& shape, const PolicyTraits& traits,
                               bool defragments) {
  const Bytes packet = frame.subspan(at);
  if (packet.size() < kIpv6Header) return {};
  // ipv6_parse_hopopts(), before any rule.
  if (byte_at(packet, 6) == IPPROTO_HOPOPTS) return "behind the stack: IPv6 hop-by-hop options";
  if (defragments && shape.extension_headers) return "behind connection tracking: IPv6 extension headers";
  return excludes_by_length(frame, at + kIpv6Header + u16_at(packet, 4), byte_at(packet, 6), traits);
}

}  // namespace

PolicyTraits traits_of(const Policy& policy) {
  return {.asks_for_length = asks_for(policy, Field::length), .asks_for_exthdrs = asks_for(policy, Field::exthdrs)};
}

std::string_view stack_excludes(Bytes frame, StackPath path, const PolicyTraits& traits, bool defragments) {
  if (path == StackPath::none) return {};
  const FrameShape shape = shape_of({frame.data(), static_cast<uint32_t>(frame.size())});
  if (const std::string_view reason = nft_excludes(shape, traits); !reason.empty()) return reason;
  if (path == StackPath::ingress) return {};
  // What the stack drops whatever comes behind is no riddle.
  if (stack_fate(frame, path) != StackFate::survives) return {};
  const size_t at = ETH_HLEN + (shape.tagged ? kTag : 0);
  if (shape.type == ETH_P_8021Q || shape.type == ETH_P_8021AD) return "behind the stack: two VLAN tags";
  if (shape.type == ETH_P_IP) return ipv4_excludes(frame, at, traits, defragments);
  if (shape.type == ETH_P_IPV6) return ipv6_excludes(frame, at, shape, traits, defragments);
  return {};
}

}  // namespace fwbench::verify
