// SPDX-License-Identifier: BSD-2-Clause
/// The BPF firewall through BPF_PROG_RUN: the kernel's own verdict on single frames. Needs root.
#include "engine/firewall_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <numeric>

#include "engine/classifier.h"
#include "engine/testing.h"
#include "firewall.skel.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using testing::Random;
using testing::TestFrame;

PolicyImage compiled(const Policy& policy) {
  auto image = compile_policy(policy);
  EXPECT_TRUE(image.has_value());
  return std::move(image).value();
}

class FirewallProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to load BPF programs";
  }

  FirewallProgram load(const Policy& policy, const FirewallOptions& options = {}) {
    auto program = FirewallProgram::load(compiled(policy), options);
    if (!program) ADD_FAILURE() << program.error().to_string();
    return std::move(program).value();
  }

  /// XDP action for one frame.
  uint32_t run(const FirewallProgram& program, const TestFrame& frame, uint32_t repeat = 1) {
    std::array<std::byte, 4096> out;
    bpf_test_run_opts options = {};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.data_out = out.data();
    options.data_size_out = out.size();
    options.repeat = static_cast<int>(repeat);
    EXPECT_EQ(bpf_prog_test_run_opts(program.fd(), &options), 0) << frame.size();
    return options.retval;
  }

  void expect_oracle_agrees(const FirewallProgram& program, const Policy& policy,
                            const std::vector<TestFrame>& frames) {
    for (size_t i = 0; i < frames.size(); ++i) {
      const Judgement expected = judge_frame(policy, frames[i]);
      const uint32_t action = run(program, frames[i]);
      ASSERT_EQ(action, expected.verdict == Verdict::accept ? XDP_PASS : XDP_DROP)
          << fmt::format("frame {} rule {}: {:02x}", i, expected.rule, fmt::join(frames[i], " "));
    }
  }

  /// Rule hits must be those of the userspace engine, which are held against the oracle.
  void expect_same_hits(const FirewallProgram& program, const PolicyImage& image,
                        const std::vector<TestFrame>& frames) {
    const auto classifier = Classifier::open(image.bytes());
    ASSERT_TRUE(classifier.has_value());
    std::vector<uint64_t> expected(classifier->rules() + 1);
    for (const TestFrame& frame : frames) {
      const FrameView one = testing::view(frame);
      (void)classifier->classify({&one, 1}, expected);
    }
    const auto hits = program.read_rule_hits();
    ASSERT_TRUE(hits.has_value());
    EXPECT_EQ(*hits, expected);
  }
};

TEST_F(FirewallProgramTest, AgreesWithTheOracleOnSmallPolicies) {
  Random random(11);
  for (size_t rules : {0, 1, 5, 30, 64}) {
    SCOPED_TRACE(rules);
    const Policy policy = testing::random_policy(random, rules);
    const FirewallProgram program = load(policy);
    std::vector<TestFrame> frames;
    for (int i = 0; i < 1500; ++i) frames.push_back(testing::random_frame(random));
    expect_oracle_agrees(program, policy, frames);
    expect_same_hits(program, compiled(policy), frames);
  }
}

TEST_F(FirewallProgramTest, AgreesWithTheOracleBeyondOneWord) {
  Random random(12);
  for (size_t rules : {65, 130, 500}) {
    SCOPED_TRACE(rules);
    const Policy policy = testing::random_policy(random, rules);
    const FirewallProgram program = load(policy);
    std::vector<TestFrame> frames;
    for (int i = 0; i < 1000; ++i) frames.push_back(testing::random_frame(random));
    expect_oracle_agrees(program, policy, frames);
    expect_same_hits(program, compiled(policy), frames);
  }
}

