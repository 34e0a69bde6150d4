// SPDX-License-Identifier: BSD-2-Clause
#include "engine/analysis.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace fwbench {
namespace {

/// "LINE contradiction" or "LINE by LINE" for every dead rule, with the lines of `rules` counted from 1.
std::string dead_rules(const std::string& rules, const std::string& chains = "") {
  const std::string head =
      "table netdev t {\n" + chains + "chain c { type filter hook ingress device \"d0\" priority 0; policy drop;\n";
  const auto first = static_cast<int>(std::count(head.begin(), head.end(), '\n')) + 1;
  const ParsedPolicy parsed = parse_policy(head + rules + "\n}\n}\n", "test.nft");
  EXPECT_NE(parsed.policy, nullptr) << render(parsed.diagnostics, false);
  if (parsed.policy == nullptr) return "";
  const auto flat = flatten(*parsed.policy);
  EXPECT_TRUE(flat.has_value());
  std::string text;
  for (const DeadRule& dead : analyse_policy(*flat).dead) {
    const auto line = [&](uint32_t rule) { return parsed.policy->rules[rule].pos.line - first + 1; };
    text += fmt::format("{} ", line(dead.rule));
    if (dead.why == DeadRule::Why::contradiction) {
      text += "contradiction ";
    } else {
      text += dead.by ? fmt::format("by {} ", line(*dead.by)) : "by several ";
    }
  }
  return text;
}

TEST(AnalysisTest, ARuleInsideAnEarlierOneIsShadowed) {
  EXPECT_EQ(dead_rules("ip saddr 10.0.0.0/8 drop\nip saddr 10.1.0.0/16 tcp dport 80 accept"), "2 by 1 ");
  EXPECT_EQ(dead_rules("ip saddr 10.1.0.0/16 drop\nip saddr 10.0.0.0/8 accept"), "");
  EXPECT_EQ(dead_rules("tcp dport != 80 drop\ntcp dport { 22, 443 } accept"), "2 by 1 ");
  EXPECT_EQ(dead_rules("tcp dport != 80 drop\ntcp dport { 22, 80 } accept"), "");
}

TEST(AnalysisTest, BehindARuleWithoutMatchesEverythingIsShadowed) {
  EXPECT_EQ(dead_rules("accept\ntcp dport 80 drop\ndrop"), "2 by 1 3 by 1 ");
}

// A packet without ports is not matched by a rule that names all of them.
TEST(AnalysisTest, AFieldThatMayBeAbsentIsNotCovered) {
  EXPECT_EQ(dead_rules("tcp dport 0-65535 drop\nmeta l4proto tcp accept"), "");
}

TEST(AnalysisTest, MatchesThatExcludeEachOther) {
  EXPECT_EQ(dead_rules("tcp dport 80 tcp dport 81 accept\naccept"), "1 contradiction ");
}

TEST(AnalysisTest, WhatOnlyCountsShadowsNothing) {
  EXPECT_EQ(dead_rules("ip saddr 10.0.0.0/8 counter\nip saddr 10.0.0.1 drop"), "");
}

TEST(AnalysisTest, AReturnLetsPacketsPastWhatStandsBehindIt) {
  const std::string chain = "chain sub {\nip saddr 10.0.0.1 return\nip saddr 10.0.0.0/8 drop\n}\n";
  EXPECT_EQ(dead_rules("jump sub\nip saddr 10.0.0.1 accept", chain), "");
}

TEST(AnalysisTest, ARuleOfAChainIsDeadOnlyWhenItIsAtEveryCall) {
  const std::string chain = "chain web {\ntcp dport 80 accept\n}\n";
  EXPECT_EQ(dead_rules("ip saddr 10.0.0.0/8 drop\nip saddr 10.1.0.0/16 jump web\njump web", chain), "");
  EXPECT_EQ(dead_rules("ip saddr 10.0.0.0/8 drop\nip saddr 10.1.0.0/16 jump web", chain), "-2 by 1 ");
}

}  // namespace
}  // namespace fwbench
