// SPDX-License-Identifier: BSD-2-Clause
/// Generated policies are legal, the same for a seed, and as many-sided as promised.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "policy/policy.h"
#include "verify/policy_generator.h"

namespace fwbench::verify {
namespace {

size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(PolicyGenerator, WritesTheSamePolicyForASeed) {
  const PolicyShape shape = {.seed = 42, .index = 3};
  EXPECT_EQ(generate_policy(shape), generate_policy(shape));
  EXPECT_NE(generate_policy(shape), generate_policy({.seed = 43, .index = 3}));
  EXPECT_NE(generate_policy(shape), generate_policy({.seed = 42, .index = 4}));
}

TEST(PolicyGenerator, WritesWhatTheParserReads) {
  for (size_t i = 0; i < 200; ++i) {
    const std::string text = generate_policy({.seed = 7, .index = i});
    const ParsedPolicy parsed = parse_policy(text, "generated.nft");
    ASSERT_NE(parsed.policy, nullptr) << render(parsed.diagnostics, false);
    EXPECT_GE(parsed.policy->rules.size(), rules_of_policy({.seed = 7, .index = i}));
  }
}

/// A short campaign must meet every place where a bitset over rules is cut.
TEST(PolicyGenerator, ShortCampaignsHaveEverySize) {
  std::set<size_t> sizes;
  for (size_t i = 0; i < 20; ++i) sizes.insert(rules_of_policy({.seed = 1, .index = i}));
  EXPECT_LE(*sizes.begin(), 30U);
  EXPECT_TRUE(std::any_of(sizes.begin(), sizes.end(), [](size_t rules) { return rules > 64 && rules < 4096; }));
  EXPECT_GT(*sizes.rbegin(), 4096U);
}

TEST(PolicyGenerator, UsesEveryFieldAndForm) {
  std::string all;
  for (size_t i = 0; i < 60; ++i) all += generate_policy({.seed = 1, .index = i});
  for (const char* part : {"ip saddr",
                           "ip daddr",
                           "ip6 saddr",
                           "ip6 daddr",
                           "tcp sport",
                           "tcp dport",
                           "udp sport",
                           "udp dport",
                           "th sport",
                           "th dport",
                           "icmp type",
                           "icmpv6 type",
                           "meta protocol",
                           "meta l4proto",
                           "ip protocol",
                           "tcp flags",
                           "!= ",
                           "< ",
                           ">= ",
                           "@s",
                           " accept",
                           " drop",
                           "policy accept",
                           "policy drop",
                           "0-",
                           "-65535",
                           "65535"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part;
  }
}

/// Without the first, a skip that ends where a word of a bitset does is never taken; without the second, "any of these
/// flags" cannot be told from "all of them".
TEST(PolicyGenerator, ShortCampaignsSkipAcrossWordsAndListFlags) {
  size_t policies_with_skips = 0;
  size_t flag_lists = 0;
  for (size_t i = 0; i < 60; ++i) {
    const std::string text = generate_policy({.seed = 1, .index = i});
    policies_with_skips += count_of(text, "ip saddr . tcp dport != { 10.") > 20 ? 1 : 0;
    flag_lists += count_of(text, "tcp flags syn,") + count_of(text, "tcp flags fin,");
  }
  EXPECT_GE(policies_with_skips, 3U);
  EXPECT_GE(flag_lists, 10U);
}

}  // namespace
}  // namespace fwbench::verify
