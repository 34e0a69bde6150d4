// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "policy/oracle.h"
#include "policy/policy.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using test::policy_text;

std::shared_ptr<const Policy> policy_of(const std::string& text) {
  const ParsedPolicy parsed = parse_policy(text, "test.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  return parsed.policy;
}

std::string hex(FieldValue value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[static_cast<size_t>(value & 15)]);
    value >>= 4;
  } while (value != 0);
  return digits;
}

std::string show_hex(const IntervalSet& values) {
  std::string text;
  for (const Interval& interval : values) {
    text += (text.empty() ? "" : ",") + hex(interval.first);
    if (interval.last != interval.first) text += "-" + hex(interval.last);
  }
  return text;
}

/// A rule's matches: "meta protocol 800 · ip saddr !a000000-affffff".
std::string matches_of(const std::string& rule, const std::string& sets = "") {
  const auto policy = policy_of(policy_text(rule, "drop", sets));
  if (!policy || policy->rules.empty()) return "no rule";
  std::string text;
  for (const Match& match : policy->rules.front().matches) {
    text += fmt::format("{}{} {}{}", text.empty() ? "" : " · ", field_name(match.field), match.negated ? "!" : "",
                        show_hex(*match.values));
  }
  return text;
}

TEST(Normalize, SortsAndMergesOverlappingAndAdjacent) {
  EXPECT_EQ(show_hex(normalize({{5, 6}, {1, 2}, {3, 3}, {6, 9}, {11, 12}, {20, 30}, {22, 23}})), "1-3,5-9,b-c,14-1e");
  EXPECT_EQ(show_hex(normalize({{0, 0}, {0, 5}, {~FieldValue{0}, ~FieldValue{0}}})),
            "0-5,ffffffffffffffffffffffffffffffff");
  EXPECT_TRUE(normalize({}).empty());
}

TEST(Parser, ReadsTheFrameOfARuleset) {
  const auto policy = policy_of(R"(#!/usr/sbin/nft -f
flush ruleset
table netdev edge
delete table netdev edge
define PORTS = { 22, 80-90, } # the services
table netdev edge {
  comment "what it is for"
  chain in { comment "the chain"
    type filter hook ingress device d0 priority filter - 10; policy accept;
    tcp dport $PORTS counter packets 12 bytes 34 accept comment "x"
    udp dport 53 \
      counter
    drop; accept
  }
}
)");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->file, "test.nft");
  EXPECT_EQ(policy->family, "netdev");
  EXPECT_EQ(policy->table, "edge");
  EXPECT_EQ(policy->chains.front().name, "in");
  EXPECT_EQ(policy->default_verdict, Verdict::accept);
  EXPECT_EQ(policy->default_pos.line, 9);
  ASSERT_EQ(policy->rules.size(), 4U);
  const Rule& first = policy->rules[0];
  EXPECT_EQ(first.text, "tcp dport $PORTS counter packets 12 bytes 34 accept comment \"x\"");
  EXPECT_EQ(first.pos, (SourcePos{10, 5, static_cast<int>(first.text.size())}));
  EXPECT_TRUE(first.counted);
  EXPECT_NE(policy->rules[0].outcome.action, Action::next);
  EXPECT_EQ(show_hex(*first.matches[1].values), "16,50-5a");
  EXPECT_EQ(policy->rules[1].text, "udp dport 53 counter");
  EXPECT_EQ(policy->rules[1].outcome.action, Action::next);
  EXPECT_EQ(policy->rules[2].outcome.action, Action::drop);
  EXPECT_FALSE(policy->rules[2].counted);
  EXPECT_TRUE(policy->rules[3].matches.empty());
}

