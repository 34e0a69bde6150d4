// SPDX-License-Identifier: BSD-2-Clause
/// scenarios/policies: the ruleset that the scenarios use, and the README that says what may be written.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

#include "core/file.h"
#include "policy/oracle.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

std::filesystem::path policies() {
  return std::filesystem::path(FWBENCH_SOURCE_DIR) / "scenarios/policies";
}

std::shared_ptr<const Policy> edge() {
  const ParsedPolicy parsed = load_policy(policies() / "edge.nft");
  EXPECT_TRUE(parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
  return parsed.policy;
}

bool overlaps(const IntervalSet& values, Interval other) {
  return std::any_of(values.begin(), values.end(), [&](const Interval& interval) {
    return interval.first <= other.last && other.first <= interval.last;
  });
}

constexpr Interval kLab4 = {0xc6120000, 0xc613ffff};  // 198.18.0.0/15
constexpr FieldValue kLab6First = FieldValue{0x20010002} << 96;
constexpr Interval kLab6 = {kLab6First, kLab6First | ((FieldValue{1} << 80) - 1)};  // 2001:2::/48

TEST(EdgePolicy, HasWhatTheScenariosCountOn) {
  const auto policy = edge();
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->family, "netdev");
  EXPECT_EQ(policy->default_verdict, Verdict::drop);
  EXPECT_GE(policy->rules.size(), 20U);
  EXPECT_LE(policy->rules.size(), 40U);
  for (const Rule& rule : policy->rules) EXPECT_TRUE(rule.counted && rule.outcome.action != Action::next) << rule.text;
  EXPECT_GE(policy->sets.at("blocklist4").values->size(), 1000U);
  EXPECT_GE(policy->sets.at("blocklist6").values->size(), 200U);
}

TEST(EdgePolicy, BlocksNothingOfTheLabsOwn) {
  const auto policy = edge();
  ASSERT_TRUE(policy);
  for (const char* name : {"bogons4", "blocklist4"})
    EXPECT_FALSE(overlaps(*policy->sets.at(name).values, kLab4)) << name;
  for (const char* name : {"bogons6", "blocklist6"})
    EXPECT_FALSE(overlaps(*policy->sets.at(name).values, kLab6)) << name;
  const IntervalSet& bogons = *policy->sets.at("bogons4").values;
  for (const Interval& blocked : *policy->sets.at("blocklist4").values) EXPECT_FALSE(overlaps(bogons, blocked));
  constexpr Interval kGlobal6 = {FieldValue{2} << 124, (FieldValue{4} << 124) - 1};  // 2000::/3
  for (const Interval& blocked : *policy->sets.at("blocklist6").values) {
    EXPECT_TRUE(kGlobal6.first <= blocked.first && blocked.last <= kGlobal6.last);
  }
}

TEST(EdgePolicy, DecidesAsItsCommentsSay) {
  const auto policy = edge();
  ASSERT_TRUE(policy);
  const auto verdict = [&](const Bytes& frame) { return judge_frame(*policy, frame).verdict; };
  const auto udp4 = [](const Ipv4& ip, uint16_t sport, uint16_t dport) {
    Ipv4 header = ip;
    header.protocol = 17;
    return ethernet(kIp, ipv4(header, udp(sport, dport)));
  };
  for (const uint16_t port : {uint16_t{22}, uint16_t{80}, uint16_t{443}}) {
    EXPECT_EQ(verdict(tcp4({}, {.dport = port, .flags = 0x02})), Verdict::accept) << port;
    EXPECT_EQ(verdict(tcp4({}, {.dport = port, .flags = 0x18})), Verdict::accept) << port;
    EXPECT_EQ(verdict(tcp6({}, {.dport = port, .flags = 0x02})), Verdict::accept) << port;
  }
  EXPECT_EQ(verdict(tcp4({.saddr = "8.8.8.8"}, {.dport = 22})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({.saddr = "8.8.8.8"}, {.dport = 443})), Verdict::accept);
  EXPECT_EQ(verdict(tcp4({.saddr = "2.204.7.7"}, {.dport = 443})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({.saddr = "10.1.2.3"}, {.dport = 443})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({.saddr = "198.19.1.1"}, {.dport = 443})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({.daddr = "198.18.9.9"}, {.dport = 443})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({}, {.dport = 3306})), Verdict::drop);
  EXPECT_EQ(verdict(tcp4({}, {.dport = 40000, .flags = 0x10})), Verdict::accept);
  for (const int flags : {0x00, 0x29, 0x03, 0x06, 0x01}) {
    EXPECT_EQ(verdict(tcp4({}, {.dport = 443, .flags = static_cast<uint8_t>(flags)})), Verdict::drop) << flags;
  }
  EXPECT_EQ(verdict(udp4({.daddr = "198.19.0.53"}, 5000, 53)), Verdict::accept);
  EXPECT_EQ(verdict(udp4({.daddr = "198.19.0.54"}, 5000, 53)), Verdict::drop);
  EXPECT_EQ(verdict(udp4({}, 5000, 123)), Verdict::accept);
  EXPECT_EQ(verdict(udp4({}, 5000, 443)), Verdict::accept);
  EXPECT_EQ(verdict(udp4({}, 11211, 5000)), Verdict::drop);
  EXPECT_EQ(verdict(ethernet(kIp, ipv4({.protocol = 1}, icmp(8)))), Verdict::accept);
  EXPECT_EQ(verdict(ethernet(kIp, ipv4({.protocol = 1}, icmp(13)))), Verdict::drop);
  EXPECT_EQ(verdict(ethernet(kArp, zeros(28))), Verdict::accept);
  EXPECT_EQ(verdict(ethernet(0x88cc, zeros(46))), Verdict::drop);
}

/// Rulesets as sites have them: no warnings, and about as long as their comments in README.md say.
TEST(SitePolicies, ParseWithoutAWord) {
  struct Site {
    const char* file;
    size_t rules;
    size_t chains;
  };
  for (const Site& site :
       {Site{"home_router.nft", 60, 13}, Site{"web_frontend.nft", 100, 21}, Site{"datacenter_edge.nft", 2000, 254}}) {
    const ParsedPolicy parsed = load_policy(policies() / site.file);
    EXPECT_TRUE(parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
    ASSERT_TRUE(parsed.policy) << site.file;
    EXPECT_NEAR(static_cast<double>(parsed.policy->rules.size()), static_cast<double>(site.rules),
                static_cast<double>(site.rules) / 5)
        << site.file;
    EXPECT_EQ(parsed.policy->chains.size(), site.chains) << site.file;
    EXPECT_EQ(parsed.policy->default_verdict, Verdict::drop);
  }
}

TEST(PoliciesReadme, ShowsARulesetThatParses) {
  const auto readme = read_file(policies() / "README.md");
  ASSERT_TRUE(readme);
  size_t shown = 0;
  for (size_t at = readme->find("```nft\n"); at != std::string::npos; at = readme->find("```nft\n", at)) {
    at += std::string_view("```nft\n").size();
    const size_t end = readme->find("```", at);
    ASSERT_NE(end, std::string::npos);
    const ParsedPolicy parsed = parse_policy(std::string_view(*readme).substr(at, end - at), "README.md");
    EXPECT_TRUE(parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
    at = end;
    ++shown;
  }
  EXPECT_EQ(shown, 1U);
}

}  // namespace
}  // namespace fwbench
