// SPDX-License-Identifier: BSD-2-Clause
#include "judge/stack.h"

#include <algorithm>
#include <array>

#include "traffic/frame.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

/// Where a frame's way through a routing stack ends, in the order of the way.
enum class End : uint8_t {
  receive,  ///< ip_rcv_core(), ip6_rcv_core(), or nobody is registered for its EtherType
  route,    ///< the route lookup, ip_forward(), ip6_forward()
  none,
};

bool header_checksum_holds(Bytes header) {
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) sum += u16_at(header, i);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

/// ip_rcv_core()
bool is_received_ipv4(Bytes packet) {
  if (packet.size() < kIpv4Header || byte_at(packet, 0) >> 4 != 4) return false;
  const size_t header = (byte_at(packet, 0) & 15U) * 4;
  const uint32_t length = u16_at(packet, 2);
  return header >= kIpv4Header && packet.size() >= header && header_checksum_holds(packet.first(header)) &&
         length <= packet.size() && length >= header;
}

/// ip_route_input_slow(), ip_forward()
bool is_routed_ipv4(Bytes packet) {
  const auto is_special = [](uint32_t address) {
    const uint32_t first = address >> 24;
    // Of 0.0.0.0/8 the first address only (include/linux/in.h, ipv4_is_zeronet(), since 5.3).
    return address == 0 || first == 127 || first >> 4 == 14 || address == 0xffffffff;
  };
  return !is_special(u32_at(packet, 12)) && !is_special(u32_at(packet, 16)) && byte_at(packet, 8) > 1;
}

struct Ipv6Address {
  std::array<uint8_t, 16> bytes;

  [[nodiscard]] bool is_multicast() const { return bytes[0] == 0xff; }
  [[nodiscard]] bool is_link_local() const { return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80; }
  /// ::ffff:0:0/96
  [[nodiscard]] bool is_v4_mapped() const {
    return bytes[10] == 0xff && bytes[11] == 0xff &&
           std::all_of(bytes.begin(), bytes.begin() + 10, [](uint8_t b) { return b == 0; });
  }
  /// :: and ::1 for 0 and 1
  [[nodiscard]] bool is_only(uint8_t last) const {
    return bytes[15] == last && std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t b) { return b == 0; });
  }
};

Ipv6Address ipv6_at(Bytes packet, size_t at) {
  Ipv6Address address = {};
  for (size_t i = 0; i < address.bytes.size(); ++i) address.bytes[i] = byte_at(packet, at + i);
  return address;
}

/// ip6_rcv_core()
bool is_received_ipv6(Bytes packet) {
  if (packet.size() < kIpv6Header || byte_at(packet, 0) >> 4 != 6) return false;
  const Ipv6Address source = ipv6_at(packet, 8);
  const Ipv6Address destination = ipv6_at(packet, 24);
  const uint32_t payload = u16_at(packet, 4);
  return !source.is_only(1) && !destination.is_only(1) && !source.is_multicast() && !source.is_v4_mapped() &&
         !(destination.is_multicast() && (destination.bytes[1] & 15) <= 1) && kIpv6Header + payload <= packet.size();
}

/// ip6_forward(), and the route lookup for what it never sees
bool is_routed_ipv6(Bytes packet) {
  const Ipv6Address source = ipv6_at(packet, 8);
  const Ipv6Address destination = ipv6_at(packet, 24);
  return !source.is_only(0) && !source.is_link_local() && !destination.is_multicast() && !destination.is_link_local() &&
         byte_at(packet, 7) > 1;
}

/// The IP packet in the frame as eth_type_trans() and vlan_do_receive() leave it: a tag of VLAN 0 is taken off, one of
/// any other VLAN makes it a frame for somebody else, and so on with the tag behind it (net/core/dev.c,
/// __netif_receive_skb_core(), check_vlan_id).
End end_of(Bytes frame) {
  if (frame.size() < kEthernetHeader ||
      !std::equal(kDutInMac.begin(), kDutInMac.end(), frame.begin(),
                  [](uint8_t a, std::byte b) { return a == static_cast<uint8_t>(b); })) {
    return End::receive;
  }
  uint32_t type = u16_at(frame, 12);
  size_t at = kEthernetHeader;
  while ((type == 0x8100 || type == 0x88a8) && frame.size() >= at + kVlanTag) {
    if ((u16_at(frame, at) & 0xfff) != 0) return End::receive;
    type = u16_at(frame, at + 2);
    at += kVlanTag;
  }
  const auto packet = frame.subspan(at);
  if (type == 0x0800) {
    if (!is_received_ipv4(packet)) return End::receive;
    return is_routed_ipv4(packet) ? End::none : End::route;
  }
  if (type == 0x86dd) {
    if (!is_received_ipv6(packet)) return End::receive;
    return is_routed_ipv6(packet) ? End::none : End::route;
  }
  return End::receive;
}

}  // namespace

StackFate stack_fate(Bytes frame, StackPath path) {
  if (path == StackPath::none || path == StackPath::ingress) return StackFate::survives;
  const End end = end_of(frame);
  if (end == End::none) return StackFate::survives;
  const bool asked = path == StackPath::prerouting && end == End::route;
  return asked ? StackFate::drops_after_rules : StackFate::drops_before_rules;
}

std::vector<std::byte> frame_at_hook(Bytes frame, StackPath path) {
  constexpr size_t kType = kEthernetHeader - 2;
  std::vector<std::byte> seen(frame.begin(), frame.end());
  if (path == StackPath::none || path == StackPath::ingress || frame.size() < kEthernetHeader + kVlanTag) return seen;
  const auto is_tag = [](uint16_t type) { return type == 0x8100 || type == 0x88a8; };
  if (is_tag(u16_at(seen, kType))) seen.erase(seen.begin() + kType, seen.begin() + kType + kVlanTag);
  const uint16_t type = u16_at(seen, kType);
  const bool v4 = type == 0x0800;
  const size_t header = v4 ? kIpv4Header : kIpv6Header;
  if ((!v4 && type != 0x86dd) || seen.size() < kEthernetHeader + header) return seen;
  const size_t length =
      v4 ? u16_at(seen, kEthernetHeader + 2) : size_t{u16_at(seen, kEthernetHeader + 4)} + kIpv6Header;
  if (kEthernetHeader + length < seen.size()) seen.resize(kEthernetHeader + std::max(length, header));
  if (path == StackPath::forward) {
    std::byte& hops = seen[kEthernetHeader + (v4 ? 8 : 7)];
    if (hops != std::byte{0}) hops = std::byte(std::to_integer<uint8_t>(hops) - 1);
  }
  return seen;
}

}  // namespace fwbench
