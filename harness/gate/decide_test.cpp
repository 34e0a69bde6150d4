// SPDX-License-Identifier: BSD-2-Clause
#include "gate/decide.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "traffic/random.h"

namespace fwbench {
namespace {

double draw_normal(SplitMix64& random) {
  const double u = (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
  return boost::math::quantile(boost::math::normal_distribution<double>(), u);
}

/// Pairs with this mean and standard deviation of the log-ratio.
std::vector<double> pairs_of(size_t n, double mean, double deviation, SplitMix64& random) {
  std::vector<double> values(n);
  for (double& value : values) value = mean + deviation * draw_normal(random);
  return values;
}

std::vector<double> around(double ratio, double half_width, size_t n) {
  std::vector<double> values;
  for (size_t i = 0; i < n; ++i) {
    values.push_back(std::log(ratio) + half_width * (static_cast<double>(i) / static_cast<double>(n - 1) * 2 - 1));
  }
  return values;
}

MetricDecision decide_one(bool higher_is_better, double threshold, std::vector<double> log_ratios) {
  const MetricSample sample{"rate", higher_is_better, threshold, std::move(log_ratios)};
  return decide({&sample, 1}, plan_looks(10, 30, 0.05, 1), 1).front();
}

TEST(Decide, FailsOnlyWhenTheWholeIntervalIsWorse) {
  const MetricDecision far = decide_one(true, 0.05, around(0.90, 0.01, 10));
  EXPECT_EQ(far.answer, GateAnswer::fail);
  EXPECT_LT(far.high, far.bound);
  EXPECT_NEAR(far.ratio, 0.90, 0.003);
  EXPECT_NEAR(far.bound, 0.95, 1e-9);
  EXPECT_EQ(far.pairs, 10U);
  EXPECT_TRUE(far.bca);
  const MetricDecision unclear = decide_one(true, 0.05, around(0.945, 0.05, 10));
  EXPECT_EQ(unclear.answer, GateAnswer::inconclusive);
  EXPECT_LT(unclear.low, unclear.bound);
  EXPECT_GT(unclear.high, unclear.bound);
}

TEST(Decide, PassesOnlyWhenTheIntervalExcludesTheThreshold) {
  const MetricDecision same = decide_one(true, 0.05, around(1.0, 0.01, 10));
  EXPECT_EQ(same.answer, GateAnswer::pass);
  EXPECT_GT(same.low, same.bound);
  // Not worse on average, but it cannot be told.
  EXPECT_EQ(decide_one(true, 0.05, around(1.0, 0.2, 10)).answer, GateAnswer::inconclusive);
  EXPECT_EQ(decide_one(true, 0.05, around(1.5, 0.01, 10)).answer, GateAnswer::pass);
}

/// Of a delay more is worse. Catches a sign that is turned once only.
TEST(Decide, DelaysAreTurnedRound) {
  const MetricDecision slower = decide_one(false, 0.05, around(1.10, 0.01, 10));
  EXPECT_EQ(slower.answer, GateAnswer::fail);
  EXPECT_NEAR(slower.ratio, 1.10, 0.003);
  EXPECT_NEAR(slower.bound, 1.05, 1e-9);
  EXPECT_LT(slower.low, slower.ratio);
  EXPECT_GT(slower.high, slower.ratio);
  EXPECT_EQ(decide_one(false, 0.05, around(0.5, 0.01, 10)).answer, GateAnswer::pass);
}

/// So many more pairs, and it is decided: the same spread, as often as it said.
TEST(Decide, SaysHowManyMorePairsWouldDecide) {
  const MetricDecision unclear = decide_one(true, 0.025, around(1.0, 0.06, 10));
  ASSERT_EQ(unclear.answer, GateAnswer::inconclusive);
  ASSERT_TRUE(unclear.more_pairs_needed);
  const size_t enough = 10 + *unclear.more_pairs_needed;
  EXPECT_GT(enough, 12U);
  EXPECT_EQ(decide_one(true, 0.025, around(1.0, 0.06, enough + enough / 5)).answer, GateAnswer::pass);
  EXPECT_EQ(decide_one(true, 0.025, around(1.0, 0.06, enough - enough / 3)).answer, GateAnswer::inconclusive);
  // On the threshold itself no number of pairs decides.
  EXPECT_FALSE(decide_one(true, 0.025, around(0.975, 0.06, 10)).more_pairs_needed);
}

TEST(Decide, AllPairsAlike) {
  EXPECT_EQ(decide_one(true, 0.025, std::vector<double>(10, 0.0)).answer, GateAnswer::pass);
  EXPECT_EQ(decide_one(true, 0.025, std::vector<double>(10, -0.1)).answer, GateAnswer::fail);
}

TEST(Decide, HolmOverTheMetrics) {
  const std::vector<MetricSample> samples = {{"rate", true, 0.05, around(1.0, 0.01, 10)},
                                             {"delay p99", false, 0.05, around(1.2, 0.01, 10)}};
  const auto decisions = decide(samples, plan_looks(10, 30, 0.05, 2), 1);
  EXPECT_EQ(decisions[0].answer, GateAnswer::pass);
  EXPECT_EQ(decisions[1].answer, GateAnswer::fail);
  EXPECT_EQ(answer_of(decisions), GateAnswer::fail);
  // Each was the clearest of its kind, so each had the strictest level.
  EXPECT_NEAR(decisions[0].coverage, 1 - plan_looks(10, 30, 0.05, 2).levels[0], 1e-12);
  EXPECT_NEAR(decisions[1].coverage, 1 - plan_looks(10, 30, 0.05, 2).levels[0], 1e-12);
}

TEST(Answer, PassesWhenAllDo) {
  std::vector<MetricDecision> decisions(2);
  decisions[0].answer = GateAnswer::pass;
  EXPECT_EQ(answer_of(decisions), GateAnswer::inconclusive);
  decisions[1].answer = GateAnswer::pass;
  EXPECT_EQ(answer_of(decisions), GateAnswer::pass);
}

TEST(CheckBase, VoidsWhatDiffersByMoreThanTheThreshold) {
  const LookPlan plan = plan_looks(10, 30, 0.05, 1);
  EXPECT_TRUE(check_base(around(1.0, 0.03, 10), 0.025, plan, 1).holds);
  EXPECT_TRUE(check_base(around(0.99, 0.005, 10), 0.025, plan, 1).holds);
  EXPECT_FALSE(check_base(around(0.95, 0.01, 10), 0.025, plan, 1).holds);
  EXPECT_FALSE(check_base(around(1.05, 0.01, 10), 0.025, plan, 1).holds);
}

/// Whole gates, look by look, on simulated pairs.
struct Rates {
  int pass = 0, fail = 0, inconclusive = 0;
  size_t pairs = 0;
};

Rates simulate(int gates, double mean, double deviation, const LookPlan& plan) {
  SplitMix64 random(23);
  Rates rates;
  for (int gate = 0; gate < gates; ++gate) {
    const std::vector<double> all = pairs_of(plan.looks.back(), mean, deviation, random);
    GateAnswer answer = GateAnswer::inconclusive;
    for (const size_t n : plan.looks) {
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(n);
      const MetricSample sample{"rate", true, 0.025, {all.begin(), end}};
      answer = answer_of(decide({&sample, 1}, plan, static_cast<uint64_t>(gate)));
      rates.pairs += answer != GateAnswer::inconclusive || n == plan.looks.back() ? n : 0;
      if (answer != GateAnswer::inconclusive) break;
    }
    (answer == GateAnswer::pass ? rates.pass : answer == GateAnswer::fail ? rates.fail : rates.inconclusive)++;
  }
  return rates;
}

/// What the gate's defaults are made for: pairs with a standard deviation of 2 %.
TEST(Simulation, BaseAgainstItselfPasses) {
  const Rates rates = simulate(200, 0, 0.02, plan_looks(10, 40, 0.05, 1));
  EXPECT_EQ(rates.fail, 0);
  EXPECT_GE(rates.pass, 190);
}

TEST(Simulation, FivePercentSlowerFails) {
  const Rates rates = simulate(200, std::log(0.95), 0.02, plan_looks(10, 40, 0.05, 1));
  EXPECT_GE(rates.fail, 190);
  EXPECT_EQ(rates.pass, 0);
}

TEST(Simulation, TenPercentSlowerAlwaysFailsAndAtOnce) {
  const Rates rates = simulate(100, std::log(0.9), 0.02, plan_looks(10, 40, 0.05, 1));
  EXPECT_EQ(rates.fail, 100);
  EXPECT_LT(rates.pairs, 1050U);
}

/// On the threshold itself either answer is wrong: 2.5 % of the gates each, over all looks. 400 gates: 10 +- 3.1.
TEST(Simulation, ErrorRateAtTheThreshold) {
  const Rates rates = simulate(400, std::log(0.975), 0.02, plan_looks(10, 30, 0.05, 1));
  EXPECT_LE(rates.fail, 20);
  EXPECT_LE(rates.pass, 20);
  EXPECT_GE(rates.fail + rates.pass, 5);
}

}  // namespace
}  // namespace fwbench
