// SPDX-License-Identifier: BSD-2-Clause
/// Policies as iptables text. Whether the kernel reads it as meant is iptables_kernel_test.cpp's question.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "netfilter/iptables_books.h"
#include "netfilter/iptables_match.h"
#include "netfilter/iptables_ruleset.h"
#include "netfilter/iptables_traffic.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const Policy> policy_with(const std::string& rules, const std::string& before = "") {
  const auto parsed = parse_policy(policy_text(rules, "drop", before), "p.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  return parsed.policy;
}

/// The rules of the family's table, without what is around them.
std::string rules(const std::string& text, const std::string& before = "", IptablesOptions options = {},
                  IpFamily family = IpFamily::v4) {
  const auto policy = policy_with(text, before);
  if (!policy) return "";
  const auto ruleset = translate_to_iptables(*policy, options);
  if (!ruleset) return ruleset.error().message;
  const std::string& all = family == IpFamily::v4 ? ruleset->v4 : ruleset->v6;
  const size_t first = all.find("-A ");
  return first == std::string::npos ? "" : all.substr(first, all.find("COMMIT") - first);
}

std::string rules6(const std::string& text) {
  return rules(text, "", {}, IpFamily::v6);
}

TEST(Iptables, SaysWhatAPersonWouldWrite) {
  EXPECT_EQ(rules("ip saddr 10.0.0.0/8 drop"), "-A FORWARD -s 10.0.0.0/8 -j DROP\n");
  EXPECT_EQ(rules("ip daddr != 198.19.0.0/16 drop"), "-A FORWARD ! -d 198.19.0.0/16 -j DROP\n");
  EXPECT_EQ(rules("ip saddr 10.0.0.1-10.0.0.5 tcp dport { 22, 80-90 } accept"),
            "-A FORWARD -m iprange --src-range 10.0.0.1-10.0.0.5 -p 6 -m multiport --dports 22,80:90 -j ACCEPT\n");
  EXPECT_EQ(rules("tcp dport != 22 accept"), "-A FORWARD -p 6 -m tcp ! --dport 22 -j ACCEPT\n");
  EXPECT_EQ(rules("tcp flags & (fin|syn) == fin|syn drop"),
            "-A FORWARD -p 6 -m tcp --tcp-flags FIN,SYN FIN,SYN -j DROP\n");
  EXPECT_EQ(rules("icmp type echo-request accept"), "-A FORWARD -p 1 -m icmp --icmp-type 8 -j ACCEPT\n");
  EXPECT_EQ(rules("ip frag-off & 0x1fff != 0 drop"), "-A FORWARD -f -j DROP\n");
  EXPECT_EQ(rules("ip dscp ef accept"), "-A FORWARD -m dscp --dscp 0x2e -j ACCEPT\n");
  EXPECT_EQ(rules6("exthdr frag exists drop"), "-A FORWARD -m ipv6header --header frag --soft -j DROP\n");
  EXPECT_EQ(rules6("ip6 nexthdr icmpv6 icmpv6 type 1 drop"),
            "-A FORWARD -m u32 --u32 \"4>>8&0xff=0x3a\" -p 58 -m icmp6 --icmpv6-type 1 -j DROP\n");
}

TEST(Iptables, ARuleIsInTheTableOfItsFamily) {
  EXPECT_EQ(rules6("ip saddr 10.0.0.0/8 drop"), "");
  EXPECT_EQ(rules("ip6 saddr ::1 drop"), "");
  EXPECT_EQ(rules("meta protocol arp accept"), "");
  EXPECT_EQ(rules("meta protocol != { ip, ip6 } drop"), "");
  EXPECT_EQ(rules("tcp dport 80 accept"), rules6("tcp dport 80 accept"));
  EXPECT_THAT(translate_to_iptables(*policy_with("accept"), {})->v4, HasSubstr("*filter\n:FORWARD DROP [0:0]\n"));
  EXPECT_THAT(translate_to_iptables(*policy_with("accept"), {.hook = IptablesHook::prerouting})->v6,
              HasSubstr("*raw\n:PREROUTING DROP [0:0]\n"));
}