TEST(Parser, AddsTheDependenciesThatNftAdds) {
  EXPECT_EQ(matches_of("tcp dport 22 accept"), "meta l4proto 6 · th dport 16");
  EXPECT_EQ(matches_of("udp sport ntp accept"), "meta l4proto 11 · th sport 7b");
  EXPECT_EQ(matches_of("th dport 53 accept"), "th dport 35");
  EXPECT_EQ(
      matches_of("ip saddr 10.0.0.0/8 tcp dport 22 tcp sport 5 ip daddr 1.2.3.4 accept"),
      "meta protocol 800 · ip saddr a000000-affffff · meta l4proto 6 · th dport 16 · th sport 5 · ip daddr 1020304");
  EXPECT_EQ(matches_of("ip6 daddr ::1 accept"), "meta protocol 86dd · ip6 daddr 1");
  EXPECT_EQ(matches_of("meta protocol ip ip saddr 1.2.3.4 accept"), "meta protocol 800 · ip saddr 1020304");
  EXPECT_EQ(matches_of("meta protocol != ip ip saddr 1.2.3.4 accept"),
            "meta protocol !800 · meta protocol 800 · ip saddr 1020304");
  EXPECT_EQ(matches_of("meta l4proto tcp tcp dport 1 accept"), "meta l4proto 6 · th dport 1");
  EXPECT_EQ(matches_of("meta l4proto { tcp } tcp dport 1 accept"), "meta l4proto 6 · th dport 1");
  EXPECT_EQ(matches_of("meta l4proto 6-6 tcp dport 1 accept"), "meta l4proto 6 · meta l4proto 6 · th dport 1");
  EXPECT_EQ(matches_of("meta l4proto { tcp, udp } th dport 1 accept"), "meta l4proto 6,11 · th dport 1");
  EXPECT_EQ(matches_of("ip protocol tcp tcp dport 1 accept"), "meta protocol 800 · ip protocol 6 · th dport 1");
  EXPECT_EQ(matches_of("ip protocol != tcp tcp dport 1 accept"),
            "meta protocol 800 · ip protocol !6 · meta l4proto 6 · th dport 1");
  EXPECT_EQ(matches_of("icmp type 8 accept"), "meta protocol 800 · meta l4proto 1 · icmp type 8");
  EXPECT_EQ(matches_of("icmpv6 type nd-redirect accept"), "meta protocol 86dd · meta l4proto 3a · icmp type 89");
  EXPECT_EQ(matches_of("meta l4proto icmp icmp type 8 accept"), "meta l4proto 1 · icmp type 8");
  EXPECT_EQ(matches_of("ip saddr 1.2.3.4 icmpv6 type 1 accept"),
            "meta protocol 800 · ip saddr 1020304 · meta l4proto 3a · icmp type 1");
  EXPECT_EQ(matches_of("meta l4proto @p tcp dport 1 accept", "set p { type inet_proto; elements = { 6 } }\n"),
            "meta l4proto 6 · meta l4proto 6 · th dport 1");
}

TEST(Parser, ReadsEveryFormOfAValue) {
  EXPECT_EQ(matches_of("th dport 0x1f accept"), "th dport 1f");
  EXPECT_EQ(matches_of("th dport == \"ssh\" accept"), "th dport 16");
  EXPECT_EQ(matches_of("th dport 22-http accept"), "th dport 16-50");
  EXPECT_EQ(matches_of("th dport 22 - 23 accept"), "th dport 16-17");
  EXPECT_EQ(matches_of("th dport != 80-90 accept"), "th dport !50-5a");
  EXPECT_EQ(matches_of("th dport ne { 80-90, 22 } accept"), "th dport !16,50-5a");
  EXPECT_EQ(matches_of("th dport < 1024 accept"), "th dport 0-3ff");
  EXPECT_EQ(matches_of("th dport <= 1024 accept"), "th dport 0-400");
  EXPECT_EQ(matches_of("th dport gt 1024 accept"), "th dport 401-ffff");
  EXPECT_EQ(matches_of("th dport >= 1024 accept"), "th dport 400-ffff");
  EXPECT_EQ(matches_of("ip saddr 10.1.2.3/8 accept"), "meta protocol 800 · ip saddr a000000-affffff");
  EXPECT_EQ(matches_of("ip saddr 0.0.0.0/0 accept"), "meta protocol 800 · ip saddr 0-ffffffff");
  EXPECT_EQ(matches_of("ip saddr 1.0.0.1-1.0.0.9 accept"), "meta protocol 800 · ip saddr 1000001-1000009");
  EXPECT_EQ(matches_of("ip saddr { 10.0.0.0/8, 10.1.0.0/16, 11.0.0.0 - 11.0.0.1 comment \"y\" } accept"),
            "meta protocol 800 · ip saddr a000000-b000001");
  EXPECT_EQ(matches_of("ip6 saddr fe80::1-fe80::9 accept"),
            "meta protocol 86dd · ip6 saddr fe800000000000000000000000000001-fe800000000000000000000000000009");
  EXPECT_EQ(matches_of("ip6 saddr { ::/0 } accept"),
            "meta protocol 86dd · ip6 saddr 0-ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(matches_of("ip6 saddr ::ffff:1.2.3.4 accept"), "meta protocol 86dd · ip6 saddr ffff01020304");
  EXPECT_EQ(matches_of("meta protocol { ip, ip6, 0x9000 } accept"), "meta protocol 800,86dd,9000");
  EXPECT_EQ(matches_of("th dport {\n 1,\n\n 2 # two\n , 3\n } accept"), "th dport 1-3");
}

TEST(Parser, ReadsEveryFormOfTcpFlags) {
  const auto flags = [](const std::string& form) {
    return matches_of("tcp flags " + form + " accept").substr(std::string_view("meta l4proto 6 · tcp flags ").size());
  };
  EXPECT_EQ(flags("== syn"), "2");
  EXPECT_EQ(flags("== syn|ack"), "12");
  EXPECT_EQ(flags("== (syn|ack)"), "12");
  EXPECT_EQ(flags("{ syn, syn|ack, 0x10 }"), "2,10,12");
  EXPECT_EQ(flags("& (fin|syn|rst|psh|ack|urg|ecn) == syn,ack"), "12,92");
  EXPECT_EQ(flags("& 0xff == 0x2"), "2");
  EXPECT_EQ(flags("& 0xff { syn, ack }"), "2,10");
  EXPECT_EQ(flags("& 0xfe syn"), "2-3");
  EXPECT_EQ(flags("cwr"), "80-ff");
  EXPECT_EQ(flags("! cwr"), "0-7f");
  EXPECT_EQ(flags("< 4"), "0-3");
  EXPECT_EQ(flags("syn,ack / fin,syn,rst,psh,ack,urg,ecn"), "12,92");
  EXPECT_EQ(flags("!= 0"), "1-ff");
}

TEST(Parser, ReadsVariablesWhereverAValueStands) {
  EXPECT_EQ(matches_of("define P = 80-90\n define Q = { $P, 22 }\n th dport { $Q, 443 } accept"),
            "th dport 16,50-5a,1bb");
  EXPECT_EQ(matches_of("define A = 80\n define B = $A\n th dport $B - 90 accept"), "th dport 50-5a");
  EXPECT_EQ(matches_of("define S = { 1 }\n define T = $S\n th dport != $T accept"), "th dport !1");
  EXPECT_EQ(matches_of("define F = syn,ack\n tcp flags & $F == syn accept").substr(0, 34),
            "meta l4proto 6 · tcp flags 2-3,6-");
}

TEST(Parser, SharesTheValuesOfANamedSet) {
  const auto policy = policy_of(R"(table netdev f {
  chain c { type filter hook ingress device "d0" priority 0
    ip saddr @bad tcp dport != @ports drop
    ip daddr @bad drop
  }
  set ports { type inet_service; flags constant; size 9; policy memory; elements = { 22, ssh, 80 } }
  set bad {
    type ipv4_addr; flags interval, constant
    auto-merge
    elements = { 10.0.0.0/8,
                 10.1.0.0/16, 9.255.255.255 }
  }
  set six { type ipv6_addr; elements = { ::1 }; }
  set none { type icmpv6_type; }
})");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->default_verdict, Verdict::accept);
  EXPECT_EQ(policy->default_pos.line, 2);
  EXPECT_EQ(show_hex(*policy->rules[0].matches[1].values), "9ffffff-affffff");
  EXPECT_EQ(policy->rules[0].matches[1].values, policy->sets.at("bad").values);
  EXPECT_EQ(policy->rules[1].matches[1].values, policy->sets.at("bad").values);
  EXPECT_EQ(show_hex(*policy->rules[0].matches[3].values), "16,50");
  EXPECT_TRUE(policy->rules[0].matches[3].negated);
  EXPECT_EQ(policy->sets.at("bad").bits, 32);
  EXPECT_EQ(policy->sets.at("bad").pos.line, 7);
  EXPECT_EQ(policy->sets.at("six").bits, 128);
  EXPECT_EQ(policy->sets.at("ports").bits, 16);
  EXPECT_TRUE(policy->sets.at("none").values->empty());
}

