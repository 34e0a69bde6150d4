// SPDX-License-Identifier: BSD-2-Clause
#include "policy/oracle.h"

#include <gtest/gtest.h>

#include "policy/test_packet.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

/// The oracle's answer to "does this rule match?".
bool matches(const std::string& match, const Bytes& frame) {
  const ParsedPolicy parsed = parse_policy(policy_text(match + " accept"), "test.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  if (!parsed.policy) return false;
  return judge_frame(*parsed.policy, frame) == Judgement{Verdict::accept, 0};
}

TEST(Oracle, FirstTerminalRuleWinsAndTheChainPolicyIsLast) {
  const auto parsed = parse_policy(policy_text("tcp dport 80 counter\n tcp dport 80 drop\n tcp dport 80-90 accept\n"
                                               "udp dport 53 drop",
                                               "accept"),
                                   "dir/test.nft");
  ASSERT_TRUE(parsed.policy);
  const Policy& policy = *parsed.policy;
  EXPECT_EQ(judge_frame(policy, tcp4({}, {.dport = 80})), (Judgement{Verdict::drop, 1}));
  EXPECT_EQ(judge_frame(policy, tcp4({}, {.dport = 81})), (Judgement{Verdict::accept, 2}));
  EXPECT_EQ(judge_frame(policy, tcp4({}, {.dport = 91})), (Judgement{Verdict::accept, -1}));
  EXPECT_EQ(describe_judgement(policy, {Verdict::drop, 1}), "dir/test.nft:5: tcp dport 80 drop");
  EXPECT_EQ(describe_judgement(policy, {Verdict::accept, -1}), "dir/test.nft:3: policy accept");
}

TEST(Oracle, AddressesMatchByIntervalAndNegation) {
  EXPECT_TRUE(matches("ip saddr 10.0.0.0/8", tcp4({.saddr = "10.0.0.0"}, {})));
  EXPECT_TRUE(matches("ip saddr 10.0.0.0/8", tcp4({.saddr = "10.255.255.255"}, {})));
  EXPECT_FALSE(matches("ip saddr 10.0.0.0/8", tcp4({.saddr = "11.0.0.0"}, {})));
  EXPECT_FALSE(matches("ip saddr 10.0.0.0/8", tcp4({.saddr = "9.255.255.255"}, {})));
  EXPECT_FALSE(matches("ip daddr 10.0.0.0/8", tcp4({.saddr = "10.0.0.1"}, {})));
  const std::string set = "ip saddr { 1.0.0.1, 2.0.0.0/24, 3.0.0.1-3.0.0.9 }";
  EXPECT_TRUE(matches(set, tcp4({.saddr = "1.0.0.1"}, {})));
  EXPECT_TRUE(matches(set, tcp4({.saddr = "3.0.0.9"}, {})));
  EXPECT_FALSE(matches(set, tcp4({.saddr = "1.0.0.0"}, {})));
  EXPECT_FALSE(matches(set, tcp4({.saddr = "3.0.0.10"}, {})));
  EXPECT_TRUE(matches("ip saddr != { 1.0.0.1, 2.0.0.0/24 }", tcp4({.saddr = "3.0.0.10"}, {})));
  EXPECT_TRUE(matches("ip6 saddr 2001:2::/48", tcp6({}, {})));
  EXPECT_TRUE(matches("ip6 daddr 2001:2:0:1::1", tcp6({}, {})));
  EXPECT_FALSE(matches("ip6 saddr != 2001:2::/48", tcp6({}, {})));
}

TEST(Oracle, ANegatedMatchOnAnAbsentFieldIsFalse) {
  EXPECT_FALSE(matches("ip saddr != 10.0.0.0/8", tcp6({}, {})));
  EXPECT_FALSE(matches("tcp dport != 22", ethernet(kIp, ipv4({.protocol = 17}, udp(1, 2)))));
  EXPECT_FALSE(matches("th dport != 22", ethernet(kArp, zeros(28))));
  EXPECT_FALSE(matches("meta l4proto != 6", ethernet(kArp, zeros(28))));
  EXPECT_TRUE(matches("meta protocol != ip", ethernet(kArp, zeros(28))));
}

TEST(Oracle, OneVlanTagIsTransparentASecondIsNot) {
  const Bytes packet = ipv4({}, tcp({}));
  EXPECT_TRUE(matches("ip saddr 198.18.0.1 tcp dport 80", ethernet(kVlan, tag(kIp, packet))));
  EXPECT_TRUE(matches("ip saddr 198.18.0.1 tcp dport 80", ethernet(kQinq, tag(kIp, packet))));
  EXPECT_TRUE(matches("meta protocol ip", ethernet(kVlan, tag(kIp, packet))));
  const Bytes two = ethernet(kQinq, tag(kVlan, tag(kIp, packet)));
  EXPECT_FALSE(matches("tcp dport 80", two));
  EXPECT_FALSE(matches("meta protocol ip", two));
  EXPECT_TRUE(matches("meta protocol vlan", two));
}

TEST(Oracle, LaterFragmentsHaveAProtocolButNoTransportHeader) {
  const Bytes later = tcp4({.fragment = 1}, {});
  EXPECT_TRUE(matches("meta l4proto tcp", later));
  EXPECT_FALSE(matches("tcp dport 80", later));
  EXPECT_FALSE(matches("tcp dport != 80", later));
  EXPECT_FALSE(matches("tcp flags != 0", later));
  EXPECT_TRUE(matches("tcp dport 80", tcp4({.fragment = 0x2000}, {})));  // more fragments, offset 0: the first
  EXPECT_TRUE(matches("tcp dport 80", tcp4({.fragment = 0x4000}, {})));  // don't fragment

  const Bytes first6 = ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, tcp({}))));
  const Bytes later6 = ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 1, false, tcp({}))));
  EXPECT_TRUE(matches("tcp dport 80", first6));
  EXPECT_TRUE(matches("meta l4proto tcp", later6));
  EXPECT_FALSE(matches("tcp dport 80", later6));
  EXPECT_FALSE(
      matches("meta l4proto 0-255", ethernet(kIp6, ipv6({.next_header = 44}, fragment6(60, 1, false, zeros(8))))));
}