/// One-line bug: reading the TTL at FORWARD as it came.
TEST(Iptables, TheForwardChainSeesATtlThatIsOneLess) {
  EXPECT_EQ(rules("ip ttl 64 drop"), "-A FORWARD -m ttl --ttl-eq 63 -j DROP\n");
  EXPECT_EQ(rules("ip ttl < 5 drop"), "-A FORWARD -m ttl --ttl-lt 4 -j DROP\n");
  EXPECT_EQ(rules("ip ttl 1 drop"), "");
  EXPECT_EQ(rules("ip ttl < 5 drop", "", {.hook = IptablesHook::prerouting}),
            "-A PREROUTING -m ttl --ttl-lt 5 -j DROP\n");
  EXPECT_EQ(rules6("ip6 hoplimit 255 accept"), "-A FORWARD -m hl --hl-eq 254 -j ACCEPT\n");
}

TEST(Iptables, ChainsKeepTheirWayBack) {
  const std::string chains = "chain a { tcp dport 80 return\n udp dport 53 accept; }\n chain b { drop; }\n";
  EXPECT_EQ(rules("ip saddr 10.0.0.0/8 jump a\n goto b", chains),
            "-A FORWARD -s 10.0.0.0/8 -j fw1-a\n-A FORWARD -g fw2-b\n"
            "-A fw1-a -p 6 -m tcp --dport 80 -j RETURN\n-A fw1-a -p 17 -m udp --dport 53 -j ACCEPT\n"
            "-A fw2-b -j DROP\n");
}

/// Three sources times four destinations are asked in two chains. A goto must not come back into the one that asks.
TEST(Iptables, TermsThatMultiplyAreAskedOneAfterTheOther) {
  const std::string many =
      "ip saddr { 10.0.0.1, 10.0.0.3, 10.0.0.5 } ip daddr { 10.1.0.1, 10.1.0.3, 10.1.0.5, 10.1.0.7 }";
  const std::string dropped = rules(many + " drop\n accept");
  EXPECT_THAT(dropped, HasSubstr("-A FORWARD -s 10.0.0.3/32 -j fw1-if\n"));
  EXPECT_THAT(dropped, HasSubstr("-A fw1-if -d 10.1.0.7/32 -j DROP\n"));
  EXPECT_THAT(dropped, HasSubstr("-A FORWARD -j ACCEPT\n"));
  const std::string gone = rules(many + " goto a\n accept", "chain a { drop; }\n");
  EXPECT_THAT(gone, HasSubstr("-A FORWARD -s 10.0.0.3/32 -g fw2-if\n"));
  EXPECT_THAT(gone, HasSubstr("-A fw2-if -d 10.1.0.7/32 -g fw1-a\n"));
  EXPECT_THAT(gone, HasSubstr("-A FORWARD -g fw3-else\n"));
  EXPECT_THAT(gone, HasSubstr("-A fw2-if -g fw3-else\n"));
  EXPECT_THAT(gone, HasSubstr("-A fw3-else -j ACCEPT\n"));
}

TEST(Iptables, MapsAndConcatenationsAreARuleEach) {
  EXPECT_EQ(rules("ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.2 . 80-90 } drop"),
            "-A FORWARD -s 10.0.0.1/32 -p 6 -m tcp --dport 22 -j DROP\n"
            "-A FORWARD -s 10.0.0.2/32 -p 6 -m tcp --dport 80:90 -j DROP\n");
  EXPECT_EQ(rules("meta protocol vmap { arp : accept, ip : jump a, ip6 : drop }", "chain a { accept; }\n"),
            "-A FORWARD -j fw1-a\n-A fw1-a -j ACCEPT\n");
}

