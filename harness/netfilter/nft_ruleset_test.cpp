// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_ruleset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fwbench {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

Policy parse(const std::string& text) {
  const ParsedPolicy parsed = parse_policy(text, "test.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  return parsed.policy ? *parsed.policy : Policy{};
}

/// All that is not the family or the hook looks like it here.
constexpr const char* kNetdev =
    "# table netdev filter { type filter hook ingress device \"d0\" priority 0;\n"
    "define DEVICE = \"d0\"\n"
    "table netdev filter\n"
    "flush table netdev filter\n"
    "table netdev filter {\n"
    "  chain other { comment \"table netdev filter\"\n"
    "    tcp dport 1 drop\n"
    "  }\n"
    "  chain c { type filter hook ingress device $DEVICE priority -10; policy drop;\n"
    "    jump other\n"
    "  }\n"
    "}\n";

TEST(NftRuleset, ANetdevPolicyMovesIntoTheStackWithNothingElseChanged) {
  const std::string moved =
      "# table netdev filter { type filter hook ingress device \"d0\" priority 0;\n"
      "define DEVICE = \"d0\"\n"
      "table inet filter\n"
      "flush table inet filter\n"
      "table inet filter {\n"
      "  chain other { comment \"table netdev filter\"\n"
      "    tcp dport 1 drop\n"
      "  }\n"
      "  chain c { type filter hook prerouting priority raw; policy drop;\n"
      "    jump other\n"
      "  }\n"
      "}\n";
  EXPECT_EQ(nft_ruleset_at(parse(kNetdev), NftHook::prerouting), moved);
  EXPECT_THAT(nft_ruleset_at(parse(kNetdev), NftHook::forward),
              HasSubstr("chain c { type filter hook forward priority filter; policy drop;"));
}

TEST(NftRuleset, AtIngressANetdevPolicyStaysAndIsPutOnOurDevice) {
  const std::string text = nft_ruleset_at(parse(kNetdev), NftHook::ingress);
  EXPECT_THAT(text, HasSubstr("chain c { type filter hook ingress device \"d0\" priority 0; policy drop;"));
  EXPECT_THAT(text, HasSubstr("\ntable netdev filter {\n"));
}

TEST(NftRuleset, APolicyOfTheStackKeepsItsFamilyThere) {
  for (const char* const family : {"inet", "ip", "ip6"}) {
    const Policy policy =
        parse(fmt::format("table {} t {{\n chain c {{\n  type filter hook input priority filter; policy drop;\n  tcp "
                          "dport 1 accept\n }}\n}}\n",
                          family));
    EXPECT_EQ(nft_ruleset_at(policy, NftHook::forward),
              fmt::format("table {} t {{\n chain c {{\n  type filter hook forward priority filter; policy drop;\n"
                          "  tcp dport 1 accept\n }}\n}}\n",
                          family));
  }
}

/// Goes red when the guard is left out: a netdev chain with `policy drop` would drop ARP, which the policy never saw.
TEST(NftRuleset, APolicyOfTheStackLetsThroughAtIngressWhatItNeverSaw) {
  const std::pair<const char*, const char*> cases[] = {{"inet", "meta protocol != { ip, ip6 } accept;"},
                                                       {"ip", "meta protocol != ip accept;"},
                                                       {"ip6", "meta protocol != ip6 accept;"}};
  for (const auto& [family, guard] : cases) {
    const Policy policy =
        parse(fmt::format("table {} t {{\n chain c {{\n  tcp dport 1 accept\n  type filter hook input priority 0; "
                          "policy drop;\n }}\n}}\n",
                          family));
    EXPECT_EQ(nft_ruleset_at(policy, NftHook::ingress),
              fmt::format("table netdev t {{\n chain c {{ {}\n  tcp dport 1 accept\n"
                          "  type filter hook ingress device \"d0\" priority 0; policy drop;\n }}\n}}\n",
                          guard));
  }
}

TEST(NftRuleset, OtherTablesThatAreClearedKeepTheirFamily) {
  const Policy policy = parse(
      "table netdev other\ndelete table netdev other\nflush ruleset\n"
      "table netdev t {\n chain c {\n  type filter hook ingress device \"d0\" priority 0;\n }\n}\n");
  const std::string text = nft_ruleset_at(policy, NftHook::forward);
  EXPECT_THAT(text, HasSubstr("table netdev other\ndelete table netdev other\nflush ruleset\ntable inet t {"));
}

TEST(NftRuleset, AStatementOfSeveralLinesKeepsTheirNumber) {
  const std::string text =
      "table netdev t {\n chain c {\n  type filter hook ingress \\\n   device \"d0\" \\\n   priority 0;\n  tcp dport 1 "
      "drop\n }\n}\n";
  const std::string moved = nft_ruleset_at(parse(text), NftHook::forward);
  EXPECT_EQ(std::count(moved.begin(), moved.end(), '\n'), std::count(text.begin(), text.end(), '\n')) << moved;
}

TEST(NftRuleset, BooksStandAroundThePolicy) {
  EXPECT_THAT(nft_books(NftHook::ingress, NftTracking::off),
              HasSubstr("chain passed { type filter hook ingress device \"d0\" priority 500; counter fwd to \"d1\"\n"));
  EXPECT_THAT(nft_books(NftHook::prerouting, NftTracking::off),
              HasSubstr("table inet fwbench_books {\n"
                        "  chain arrived { type filter hook prerouting priority -301; counter\n  }\n"
                        "  chain passed { type filter hook prerouting priority -299; counter\n  }\n"));
  EXPECT_THAT(nft_books(NftHook::forward, NftTracking::on),
              HasSubstr("priority -1; ct state { invalid, new, established, related, untracked } counter\n"));
}

TEST(NftRuleset, MessagesNameTheFileThatALineIsFrom) {
  Policy policy;
  policy.file = "edge.nft";
  policy.parts = {{1, "edge.nft", 1}, {3, "lists.nft", 1}, {5, "edge.nft", 4}};
  EXPECT_EQ(cannot_run(policy, 4, "why").value().message, "cannot run this policy: lists.nft:2: why");
  EXPECT_EQ(cannot_run(policy, 4, "why").value().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace fwbench
