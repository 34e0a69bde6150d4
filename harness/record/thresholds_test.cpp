// SPDX-License-Identifier: BSD-2-Clause
#include "record/thresholds.h"

#include <gtest/gtest.h>

#include "record/record_json.h"
#include "record/sample_record.h"

namespace fwbench {
namespace {

MetricValue between(double low, double high, int n = 7) {
  return {(low + high) / 2, Interval95{.median = (low + high) / 2, .low = low, .high = high, .n = n}};
}

TEST(ThresholdVerdict, IsThatOfTheWholeInterval) {
  EXPECT_EQ(threshold_verdict(between(0.81, 0.9), ">=", 0.8), "pass");
  EXPECT_EQ(threshold_verdict(between(0.7, 0.79), ">=", 0.8), "fail");
  EXPECT_EQ(threshold_verdict(between(0.7, 0.9), ">=", 0.8), "inconclusive");
  EXPECT_EQ(threshold_verdict(between(40, 49), "<=", 50), "pass");
  EXPECT_EQ(threshold_verdict(between(51, 60), "<=", 50), "fail");
  // Catches a verdict by the median alone.
  EXPECT_EQ(threshold_verdict(between(49, 52), "<=", 50), "inconclusive");
  EXPECT_EQ(threshold_verdict(between(45, 51), "<=", 50), "inconclusive");
}

TEST(ThresholdVerdict, TheBoundItselfBelongsToOneSide) {
  EXPECT_EQ(threshold_verdict(between(0.8, 0.9), ">=", 0.8), "pass");
  EXPECT_EQ(threshold_verdict(between(0.8, 0.9), ">", 0.8), "inconclusive");
  EXPECT_EQ(threshold_verdict(between(0.7, 0.8), ">", 0.8), "fail");
  EXPECT_EQ(threshold_verdict(between(0.7, 0.8), "<", 0.8), "inconclusive");
}

TEST(ThresholdVerdict, TwoRoundsDecideNothing) {
  EXPECT_EQ(threshold_verdict(between(0.9, 0.9, 2), ">=", 0.8), "inconclusive");
  EXPECT_EQ(threshold_verdict(between(0.7, 0.7, 2), ">=", 0.8), "inconclusive");
}

TEST(ThresholdVerdict, CountsAreDecidedAsTheyAre) {
  EXPECT_EQ(threshold_verdict({0}, "==", 0), "pass");
  EXPECT_EQ(threshold_verdict({1}, "==", 0), "fail");
  EXPECT_EQ(threshold_verdict({50'000}, "<=", 50'000), "pass");
  EXPECT_EQ(threshold_verdict({50'001}, "<=", 50'000), "fail");
}

TEST(Thresholds, AreHeldAgainstEveryDutThatTheyName) {
  Record record = sample_record();
  record.thresholds = decide_thresholds(
      record, {{"*", "false_pass", "==", 0}, {"xdp", "mrr_pps", ">=", 1e6}, {"xdp-skb", "vs_null", ">=", 0.8}});
  // The four that are judged and drop; null-pass and the null drops are not judged in the sample.
  size_t leaks = 0;
  for (const Threshold& t : *record.thresholds) leaks += t.metric == "false_pass" ? 1 : 0;
  EXPECT_EQ(leaks, 3U);
  EXPECT_EQ(record.thresholds->size(), leaks + 2);
  EXPECT_EQ((*record.thresholds)[leaks].verdict, "pass");
  EXPECT_EQ(record.thresholds->back().verdict, "fail");
  EXPECT_EQ(record.thresholds->back().interval->n, 7);
  EXPECT_EQ(overall_verdict(record), "fail");
  record.thresholds->pop_back();
  EXPECT_EQ(overall_verdict(record), "pass");
}

// Catches a threshold that passes because its DUT was left out.
TEST(Thresholds, WhatWasNotMeasuredIsInconclusive) {
  Record record = sample_record();
  record.summary["xdp"].delay_load.reset();
  record.thresholds = decide_thresholds(record, {{"xdp", "delay_ns.p99", "<=", 50'000}, {"*", "swap.mixed", "==", 0}});
  ASSERT_EQ(record.thresholds->size(), 2U);
  for (const Threshold& t : *record.thresholds) {
    EXPECT_EQ(t.verdict, "inconclusive");
    EXPECT_EQ(measured_text(t), "not measured");
  }
  EXPECT_EQ(overall_verdict(record), "inconclusive");
}

TEST(Thresholds, OfASweepHoldInEveryCase) {
  const Record record = sample_sweep_record();
  const auto decided = decide_thresholds(record, {{"xdp", "vs_reference", ">=", 0.9}});
  ASSERT_EQ(decided.size(), 5U);
  EXPECT_EQ(decided[1].traffic_case, "policy.rules=10");
  EXPECT_EQ(decided[1].verdict, "pass");
  EXPECT_EQ(decided[4].verdict, "fail");
}

TEST(Thresholds, AreWrittenAndReadBack) {
  Record record = sample_record();
  record.thresholds = decide_thresholds(record, {{"xdp", "vs_null", ">=", 0.5}, {"*", "swap.mixed", "==", 0}});
  const auto back = record_from_json(record_to_json(record));
  ASSERT_TRUE(back) << back.error().to_string();
  ASSERT_EQ(back->thresholds->size(), 2U);
  EXPECT_EQ(back->thresholds->front().interval->n, 7);
  EXPECT_EQ(claim_text(back->thresholds->front()), "vs_null >= 0.500");
  EXPECT_FALSE(back->thresholds->back().measured);
  EXPECT_FALSE(record_from_json(record_to_json(sample_record()))->thresholds);
}

}  // namespace
}  // namespace fwbench
