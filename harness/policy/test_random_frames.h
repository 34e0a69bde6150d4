// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Random frames for differential tests of the edge policy.

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <random>
#include <string>

#include "policy/policy.h"
#include "policy/test_packet.h"

namespace fwbench::test {

/// Draws frames that come near the edge policy's rules from all sides.
class FrameGenerator {
 public:
  FrameGenerator(const Policy& policy, bool later_fragments) : policy_(policy), later_fragments_(later_fragments) {}

  Bytes next() {
    const bool v4 = chance(60);
    Bytes packet = v4 ? ip4() : ip6();
    const uint16_t type = v4 ? kIp : kIp6;
    if (chance(2)) return ethernet(chance(50) ? kArp : 0x88cc, zeros(46));
    if (chance(3)) packet.resize((v4 ? 20 : 40) + below(static_cast<unsigned>(packet.size()) - (v4 ? 19 : 39)));
    if (!chance(10)) return ethernet(type, packet);
    return ethernet(chance(50) ? kVlan : kQinq, tag(type, packet));
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }

  /// The first, the last or an inner value of one of a set's intervals, or a neighbour outside it.
  FieldValue near_set(const std::string& name) {
    const IntervalSet& values = *policy_.sets.at(name).values;
    const Interval& interval = values[below(static_cast<unsigned>(values.size()))];
    switch (below(5)) {
      case 0:
        return interval.first;
      case 1:
        return interval.last;
      case 2:
        return interval.first - 1;
      case 3:
        return interval.last + 1;
      default:
        return interval.first + (interval.last - interval.first) / 2;
    }
  }
  static std::string text_of(FieldValue value, int family) {
    std::array<uint8_t, 16> bytes{};
    const size_t size = family == AF_INET ? 4 : 16;
    for (size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(family, bytes.data(), text.data(), text.size());
  }
  std::string source(bool v4) {
    if (chance(60))
      return v4 ? fmt::format("198.18.{}.{}", below(256), below(256)) : fmt::format("2001:2::{:x}", below(9999));
    if (chance(10)) return v4 ? "198.19.0.7" : "2001:2:0:1::7";
    if (chance(10)) return v4 ? "8.8.8.8" : "fe80::1";
    return text_of(near_set(fmt::format("{}{}", chance(50) ? "bogons" : "blocklist", v4 ? 4 : 6)),
                   v4 ? AF_INET : AF_INET6);
  }
  std::string destination(bool v4) {
    if (chance(5)) return v4 ? "198.20.0.0" : "2001:2:0:2::";
    if (chance(20)) return v4 ? "198.19.0.53" : "2001:2:0:1::53";
    return v4 ? fmt::format("198.19.{}.{}", below(256), below(256)) : fmt::format("2001:2:0:1::{:x}", below(9999));
  }
  uint16_t port() {
    constexpr std::array<uint16_t, 20> kPorts = {0,   17,  22,   23,   53,   69,   80,   81,   123,  443,
                                                 993, 853, 1023, 1024, 1900, 8080, 8089, 8090, 8443, 65535};
    return chance(80) ? kPorts[below(kPorts.size())] : static_cast<uint16_t>(below(65536));
  }
  Bytes transport(uint8_t protocol) {
    constexpr std::array<uint8_t, 8> kFlags = {0x02, 0x10, 0x12, 0x18, 0x04, 0x14, 0x11, 0x29};
    if (protocol == 6) {
      const auto flags = chance(70) ? kFlags[below(kFlags.size())] : static_cast<uint8_t>(below(256));
      return tcp({.sport = port(), .dport = port(), .flags = flags});
    }
    if (protocol == 1) return icmp(static_cast<uint8_t>(below(16)));
    if (protocol == 58) return icmp(static_cast<uint8_t>(chance(50) ? below(6) : 126 + below(14)));
    return udp(port(), port());
  }
  uint8_t protocol(bool v4) {
    if (chance(60)) return 6;
    if (chance(50)) return 17;
    constexpr std::array<uint8_t, 5> kOther = {1, 58, 47, 50, 132};
    return chance(60) ? (v4 ? 1 : 58) : kOther[below(kOther.size())];
  }
  Bytes ip4() {
    Ipv4 header = {.saddr = source(true), .daddr = destination(true), .protocol = protocol(true)};
    if (chance(5)) header.fragment = later_fragments_ ? static_cast<uint16_t>(below(0x4000)) : uint16_t{0x2000};
    if (chance(3)) header.ihl = static_cast<uint8_t>(below(16));
    if (chance(2)) header.version = static_cast<uint8_t>(below(16));
    if (chance(3)) header.total_length = static_cast<uint16_t>(below(64));
    return ipv4(header, transport(header.protocol));
  }
  Bytes ip6() {
    const uint8_t last = protocol(false);
    Bytes payload = transport(last);
    uint8_t next = last;
    while (chance(15)) {
      constexpr std::array<uint8_t, 4> kExtensions = {0, 43, 60, 51};
      if (chance(30)) {
        payload = fragment6(next, static_cast<uint16_t>(chance(50) || !later_fragments_ ? 0 : below(99)), chance(50),
                            payload);
        next = 44;
      } else {
        payload = extension(next, static_cast<uint8_t>(below(3)), payload);
        next = kExtensions[below(kExtensions.size())];
      }
    }
    Ipv6 header = {.saddr = source(false), .daddr = destination(false), .next_header = next};
    if (chance(2)) header.version = static_cast<uint8_t>(below(16));
    if (chance(3)) header.payload_length = static_cast<uint16_t>(below(64));
    return ipv6(header, payload);
  }

  const Policy& policy_;
  bool later_fragments_;
  std::mt19937_64 random_{2};  // NOLINT: the same frames in every run, on purpose
};

}  // namespace fwbench::test
