// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/summary.h"

#include <gtest/gtest.h>

#include "traffic/packet.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

TEST(Summary, SaysWhatPeopleLookFor) {
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{} / Tcp{.dport = 22} / Padding{}),
            "IPv4 198.18.0.1:1024 > 198.19.0.1:22 TCP S, 60 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{} / Udp{.dport = 53} / Payload{.size = 8}),
            "IPv6 [2001:2::1]:1024 > [2001:2:0:1::1]:53 UDP, 70 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{} / Icmpv6{.type = 128}),
            "IPv6 2001:2::1 > 2001:2:0:1::1 ICMPv6 type 128, 62 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{} / Icmp{.type = 3, .code = 1}),
            "IPv4 198.18.0.1 > 198.19.0.1 ICMP type 3 code 1, 42 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / Vlan{.id = 7} / IPv4{.protocol = 47} / Payload{.size = 9}),
            "VLAN 7 IPv4 198.18.0.1 > 198.19.0.1 protocol 47, 47 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / Arp{}), "ARP who has 198.19.0.1, tell 198.18.0.1, 42 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / Arp{.operation = 2}), "ARP 198.18.0.1 is at 02:66:77:00:00:01, 42 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{.type = 0x88cc} / Payload{.size = 2}), "ether type 0x88cc, 16 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / Vlan{.id = 5, .tpid = 0x88a8} / Vlan{.id = 7} / Arp{}),
            "VLAN 5 VLAN 7 ARP who has 198.19.0.1, tell 198.18.0.1, 50 bytes");
}

TEST(Summary, TcpFlagsReadAsTheyAreSpoken) {
  const auto flags = [](uint8_t bits) {
    const std::string text = summarize_frame(Ethernet{} / IPv4{} / Tcp{.flags = bits});
    return text.substr(text.find("TCP"));
  };
  EXPECT_EQ(flags(kTcpSyn | kTcpAck), "TCP SA, 54 bytes");
  EXPECT_EQ(flags(kTcpPsh | kTcpAck), "TCP PA, 54 bytes");
  EXPECT_EQ(flags(0xff), "TCP SFRPAUEC, 54 bytes");
  EXPECT_EQ(flags(0), "TCP no flags, 54 bytes");
}

TEST(Summary, FragmentsHaveNoPortsButTheFirst) {
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.fragment_offset = 185} / Udp{} / Payload{.size = 18}),
            "IPv4 198.18.0.1 > 198.19.0.1 UDP fragment at 1480, 60 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.more_fragments = true} / Udp{.dport = 9} / Payload{.size = 18}),
            "IPv4 198.18.0.1:1024 > 198.19.0.1:9 UDP first fragment, 60 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{} / HopByHop{} / Fragment{.offset = 2, .more = true} / Tcp{}),
            "IPv6 2001:2::1 > 2001:2:0:1::1 TCP fragment at 16, 90 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{} / DestOpts{} / Routing{} / Fragment{.more = true} / Udp{}),
            "IPv6 [2001:2::1]:1024 > [2001:2:0:1::1]:53 UDP first fragment, 86 bytes");
}

TEST(Summary, SaysWhatIsMalformed) {
  EXPECT_EQ(summarize_frame({}), "Ethernet malformed: header cut short, 0 bytes");
  EXPECT_EQ(summarize_frame(Packet(Ethernet{.type = 0x0800})), "IPv4 malformed: header cut short, 14 bytes");
  EXPECT_EQ(summarize_frame(Packet(Ethernet{.type = 0x8100})), "VLAN malformed: tag cut short, 14 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.version = 5} / Tcp{}), "IPv4 malformed: version 5, 54 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.header_words = 4} / Tcp{}),
            "IPv4 malformed: header of 16 bytes, 54 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.total_length = 41} / Tcp{}),
            "IPv4 malformed: total length 41 of 40 bytes, 54 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.total_length = 19} / Tcp{}),
            "IPv4 malformed: total length 19 is less than the header, 54 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{.payload_length = 21} / Tcp{}),
            "IPv6 malformed: payload length 21 of 20 bytes, 74 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv6{} / DestOpts{.length = 1}),
            "IPv6 malformed: extension header cut short, 62 bytes");
  EXPECT_EQ(summarize_frame(Ethernet{} / IPv4{.protocol = 6} / Payload{.size = 19}),
            "IPv4 198.18.0.1 > 198.19.0.1 TCP cut short, 53 bytes");
}

// Under ASan: every read past the end of a frame that is cut anywhere, or has any byte changed, is a failure.
TEST(Summary, NoBytesAreTooStrange) {
  const Packet packets[] = {
      Ethernet{} / Vlan{} / Vlan{} / IPv4{.options = {1, 1, 1}} / Tcp{.options = {1}} / Payload{.size = 4},
      Ethernet{} / IPv6{} / HopByHop{} / Routing{} / Fragment{} / DestOpts{} / Udp{} / Payload{.size = 4},
      Ethernet{} / IPv6{} / Icmpv6{}, Ethernet{} / IPv4{} / Icmp{}, Ethernet{} / Arp{}};
  SplitMix64 random(3);
  for (const auto& packet : packets) {
    for (size_t size = 0; size <= packet.size(); ++size) {
      EXPECT_TRUE(summarize_frame(packet.cut(size)).ends_with(" bytes"));
    }
    for (int i = 0; i < 20'000; ++i) {
      auto bytes = packet.cut(static_cast<size_t>(random.up_to(packet.size())));
      if (bytes.size() > 12)
        bytes[12 + static_cast<size_t>(random.up_to(bytes.size() - 13))] = std::byte(random.next() & 0xff);
      ASSERT_FALSE(summarize_frame(bytes).empty());
    }
  }
}

}  // namespace
}  // namespace fwbench