TEST(Oracle, Ipv6ExtensionHeadersAreWalkedUpToAuthentication) {
  const Bytes chain = extension(43, 0, extension(60, 1, extension(6, 0, tcp({}))));
  EXPECT_TRUE(matches("tcp dport 80", ethernet(kIp6, ipv6({.next_header = 0}, chain))));
  const Bytes auth = ethernet(kIp6, ipv6({.next_header = 51}, extension(6, 1, tcp({}))));
  EXPECT_TRUE(matches("meta l4proto ah", auth));
  EXPECT_FALSE(matches("tcp dport 80", auth));
  EXPECT_FALSE(matches("meta l4proto 0-255", ethernet(kIp6, ipv6({.next_header = 51}, zeros(1)))));
  EXPECT_TRUE(matches("meta l4proto 59", ethernet(kIp6, ipv6({.next_header = 59}, {}))));
  EXPECT_TRUE(matches("meta l4proto esp", ethernet(kIp6, ipv6({.next_header = 50}, {}))));
  EXPECT_FALSE(matches("meta l4proto 0-255", ethernet(kIp6, ipv6({.next_header = 0}, zeros(1)))));
  EXPECT_FALSE(matches("meta l4proto 0-255", ethernet(kIp6, ipv6({.next_header = 43}, zeros(3)))));
  // A header that reaches beyond the frame: what it says comes next is believed, but cannot be read.
  const Bytes beyond = ethernet(kIp6, ipv6({.next_header = 0}, cut(extension(6, 200, {}), 8)));
  EXPECT_TRUE(matches("meta l4proto tcp", beyond));
  EXPECT_FALSE(matches("tcp dport 0-65535", beyond));
}

TEST(Oracle, AnInvalidIpv4HeaderHasAddressesButNoTransport) {
  for (const Ipv4& header : {Ipv4{.version = 5}, Ipv4{.ihl = 4}, Ipv4{.total_length = 41}, Ipv4{.total_length = 19}}) {
    const Bytes frame = tcp4(header, {});
    EXPECT_TRUE(matches("ip saddr 198.18.0.1", frame));
    EXPECT_TRUE(matches("ip protocol tcp", frame));
    EXPECT_FALSE(matches("meta l4proto 0-255", frame));
    EXPECT_FALSE(matches("ip protocol tcp tcp dport 80", frame));
  }
  EXPECT_TRUE(matches("tcp dport 80", tcp4({.ihl = 15}, {})));
  EXPECT_TRUE(matches("tcp dport 80", tcp4({.total_length = 20}, {})));  // bounded by the frame, not by the header
}

TEST(Oracle, AnInvalidIpv6HeaderHasAddressesButNoTransport) {
  for (const Ipv6& header : {Ipv6{.version = 4}, Ipv6{.payload_length = 21}}) {
    EXPECT_TRUE(matches("ip6 saddr 2001:2::1", tcp6(header, {})));
    EXPECT_FALSE(matches("meta l4proto 0-255", tcp6(header, {})));
  }
  EXPECT_TRUE(matches("tcp dport 80", tcp6({.payload_length = 0}, {})));
}