TEST(Parser, TakesAnInetTableAndSaysWhatThatMeans) {
  const auto parsed =
      parse_policy("table inet f {\n chain c { type filter hook forward priority 0\n accept\n }\n}\n", "t");
  ASSERT_TRUE(parsed.policy);
  EXPECT_EQ(parsed.policy->family, "inet");
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].severity, Diagnostic::Severity::warning);
  EXPECT_THAT(parsed.diagnostics[0].message, testing::HasSubstr("judged as if it stood at netdev ingress"));
}

TEST(Parser, WarnsOfAMatchThatIsNeverTrue) {
  const auto parsed = parse_policy(policy_text("tcp flags 0 drop"), "t");
  ASSERT_TRUE(parsed.policy);
  EXPECT_EQ(render(parsed.diagnostics, false),
            "t:4:1: warning: this 'tcp flags' matches no packet\n  tcp flags 0 drop\n  ^~~~~~~~~\n");
}

TEST(Parser, LoadsAFileAndNamesOneThatIsNotThere) {
  const ParsedPolicy missing = load_policy("/nonexistent/x.nft");
  EXPECT_FALSE(missing.policy);
  ASSERT_EQ(missing.diagnostics.size(), 1U);
  EXPECT_TRUE(has_errors(missing.diagnostics));
  EXPECT_EQ(missing.diagnostics[0].file, "/nonexistent/x.nft");
  EXPECT_EQ(missing.diagnostics[0].pos.line, 0);
}

TEST(Parser, HundredThousandElementsAndTenThousandRulesAreNoTrouble) {
  // A guard against anything quadratic: with it this takes minutes, not about a second (unoptimised, sanitized).
  std::string sets = "set big { type ipv4_addr; flags interval; elements = {\n";
  for (unsigned i = 0; i < 100'000; ++i) sets += fmt::format("{}.{}.{}.0/24,\n", 1 + i / 65536, i / 256 % 256, i % 256);
  sets += "} }\n";
  std::string rules;
  for (unsigned i = 0; i < 10'000; ++i) rules += fmt::format("ip saddr @big tcp dport {{ {}, 90 }} counter drop\n", i);
  const auto policy = policy_of(policy_text(rules, "drop", sets));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules.size(), 10'000U);
  EXPECT_EQ(show_hex(*policy->sets.at("big").values), "1000000-2869fff");  // all of them side by side
}

}  // namespace
}  // namespace fwbench
