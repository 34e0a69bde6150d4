// SPDX-License-Identifier: BSD-2-Clause
#include "dut/xdp_filter_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fwbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

std::shared_ptr<const Policy> policy_of(const std::string& rules, const std::string& policy, const char* family) {
  const bool netdev = std::string(family) == "netdev";
  const std::string hook = netdev ? "ingress device \"d0\"" : "forward";
  auto parsed = parse_policy(
      fmt::format("table {} t {{\n chain c {{\n  type filter hook {} priority 0; policy {};\n{}\n }}\n}}\n", family,
                  hook, policy, rules),
      "p.nft");
  EXPECT_TRUE(parsed.policy) << (parsed.diagnostics.empty() ? "" : parsed.diagnostics.front().message);
  return parsed.policy;
}

Result<XdpFilterRules> rules_of(const std::string& rules, const std::string& policy = "accept",
                                const char* family = "netdev") {
  return xdp_filter_rules(*policy_of(rules, policy, family));
}

std::string objection(const std::string& rules, const std::string& policy = "accept", const char* family = "netdev") {
  const auto result = rules_of(rules, policy, family);
  if (result) return "none";
  EXPECT_EQ(result.error().kind, ErrorKind::unsupported);
  return result.error().message;
}

TEST(XdpFilterRules, ListsOfWhatIsDropped) {
  const auto rules = rules_of(
      "udp dport 1234 counter drop\n"
      "ip saddr 192.0.2.1 drop\n"
      "ip6 daddr 2001:db8::1 drop\n"
      "meta l4proto { tcp, udp } th sport { 53, 123 } drop\n");
  ASSERT_TRUE(rules) << rules.error().to_string();
  EXPECT_FALSE(rules->denies);
  EXPECT_THAT(rules->commands,
              ElementsAre(Words{"port", "-m", "dst", "-p", "udp", "1234"}, Words{"ip", "-m", "src", "192.0.2.1"},
                          Words{"ip", "-m", "dst", "2001:db8::1"}, Words{"port", "-m", "src", "-p", "tcp,udp", "53"},
                          Words{"port", "-m", "src", "-p", "tcp,udp", "123"}));
}

TEST(XdpFilterRules, ListsOfWhatMayPass) {
  const auto rules = rules_of("tcp dport { 80, 443 } accept", "drop");
  ASSERT_TRUE(rules) << rules.error().to_string();
  EXPECT_TRUE(rules->denies);
  EXPECT_EQ(rules->commands.size(), 2U);
}

// Each would be a false drop or a false pass if it were let through.
TEST(XdpFilterRules, WhatDoesNotFitIsNamedWithItsLine) {
  EXPECT_THAT(objection("ip saddr 192.0.2.1 tcp dport 80 drop"),
              HasSubstr("p.nft:4: ip saddr 192.0.2.1 tcp dport 80 drop: it looks at one field alone"));
  EXPECT_THAT(objection("udp dport 53 drop\ntcp dport 80 accept"),
              HasSubstr("p.nft:5: tcp dport 80 accept: where the rest"));
  EXPECT_THAT(objection("tcp dport 80 drop", "drop"), HasSubstr("all its rules accept"));
  EXPECT_THAT(objection("ip saddr 192.0.2.0/23 drop"), HasSubstr("more than 256"));
  EXPECT_THAT(objection("ip saddr != 192.0.2.1 drop"), HasSubstr("it cannot say 'not'"));
  EXPECT_THAT(objection("meta l4proto icmp drop"), HasSubstr("addresses and ports only"));
  EXPECT_THAT(objection("tcp flags syn drop"), HasSubstr("it cannot look at"));
  EXPECT_THAT(objection("th dport 53 drop"), HasSubstr("its ports are those of TCP"));
  EXPECT_THAT(objection("ip protocol udp ip saddr 192.0.2.1 drop"), HasSubstr("one field alone"));
  EXPECT_THAT(objection("tcp dport 53 drop\nudp sport 53 drop"), HasSubstr("the other direction of port 53"));
  EXPECT_THAT(objection("tcp dport 80 accept", "drop", "inet"), HasSubstr("what is not IP"));
}

}  // namespace
}  // namespace fwbench