TEST(Iptables, WhatCannotBeSaidIsRefusedWithItsPlace) {
  EXPECT_THAT(rules("ip saddr 10.0.0.1 th dport 53 drop"),
              testing::MatchesRegex("iptables cannot run this policy: p.nft:[0-9]+: iptables looks at ports and types "
                                    "behind '-p' only \\(ip saddr 10.0.0.1 th dport 53 drop\\)"));
  EXPECT_THAT(rules("tcp flags == syn drop"), HasSubstr("no names for ECE and CWR"));
  EXPECT_THAT(rules("ip saddr . tcp dport != { 10.0.0.1 . 22 } drop"), HasSubstr("none of these concatenations"));
}

TEST(Iptables, TrackingLooksAtEveryPacketAndDecidesNothing) {
  EXPECT_EQ(rules("drop", "", {.tracks = true}),
            "-A FORWARD -m conntrack --ctstate INVALID,NEW,ESTABLISHED,RELATED,UNTRACKED\n-A FORWARD -j DROP\n");
}

TEST(Ipset, LargeSetsOfAddressesAreOneRule) {
  const std::string set =
      "ip saddr { 1.0.0.0/8, 3.0.0.0/8, 5.0.0.0/8, 7.0.0.0/8, 9.0.0.0/8, 11.0.0.0/8, 13.0.0.0/8, "
      "15.0.0.1-15.0.0.2 }";
  const auto ruleset =
      translate_to_iptables(*policy_with(set + " drop\n" + set + " tcp dport 80 drop"), {.ipset = true});
  ASSERT_TRUE(ruleset);
  EXPECT_THAT(ruleset->v4, HasSubstr("-A FORWARD -m set --match-set fwbench-0 src -j DROP\n"));
  EXPECT_THAT(ruleset->sets, testing::StartsWith("create fwbench-0 hash:net family inet hashsize 1024 maxelem 9\n"));
  EXPECT_THAT(ruleset->sets, HasSubstr("add fwbench-0 15.0.0.1\nadd fwbench-0 15.0.0.2\n"));
  EXPECT_THAT(ruleset->sets, Not(HasSubstr("fwbench-1")));
}

std::string services(const std::string& more) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += fmt::format("ip saddr 198.18.0.{} ip daddr 198.19.0.1 udp dport {}{} {}\n", i, 1000 + i, more,
                        i % 10 == 0 ? "accept" : "drop");
  }
  return text;
}

/// One-line bug: the addresses the wrong way round.
TEST(Ipset, RulesOfOneServiceEachAreOneSetForEachOutcome) {
  const auto ruleset = translate_to_iptables(*policy_with(services("")), {.ipset = true});
  ASSERT_TRUE(ruleset) << ruleset.error().to_string();
  EXPECT_THAT(ruleset->v4, HasSubstr("-A FORWARD -m set --match-set fwbench-0 src,dst,dst -j ACCEPT\n"
                                     "-A FORWARD -m set --match-set fwbench-1 src,dst,dst -j DROP\nCOMMIT"));
  EXPECT_THAT(ruleset->sets, HasSubstr("create fwbench-1 hash:ip,port,ip family inet hashsize 1024 maxelem 18\n"));
  EXPECT_THAT(ruleset->sets, HasSubstr("add fwbench-0 198.18.0.10,udp:1010,198.19.0.1\n"));
}

/// Order matters where two rules know the same packet and say different things: the second is no part of the sets.
TEST(Ipset, RulesThatContradictEachOtherKeepTheirOrder) {
  const auto ruleset = translate_to_iptables(
      *policy_with(services("") + "ip saddr 198.18.0.3 ip daddr 198.19.0.1 udp dport 1003 accept"), {.ipset = true});
  ASSERT_TRUE(ruleset) << ruleset.error().to_string();
  EXPECT_THAT(ruleset->v4, HasSubstr("src,dst,dst -j DROP\n-A FORWARD -s 198.18.0.3/32 "));
}

