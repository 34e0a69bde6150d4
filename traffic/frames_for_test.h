// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// For tests: traffic classes that are whole but for what a test is about, and what is in a frame made from them.

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <span>
#include <string>

#include "traffic/address.h"
#include "traffic/checksum.h"
#include "traffic/spec.h"

namespace fwbench {

inline IntervalSet one(FieldValue value) {
  return {{value, value}};
}

/// Draws from 198.18.0.0/16 to 198.19.0.1, or 2001:2::/64 to 2001:2:0:1::1; port 1024-65535 to 443; SYN; echo request.
inline TrafficClass class_for_test(std::string name, IpVersion ip, uint8_t l4proto) {
  const bool v4 = ip == IpVersion::v4;
  const FieldValue src4 = Ipv4Address("198.18.0.0").value;
  const FieldValue src6 = Ipv6Address("2001:2::").value;
  return {.name = std::move(name),
          .ip = ip,
          .l4proto = l4proto,
          .saddr = {v4 ? Interval{src4, src4 + 0xffff} : Interval{src6, src6 + ~uint64_t{0}}},
          .daddr = one(v4 ? FieldValue{Ipv4Address("198.19.0.1").value} : Ipv6Address("2001:2:0:1::1").value),
          .sport = {{1024, 65535}},
          .dport = one(443),
          .tcp_flags = {0x02},
          .icmp_type = one(v4 ? 8 : 128),
          .sizes = {{.bytes = 60}}};
}

/// Big-endian number in a frame.
inline uint64_t number_at(std::span<const std::byte> frame, size_t offset, size_t bytes) {
  uint64_t value = 0;
  for (const std::byte byte : frame.subspan(offset, bytes)) value = value << 8 | std::to_integer<uint64_t>(byte);
  return value;
}

/// Frames of build_frames() have no options and no extension headers.
inline bool is_ipv4(std::span<const std::byte> frame) {
  return number_at(frame, 12, 2) == 0x0800;
}
inline size_t transport_at(std::span<const std::byte> frame) {
  return is_ipv4(frame) ? 34 : 54;
}
inline uint64_t protocol_at(std::span<const std::byte> frame) {
  return number_at(frame, is_ipv4(frame) ? 23 : 20, 1);
}
/// Bytes behind the IP header by the IP header's own count.
inline size_t transport_length(std::span<const std::byte> frame) {
  return is_ipv4(frame) ? number_at(frame, 16, 2) - 20 : number_at(frame, 18, 2);
}

/// Adds up what a receiver adds up: with a correct checksum in it, a sum comes out as all ones.
inline void expect_valid_checksums(std::span<const std::byte> frame) {
  const bool v4 = is_ipv4(frame);
  if (v4) {
    EXPECT_EQ(checksum_finish(checksum_add(0, frame.subspan(14, 20))), 0) << "IPv4 header";
  }
  const uint64_t protocol = protocol_at(frame);
  const size_t length = transport_length(frame);
  uint64_t sum = 0;
  if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMPV6) {
    sum = checksum_add(protocol + length, v4 ? frame.subspan(26, 8) : frame.subspan(22, 32));
  } else if (protocol != IPPROTO_ICMP) {
    return;
  }
  EXPECT_EQ(checksum_finish(checksum_add(sum, frame.subspan(transport_at(frame), length))), 0)
      << "protocol " << protocol;
}

}  // namespace fwbench