// Every third rule is for UDP: the row of TCP has all blocks, and no two words of it are alike. Reading the wrong one
// of them finds another rule. Two rules share an address, so that it has a row.
TEST_F(FirewallProgramTest, ReadsTheRightWordOfRowsWithAllBlocks) {
  Policy policy = testing::narrow_policy(10'000);
  const auto address_of = [](size_t rule) { return static_cast<uint32_t>(0x0a000000 + rule / 2); };
  for (size_t rule = 0; rule < policy.rules.size(); ++rule) {
    for (Match& match : policy.rules[rule].matches) {
      if (match.field == Field::ip_saddr) match = testing::match(Field::ip_saddr, address_of(rule));
      if (match.field == Field::l4proto && rule % 3 == 0) match = testing::match(Field::l4proto, IPPROTO_UDP);
    }
  }
  const FirewallProgram program = load(policy);
  std::vector<TestFrame> frames;
  for (size_t rule = 0; rule < 10'010; rule += 5) {
    frames.push_back(testing::tcp_syn(address_of(rule), 0xc6120001, 40000, static_cast<uint16_t>(1000 + rule % 7)));
  }
  expect_oracle_agrees(program, policy, frames);
  expect_same_hits(program, compiled(policy), frames);
}

// An address that one rule alone accepts leads to that rule, which then asks for the rest.
TEST_F(FirewallProgramTest, HoldsThePacketAgainstAllOfTheOneRuleItsAddressLeadsTo) {
  Policy policy = testing::narrow_policy(1000);
  for (size_t rule = 0; rule < policy.rules.size(); ++rule) {
    auto& matches = policy.rules[rule].matches;
    if (rule % 2 == 0) matches.push_back(testing::match(Field::ip_daddr, 0xc6120001));
    if (rule % 4 == 0) matches.push_back(testing::match(Field::th_sport, 40000));
  }
  const FirewallProgram program = load(policy);
  std::vector<TestFrame> frames;
  for (uint32_t rule = 0; rule < 1000; rule += 3) {
    const auto dport = static_cast<uint16_t>(1000 + rule % 7);
    const auto udp = [](TestFrame frame) { return frame[ETH_HLEN + 9] = std::byte{IPPROTO_UDP}, frame; };
    frames.push_back(testing::tcp_syn(0x0a000000 + rule, 0xc6120001, 40000, dport));
    frames.push_back(testing::tcp_syn(0x0a000000 + rule, 0xc6120002, 40000, dport));
    frames.push_back(testing::tcp_syn(0x0a000000 + rule, 0xc6120001, 40001, dport));
    frames.push_back(testing::tcp_syn(0x0a000000 + rule, 0xc6120001, 40000, dport + 1));
    frames.push_back(udp(frames.front()));
  }
  expect_oracle_agrees(program, policy, frames);
  expect_same_hits(program, compiled(policy), frames);
}

TEST_F(FirewallProgramTest, FindsEveryRuleBeyondOneSummaryWord) {
  const Policy policy = testing::narrow_policy(10'000);
  const FirewallProgram program = load(policy);
  std::vector<TestFrame> frames;
  for (size_t rule = 0; rule < 10'010; rule += 13) frames.push_back(testing::narrow_frame(rule));
  expect_oracle_agrees(program, policy, frames);
  expect_same_hits(program, compiled(policy), frames);
}

TEST_F(FirewallProgramTest, GoesThroughManyRulesThatOnlyCount) {
  Policy policy;
  policy.default_verdict = Verdict::drop;
  policy.rules.resize(5000);
  policy.family = "netdev";
  policy.chains = {{"ingress", 0, 5000, {}}};
  for (Rule& rule : policy.rules) {
    rule.counted = true;
  }
  policy.rules.back().outcome.action = Action::accept;
  const FirewallProgram program = load(policy);
  EXPECT_EQ(run(program, testing::narrow_frame(0)), XDP_PASS);
  const auto hits = program.read_rule_hits();
  ASSERT_TRUE(hits.has_value());
  EXPECT_EQ(std::accumulate(hits->begin(), hits->end(), uint64_t{0}), 5000u);
}

TEST_F(FirewallProgramTest, AgreesWithTheOracleOnTheEdgePolicy) {
  const auto policy = load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  ASSERT_NE(policy, nullptr);
  expect_oracle_agrees(load(*policy), *policy, testing::boundary_frames(*policy));
}

TEST_F(FirewallProgramTest, CountsEachFrameOnce) {
  Policy policy;
  policy.rules.resize(1);
  policy.family = "netdev";
  policy.chains = {{"ingress", 0, 1, {}}};
  policy.rules[0].matches = {testing::match(Field::th_dport, 80)};
  policy.rules[0].outcome.action = Action::drop;
  const FirewallProgram program = load(policy);
  (void)run(program, testing::tcp_syn(1, 2, 3, 80), 30);
  (void)run(program, testing::tcp_syn(1, 2, 3, 81), 12);
  const auto counters = program.read_counters();
  ASSERT_TRUE(counters.has_value());
  EXPECT_EQ(counters->seen, 42u);
  EXPECT_EQ(counters->dropped, 30u);
  EXPECT_EQ(counters->passed, 12u);
  EXPECT_EQ(counters->aborted, 0u);
}

TEST_F(FirewallProgramTest, RedirectsWhatPassesToTheEgress) {
  const FirewallProgram program = load(Policy{}, {.egress_ifindex = 7});
  EXPECT_EQ(run(program, testing::tcp_syn(1, 2, 3, 4)), XDP_REDIRECT);
}

TEST_F(FirewallProgramTest, FaultsComeExactlyAsOftenAsAskedFor) {
  Policy drop;
  drop.default_verdict = Verdict::drop;
  const FirewallProgram leaky = load(drop, {.fault_pass_every = 10});
  (void)run(leaky, testing::tcp_syn(1, 2, 3, 4), 1009);
  EXPECT_EQ(leaky.read_counters()->passed, 100u);
  EXPECT_EQ(leaky.read_counters()->dropped, 909u);

  const FirewallProgram strict = load(Policy{}, {.fault_drop_every = 7});
  (void)run(strict, testing::tcp_syn(1, 2, 3, 4), 70);
  EXPECT_EQ(strict.read_counters()->dropped, 10u);
  EXPECT_EQ(strict.read_counters()->passed, 60u);
}

TEST_F(FirewallProgramTest, OneFrameInSoManyIsFlippedWhateverItsVerdict) {
  Policy drop;
  drop.default_verdict = Verdict::drop;
  const FirewallProgram leaky = load(drop, {.fault_flip_every = 100});
  (void)run(leaky, testing::tcp_syn(1, 2, 3, 4), 299);
  EXPECT_EQ(leaky.read_counters()->passed, 2u);
  const FirewallProgram strict = load(Policy{}, {.fault_flip_every = 100});
  (void)run(strict, testing::tcp_syn(1, 2, 3, 4), 300);
  EXPECT_EQ(strict.read_counters()->dropped, 3u);
}

/// At 0 the loop is not in the kernel at all; otherwise the verifier goes through every turn, and the verdicts stay.
TEST_F(FirewallProgramTest, DelayCostsNothingUnlessAskedFor) {
  const auto without = load(Policy{}).cost();
  const FirewallProgram slow = load(Policy{}, {.fault_delay = 1000});
  const auto with = slow.cost();
  ASSERT_TRUE(without.has_value() && with.has_value());
  EXPECT_GE(with->verified_instructions, without->verified_instructions + 1000);
  EXPECT_GT(with->jited_bytes, without->jited_bytes);
  EXPECT_EQ(load(Policy{}, {.fault_delay = 0}).cost()->jited_bytes, without->jited_bytes);
  EXPECT_EQ(run(slow, testing::tcp_syn(1, 2, 3, 4)), XDP_PASS);
}

TEST_F(FirewallProgramTest, AnotherPolicyTakesOver) {
  Policy drop;
  drop.default_verdict = Verdict::drop;
  FirewallProgram program = load(Policy{}, {.image_bytes = 1 << 20, .rules = 10});
  const TestFrame frame = testing::narrow_frame(0);
  EXPECT_EQ(run(program, frame), XDP_PASS);
  ASSERT_TRUE(program.replace_policy(compiled(drop)).has_value());
  EXPECT_EQ(run(program, frame), XDP_DROP);
  ASSERT_TRUE(program.replace_policy(compiled(testing::narrow_policy(5))).has_value());
  EXPECT_EQ(run(program, frame), XDP_PASS);
  const auto refused = program.replace_policy(compiled(testing::narrow_policy(11)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_EQ(run(program, frame), XDP_PASS);
}

TEST_F(FirewallProgramTest, TheVerifierNeverSeesTheRules) {
  const auto small = load(testing::narrow_policy(10)).cost();
  const auto large = load(testing::narrow_policy(10'000)).cost();
  ASSERT_TRUE(small.has_value() && large.has_value());
  // The bound of the image is a constant to it: a few branches more or less.
  EXPECT_NEAR(small->verified_instructions, large->verified_instructions, small->verified_instructions / 20.0);
}

}  // namespace
}  // namespace fwbench
