// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/test_packet.h"

namespace fwbench {
namespace {

using test::policy_text;
using ::testing::HasSubstr;
using ::testing::Not;

Result<std::string> lookup(const std::string& rules, const std::string& default_verdict = "drop") {
  const ParsedPolicy parsed = parse_policy(policy_text(rules, default_verdict), "test.nft");
  if (!parsed.policy) return fail(ErrorKind::usage, "{}", render(parsed.diagnostics, false));
  return nft_lookup_ruleset(*parsed.policy);
}

/// The rules begin in line 4.
std::string refusal(const std::string& rules) {
  const auto text = lookup(rules);
  if (text) return "no refusal: " + *text;
  EXPECT_EQ(text.error().kind, ErrorKind::unsupported);
  return text.error().message;
}

constexpr const char* kTcpRule = "ip saddr 198.18.0.1 ip daddr 198.19.0.1 tcp sport 1024 tcp dport 80";

TEST(NftLookup, RulesOfOneShapeBecomeElementsOfOneMap) {
  const auto text = lookup(std::string(kTcpRule) +
                           " accept\n"
                           "ip saddr 198.18.0.1 ip daddr 198.19.0.1 udp sport 1024 udp dport 80 drop\n");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text,
            "table netdev filter {\n"
            "  map rules {\n"
            "    type ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service : verdict\n"
            "    elements = {\n"
            "      198.18.0.1 . 198.19.0.1 . 6 . 1024 . 80 : accept,\n"
            "      198.18.0.1 . 198.19.0.1 . 17 . 1024 . 80 : drop\n"
            "    }\n"
            "  }\n"
            "  chain ingress {\n"
            "    type filter hook ingress device \"d0\" priority 0; policy drop;\n"
            "    ip saddr . ip daddr . meta l4proto . th sport . th dport vmap @rules\n"
            "  }\n"
            "}\n");
}

TEST(NftLookup, RangesMakeItAMapOfIntervalsAndSetsAllTheirCombinations) {
  const auto text = lookup("ip6 saddr 2001:2::/64 tcp dport { 80, 443 } accept\n", "accept");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("flags interval\n"));
  EXPECT_THAT(*text, HasSubstr("2001:2:0:0:0:0:0:0-2001:2:0:0:ffff:ffff:ffff:ffff . 6 . 80 : accept,\n"));
  EXPECT_THAT(*text, HasSubstr(" . 6 . 443 : accept\n"));
  EXPECT_THAT(*text, HasSubstr("policy accept;\n    ip6 saddr . meta l4proto . th dport vmap @rules\n"));
}

TEST(NftLookup, ALastRuleForAllStaysARule) {
  const auto text = lookup("tcp dport 80 drop\ncounter accept\ntcp dport 81 drop\n");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("vmap @rules\n    accept\n"));
  EXPECT_THAT(*text, Not(HasSubstr("81")));
}

/// Goes red when an element that an earlier rule has already is kept: nft would refuse, or take the later one.
TEST(NftLookup, TheFirstRuleWinsWhereOneIsInsideOfAnEarlierOne) {
  const auto text = lookup("tcp dport 80-90 drop\ntcp dport 85 accept\ntcp dport 80-90 accept\n");
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_THAT(*text, HasSubstr("elements = {\n      6 . 80-90 : drop\n    }"));
}

/// Goes red when only neighbours in the sorted order are compared, or only rules with different outcomes.
TEST(NftLookup, RulesThatOverlapOtherwiseAreRefused) {
  EXPECT_EQ(
      refusal("tcp dport 85 drop\ntcp dport 7 drop\ntcp dport 80-90 accept\n"),
      "cannot run this policy: test.nft:6: overlaps with the rule in test.nft:4, and the elements of a map have no "
      "order");
  EXPECT_THAT(refusal("ip saddr 10.0.0.0/8 tcp dport 1 drop\nip saddr 10.1.1.1 tcp dport 1-2 drop\n"),
              HasSubstr("test.nft:5: overlaps"));
}

TEST(NftLookup, WhatIsNoElementIsNamedWithItsLine) {
  EXPECT_THAT(refusal("tcp dport 1 drop\nip saddr 10.0.0.1 drop\n"),
              HasSubstr("test.nft:5: its matches are on other fields"));
  EXPECT_THAT(refusal("tcp dport != 1 drop\n"), HasSubstr("must not match"));
  EXPECT_THAT(refusal("ip ttl 1 drop\n"), HasSubstr("cannot be looked up"));
  EXPECT_THAT(refusal("tcp dport 1 counter\n"), HasSubstr("neither accepts nor drops"));
  EXPECT_THAT(refusal("ip protocol tcp ip saddr 10.0.0.1 drop\n"), HasSubstr("cannot be looked up"));
  EXPECT_THAT(refusal("meta protocol ip tcp dport 1 drop\n"), HasSubstr("cannot be looked up"));
  EXPECT_THAT(refusal("drop\n"), HasSubstr("nothing to look up"));
}

}  // namespace
}  // namespace fwbench
