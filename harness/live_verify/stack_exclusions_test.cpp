// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/stack_exclusions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_verify/stamp.h"
#include "traffic/packet.h"
#include "verify/test_policy.h"

namespace fwbench::verify {
namespace {

using ::testing::HasSubstr;

/// Of a frame as it would be sent.
std::string why(const Packet& packet, StackPath path, const char* rules = "accept", bool defragments = false) {
  std::vector<std::byte> frame(packet.begin(), packet.end());
  const std::string_view no_stamp = stamp(frame, kVerifyRunId, 0);
  return std::string(no_stamp.empty() ? stack_excludes(frame, path, *policy_of(rules), {.defragments = defragments})
                                      : no_stamp);
}

TEST(StackExclusions, OrdinaryFramesAreAskedAbout) {
  for (const StackPath path : {StackPath::none, StackPath::ingress, StackPath::prerouting, StackPath::forward}) {
    EXPECT_EQ(why(Ethernet{} / IPv4{} / Tcp{}, path), "");
    EXPECT_EQ(why(Ethernet{} / IPv4{} / Tcp{} / Padding{60}, path), "");
    EXPECT_EQ(why(Ethernet{} / IPv6{} / Udp{} / Payload{.size = 20}, path), "");
    EXPECT_EQ(why(Ethernet{} / IPv6{} / Fragment{.offset = 0} / Tcp{}, path), "");
  }
}

TEST(StackExclusions, WhatTheStackChangesOrKeepsIsNamed) {
  const Packet with_hop_by_hop = Ethernet{} / IPv6{} / HopByHop{} / Tcp{};
  EXPECT_THAT(why(with_hop_by_hop, StackPath::forward), HasSubstr("hop-by-hop"));
  EXPECT_EQ(why(with_hop_by_hop, StackPath::none), "");
  const Packet first_fragment = Ethernet{} / IPv4{.more_fragments = true} / Tcp{};
  EXPECT_EQ(why(first_fragment, StackPath::forward), "");
  EXPECT_THAT(why(first_fragment, StackPath::forward, "accept", true), HasSubstr("fragments"));
  const Packet later = Ethernet{} / IPv4{.fragment_offset = 8, .protocol = 6} / Tcp{};
  const Packet two_tags = Ethernet{} / Vlan{.id = 0} / Vlan{.id = 0} / IPv6{} / Tcp{};
  EXPECT_THAT(why(two_tags, StackPath::forward), HasSubstr("two VLAN tags"));
  EXPECT_EQ(why(two_tags, StackPath::ingress), "");
  EXPECT_THAT(why(later, StackPath::ingress), HasSubstr("later fragments"));
  EXPECT_EQ(why(later, StackPath::none), "");
}

TEST(StackExclusions, WhatIsCutOffBehindTheIpPacketIsNamed) {
  const Packet lies = Ethernet{} / IPv4{.total_length = 30} / Tcp{};
  EXPECT_THAT(why(lies, StackPath::prerouting), HasSubstr("cuts off"));
  EXPECT_EQ(why(lies, StackPath::ingress), "");
  const Packet lies6 = Ethernet{} / IPv6{.payload_length = 10} / Udp{} / Payload{.size = 20};
  EXPECT_THAT(why(lies6, StackPath::forward), HasSubstr("cuts off"));
}

TEST(StackExclusions, WhatTheStackShowsOtherwiseIsNamedWhereARuleAsks) {
  const Packet padded = Ethernet{} / IPv4{} / Tcp{} / Padding{60};
  EXPECT_THAT(why(padded, StackPath::prerouting, "meta length 40 accept"), HasSubstr("ask for what it changed"));
  EXPECT_EQ(why(padded, StackPath::prerouting, "meta length 41 accept"), "");
  const Packet packet = Ethernet{} / IPv4{.ttl = 9} / Tcp{};
  EXPECT_THAT(why(packet, StackPath::forward, "ip ttl 8 accept"), HasSubstr("ask for what it changed"));
  EXPECT_EQ(why(packet, StackPath::prerouting, "ip ttl 9 accept"), "");
  const Packet packet6 = Ethernet{} / Vlan{.id = 0} / IPv6{.hop_limit = 9} / Tcp{};
  EXPECT_THAT(why(packet6, StackPath::forward, "ip6 hoplimit 9 accept"), HasSubstr("ask for what it changed"));
  EXPECT_THAT(why(packet6, StackPath::prerouting, "vlan id 0 accept"), HasSubstr("ask for what it changed"));
  EXPECT_EQ(why(packet6, StackPath::ingress, "vlan id 0 accept"), "");
}

/// Nothing to explain where the frame never gets that far.
TEST(StackExclusions, FramesThatTheStackDropsAnywayAreAskedAbout) {
  EXPECT_EQ(why(Ethernet{} / Vlan{.id = 5} / IPv6{} / HopByHop{} / Tcp{}, StackPath::forward), "");
  EXPECT_EQ(why(Ethernet{} / Arp{}, StackPath::forward), "");
}

}  // namespace
}  // namespace fwbench::verify
