// SPDX-License-Identifier: BSD-2-Clause
#include "verify/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/oracle.h"
#include "traffic/packet.h"
#include "verify/policy_generator.h"

namespace fwbench::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kPolicy = R"(# generated
table netdev filter {
  set a { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 198.18.0.0/16 }; }
  set unused {
    type inet_service
    elements = { 1, 2, 3 }
  }
  chain ingress {
    type filter hook ingress device "d0" priority 0; policy accept;
    ip saddr 203.0.113.0/24 drop
    tcp dport { 22, 80, 443, 8080-8090 } ip saddr 198.18.0.0/16 counter drop comment "the one"
    udp dport 53 accept
    icmp type echo-request counter
  }
}
)";

bool drops(const std::string& text, std::span<const std::byte> frame) {
  const ParsedPolicy parsed = parse_policy(text, "t");
  return parsed.policy && judge_frame(*parsed.policy, frame).verdict == Verdict::drop;
}

TEST(Shrink, FindsTheOneRuleAndTheShortestFrame) {
  const std::vector<std::byte> frame =
      Ethernet{} / Vlan{.id = 7} / IPv4{.tos = 3, .options = {1, 1, 1, 1}} / Tcp{.dport = 443} / Payload{.size = 300};
  ASSERT_TRUE(drops(std::string(kPolicy), frame));
  // The policy's own verdict, or a rule without a condition, would drop as well: what is looked for is a match on 443.
  const StillWrong still_wrong = [](const std::string& text, std::span<const std::byte> bytes) {
    const ParsedPolicy parsed = parse_policy(text, "t");
    if (!parsed.policy) return false;
    const Judgement judgement = judge_frame(*parsed.policy, bytes);
    if (judgement.verdict != Verdict::drop || judgement.rule < 0) return false;
    const Rule& rule = parsed.policy->rules[static_cast<size_t>(judgement.rule)];
    return rule.text.find("443") != std::string::npos;
  };
  const Case small = shrink({std::string(kPolicy), frame}, still_wrong, 20s);
  EXPECT_TRUE(still_wrong(small.policy, small.frame)) << small.policy;
  EXPECT_EQ(parse_policy(small.policy, "t").policy->rules.size(), 1U) << small.policy;
  for (const char* gone : {"set", "203.0.113", "echo-request", "comment", "8080", "198.18"}) {
    EXPECT_THAT(small.policy, Not(HasSubstr(gone)));
  }
  EXPECT_LE(small.frame.size(), 14U + 20 + 4) << "Ethernet, IPv4 and the ports";
}

TEST(Shrink, KeepsWhatCannotBeMadeSmaller) {
  const std::vector<std::byte> frame(14);
  const Case small = shrink(
      {"x", frame}, [](const std::string& text, auto bytes) { return text == "x" && bytes.size() == 14; }, 1s);
  EXPECT_EQ(small.policy, "x");
  EXPECT_EQ(small.frame, frame);
}

TEST(Shrink, StopsWhenItsTimeIsOver) {
  const auto start = std::chrono::steady_clock::now();
  const std::string policy = generate_policy({.seed = 1, .index = 5});
  const Case same = shrink(
      {policy, std::vector<std::byte>(1500, std::byte{1})}, [](const std::string&, auto) { return false; }, 50ms);
  EXPECT_EQ(same.policy, policy);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

}  // namespace
}  // namespace fwbench::verify
