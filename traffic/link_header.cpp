// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/link_header.h"

#include <fmt/format.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>

#include <algorithm>

#include "traffic/frame.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

/// "Cooked" pseudo headers: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and ..._SLL2.html
constexpr size_t kCookedV1 = 16;
constexpr size_t kCookedV2 = 20;
constexpr size_t kHatypeV1 = 2;
constexpr size_t kProtocolV1 = 14;
constexpr size_t kHatypeV2 = 8;
constexpr size_t kProtocolV2 = 0;
/// Protocols that are none: raw 802.3 and 802.2 frames, whose type field is a length.
constexpr uint16_t kNovellRaw = 0x0001;
constexpr uint16_t kLlc = 0x0004;
/// IEEE 802.3: less is a length.
constexpr uint16_t kFirstType = 0x0600;
constexpr uint64_t kLargestLength = 1500;
/// Devices whose protocol field is no EtherType.
constexpr uint16_t kForeignDevices[] = {ARPHRD_NETLINK, ARPHRD_IPGRE, ARPHRD_IEEE80211_RADIOTAP, ARPHRD_FRAD};

LinkHeader with_type(size_t cut, uint16_t type) {
  LinkHeader header = {.cut = cut, .made_length = ETH_HLEN};
  const auto as_byte = [](uint8_t b) { return std::byte{b}; };
  std::transform(kDutInMac.begin(), kDutInMac.end(), header.made.begin(), as_byte);
  std::transform(kGeneratorMac.begin(), kGeneratorMac.end(), header.made.begin() + ETH_ALEN, as_byte);
  header.made[12] = static_cast<std::byte>(type >> 8);
  header.made[13] = static_cast<std::byte>(type & 0xff);
  return header;
}

tl::expected<LinkHeader, std::string> raw_header(std::span<const std::byte> packet) {
  if (packet.empty()) return tl::unexpected(std::string("no byte of it is there"));
  const auto version = std::to_integer<unsigned>(packet[0]) >> 4;
  if (version == 4) return with_type(0, ETH_P_IP);
  if (version == 6) return with_type(0, ETH_P_IPV6);
  return tl::unexpected(fmt::format("IP version {}", version));
}

tl::expected<LinkHeader, std::string> cooked_header(std::span<const std::byte> packet, uint64_t wire_length, bool v2) {
  const size_t size = v2 ? kCookedV2 : kCookedV1;
  if (packet.size() < size) return tl::unexpected(std::string("less than the cooked header"));
  const uint16_t device = u16_at(packet, v2 ? kHatypeV2 : kHatypeV1);
  const uint16_t protocol = u16_at(packet, v2 ? kProtocolV2 : kProtocolV1);
  if (std::find(std::begin(kForeignDevices), std::end(kForeignDevices), device) != std::end(kForeignDevices)) {
    return tl::unexpected(fmt::format("from a device of ARPHRD type {}", device));
  }
  if (protocol >= kFirstType) return with_type(size, protocol);
  if (protocol != kNovellRaw && protocol != kLlc) return tl::unexpected(fmt::format("protocol {:#06x}", protocol));
  return with_type(size, static_cast<uint16_t>(std::min(wire_length - size, kLargestLength)));
}

}  // namespace

std::optional<LinkLayer> link_layer_of(int type) {
  switch (type) {
    case DLT_EN10MB:
      return LinkLayer::ethernet;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return LinkLayer::raw_ip;
    case DLT_LINUX_SLL:
      return LinkLayer::cooked_v1;
    case DLT_LINUX_SLL2:
      return LinkLayer::cooked_v2;
    default:
      return std::nullopt;
  }
}

tl::expected<LinkHeader, std::string> make_link_header(LinkLayer layer, std::span<const std::byte> packet,
                                                       uint64_t wire_length) {
  switch (layer) {
    case LinkLayer::ethernet:
      return LinkHeader{};
    case LinkLayer::raw_ip:
      return raw_header(packet);
    case LinkLayer::cooked_v1:
      return cooked_header(packet, wire_length, false);
    case LinkLayer::cooked_v2:
      return cooked_header(packet, wire_length, true);
  }
  return tl::unexpected(std::string("unknown link layer"));
}

}  // namespace fwbench