TEST(Oracle, FramesCutShortHaveWhatIsThere) {
  const Bytes frame = tcp4({.total_length = 20}, {});
  EXPECT_TRUE(matches("tcp flags syn", cut(frame, 14 + 20 + 14)));
  EXPECT_FALSE(matches("tcp flags syn", cut(frame, 14 + 20 + 13)));
  EXPECT_TRUE(matches("tcp dport 80", cut(frame, 14 + 20 + 4)));
  EXPECT_FALSE(matches("tcp dport 80", cut(frame, 14 + 20 + 3)));
  EXPECT_TRUE(matches("tcp sport 1024", cut(frame, 14 + 20 + 2)));
  EXPECT_TRUE(matches("meta l4proto tcp", cut(frame, 14 + 20)));
  EXPECT_FALSE(matches("meta l4proto tcp", cut(frame, 14 + 19)));
  EXPECT_TRUE(matches("ip saddr 198.18.0.1", cut(frame, 14 + 16)));
  EXPECT_FALSE(matches("ip saddr 198.18.0.1", cut(frame, 14 + 15)));
  EXPECT_TRUE(matches("meta protocol ip", cut(frame, 14)));
  for (size_t size = 0; size < frame.size(); ++size) EXPECT_FALSE(matches("udp dport 0-65535", cut(frame, size)));
}

TEST(Oracle, TcpFlagsFollowNft) {
  const auto flags = [](uint8_t byte) { return tcp4({}, {.flags = byte}); };
  EXPECT_TRUE(matches("tcp flags syn", flags(0x12)));  // any of
  EXPECT_FALSE(matches("tcp flags == syn", flags(0x12)));
  EXPECT_TRUE(matches("tcp flags != syn", flags(0x12)));
  EXPECT_TRUE(matches("tcp flags syn,rst", flags(0x04)));
  EXPECT_TRUE(matches("tcp flags == syn,ack", flags(0x12)));
  EXPECT_FALSE(matches("tcp flags == syn,ack", flags(0x02)));
  EXPECT_TRUE(matches("tcp flags ! syn,ack", flags(0x04)));
  EXPECT_FALSE(matches("tcp flags ! syn,ack", flags(0x14)));
  EXPECT_TRUE(matches("tcp flags & (syn|ack) == syn", flags(0xc2)));
  EXPECT_FALSE(matches("tcp flags & (syn|ack) == syn", flags(0x12)));
  EXPECT_TRUE(matches("tcp flags syn / syn,ack", flags(0x0a)));
  EXPECT_FALSE(matches("tcp flags != syn / syn,ack", flags(0x0a)));
  EXPECT_TRUE(matches("tcp flags { syn, syn|ack }", flags(0x12)));
  EXPECT_FALSE(matches("tcp flags { syn, syn|ack }", flags(0x10)));
  EXPECT_TRUE(matches("tcp flags & (fin|syn) != { syn, fin }", flags(0x13)));
  EXPECT_FALSE(matches("tcp flags syn", ethernet(kIp, ipv4({.protocol = 17}, tcp({})))));
}

TEST(Oracle, IcmpBelongsToItsIpVersionUnlessTheRuleSaysMore) {
  const Bytes v4 = ethernet(kIp, ipv4({.protocol = 1}, icmp(8)));
  const Bytes icmp_in_v6 = ethernet(kIp6, ipv6({.next_header = 1}, icmp(8)));
  EXPECT_TRUE(matches("icmp type echo-request", v4));
  EXPECT_FALSE(matches("icmp type echo-request", icmp_in_v6));
  EXPECT_TRUE(matches("meta l4proto icmp icmp type echo-request", icmp_in_v6));
  EXPECT_TRUE(matches("icmpv6 type echo-request", ethernet(kIp6, ipv6({.next_header = 58}, icmp(128)))));
  EXPECT_FALSE(matches("icmpv6 type echo-request", ethernet(kIp, ipv4({.protocol = 58}, icmp(128)))));
}

TEST(Oracle, ThMatchesWhateverTheTransportIs) {
  EXPECT_TRUE(matches("th dport 53", ethernet(kIp, ipv4({.protocol = 132}, udp(9, 53)))));
  EXPECT_FALSE(matches("udp dport 53", ethernet(kIp, ipv4({.protocol = 132}, udp(9, 53)))));
}

}  // namespace
}  // namespace fwbench
