// SPDX-License-Identifier: BSD-2-Clause
#include "engine/classifier.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>

#include "engine/frame_fields.h"
#include "engine/image.h"
#include "engine/testing.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using testing::Random;
using testing::TestFrame;

/// The verdicts of the userspace engine, one a frame.
std::vector<Verdict> classify_all(const Policy& policy, const std::vector<TestFrame>& frames,
                                  std::vector<uint64_t>& hits) {
  const auto image = compile_policy(policy);
  EXPECT_TRUE(image.has_value());
  const auto classifier = Classifier::open(image->bytes());
  EXPECT_TRUE(classifier.has_value());
  hits.assign(policy.rules.size() + 1, 0);
  std::vector<Verdict> verdicts;
  for (size_t first = 0; first < frames.size(); first += kClassifyBatch) {
    std::vector<FrameView> batch;
    for (size_t i = first; i < std::min(frames.size(), first + kClassifyBatch); ++i)
      batch.push_back(testing::view(frames[i]));
    const uint64_t pass = classifier->classify(batch, hits);
    for (size_t i = 0; i < batch.size(); ++i)
      verdicts.push_back((pass >> i & 1) != 0 ? Verdict::accept : Verdict::drop);
  }
  return verdicts;
}

std::vector<TestFrame> random_frames(Random& random, size_t count) {
  std::vector<TestFrame> frames;
  for (size_t i = 0; i < count; ++i) frames.push_back(testing::random_frame(random));
  return frames;
}

/// How often each rule is reached and matches.
std::vector<uint64_t> expected_hits(const Policy& policy, const std::vector<TestFrame>& frames) {
  std::vector<uint64_t> hits(policy.rules.size());
  for (const TestFrame& frame : frames) (void)judge_frame(policy, frame, hits);
  return hits;
}

void expect_oracle_agrees(const Policy& policy, const std::vector<TestFrame>& frames) {
  std::vector<uint64_t> hits;
  const std::vector<Verdict> verdicts = classify_all(policy, frames, hits);
  for (size_t i = 0; i < frames.size(); ++i) {
    const Judgement expected = judge_frame(policy, frames[i]);
    ASSERT_EQ(verdicts[i], expected.verdict)
        << fmt::format("frame {} rule {}: {:02x}", i, expected.rule, fmt::join(frames[i], " "));
  }
}

TEST(ClassifierTest, AgreesWithTheOracleOnSmallPolicies) {
  Random random(1);
  for (size_t rules : {0, 1, 2, 5, 12, 30, 63, 64}) {
    for (int round = 0; round < 4; ++round) {
      SCOPED_TRACE(fmt::format("{} rules, round {}", rules, round));
      expect_oracle_agrees(testing::random_policy(random, rules), random_frames(random, 500));
    }
  }
}

TEST(ClassifierTest, AgreesWithTheOracleBeyondOneWord) {
  Random random(2);
  for (size_t rules : {65, 128, 129, 400}) {
    SCOPED_TRACE(rules);
    expect_oracle_agrees(testing::random_policy(random, rules), random_frames(random, 500));
  }
}

TEST(ClassifierTest, FindsEveryRuleBeyondOneSummaryWord) {
  const Policy policy = testing::narrow_policy(4200);
  std::vector<TestFrame> frames;
  for (size_t rule = 0; rule < 4210; rule += 3) frames.push_back(testing::narrow_frame(rule));
  expect_oracle_agrees(policy, frames);
}

TEST(ClassifierTest, AgreesWithTheOracleOnTheEdgePolicy) {
  Random random(3);
  const auto policy = load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  ASSERT_NE(policy, nullptr);
  std::vector<TestFrame> frames = random_frames(random, 500);
  const std::vector<TestFrame> edges = testing::boundary_frames(*policy);
  frames.insert(frames.end(), edges.begin(), edges.end());
  expect_oracle_agrees(*policy, frames);
}

TEST(ClassifierTest, CountsWhatEachCountedRuleMatched) {
  Random random(4);
  for (size_t rules : {8, 25, 90}) {
    const Policy policy = testing::random_policy(random, rules);
    const std::vector<TestFrame> frames = random_frames(random, 300);
    std::vector<uint64_t> hits;
    (void)classify_all(policy, frames, hits);
    EXPECT_EQ(hits[rules], 0u) << "a chain's policy has no counter";
    hits.pop_back();
    EXPECT_EQ(hits, expected_hits(policy, frames)) << rules;
  }
}

TEST(ClassifierTest, RefusesBytesThatAreNoImage) {
  const std::vector<std::byte> bytes(4096);
  const auto classifier = Classifier::open(bytes);
  ASSERT_FALSE(classifier.has_value());
  EXPECT_EQ(classifier.error().kind, ErrorKind::internal);
}

// eth_type_trans(): a length in place of a type is protocol 802.2, or 802.3 when the payload begins with ffff.
TEST(FrameFieldsTest, LengthsAreNotTypes) {
  TestFrame frame(60);
  frame[13] = std::byte{46};
  EXPECT_EQ(read_fields(testing::view(frame)).ether_type, ETH_P_802_2);
  frame[14] = frame[15] = std::byte{0xff};
  EXPECT_EQ(read_fields(testing::view(frame)).ether_type, ETH_P_802_3);
}

TEST(FrameFieldsTest, AFrameShorterThanItsEthernetHeaderHasNothing) {
  EXPECT_EQ(read_fields(testing::view(TestFrame(13))).present, 0u);
}

}  // namespace
}  // namespace fwbench