TEST(Ipset, FiveTuplesAreRefused) {
  const auto ruleset =
      translate_to_iptables(*policy_with(services(" udp sport 7")), {.dut = "iptables-ipset", .ipset = true});
  ASSERT_FALSE(ruleset);
  EXPECT_EQ(ruleset.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(ruleset.error().message, testing::StartsWith("iptables-ipset cannot run this policy: p.nft:"));
  EXPECT_THAT(ruleset.error().message, HasSubstr("no type of ipset holds both ports"));
}

TEST(BitPatterns, CoverExactlyTheSet) {
  for (unsigned seed = 1; seed < 200; ++seed) {
    IntervalSet values;
    for (unsigned value = 0; value < 256; ++value) {
      if ((value * 2654435761U * seed >> 13 & 3) == 0) values.push_back({value, value});
    }
    values = normalize(std::move(values));
    const auto patterns = bit_patterns(values, 0xff);
    for (unsigned value = 0; value < 256; ++value) {
      const bool covered = std::any_of(patterns.begin(), patterns.end(), [&](const BitPattern& pattern) {
        return (value & pattern.mask) == pattern.value;
      });
      ASSERT_EQ(covered, contains(values, value));
    }
  }
}

TEST(Prefixes, OfAnInterval) {
  const auto of = [](FieldValue first, FieldValue last) { return prefixes_of({first, last}, IpFamily::v4); };
  EXPECT_THAT(of(0x0a000000, 0x0affffff), testing::ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(of(0x0a000001, 0x0a000004), testing::ElementsAre("10.0.0.1", "10.0.0.2/31", "10.0.0.4"));
  EXPECT_THAT(of(0, 0xffffffff), testing::ElementsAre("0.0.0.0/0"));
  EXPECT_THAT(prefixes_of({0, max_value(128)}, IpFamily::v6), testing::ElementsAre("::/0"));
}

TEST(IptablesBooks, AreTheDropsOfRulesAndPolicies) {
  EXPECT_EQ(
      count_dropped(
          "*filter\n:INPUT ACCEPT [9:9]\n:FORWARD DROP [5:200]\n:fw1-DROP - [0:0]\n"
          "[7:70] -A FORWARD -s 10.0.0.0/8 -j DROP\n[100:1] -A FORWARD -j ACCEPT\n[3:3] -A fw1-a -j DROP\nCOMMIT\n"),
      15U);
}

Result<void> check(const Bytes& frame, const IptablesOptions& options, const std::string& rule = "accept") {
  const auto policy = policy_with(rule);
  Bytes mine = frame;
  for (size_t i = 0; i < kDutInMac.size(); ++i) mine[i] = std::byte{kDutInMac[i]};
  return check_iptables_traffic(*policy, std::vector<Frame>{{.bytes = mine}}, options);
}

TEST(IptablesTraffic, RefusesWhatIptablesReadsInAnotherWay) {
  EXPECT_TRUE(check(tcp6({}, {}), {}));
  EXPECT_FALSE(check(ethernet(kIp6, ipv6({.next_header = 51}, extension(6, 0, tcp({})))), {}));
  EXPECT_FALSE(check(ethernet(kIp6, ipv6({}, cut(tcp({}), 14))), {}));
  const Bytes fragment = ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, tcp({}))));
  EXPECT_TRUE(check(fragment, {}));
  EXPECT_FALSE(check(fragment, {.tracks = true}));
  const Bytes padded = tcp6({}, {}) + zeros(6);
  EXPECT_TRUE(check(padded, {}, "tcp dport 80 accept"));
  EXPECT_FALSE(check(padded, {}, "meta length 66 accept"));
  EXPECT_TRUE(check(padded, {}, "meta length > 59 accept"));
  const auto refused = check(tcp6({}, {}), {.dut = "iptables-input", .hook = IptablesHook::input});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "iptables-input cannot run this traffic: frame 0: the policy accepts it, and there is no socket that it "
            "could be delivered to");
}

}  // namespace
}  // namespace fwbench
