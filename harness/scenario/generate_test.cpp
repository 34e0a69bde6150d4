// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/generate.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "policy/policy.h"
#include "scenario/policy_flows.h"
#include "scenario/ranges.h"

namespace fwbench {
namespace {

std::shared_ptr<const Policy> parse(const PolicyRecipe& recipe) {
  ParsedPolicy parsed = parse_policy(generate_policy(recipe), generated_name(recipe));
  EXPECT_TRUE(parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
  return parsed.policy;
}

std::string without_verdict(const Rule& rule) {
  return rule.text.substr(0, rule.text.rfind(' '));
}

TEST(FiveTuples, AreDistinctAndAcceptTheirShare) {
  for (const uint32_t rules : {1U, 10U, 1000U}) {
    const auto policy = parse({.rules = rules});
    ASSERT_TRUE(policy);
    ASSERT_EQ(policy->rules.size(), rules);
    EXPECT_EQ(policy->default_verdict, Verdict::drop);
    std::set<std::string> distinct;
    uint32_t accepting = 0;
    for (const Rule& rule : policy->rules) {
      EXPECT_FALSE(rule.counted);
      distinct.insert(without_verdict(rule));
      accepting += rule.outcome.action == Action::accept ? 1 : 0;
    }
    EXPECT_EQ(distinct.size(), rules);
    EXPECT_EQ(accepting, rules / 10);
  }
}

// No ipset holds both ports.
TEST(FourTuples, AreTheSameWithoutSourcePorts) {
  const auto policy = parse({.generator = PolicyGenerator::four_tuples, .rules = 1000});
  ASSERT_TRUE(policy);
  std::set<std::string> distinct;
  for (const Rule& rule : policy->rules) {
    EXPECT_EQ(rule.text.find("sport"), std::string::npos);
    distinct.insert(without_verdict(rule));
  }
  EXPECT_EQ(distinct.size(), 1000U);
}

TEST(FiveTuples, AreTheSameForASeedAndOthersForAnother) {
  const auto rules = [](const PolicyRecipe& recipe) {
    const std::string text = generate_policy(recipe);
    return text.substr(text.find("chain"));  // the comment above has the seed in it
  };
  EXPECT_EQ(rules({.rules = 50}), rules({.rules = 50}));
  EXPECT_NE(rules({.rules = 50}), rules({.rules = 50, .seed = 2}));
  EXPECT_NE(generated_name({.rules = 50}), generated_name({.rules = 50, .seed = 2}));
}

/// Catches adjacent prefixes, which the parser would merge into one element.
TEST(Blocklist, HasAsManyElementsAsWantedInBothFamilies) {
  for (const IpVersion family : {IpVersion::v4, IpVersion::v6}) {
    const auto policy = parse({.generator = PolicyGenerator::blocklist, .prefixes = 20'000, .family = family});
    ASSERT_TRUE(policy);
    const NamedSet& set = policy->sets.at("blocklist");
    EXPECT_EQ(set.bits, family == IpVersion::v4 ? 32 : 128);
    EXPECT_EQ(set.values->size(), 20'000U);
    EXPECT_EQ(policy->default_verdict, Verdict::accept);
    ASSERT_EQ(policy->rules.size(), 1U);
    const IntervalSet lab = family == IpVersion::v4 ? IntervalSet{parse_address_range("198.18.0.0/15", family).value()}
                                                    : IntervalSet{parse_address_range("2001:2::/48", family).value()};
    EXPECT_EQ(subtract(*set.values, lab), *set.values) << "the lab's own addresses";
  }
}

TEST(Blocklist, IsMostlyHostsAndSlash24) {
  const auto policy = parse({.generator = PolicyGenerator::blocklist, .prefixes = 10'000});
  ASSERT_TRUE(policy);
  std::map<uint64_t, int> sizes;
  for (const Interval& i : *policy->sets.at("blocklist").values) ++sizes[static_cast<uint64_t>(i.last - i.first) + 1];
  EXPECT_NEAR(sizes[1], 4300, 250);
  EXPECT_NEAR(sizes[256], 4000, 250);
  EXPECT_GT(sizes[65536], 0);
}

Result<std::shared_ptr<const std::vector<TrafficClass>>> flows_of(const std::string& rules, RuleFilter filter) {
  const ParsedPolicy parsed =
      parse_policy("table netdev t {\n chain c {\n  type filter hook ingress device \"d0\" priority 0; policy drop;\n" +
                       rules + " }\n}\n",
                   "p.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  if (!parsed.policy) return fail(ErrorKind::usage, "no policy");
  return flows_of_policy(*parsed.policy, filter, {});
}

TEST(PolicyFlows, TakeTheirFieldsFromTheRuleAndTheRestFromTheLab) {
  const auto flows = flows_of(
      "ip6 saddr 2001:2::5 udp dport 53 accept\n icmp type echo-request drop\n"
      "tcp dport != 22 tcp dport < 24 tcp flags == syn drop\n",
      RuleFilter::all);
  ASSERT_TRUE(flows) << flows.error().message;
  ASSERT_EQ((*flows)->size(), 3U);
  const TrafficClass& dns = (**flows)[0];
  EXPECT_EQ(dns.ip, IpVersion::v6);
  EXPECT_EQ(dns.l4proto, 17);
  EXPECT_EQ(dns.dport, (IntervalSet{{53, 53}}));
  EXPECT_EQ(dns.sport, (IntervalSet{{1024, 65535}}));
  EXPECT_EQ((**flows)[1].l4proto, 1);
  EXPECT_EQ((**flows)[2].dport, (IntervalSet{{0, 21}, {23, 23}}));
  EXPECT_EQ((**flows)[2].tcp_flags, std::vector<uint8_t>{0x02});
  EXPECT_EQ((*flows_of("tcp dport 1 accept\n tcp dport 2 drop\n", RuleFilter::drop))->size(), 1U);
}

TEST(PolicyFlows, RefuseARuleThatTheyCannotMakeFramesFor) {
  for (const char* const rule :
       {"meta protocol arp accept", "meta l4proto gre drop", "ip saddr 192.0.2.1 ip saddr != 192.0.2.1 drop"}) {
    const auto flows = flows_of(std::string(rule) + "\n", RuleFilter::all);
    ASSERT_FALSE(flows) << rule;
    EXPECT_NE(flows.error().message.find("p.nft:4"), std::string::npos) << flows.error().message;
  }
  EXPECT_FALSE(flows_of("tcp dport 1 drop\n", RuleFilter::accept)) << "no rule at all";
}

}  // namespace
}  // namespace fwbench
