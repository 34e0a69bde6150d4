// SPDX-License-Identifier: BSD-2-Clause
#include "record/ratios.h"

#include <gtest/gtest.h>

namespace fwbench {
namespace {

constexpr Interval95 kAroundThree = {.median = 3, .low = 2.8, .high = 3.2, .n = 7};

TEST(RatioVerdict, IsThatOfTheWholeInterval) {
  EXPECT_EQ(ratio_verdict(kAroundThree, 2.5, std::nullopt), "reproduced");
  EXPECT_EQ(ratio_verdict(kAroundThree, 2.5, 4), "reproduced");
  EXPECT_EQ(ratio_verdict(kAroundThree, std::nullopt, 4), "reproduced");
  EXPECT_EQ(ratio_verdict(kAroundThree, 3.5, std::nullopt), "lower");
  EXPECT_EQ(ratio_verdict(kAroundThree, 1, 2), "higher");
}

// Catches a verdict by the median alone.
TEST(RatioVerdict, IsUnclearWhenTheIntervalStraddlesABound) {
  EXPECT_EQ(ratio_verdict(kAroundThree, 2.9, std::nullopt), "unclear");
  EXPECT_EQ(ratio_verdict(kAroundThree, 3.1, std::nullopt), "unclear");
  EXPECT_EQ(ratio_verdict(kAroundThree, 1, 3.1), "unclear");
  EXPECT_EQ(ratio_verdict(kAroundThree, 2.9, 3.1), "unclear") << "both at once";
}

TEST(RatioVerdict, BoundsThemselvesAreWithin) {
  EXPECT_EQ(ratio_verdict(kAroundThree, 2.8, 3.2), "reproduced");
}

TEST(RatioVerdict, NeedsAnInterval) {
  EXPECT_EQ(ratio_verdict({.median = 9, .low = 9, .high = 9, .n = 2}, 3, std::nullopt), "unclear");
}

Trial rate(const std::string& dut, int round, double pps) {
  Trial trial;
  trial.dut = dut;
  trial.round = round;
  trial.engine = "live";
  trial.rate_pps = pps;
  return trial;
}

Ratio claim() {
  Ratio ratio;
  ratio.name = "xdp_raw";
  ratio.of = "xdp";
  ratio.to = "iptables-raw";
  ratio.at_least = 3;
  return ratio;
}

// The rates drift by a factor of 100 from round to round, the ratio does not: catches medians that are divided.
TEST(MeasureRatios, PairsTheRounds) {
  Record record;
  for (int round = 1; round <= 7; ++round) {
    const double drift = round % 2 == 1 ? 1 : 100;
    record.trials.push_back(rate("xdp", round, 5e6 * drift));
    record.trials.push_back(rate("iptables-raw", round, 1e6 * drift));
  }
  record.trials.push_back(rate("xdp", 8, 1));  // without a partner
  record.trials[0].valid = false;
  const auto ratios = measure_ratios(record, {claim()});
  ASSERT_EQ(ratios.size(), 1U);
  EXPECT_DOUBLE_EQ(ratios[0].measured.median, 5);
  EXPECT_DOUBLE_EQ(ratios[0].measured.high, 5);
  EXPECT_EQ(ratios[0].measured.n, 6);
  EXPECT_EQ(ratios[0].verdict, "reproduced");
}

TEST(MeasureRatios, LeavesOutWhatWasNotMeasuredOrIsNotComparable) {
  Record record;
  record.trials = {rate("xdp", 1, 5e6), rate("iptables-raw", 2, 1e6)};
  EXPECT_TRUE(measure_ratios(record, {claim()}).empty()) << "no round in common";
  record.trials = {rate("xdp", 1, 5e6)};
  EXPECT_TRUE(measure_ratios(record, {claim()}).empty()) << "skipped";
  record.trials = {rate("xdp", 1, 5e6), rate("iptables-raw", 1, 1e6)};
  record.trials[1].engine = "packet";
  EXPECT_TRUE(measure_ratios(record, {claim()}).empty()) << "another engine";
}

/// The generator alone takes 100 ns a packet, with xdp behind it 200, with iptables-raw 1000.
Record with_generator_alone() {
  Record record;
  for (int round = 1; round <= 7; ++round) {
    record.trials.push_back(rate("null-tx", round, 10e6));
    record.trials.push_back(rate("xdp", round, 5e6));
    record.trials.push_back(rate("iptables-raw", round, 1e6));
  }
  for (Trial& trial : record.trials) trial.placement = "shared: all on CPU 0";
  return record;
}

TEST(MeasureRatios, OfTheDutSideAreOfTimesBehindTheGenerator) {
  Ratio wanted = claim();
  wanted.at_least = 8;
  const auto ratios = measure_ratios(with_generator_alone(), {wanted});
  ASSERT_EQ(ratios.size(), 1U);
  EXPECT_DOUBLE_EQ(ratios[0].measured.median, 5);
  ASSERT_TRUE(ratios[0].dut_side);
  EXPECT_DOUBLE_EQ(ratios[0].dut_side->median, 9);
  EXPECT_EQ(ratios[0].verdict, "reproduced") << "8 is more than the ratio of the rates";
}

TEST(MeasureRatios, WhatHasACoreOfItsOwnKeepsItsTime) {
  Record record = with_generator_alone();
  for (Trial& trial : record.trials) {
    if (trial.dut == "iptables-raw") trial.placement = "own-core: generator on CPU 0, process on CPU 1";
  }
  const auto ratios = measure_ratios(record, {claim()});
  ASSERT_EQ(ratios.size(), 1U);
  ASSERT_TRUE(ratios[0].dut_side);
  EXPECT_DOUBLE_EQ(ratios[0].dut_side->median, 10);
}

TEST(MeasureRatios, HaveNoDutSideWhereTheGeneratorAloneIsNoFaster) {
  Record record = with_generator_alone();
  record.trials[0].rate_pps = 5e6;
  const auto ratios = measure_ratios(record, {claim()});
  ASSERT_EQ(ratios.size(), 1U);
  EXPECT_FALSE(ratios[0].dut_side);
  EXPECT_EQ(ratios[0].verdict, "reproduced") << "by the rates";
}

TEST(MeasureRatios, OfASweepAreThoseOfTheirCase) {
  Record record;
  for (const auto& [label, pps] : {std::pair("policy.rules=10", 4e6), std::pair("policy.rules=10000", 3e6)}) {
    record.trials.push_back(rate("xdp", 1, pps));
    record.trials.push_back(rate("iptables-raw", 1, 1e6));
    record.trials.rbegin()[0].traffic_case = record.trials.rbegin()[1].traffic_case = label;
  }
  Ratio wanted = claim();
  wanted.traffic_case = "policy.rules=10000";
  const auto ratios = measure_ratios(record, {wanted});
  ASSERT_EQ(ratios.size(), 1U);
  EXPECT_DOUBLE_EQ(ratios[0].measured.median, 3);
}

}  // namespace
}  // namespace fwbench
