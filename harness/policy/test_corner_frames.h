// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames that tell matches apart: tags, fragments, extension headers, broken and short headers.
#include "policy/test_packet.h"

namespace fwbench::test {

/// Of an IPv6 packet without a whole header nft reads the next header from behind the frame: what it finds is chance.
inline bool is_cut_ipv6(const Bytes& frame) {
  return frame.size() < 14 + 40 && frame[12] == std::byte{0x86} && frame[13] == std::byte{0xdd};
}

/// A packet that ends between the first and the last byte of an address: nft loads no more of an address than a prefix
/// of whole bytes needs, so that a match may be true where we say that the address is not there. Not worth following.
inline bool inside_address(size_t packet_size, size_t offset, size_t size) {
  return packet_size > offset && packet_size < offset + size;
}

/// Frames that tell the matches apart: tags, first fragments, extension headers, broken and short headers.
inline std::vector<Bytes> corner_frames() {
  const Bytes syn = tcp({});
  std::vector<Bytes> frames = {
      ethernet(kArp, zeros(28)),
      ethernet(0x0005, zeros(46)),  // a length: IEEE 802.3
      ethernet(0x9000, zeros(46)),
      ethernet(kVlan, tag(kIp, ipv4({}, syn))),
      ethernet(kQinq, tag(kIp6, ipv6({}, syn))),
      ethernet(kVlan, tag(kArp, zeros(28))),
      ethernet(kVlan, tag(kVlan, tag(kIp, ipv4({}, syn)))),
      ethernet(kQinq, tag(kVlan, tag(kIp, ipv4({}, syn)))),
      ethernet(kVlan, tag(0x0005, zeros(46))),
      ethernet(kIp, ipv6({}, syn)),  // EtherType and version disagree
      ethernet(kIp6, ipv4({}, syn)),
      tcp4({.saddr = "10.0.0.1", .daddr = "8.8.8.8"}, {.sport = 80, .dport = 22}),
      tcp4({.saddr = "198.19.0.200"}, {.dport = 90}),
      tcp6({.saddr = "fe80::1", .daddr = "2001:2::5"}, {.dport = 443}),
      tcp6({.saddr = "2001:3::1", .daddr = "::1"}, {.sport = 65535, .dport = 0}),
      tcp4({.ihl = 7}, {}),
      tcp4({.ihl = 15}, {}),
      tcp4({.ihl = 4}, {}),
      tcp4({.version = 6}, {}),
      tcp4({.total_length = 19}, {}),
      tcp4({.total_length = 20}, {}),
      tcp4({.total_length = 24}, {}),
      tcp4({.total_length = 41}, {}),
      tcp4({.fragment = 0x2000}, {}),
      tcp4({.fragment = 0x4000}, {}),
      tcp6({.version = 4}, {}),
      tcp6({.payload_length = 0}, {}),
      tcp6({.payload_length = 19}, {}),
      tcp6({.payload_length = 21}, {}),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, syn))),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(60, 0, false, extension(6, 0, syn)))),
      ethernet(kIp6, ipv6({.next_header = 0}, extension(43, 1, extension(60, 0, extension(6, 2, syn))))),
      ethernet(kIp6, ipv6({.next_header = 60}, extension(60, 0, extension(0, 0, extension(6, 0, syn))))),
      ethernet(kIp6, ipv6({.next_header = 51}, extension(6, 4, zeros(16) + syn))),
      ethernet(kIp6, ipv6({.next_header = 0}, extension(51, 0, extension(6, 1, syn)))),
      ethernet(kIp6, ipv6({.next_header = 51}, zeros(1))),
      ethernet(kIp6, ipv6({.next_header = 51}, zeros(2))),
      ethernet(kIp6, ipv6({.next_header = 59}, syn)),
      ethernet(kIp6, ipv6({.next_header = 59}, {})),
      ethernet(kIp6, ipv6({.next_header = 135}, extension(6, 0, syn))),
      ethernet(kIp6, ipv6({.next_header = 0}, zeros(1))),
      ethernet(kIp6, ipv6({.next_header = 43}, zeros(3))),
      ethernet(kIp6, ipv6({.next_header = 43}, extension(6, 0, {}))),
      ethernet(kIp6, ipv6({.next_header = 44}, zeros(3))),
      ethernet(kIp6, ipv6({.next_header = 44}, cut(fragment6(6, 0, false, {}), 4))),
      ethernet(kIp6, ipv6({.next_header = 0}, cut(extension(6, 100, {}), 8))),
      ethernet(kIp6, ipv6({.next_header = 0, .payload_length = 8}, extension(6, 0, syn))),
      ethernet(kIp, ipv4({.protocol = 1}, icmp(8))),
      ethernet(kIp, ipv4({.protocol = 1}, icmp(3))),
      ethernet(kIp, ipv4({.protocol = 1}, {})),
      ethernet(kIp, ipv4({.protocol = 58}, icmp(128))),
      ethernet(kIp6, ipv6({.next_header = 58}, icmp(128))),
      ethernet(kIp6, ipv6({.next_header = 58}, icmp(135))),
      ethernet(kIp6, ipv6({.next_header = 58}, icmp(2))),
      ethernet(kIp6, ipv6({.next_header = 1}, icmp(8))),
      ethernet(kIp, ipv4({.protocol = 17}, udp(5353, 53))),
      ethernet(kIp6, ipv6({.next_header = 17}, udp(1, 53))),
      ethernet(kIp, ipv4({.protocol = 132}, udp(80, 80))),
      ethernet(kIp, ipv4({.protocol = 0}, syn)),
      ethernet(kVlan, tag(kIp, ipv4({}, syn), 0x6064)),
      ethernet(kVlan, tag(kIp6, ipv6({}, syn), 6)),
      ethernet(kQinq, tag(kIp, ipv4({}, syn), 0x0fff)),
      with_mac(tcp4({}, {}), 0x11),
      with_mac(ethernet(kVlan, tag(kIp, ipv4({}, syn))), 2),
      with_mac(tcp6({}, {}), 1, 1, 3),
      with_mac(ethernet(kIp, ipv4({.protocol = 1}, icmp(8))), 1, 0xff, 0xff),
      tcp4({.tos = 0x20, .ttl = 1}, {}),
      tcp4({.tos = 0xbb}, {}),
      tcp4({.tos = 0x0e}, {}),
      tcp4({.tos = 0x42, .ttl = 255}, {}),
      tcp6({.traffic_class = 0x20, .hop_limit = 1}, {}),
      tcp6({.traffic_class = 0xbb}, {}),
      tcp6({.traffic_class = 0x0e, .hop_limit = 255}, {}),
      ethernet(kIp, ipv4({.protocol = 1}, icmp(3, 3))),
      ethernet(kIp, ipv4({.protocol = 1}, icmp(3, 1))),
      ethernet(kIp6, ipv6({.next_header = 58}, icmp(1, 4))),
      ethernet(kIp6, ipv6({.next_header = 58}, icmp(1, 0))),
      ethernet(kIp, ipv4({.protocol = 33}, udp(80, 80))),
      ethernet(kIp, ipv4({.protocol = 136}, udp(80, 80))),
      ethernet(kIp6, ipv6({.next_header = 0}, extension(44, 0, fragment6(60, 0, true, extension(6, 0, syn))))),
      ethernet(kIp6, ipv6({.next_header = 51}, extension(60, 1, zeros(4) + extension(135, 0, extension(6, 0, syn))))),
      ethernet(kIp6, ipv6({.next_header = 51, .version = 5},
                          cut(extension(44, 2, zeros(8)), 16) + fragment6(6, 0, false, syn))),
      ethernet(kIp6, ipv6({.next_header = 135}, zeros(1))),
      ethernet(kIp6, ipv6({.next_header = 135}, {})),
      ethernet(kIp6, ipv6({.next_header = 44}, zeros(2))),
      ethernet(kIp6, ipv6({.next_header = 60}, cut(extension(44, 0, {}), 2))),
      ethernet(kVlan, tag(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, syn)))),
  };
  for (const int flags :
       {0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x14, 0x18, 0x29, 0x3f, 0x42, 0x80, 0xc2, 0xff}) {
    frames.push_back(tcp4({}, {.flags = static_cast<uint8_t>(flags)}));
    frames.push_back(tcp6({}, {.dport = 22, .flags = static_cast<uint8_t>(flags)}));
  }
  const Bytes whole4 = tcp4({.total_length = 20}, {});
  for (size_t size = 15; size < whole4.size(); ++size) {
    if (!inside_address(size - 14, 12, 4) && !inside_address(size - 14, 16, 4)) frames.push_back(cut(whole4, size));
  }
  const Bytes whole6 = tcp6({.payload_length = 0}, {});
  for (size_t size = 15; size < whole6.size(); ++size) {
    if (!inside_address(size - 14, 8, 16) && !inside_address(size - 14, 24, 16)) frames.push_back(cut(whole6, size));
  }
  return frames;
}

/// Frames of which nft knows everything six at a time, the others one by one.
inline std::vector<std::vector<Bytes>> batches(const std::vector<Bytes>& frames) {
  constexpr size_t kBatch = 6;
  std::vector<std::vector<Bytes>> groups;
  for (const Bytes& frame : frames) {
    const bool joins =
        !groups.empty() && groups.back().size() < kBatch && !is_cut_ipv6(frame) && !is_cut_ipv6(groups.back().front());
    if (!joins) groups.emplace_back();
    groups.back().push_back(frame);
  }
  return groups;
}

inline std::vector<Bytes> later_fragments() {
  const Bytes syn = tcp({});
  return {
      tcp4({.fragment = 0x2001}, {}),
      tcp4({.fragment = 0x1fff}, {}),
      ethernet(kIp, ipv4({.protocol = 17, .fragment = 3}, udp(53, 53))),
      ethernet(kIp, ipv4({.protocol = 1, .fragment = 3}, icmp(8))),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 1, true, syn))),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(60, 1, false, extension(6, 0, syn)))),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(51, 1, false, syn))),
      ethernet(kIp6, ipv6({.next_header = 44}, fragment6(59, 1, false, syn))),
  };
}

}  // namespace fwbench::test
