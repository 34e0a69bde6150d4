// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/summary.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>

#include <cstdint>
#include <string_view>

#include "traffic/wire.h"

namespace fwbench {
namespace {

/// What has been taken off the front.
Bytes take(Bytes& bytes, size_t size) {
  const Bytes front = bytes.first(size);
  bytes = bytes.subspan(size);
  return front;
}

std::string address_text(Bytes address) {
  char text[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
}

std::string mac_text(Bytes mac) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", byte_at(mac, 0), byte_at(mac, 1), byte_at(mac, 2),
                     byte_at(mac, 3), byte_at(mac, 4), byte_at(mac, 5));
}

/// In the order in which people say them: S, SA, A, PA, FA, RA.
std::string tcp_flags_text(unsigned flags) {
  std::string text;
  const std::pair<unsigned, char> names[] = {{0x02, 'S'}, {0x01, 'F'}, {0x04, 'R'}, {0x08, 'P'},
                                             {0x10, 'A'}, {0x20, 'U'}, {0x40, 'E'}, {0x80, 'C'}};
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) text += name;
  }
  return text.empty() ? "no flags" : text;
}

std::string protocol_text(unsigned protocol) {
  switch (protocol) {
    case IPPROTO_ICMP:
      return "ICMP";
    case IPPROTO_TCP:
      return "TCP";
    case IPPROTO_UDP:
      return "UDP";
    case IPPROTO_ICMPV6:
      return "ICMPv6";
    case IPPROTO_NONE:
      return "no next header";
    default:
      return fmt::format("protocol {}", protocol);
  }
}

/// Addresses and what is known of the packet that is in an IP header and its extension headers.
struct Network {
  std::string_view version;
  Bytes src;
  Bytes dst;
  unsigned protocol = 0;
  unsigned fragment_offset = 0;  ///< bytes
  bool more_fragments = false;
};

