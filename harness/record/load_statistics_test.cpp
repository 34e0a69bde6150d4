// SPDX-License-Identifier: BSD-2-Clause
#include "record/load_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

Trial load_trial(const std::string& label, int round, uint64_t arrived) {
  Trial trial;
  trial.dut = "xdp";
  trial.traffic_case = label;
  trial.purpose = TrialPurpose::load;
  trial.round = round;
  trial.load_pps = trial.offered_pps = 100'000;
  trial.classes = {{.name = "legit", .sent = 1000, .legal = 1000, .arrived = arrived},
                   {.name = "attack", .sent = 9000, .illegal = 9000, .illegal_frames = 500}};
  return trial;
}

Record with_trials(std::vector<Trial> trials) {
  Record record;
  record.duts = {"xdp"};
  record.trials = std::move(trials);
  return record;
}

bool every(const Trial& /*trial*/) {
  return true;
}

TEST(UpperBound, IsTheExactOneForNothingOfN) {
  for (const uint64_t n : {1U, 10U, 1000U, 1'000'000U}) {
    const double exact = 1 - std::pow(0.05, 1.0 / static_cast<double>(n));
    EXPECT_NEAR(upper_bound95(n, 0), exact, 1e-9 * exact + 1e-15) << n;
  }
  EXPECT_NEAR(upper_bound95(1'000'000, 0), 3e-6, 1e-8) << "the rule of three";
}

TEST(UpperBound, IsThatOfTheTables) {
  // Clopper-Pearson one-sided 95 %: 1 of 10 and 5 of 100 (Hahn & Meeker, Statistical Intervals, table A.23).
  EXPECT_NEAR(upper_bound95(10, 1), 0.394, 5e-4);
  EXPECT_NEAR(upper_bound95(100, 5), 0.102, 5e-4);
  EXPECT_EQ(upper_bound95(7, 7), 1);
  EXPECT_EQ(upper_bound95(0, 0), 1);
}

TEST(LoadStats, GoodputIsTheMedianShareOfLegalFrames) {
  const Record record = with_trials({load_trial("", 1, 1000), load_trial("", 2, 990), load_trial("", 3, 500)});
  const auto load = load_stats(record, every);
  ASSERT_TRUE(load);
  EXPECT_EQ(load->goodput.median, 0.99);
  EXPECT_EQ(load->goodput.low, 0.5);
  EXPECT_EQ(load->goodput.n, 3);
  EXPECT_NEAR(load->goodput_pps.median, 9'900, 1e-6);
  EXPECT_FALSE(load->delay_p50_ns);
  EXPECT_TRUE(is_carried(*load));
}

TEST(LoadStats, InvalidTrialsCountNowhere) {
  Record record = with_trials({load_trial("", 1, 1000), load_trial("", 2, 0)});
  record.trials[1].valid = false;
  EXPECT_EQ(load_stats(record, every)->goodput.n, 1);
  record.trials[0].valid = false;
  EXPECT_FALSE(load_stats(record, every));
  EXPECT_FALSE(leak_stats(record, every));
}

TEST(LoadStats, ALoadThatWasNotOfferedIsNotCarried) {
  Record record = with_trials({load_trial("", 1, 1000)});
  record.trials[0].offered_pps = 97'000;
  EXPECT_FALSE(is_carried(*load_stats(record, every)));
}

TEST(LeakStats, WhatMayHaveBeenLostIsNoEvidence) {
  Record record = with_trials({load_trial("", 1, 1000), load_trial("", 2, 1000)});
  record.trials[1].ledger.lost_ring = 4000;
  const auto leak = leak_stats(record, every);
  ASSERT_TRUE(leak);
  EXPECT_EQ(leak->illegal, 9000U + 5000U);
  EXPECT_EQ(leak->leaked, 0U);
  EXPECT_EQ(leak->illegal_frames, 500U) << "the same frames in both trials";
  EXPECT_NEAR(leak->upper95, 3.0 / 14'000, 1e-6);
  EXPECT_NEAR(leak->frames_upper95, 3.0 / 500, 1e-4);
}

TEST(LeakStats, FramesOfTwoCasesAreNotTheSame) {
  const Record record = with_trials({load_trial("a", 1, 1000), load_trial("b", 1, 1000)});
  EXPECT_EQ(leak_stats(record, every)->illegal_frames, 1000U);
}

TEST(Knee, IsTheLastCarriedLoadBeforeTheFirstThatIsNot) {
  const Record record = sample_load_record();
  const auto xdp = find_knee(record.summary.at("xdp"));
  ASSERT_TRUE(xdp);
  ASSERT_NE(xdp->last_carried, nullptr);
  ASSERT_NE(xdp->first_broken, nullptr);
  EXPECT_EQ(xdp->last_carried->traffic_case, "class.attack.rate=3000000");  // the sample's xdp does 3.9 Mpps
  EXPECT_EQ(xdp->first_broken->traffic_case, "class.attack.rate=4000000");
  EXPECT_EQ(find_knee(record.summary.at("xdp-skb"))->last_carried->traffic_case, "class.attack.rate=1000000");
}

TEST(Knee, OneGoodCaseBehindABadOneDoesNotCount) {
  Record record = sample_load_record();
  for (CaseSummary& one : *record.summary.at("xdp").cases) {
    if (one.traffic_case == "class.attack.rate=1000000") one.load->goodput.median = 0.98;
  }
  EXPECT_EQ(find_knee(record.summary.at("xdp"))->last_carried->traffic_case, "class.attack.rate=0");
}

TEST(Knee, NeedsLoadsThatDiffer) {
  EXPECT_FALSE(find_knee(sample_sweep_record().summary.at("xdp")));
  EXPECT_FALSE(find_knee(sample_record().summary.at("xdp")));
}

TEST(Summary, OfALoadHasCountsDelayAndBound) {
  const Record record = sample_load_record();
  const DutSummary& xdp = record.summary.at("xdp");
  ASSERT_TRUE(xdp.cases);
  const CaseSummary& last = xdp.cases->back();
  ASSERT_EQ(last.classes.size(), 2U);
  EXPECT_EQ(last.classes[0].legal, 7 * 50'000U) << "seven rounds";
  ASSERT_TRUE(last.leak);
  EXPECT_EQ(last.leak->leaked, 0U);
  EXPECT_TRUE(last.load->delay_p99_ns);
  EXPECT_TRUE(last.delay_load);
  EXPECT_FALSE(xdp.delay_load) << "a delay belongs to a case";
  EXPECT_FALSE(xdp.load);
  EXPECT_TRUE(xdp.leak);
  EXPECT_GT(record.summary.at("null-pass").leak->leaked, 0U);
}

}  // namespace
}  // namespace fwbench
