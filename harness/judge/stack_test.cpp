// SPDX-License-Identifier: BSD-2-Clause
#include "judge/stack.h"

#include <gtest/gtest.h>

#include "traffic/packet.h"

namespace fwbench {
namespace {

using enum StackFate;

StackFate forward(const Packet& packet) {
  return stack_fate(packet, StackPath::forward);
}

// fwbench's own XDP and tc programs meet a frame before any of this.
TEST(StackFate, NobodyDropsInFrontOfXdpAndTc) {
  const Packet packet = Ethernet{} / IPv4{.src = "127.0.0.1", .ttl = 1} / Udp{};
  EXPECT_EQ(stack_fate(packet, StackPath::none), survives);
  EXPECT_EQ(stack_fate(packet, StackPath::ingress), survives);
}

TEST(StackFate, OrdinaryPacketsAreRouted) {
  EXPECT_EQ(forward(Ethernet{} / IPv4{} / Tcp{}), survives);
  EXPECT_EQ(forward(Ethernet{} / IPv6{} / Udp{}), survives);
  EXPECT_EQ(forward(Ethernet{} / IPv4{.src = "10.0.0.1", .ttl = 2} / Tcp{}), survives);
  EXPECT_EQ(forward(Ethernet{} / IPv4{.src = "240.0.0.1"} / Tcp{}), survives);  // reserved, and routed
  EXPECT_EQ(forward(Ethernet{} / IPv4{.src = "0.1.2.3"} / Tcp{}), survives);    // 0.0.0.0/8 but for its first
}

// ip_route_input_slow(): a ruleset behind the route is not asked, one in front of it is.
TEST(StackFate, MartiansAreDroppedBehindPrerouting) {
  for (const Packet& packet :
       {Packet(Ethernet{} / IPv4{.src = "127.0.0.1"} / Udp{}), Packet(Ethernet{} / IPv4{.src = "0.0.0.0"} / Udp{}),
        Packet(Ethernet{} / IPv4{.src = "224.0.0.1"} / Udp{}),
        Packet(Ethernet{} / IPv4{.src = "255.255.255.255"} / Udp{}),
        Packet(Ethernet{} / IPv4{.dst = "239.1.1.1"} / Udp{}), Packet(Ethernet{} / IPv4{.ttl = 1} / Udp{}),
        Packet(Ethernet{} / IPv6{.src = "fe80::1"} / Udp{}), Packet(Ethernet{} / IPv6{.src = "::"} / Udp{}),
        Packet(Ethernet{} / IPv6{.dst = "ff0e::1"} / Udp{})}) {
    EXPECT_EQ(forward(packet), drops_before_rules);
    EXPECT_EQ(stack_fate(packet, StackPath::prerouting), drops_after_rules);
    EXPECT_EQ(stack_fate(packet, StackPath::input), drops_before_rules);
  }
}

// ip_rcv_core(), ip6_rcv_core(): before prerouting.
TEST(StackFate, WhatIsNoProperPacketReachesNoRuleset) {
  for (const Packet& packet :
       {Packet(Ethernet{} / IPv4{.total_length = 1500} / Udp{}), Packet(Ethernet{} / IPv4{.checksum = 1} / Udp{}),
        Packet(Ethernet{} / IPv6{.payload_length = 1500} / Udp{}), Packet(Ethernet{} / IPv6{.src = "::1"} / Udp{}),
        Packet(Ethernet{} / IPv6{.src = "ff02::1"} / Udp{}), Packet(Ethernet{} / IPv6{.src = "::ffff:c612:1"} / Udp{}),
        Packet(Ethernet{} / Arp{}), Packet(Ethernet{} / Vlan{.id = 7} / IPv4{} / Udp{}),
        Packet(Ethernet{.dst = kSinkMac} / IPv4{} / Udp{})}) {
    EXPECT_EQ(stack_fate(packet, StackPath::prerouting), drops_before_rules);
  }
  EXPECT_EQ(forward(Ethernet{} / Vlan{.id = 0} / IPv4{} / Udp{}), survives);
  EXPECT_EQ(forward(Ethernet{} / Vlan{.id = 0} / Vlan{.id = 0, .tpid = 0x88a8} / IPv6{} / Udp{}), survives);
  EXPECT_EQ(forward(Ethernet{} / Vlan{.id = 0} / Vlan{.id = 7} / IPv4{} / Udp{}), drops_before_rules);
  EXPECT_EQ(forward(Ethernet{} / IPv6{.dst = "::ffff:c612:1"} / Udp{}), survives);
}

}  // namespace
}  // namespace fwbench
