// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames for the tests of this module, good and broken: ethernet(kIp, ipv4({...}, tcp({...}))).
/// Checksums are left 0: no rule looks at them, and the ingress hook stands in front of everything that does.

#include <arpa/inet.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwbench::test {

using Bytes = std::vector<std::byte>;

inline constexpr uint16_t kIp = 0x0800;
inline constexpr uint16_t kArp = 0x0806;
inline constexpr uint16_t kVlan = 0x8100;
inline constexpr uint16_t kIp6 = 0x86dd;
inline constexpr uint16_t kQinq = 0x88a8;

inline void put(Bytes& out, uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

inline Bytes operator+(Bytes head, const Bytes& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

inline Bytes zeros(size_t size) {
  return Bytes(size);
}

inline Bytes address(const std::string& text) {
  Bytes bytes(text.find(':') == std::string::npos ? 4 : 16);
  inet_pton(bytes.size() == 4 ? AF_INET : AF_INET6, text.c_str(), bytes.data());
  return bytes;
}

inline Bytes ethernet(uint16_t type, const Bytes& payload) {
  Bytes out = {std::byte{2}, {}, {}, {}, {}, std::byte{2}, std::byte{2}, {}, {}, {}, {}, std::byte{1}};
  put(out, type, 2);
  return out + payload;
}

/// With another source (or destination) address: its last byte.
inline Bytes with_mac(Bytes frame, uint8_t source, uint8_t destination = 2, uint8_t first = 2) {
  frame[11] = static_cast<std::byte>(source);
  frame[5] = static_cast<std::byte>(destination);
  frame[0] = static_cast<std::byte>(first);
  return frame;
}

/// What follows an EtherType of kVlan or kQinq.
inline Bytes tag(uint16_t type, const Bytes& payload, uint16_t control = 5) {
  Bytes out;
  put(out, control, 2);  // priority and VLAN
  put(out, type, 2);
  return out + payload;
}

struct Ipv4 {
  std::string saddr = "198.18.0.1";
  std::string daddr = "198.19.0.1";
  uint8_t protocol = 6;
  uint16_t fragment = 0;  ///< flags and offset
  uint8_t version = 4;
  uint8_t ihl = 5;
  uint8_t tos = 0;
  uint8_t ttl = 64;
  std::optional<uint16_t> total_length = {};  ///< the true one unless given
};

inline Bytes ipv4(const Ipv4& header, const Bytes& payload) {
  const size_t options = header.ihl > 5 ? size_t{4} * (header.ihl - 5U) : 0;
  Bytes out;
  put(out, header.version << 4 | header.ihl, 1);
  put(out, header.tos, 1);
  put(out, header.total_length.value_or(static_cast<uint16_t>(20 + options + payload.size())), 2);
  put(out, 1, 2);
  put(out, header.fragment, 2);
  put(out, header.ttl, 1);
  put(out, header.protocol, 1);
  put(out, 0, 2);
  return out + address(header.saddr) + address(header.daddr) + zeros(options) + payload;
}

struct Ipv6 {
  std::string saddr = "2001:2::1";
  std::string daddr = "2001:2:0:1::1";
  uint8_t next_header = 6;
  uint8_t version = 6;
  uint8_t traffic_class = 0;
  uint8_t hop_limit = 64;
  std::optional<uint16_t> payload_length = {};
};

inline Bytes ipv6(const Ipv6& header, const Bytes& payload) {
  Bytes out;
  put(out, uint32_t{header.version} << 28 | uint32_t{header.traffic_class} << 20, 4);
  put(out, header.payload_length.value_or(static_cast<uint16_t>(payload.size())), 2);
  put(out, header.next_header, 1);
  put(out, header.hop_limit, 1);
  return out + address(header.saddr) + address(header.daddr) + payload;
}

/// Hop-by-hop, routing or destination options header: 8 bytes times (1 + units).
inline Bytes extension(uint8_t next_header, uint8_t units, const Bytes& payload) {
  Bytes out;
  put(out, next_header, 1);
  put(out, units, 1);
  return out + zeros(6 + size_t{8} * units) + payload;
}

/// @param offset in 8-byte units.
inline Bytes fragment6(uint8_t next_header, uint16_t offset, bool more, const Bytes& payload) {
  Bytes out;
  put(out, next_header, 1);
  put(out, 0, 1);
  put(out, static_cast<uint64_t>(offset << 3 | (more ? 1 : 0)), 2);
  put(out, 7, 4);
  return out + payload;
}

struct Tcp {
  uint16_t sport = 1024;
  uint16_t dport = 80;
  uint8_t flags = 0x02;
};

inline Bytes tcp(const Tcp& header) {
  Bytes out;
  put(out, header.sport, 2);
  put(out, header.dport, 2);
  put(out, 0, 8);
  put(out, 5 << 4, 1);
  put(out, header.flags, 1);
  put(out, 0, 6);
  return out;
}

inline Bytes udp(uint16_t sport, uint16_t dport) {
  Bytes out;
  put(out, sport, 2);
  put(out, dport, 2);
  put(out, 8, 2);
  put(out, 0, 2);
  return out;
}

inline Bytes icmp(uint8_t type, uint8_t code = 0) {
  Bytes out;
  put(out, type, 1);
  put(out, code, 1);
  return out + zeros(6);
}

inline Bytes cut(Bytes bytes, size_t size) {
  bytes.resize(size);
  return bytes;
}

inline Bytes tcp4(const Ipv4& ip, const Tcp& header) {
  return ethernet(kIp, ipv4(ip, tcp(header)));
}
inline Bytes tcp6(const Ipv6& ip, const Tcp& header) {
  return ethernet(kIp6, ipv6(ip, tcp(header)));
}

/// A policy of one chain around `rules`.
inline std::string policy_text(const std::string& rules, const std::string& default_verdict = "drop",
                               const std::string& sets = "") {
  return "table netdev filter {\n" + sets +
         "  chain ingress {\n    type filter hook ingress device \"d0\" priority 0; policy " + default_verdict + ";\n" +
         rules + "\n  }\n}\n";
}

}  // namespace fwbench::test
