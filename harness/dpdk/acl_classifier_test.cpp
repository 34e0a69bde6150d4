// SPDX-License-Identifier: BSD-2-Clause
/// The real rte_acl against the oracle. Needs DPDK, but neither root nor hugepages.
#include "dpdk/acl_classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpdk/eal.h"
#include "engine/image.h"
#include "engine/testing.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using testing::Random;
using testing::TestFrame;

constexpr size_t kMaxBytes = size_t{256} << 20;

class AclClassifierTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto started = start_eal({.cpu = 0, .memory_mb = 768, .devices = {}});
    ASSERT_TRUE(started) << started.error().to_string();
  }

  /// Frames that rte_acl itself decided.
  static uint64_t compare(const Policy& policy, const std::vector<TestFrame>& frames) {
    const auto acl = make_acl_policy(policy);
    EXPECT_TRUE(acl || acl.error().kind == ErrorKind::unsupported);
    if (!acl) return 0;
    const auto image = compile_policy(policy);
    const auto fallback = Classifier::open(image->bytes());
    auto classifier = AclClassifier::open(*acl, *fallback, kMaxBytes);
    EXPECT_TRUE(classifier) << classifier.error().to_string();
    if (!classifier) return 0;
    std::vector<FrameView> views;
    for (const TestFrame& frame : frames) views.push_back(testing::view(frame));
    for (size_t at = 0; at < views.size(); at += kClassifyBatch) {
      const size_t count = std::min(kClassifyBatch, views.size() - at);
      const uint64_t verdicts = classifier->classify(std::span(views).subspan(at, count));
      for (size_t i = 0; i < count; ++i) {
        const bool expected = judge_frame(policy, frames[at + i]).verdict == Verdict::accept;
        EXPECT_EQ((verdicts >> i & 1) != 0, expected) << "frame " << at + i;
      }
    }
    return frames.size() - classifier->by_fallback();
  }

  std::vector<PolicyImage> images_;  ///< outlive the classifiers
};

TEST_F(AclClassifierTest, SaysWhatTheOracleSaysOnRandomPolicies) {
  Random random(21);
  uint64_t decided = 0;
  for (int round = 0; round < 6 && !HasFailure(); ++round) {
    const Policy policy = testing::random_policy(random, 1 + random() % 10);
    std::vector<TestFrame> frames;
    for (int i = 0; i < 500; ++i) frames.push_back(testing::random_frame(random));
    decided += compare(policy, frames);
  }
  EXPECT_GT(decided, 300U);
}

TEST_F(AclClassifierTest, SaysWhatTheOracleSaysOnTheEdgePolicy) {
  const auto policy = load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  ASSERT_NE(policy, nullptr);
  Random random(22);
  std::vector<TestFrame> frames = testing::boundary_frames(*policy);
  const size_t plain = frames.size();
  for (int i = 0; i < 2000; ++i) frames.push_back(testing::random_frame(random));
  EXPECT_GE(compare(*policy, frames), plain);
}

TEST_F(AclClassifierTest, EveryOneOfManyRulesDecides) {
  constexpr size_t kRules = 500;
  std::vector<TestFrame> frames;
  for (size_t rule = 0; rule < kRules; ++rule) frames.push_back(testing::narrow_frame(rule));
  EXPECT_EQ(compare(testing::narrow_policy(kRules), frames), kRules);
}

/// Goes red when two of them share a name: DPDK gives the first one's tables to the second.
TEST_F(AclClassifierTest, SeveralLiveSideBySide) {
  const TestFrame first_only = testing::narrow_frame(7);
  std::vector<AclClassifier> both;
  for (const size_t rules : {size_t{10}, size_t{5}}) {
    const Policy policy = testing::narrow_policy(rules);
    images_.push_back(compile_policy(policy).value());
    auto classifier =
        AclClassifier::open(make_acl_policy(policy).value(), *Classifier::open(images_.back().bytes()), kMaxBytes);
    ASSERT_TRUE(classifier) << classifier.error().to_string();
    both.push_back(std::move(*classifier));
    const FrameView view = testing::view(first_only);
    const bool expected = judge_frame(policy, first_only).verdict == Verdict::accept;
    EXPECT_EQ(both.back().classify({&view, 1}) == 1, expected);
  }
}

TEST_F(AclClassifierTest, RefusesWhatNeedsMoreMemoryThanItMayHave) {
  const auto policy = load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  ASSERT_NE(policy, nullptr);
  const auto acl = make_acl_policy(*policy);
  const auto image = compile_policy(*policy);
  const auto refused = AclClassifier::open(*acl, *Classifier::open(image->bytes()), 4096);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("rte_acl needs more than"));
}

}  // namespace
}  // namespace fwbench