std::string endpoint(Bytes address, unsigned port) {
  const std::string text = address_text(address);
  return address.size() == 4 ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

std::string transport_text(const Network& ip, Bytes payload) {
  const std::string plain =
      fmt::format("{} {} > {} {}", ip.version, address_text(ip.src), address_text(ip.dst), protocol_text(ip.protocol));
  if (ip.fragment_offset > 0) return fmt::format("{} fragment at {}", plain, ip.fragment_offset);
  const std::string_view suffix = ip.more_fragments ? " first fragment" : "";

  const bool tcp = ip.protocol == IPPROTO_TCP;
  if (tcp || ip.protocol == IPPROTO_UDP) {
    if (payload.size() < (tcp ? 20U : 8U)) return fmt::format("{} cut short{}", plain, suffix);
    return fmt::format("{} {} > {} {}{}{}", ip.version, endpoint(ip.src, u16_at(payload, 0)),
                       endpoint(ip.dst, u16_at(payload, 2)), tcp ? "TCP " : "UDP",
                       tcp ? tcp_flags_text(byte_at(payload, 13)) : "", suffix);
  }
  if (ip.protocol == IPPROTO_ICMP || ip.protocol == IPPROTO_ICMPV6) {
    if (payload.size() < 8) return fmt::format("{} cut short{}", plain, suffix);
    const unsigned code = byte_at(payload, 1);
    const std::string code_text = code == 0 ? "" : fmt::format(" code {}", code);
    return fmt::format("{} type {}{}{}", plain, byte_at(payload, 0), code_text, suffix);
  }
  return fmt::format("{}{}", plain, suffix);
}

std::string ipv4_text(Bytes packet) {
  if (packet.size() < 20) return "IPv4 malformed: header cut short";
  if (byte_at(packet, 0) >> 4 != 4) return fmt::format("IPv4 malformed: version {}", byte_at(packet, 0) >> 4);
  const size_t header = (byte_at(packet, 0) & 0xf) * size_t{4};
  const size_t total = u16_at(packet, 2);
  if (header < 20) return fmt::format("IPv4 malformed: header of {} bytes", header);
  if (header > packet.size()) return "IPv4 malformed: header cut short";
  if (total < header) return fmt::format("IPv4 malformed: total length {} is less than the header", total);
  if (total > packet.size()) return fmt::format("IPv4 malformed: total length {} of {} bytes", total, packet.size());
  const unsigned fragment = u16_at(packet, 6);
  const Network ip = {.version = "IPv4",
                      .src = packet.subspan(12, 4),
                      .dst = packet.subspan(16, 4),
                      .protocol = byte_at(packet, 9),
                      .fragment_offset = (fragment & 0x1fff) * 8,
                      .more_fragments = (fragment & 0x2000) != 0};
  return transport_text(ip, packet.subspan(header, total - header));
}

bool is_extension_header(unsigned protocol) {
  return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS ||
         protocol == IPPROTO_FRAGMENT;
}

std::string ipv6_text(Bytes packet) {
  if (packet.size() < 40) return "IPv6 malformed: header cut short";
  if (byte_at(packet, 0) >> 4 != 6) return fmt::format("IPv6 malformed: version {}", byte_at(packet, 0) >> 4);
  Network ip = {
      .version = "IPv6", .src = packet.subspan(8, 16), .dst = packet.subspan(24, 16), .protocol = byte_at(packet, 6)};
  const size_t length = u16_at(packet, 4);
  Bytes rest = packet.subspan(40);
  if (length > rest.size()) return fmt::format("IPv6 malformed: payload length {} of {} bytes", length, rest.size());
  rest = rest.first(length);
  // Ends: each header takes 8 bytes at least. Behind a fragment's header its later parts have no more of them.
  while (is_extension_header(ip.protocol) && ip.fragment_offset == 0) {
    if (rest.size() < 8) return "IPv6 malformed: extension header cut short";
    const bool fragment = ip.protocol == IPPROTO_FRAGMENT;
    const size_t size = fragment ? 8 : (byte_at(rest, 1) + size_t{1}) * 8;
    if (size > rest.size()) return "IPv6 malformed: extension header cut short";
    const Bytes header = take(rest, size);
    ip.protocol = byte_at(header, 0);
    if (fragment) {
      ip.fragment_offset = u16_at(header, 2) & 0xfff8;
      ip.more_fragments = (u16_at(header, 2) & 1) != 0;
    }
  }
  return transport_text(ip, rest);
}

std::string arp_text(Bytes packet) {
  if (packet.size() < 28) return "ARP malformed: cut short";
  const unsigned operation = u16_at(packet, 6);
  const std::string sender = address_text(packet.subspan(14, 4));
  if (operation == 1) return fmt::format("ARP who has {}, tell {}", address_text(packet.subspan(24, 4)), sender);
  if (operation == 2) return fmt::format("ARP {} is at {}", sender, mac_text(packet.subspan(8, 6)));
  return fmt::format("ARP operation {}", operation);
}

std::string network_text(unsigned ether_type, Bytes packet) {
  switch (ether_type) {
    case ETH_P_IP:
      return ipv4_text(packet);
    case ETH_P_IPV6:
      return ipv6_text(packet);
    case ETH_P_ARP:
      return arp_text(packet);
    default:
      return fmt::format("ether type 0x{:04x}", ether_type);
  }
}

}  // namespace

std::string summarize_frame(std::span<const std::byte> frame) {
  const std::string size = fmt::format("{} bytes", frame.size());
  if (frame.size() < 14) return fmt::format("Ethernet malformed: header cut short, {}", size);
  unsigned ether_type = u16_at(frame, 12);
  Bytes rest = frame.subspan(14);
  std::string tags;
  while (ether_type == ETH_P_8021Q || ether_type == ETH_P_8021AD) {
    if (rest.size() < 4) return fmt::format("{}VLAN malformed: tag cut short, {}", tags, size);
    const Bytes tag = take(rest, 4);
    tags += fmt::format("VLAN {} ", u16_at(tag, 0) & 0xfff);
    ether_type = u16_at(tag, 2);
  }
  return fmt::format("{}{}, {}", tags, network_text(ether_type, rest), size);
}

}  // namespace fwbench
