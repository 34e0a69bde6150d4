// SPDX-License-Identifier: BSD-2-Clause
#include "record/statistics.h"

#include <gtest/gtest.h>

namespace fwbench {
namespace {

TEST(MedianInterval, NothingFromNothing) {
  EXPECT_FALSE(median_interval({}));
}

TEST(MedianInterval, OneOrTwoValuesHaveNoInterval) {
  const auto two = median_interval({4, 2}).value();
  EXPECT_EQ(two.median, 3);
  EXPECT_EQ(two.low, 3);
  EXPECT_EQ(two.high, 3);
  EXPECT_EQ(two.n, 2);
  EXPECT_EQ(interval_coverage(2), 0);
}

TEST(MedianInterval, ThreeToFiveTakeTheRangeAndNameItsCoverage) {
  const auto three = median_interval({3, 1, 2}).value();
  EXPECT_EQ(three.median, 2);
  EXPECT_EQ(three.low, 1);
  EXPECT_EQ(three.high, 3);
  EXPECT_DOUBLE_EQ(interval_coverage(3), 0.75);    // 1 - 2/2^3
  EXPECT_DOUBLE_EQ(interval_coverage(5), 0.9375);  // 1 - 2/2^5
}

TEST(MedianInterval, SevenStillNeedTheWholeRange) {
  const auto seven = median_interval({7, 6, 5, 4, 3, 2, 1}).value();
  EXPECT_EQ(seven.median, 4);
  EXPECT_EQ(seven.low, 1);  // k = 2 would cover 1 - 2 (1 + 7) / 128 = 0.875 only
  EXPECT_EQ(seven.high, 7);
  EXPECT_DOUBLE_EQ(interval_coverage(7), 0.984375);  // 1 - 2/2^7
}

TEST(MedianInterval, NineAndMoreDropTheExtremes) {
  const auto nine = median_interval({9, 1, 8, 2, 7, 3, 6, 4, 5}).value();
  EXPECT_EQ(nine.low, 2);  // 1 - 2 (1 + 9) / 512 = 0.9609
  EXPECT_EQ(nine.high, 8);
  EXPECT_DOUBLE_EQ(interval_coverage(9), 1 - 20.0 / 512);
  // Tables of the sign test: n = 20 gives the 6th and the 15th, coverage 0.9586.
  std::vector<double> twenty;
  for (int i = 1; i <= 20; ++i) twenty.push_back(i);
  EXPECT_EQ(median_interval(twenty)->low, 6);
  EXPECT_EQ(median_interval(twenty)->high, 15);
  EXPECT_EQ(median_interval(twenty)->median, 10.5);
  EXPECT_NEAR(interval_coverage(20), 0.9586, 5e-5);
}

TEST(MedianInterval, CoverageNeverBelow95FromSixOn) {
  for (int n = kMinRounds95; n <= 200; ++n) EXPECT_GE(interval_coverage(n), 0.95) << n;
  EXPECT_LT(interval_coverage(kMinRounds95 - 1), 0.95);
}

Trial mrr(const char* dut, int round, double pps) {
  Trial trial;
  trial.dut = dut;
  trial.round = round;
  trial.placement = "shared: all on CPU 0";
  trial.engine = "live";
  trial.rate_pps = pps;
  trial.ledger.planned = 100;
  trial.verdicts = {.expect_pass = 5, .passed = 5, .expect_drop = 95, .dropped = 95};
  return trial;
}

Record three_rounds() {
  Record record;
  record.duts = {"null", "fw"};
  record.trials = {mrr("null", 0, 4e6), mrr("fw", 0, 2e6),   mrr("null", 1, 5e6),
                   mrr("fw", 1, 4e6),   mrr("null", 2, 8e6), mrr("fw", 2, 5e6)};
  return record;
}

const std::map<std::string, std::string> kNullOf = {{"fw", "null"}};

TEST(Summarise, PairsRatiosAndServiceTimesByRound) {
  Record record = three_rounds();
  record.summary["fw"].description = "kept";
  summarise(record, kNullOf);
  const DutSummary& fw = record.summary.at("fw");
  EXPECT_EQ(fw.description, "kept");
  EXPECT_EQ(fw.null_dut, "null");
  EXPECT_EQ(fw.mrr_pps->median, 4e6);
  EXPECT_DOUBLE_EQ(*fw.packet_ns, 250);
  // Ratios 0.5, 0.8, 0.625. The ratio of the medians, 4/5 = 0.8, is another number.
  EXPECT_DOUBLE_EQ(fw.vs_null->median, 0.625);
  EXPECT_DOUBLE_EQ(fw.vs_null->low, 0.5);
  EXPECT_DOUBLE_EQ(fw.vs_null->high, 0.8);
  // 500 - 250 = 250, 250 - 200 = 50, 200 - 125 = 75.
  EXPECT_DOUBLE_EQ(fw.service_ns->median, 75);
  EXPECT_DOUBLE_EQ(fw.service_ns->low, 50);
  EXPECT_DOUBLE_EQ(fw.service_ns->high, 250);
  EXPECT_FALSE(record.summary.at("null").vs_null);
  EXPECT_FALSE(record.summary.at("null").service_ns);
}

/// Catches a null reference taken from another case, and a reference taken from another round.
TEST(Summarise, CasesOfASweepAreComparedWithTheirOwnNullAndTheReferenceRoundByRound) {
  Record record;
  record.duts = {"null", "fw"};
  record.sweep = {.keys = {"k"}, .reference = "k=1", .cases = {{"k=1", {{"k", "1"}}}, {"k=9", {{"k", "9"}}}}};
  const auto add = [&](const char* dut, const char* label, int round, double pps) {
    record.trials.push_back(mrr(dut, round, pps));
    record.trials.back().traffic_case = label;
  };
  for (int round = 1; round <= 3; ++round) {
    add("null", "k=1", round, 8e6 * round);
    add("fw", "k=1", round, 4e6 * round);
    add("null", "k=9", round, 5e6 * round);
    add("fw", "k=9", round, (round == 2 ? 3e6 : 2e6) * round);
  }
  summarise(record, kNullOf);
  const DutSummary& fw = record.summary.at("fw");
  EXPECT_FALSE(fw.mrr_pps) << "there is no rate of all cases";
  EXPECT_EQ(fw.ledger.planned, 600U);
  EXPECT_EQ(fw.verdicts.expect_drop, 570U);
  ASSERT_TRUE(fw.cases);
  ASSERT_EQ(fw.cases->size(), 2U);
  const CaseSummary& first = fw.cases->at(0);
  const CaseSummary& second = fw.cases->at(1);
  EXPECT_EQ(second.traffic_case, "k=9");
  EXPECT_EQ(second.mrr_pps->n, 3);
  EXPECT_EQ(second.ledger.planned, 300U);
  EXPECT_DOUBLE_EQ(first.vs_null->median, 0.5);
  EXPECT_DOUBLE_EQ(first.vs_reference->median, 1);
  EXPECT_DOUBLE_EQ(second.vs_null->median, 0.4);
  EXPECT_DOUBLE_EQ(second.vs_null->high, 0.6);
  EXPECT_DOUBLE_EQ(second.vs_reference->median, 0.5);
  EXPECT_DOUBLE_EQ(second.vs_reference->high, 0.75);
}

TEST(Summarise, InvalidTrialsDoNotCountAnywhere) {
  Record record = three_rounds();
  record.trials[1].valid = false;
  record.trials[1].verdicts.false_pass = 7;
  summarise(record, kNullOf);
  const DutSummary& fw = record.summary.at("fw");
  EXPECT_EQ(fw.mrr_pps->n, 2);
  EXPECT_EQ(fw.vs_null->n, 2);
  EXPECT_EQ(fw.verdicts.false_pass, 0U);
  EXPECT_EQ(fw.ledger.planned, 200U);
  for (Trial& trial : record.trials) trial.valid = false;
  summarise(record, kNullOf);
  EXPECT_FALSE(record.summary.at("fw").mrr_pps);
  EXPECT_FALSE(record.summary.at("fw").packet_ns);
}

TEST(Summarise, TheNullsInvalidRoundIsNotPaired) {
  Record record = three_rounds();
  record.trials[0].valid = false;
  summarise(record, kNullOf);
  EXPECT_EQ(record.summary.at("fw").mrr_pps->n, 3);
  EXPECT_EQ(record.summary.at("fw").vs_null->n, 2);
  EXPECT_DOUBLE_EQ(record.summary.at("fw").vs_null->median, (0.8 + 0.625) / 2);
}

TEST(Summarise, NeverComparesEnginesOrPlacements) {
  Record record = three_rounds();
  record.trials[0].engine = "packet";
  record.trials[2].placement = "split: DUT on CPU 1";
  record.trials[4].placement = "shared: all on CPU 1";
  summarise(record, kNullOf);
  EXPECT_EQ(record.summary.at("fw").vs_null->n, 1);
  EXPECT_DOUBLE_EQ(record.summary.at("fw").vs_null->median, 0.625);
}

TEST(Summarise, FalseDropsOnlyWithoutLossFalsePassesAlways) {
  Record record = three_rounds();
  record.trials[1].lossless = false;
  record.trials[1].verdicts = {
      .expect_pass = 5, .passed = 3, .false_drop = 2, .expect_drop = 95, .dropped = 94, .false_pass = 1};
  Trial control = mrr("fw", 0, 0);
  control.purpose = TrialPurpose::control;
  Trial delay = mrr("fw", 0, 0);
  delay.purpose = TrialPurpose::delay_load;
  delay.delay.emplace().p50 = 42;
  record.trials.push_back(control);
  record.trials.push_back(delay);
  summarise(record, kNullOf);
  const DutSummary& fw = record.summary.at("fw");
  EXPECT_EQ(fw.verdicts.expect_pass, 15U);  // two rounds and the control
  EXPECT_EQ(fw.verdicts.passed, 15U);
  EXPECT_EQ(fw.verdicts.false_drop, 0U);
  EXPECT_EQ(fw.verdicts.expect_drop, 380U);  // three rounds and the control
  EXPECT_EQ(fw.verdicts.dropped, 379U);
  EXPECT_EQ(fw.verdicts.false_pass, 1U);
  EXPECT_EQ(fw.ledger.planned, 300U);  // three rounds
  EXPECT_EQ(fw.delay_load->p50, 42U);
  EXPECT_FALSE(fw.delay_idle);
}

TEST(Summarise, ARepeatedRoundCountsOnce) {
  Record record = three_rounds();
  record.trials.push_back(mrr("fw", 2, 6e6));
  summarise(record, kNullOf);
  EXPECT_EQ(record.summary.at("fw").mrr_pps->n, 3);
  EXPECT_EQ(record.summary.at("fw").mrr_pps->high, 6e6);
}

}  // namespace
}  // namespace fwbench
