// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "traffic/checksum.h"
#include "traffic/filter_for_test.h"

namespace fwbench {
namespace {

using ::testing::ElementsAreArray;

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

int at(const Packet& packet, size_t offset) {
  return std::to_integer<int>(packet.bytes().at(offset));
}
int at16(const Packet& packet, size_t offset) {
  return at(packet, offset) << 8 | at(packet, offset + 1);
}

static_assert(Ipv4Address("198.18.0.1").value == 0xc6120001);
static_assert(Ipv6Address("::").value == 0);
static_assert(Ipv6Address("::1").value == 1);
static_assert(Ipv6Address("2001:2::").value == FieldValue{0x20010002} << 96);
static_assert(Ipv6Address("2001:2:0:1::FF").value == (FieldValue{0x2001000200000001} << 64 | 0xff));
static_assert(Ipv6Address("1:2:3:4:5:6:7:8").value ==
              (FieldValue{0x0001000200030004} << 64 | FieldValue{0x0005000600070008}));

// Written out and added up by hand: the one test that does not trust our own arithmetic.
TEST(Packet, ASynIsExactlyTheseBytes) {
  const Packet syn = Ethernet{} / IPv4{} / Tcp{.sport = 1024, .dport = 443, .seq = 1} / Padding{};
  // clang-format off
  auto expected = bytes_of({
      0x02, 0x66, 0x77, 0, 0, 2, 0x02, 0x66, 0x77, 0, 0, 1, 0x08, 0x00,
      0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0xee, 0xa8, 198, 18, 0, 1, 198, 19, 0, 1,
      0x04, 0, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0x1d, 0xff, 0, 0});
  // clang-format on
  expected.resize(60);
  EXPECT_THAT(syn.bytes(), ElementsAreArray(expected));
}

TEST(Packet, LengthsFollowFromWhatStandsBehind) {
  const Packet v4 =
      Ethernet{} / IPv4{.options = {7, 3, 4}} / Udp{} / Payload{.bytes = {1, 2, 3}, .size = 5} / Padding{};
  EXPECT_EQ(v4.size(), 60U);
  EXPECT_EQ(at(v4, 14), 0x46) << "three bytes of options take one word";
  EXPECT_EQ(at16(v4, 16), 24 + 8 + 5) << "padding is outside of the IP length";
  EXPECT_EQ(at16(v4, 14 + 24 + 4), 8 + 5);
  EXPECT_EQ(at(v4, 14 + 24 + 8 + 2), 3);

  const Packet v6 = Ethernet{} / IPv6{} / HopByHop{} / Udp{} / Payload{.size = 5};
  EXPECT_EQ(at16(v6, 14 + 4), 8 + 8 + 5);
  EXPECT_EQ(at(v6, 14 + 6), 0) << "hop-by-hop";
  EXPECT_EQ(at(v6, 14 + 40), 17) << "UDP";
}

TEST(Packet, LiesAreWrittenAsTold) {
  const Packet lie = Ethernet{.type = 0x1234} /
                     IPv4{.version = 5, .header_words = 4, .protocol = 99, .total_length = 9, .checksum = 0xdead} /
                     Tcp{.header_words = 15, .checksum = 0xbeef};
  EXPECT_EQ(at16(lie, 12), 0x1234);
  EXPECT_EQ(at(lie, 14), 0x54);
  EXPECT_EQ(at16(lie, 16), 9);
  EXPECT_EQ(at(lie, 23), 99);
  EXPECT_EQ(at16(lie, 24), 0xdead);
  EXPECT_EQ(at(lie, 34 + 12), 0xf0);
  EXPECT_EQ(at16(lie, 34 + 16), 0xbeef);

  const Packet lie6 =
      Ethernet{} / IPv6{.version = 4, .next_header = 43, .payload_length = 1} / Udp{.length = 7, .checksum = 0};
  EXPECT_EQ(at(lie6, 14), 0x40);
  EXPECT_EQ(at16(lie6, 18), 1);
  EXPECT_EQ(at(lie6, 20), 43);
  EXPECT_EQ(at16(lie6, 54 + 4), 7);
  EXPECT_EQ(at16(lie6, 54 + 6), 0);
}

TEST(Packet, FragmentsCarryIdFlagsAndOffset) {
  const Packet v4 = Ethernet{} / IPv4{.id = 0x1234, .more_fragments = true, .fragment_offset = 185, .protocol = 17} /
                    Payload{.size = 16};
  EXPECT_EQ(at16(v4, 18), 0x1234);
  EXPECT_EQ(at16(v4, 20), 0x2000 | 185);
  EXPECT_EQ(at(v4, 23), 17);

  const Packet v6 =
      Ethernet{} / IPv6{} / Fragment{.offset = 185, .more = true, .id = 7, .next_header = 6} / Payload{.size = 16};
  EXPECT_EQ(at(v6, 20), 44);
  EXPECT_EQ(at(v6, 54), 6);
  EXPECT_EQ(at16(v6, 56), 185 << 3 | 1);
  EXPECT_EQ(at16(v6, 60), 7);
}

TEST(Packet, ExtensionHeadersAreChainedAndFilledUp) {
  const Packet packet = Ethernet{} / IPv6{} / HopByHop{.options = {5, 2, 0, 0, 1, 0, 0}} / Routing{.type = 4} /
                        DestOpts{.options = {1, 3, 0, 0, 0}, .length = 9} / Tcp{};
  EXPECT_EQ(at(packet, 54), 43);
  EXPECT_EQ(at(packet, 55), 1) << "9 bytes of header and options take two units";
  EXPECT_EQ(at(packet, 63), 1) << "PadN";
  EXPECT_EQ(at(packet, 64), 5);
  EXPECT_EQ(at(packet, 70), 60);
  EXPECT_EQ(at(packet, 72), 4);
  EXPECT_EQ(at(packet, 78), 6);
  EXPECT_EQ(at(packet, 79), 9) << "overridden";
  EXPECT_EQ(packet.size(), 14U + 40 + 16 + 8 + 8 + 20);
}

TEST(Packet, NothingBehindAHeaderHasANumberOfItsOwn) {
  EXPECT_EQ(at(Ethernet{} / IPv6{}, 20), 59);
  EXPECT_EQ(at(Ethernet{} / IPv6{} / DestOpts{} / Padding{}, 54), 59);
  EXPECT_EQ(at(Ethernet{} / IPv6{} / Payload{.size = 4}, 20), 253);
  EXPECT_EQ(at(Ethernet{} / IPv4{}, 23), 253);
  EXPECT_EQ(at16(Ethernet{} / Payload{.size = 4}, 12), 0x88b5);
}

TEST(Packet, VlanTagsNest) {
  const Packet tagged = Ethernet{} / Vlan{.id = 5, .priority = 3, .tpid = 0x88a8} / Vlan{.id = 7} / IPv4{} / Icmp{};
  EXPECT_EQ(at16(tagged, 12), 0x88a8);
  EXPECT_EQ(at16(tagged, 14), 3 << 13 | 5);
  EXPECT_EQ(at16(tagged, 16), 0x8100);
  EXPECT_EQ(at16(tagged, 18), 7);
  EXPECT_EQ(at16(tagged, 20), 0x0800);
}

// A sum over everything, checksum included, must fold to "all ones" (RFC 1071).
TEST(Packet, ChecksumsHoldOverOddPayloadsAndInnerHeaders) {
  for (size_t payload = 0; payload < 40; ++payload) {
    const Packet packet = Ethernet{} / IPv6{} / IPv4{} / Udp{.sport = 7, .dport = 9} /
                          Payload{.bytes = std::vector<uint8_t>(payload, 0xa5)};
    const std::span<const std::byte> frame(packet);
    EXPECT_EQ(checksum_finish(checksum_add(0, frame.subspan(54, 20))), 0);
    const uint64_t pseudo = checksum_add(17 + 8 + payload, frame.subspan(54 + 12, 8));
    EXPECT_EQ(checksum_finish(checksum_add(pseudo, frame.subspan(74))), 0) << payload;
  }
}

TEST(Packet, AUdpChecksumIsNeverTheNumberThatMeansNone) {
  bool met = false;
  for (int word = 0; word <= 0xffff; ++word) {
    const Packet packet =
        IPv4{} / Udp{} / Payload{.bytes = {static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)}};
    ASSERT_NE(at16(packet, 26), 0);
    met |= at16(packet, 26) == 0xffff;
  }
  EXPECT_TRUE(met) << "the case this test is for did not occur";
}

TEST(Packet, IsARangeOfItsBytesAndCanBeCut) {
  const Packet packet = Ethernet{} / Arp{};
  const std::span<const std::byte> view = packet;
  const std::vector<std::byte> copy = packet;
  EXPECT_EQ(view.size(), 42U);
  EXPECT_EQ(copy, packet.bytes());
  EXPECT_EQ(packet.cut(13).size(), 13U);
  EXPECT_EQ(packet.cut(1000).size(), 42U);
}

TEST(Packet, LibpcapReadsTheSameFields) {
  const Packet tcp = Ethernet{} / IPv4{.src = "198.18.1.2", .dst = "198.19.3.4", .options = {1}} /
                     Tcp{.sport = 4242, .dport = 443, .flags = kTcpSyn | kTcpAck};
  EXPECT_TRUE(pcap_filter_matches("ether src 02:66:77:00:00:01 and ether dst 02:66:77:00:00:02", tcp));
  EXPECT_TRUE(pcap_filter_matches("src host 198.18.1.2 and dst host 198.19.3.4", tcp));
  EXPECT_TRUE(pcap_filter_matches("tcp src port 4242 and tcp dst port 443", tcp));
  EXPECT_TRUE(pcap_filter_matches("tcp[tcpflags] == (tcp-syn|tcp-ack)", tcp));
  EXPECT_FALSE(pcap_filter_matches("tcp dst port 444", tcp));

  const Packet udp6 = Ethernet{} / Vlan{.id = 9} / IPv6{.src = "2001:2::5", .dst = "2001:2::6"} / Udp{.dport = 53};
  EXPECT_TRUE(
      pcap_filter_matches("vlan 9 and ip6 src host 2001:2::5 and ip6 dst host 2001:2::6 and udp port 53", udp6));

  EXPECT_TRUE(pcap_filter_matches("arp and arp[6:2] == 1 and arp src host 198.18.0.1", Ethernet{} / Arp{}));
  EXPECT_TRUE(pcap_filter_matches("icmp[icmptype] == icmp-echo", Ethernet{} / IPv4{} / Icmp{}));
  EXPECT_TRUE(pcap_filter_matches("icmp6 and ip6[40] == 135", Ethernet{} / IPv6{} / Icmpv6{.type = 135}));
  EXPECT_TRUE(pcap_filter_matches("ip6 protochain \\tcp", Ethernet{} / IPv6{} / HopByHop{} / Routing{} / Tcp{}));
}

}  // namespace
}  // namespace fwbench
