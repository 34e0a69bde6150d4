// SPDX-License-Identifier: BSD-2-Clause
/// The tables of RFC 9971's "Example Search": six points in time, four goals.
#include "search/load_class.h"

#include <gtest/gtest.h>

#include <vector>

namespace fwbench {
namespace {

using enum LoadClass;

const SearchGoal kRfc2544 = {"RFC2544", 0, 0, 60, 60, 0.01};
const SearchGoal kTst009 = {"TST009", 0, 0.5, 60, 120, 0.01};
const SearchGoal kOneSecond = {"1s final", 0.005, 0.5, 1, 120, 0.01};
const SearchGoal kExceed20 = {"20% exceed", 0.005, 0.2, 60, 60, 0.01};

void add(std::vector<SearchTrial>& trials, int count, double duration_s, double loss_ratio) {
  for (int i = 0; i < count; ++i) trials.push_back({duration_s, duration_s, loss_ratio});
}

std::vector<LoadClass> classes(const std::vector<SearchTrial>& trials) {
  return {classify_load(kRfc2544, trials), classify_load(kTst009, trials), classify_load(kOneSecond, trials),
          classify_load(kExceed20, trials)};
}

using Row = std::vector<LoadClass>;

TEST(LoadClassification, FollowsTheExampleOfTheRfc) {
  std::vector<SearchTrial> trials;
  add(trials, 59, 1, 0);
  EXPECT_EQ(classes(trials), (Row{undecided, undecided, undecided, undecided})) << "first short good";
  add(trials, 1, 1, 0.01);
  EXPECT_EQ(classes(trials), (Row{upper, undecided, undecided, undecided})) << "first short bad";
  add(trials, 59, 1, 0.01);
  EXPECT_EQ(classes(trials), (Row{upper, undecided, undecided, upper})) << "last short bad";
  add(trials, 1, 1, 0);
  EXPECT_EQ(classes(trials), (Row{upper, undecided, lower, upper})) << "last short good";
  add(trials, 1, 60, 0.001);
  // The RFC's tables say "lower" for the fourth goal from here on, beside exceed ratios of 42.857 % and 27.273 %, which
  // are more than its 20 %: the RFC's code says "upper", and so do we.
  EXPECT_EQ(classes(trials), (Row{upper, undecided, lower, upper})) << "first long bad";
  add(trials, 1, 60, 0);
  EXPECT_EQ(classes(trials), (Row{upper, lower, lower, upper})) << "first long good";
  constexpr double kLoad = 1e6;
  EXPECT_DOUBLE_EQ(conditional_throughput(kTst009, kLoad, trials), 1'000'000);
  EXPECT_DOUBLE_EQ(conditional_throughput(kOneSecond, kLoad, trials), 1'000'000);
  EXPECT_DOUBLE_EQ(conditional_throughput(kExceed20, kLoad, trials), 999'000);
}

const SearchGoal kNdr = {"ndr", 0, 0.5, 1, 21, 0.01};

TEST(LoadClassification, ElevenOfTwentyOneDecide) {
  std::vector<SearchTrial> good;
  std::vector<SearchTrial> bad;
  EXPECT_EQ(classify_load(kNdr, good), undecided);
  add(good, 10, 1, 0);
  add(bad, 10, 1, 0.5);
  EXPECT_EQ(classify_load(kNdr, good), undecided);
  EXPECT_EQ(classify_load(kNdr, bad), undecided);
  add(good, 1, 1, 0);
  add(bad, 1, 1, 0.5);
  EXPECT_EQ(classify_load(kNdr, good), lower);
  EXPECT_EQ(classify_load(kNdr, bad), upper);
  add(good, 10, 1, 0.5);
  EXPECT_EQ(classify_load(kNdr, good), lower) << "no later trial within the sum can change it";
}

TEST(LoadClassification, LossEqualToTheGoalsIsLowLoss) {
  const SearchGoal pdr = {"pdr", 0.005, 0.5, 1, 1, 0.01};
  EXPECT_EQ(classify_load(pdr, std::vector<SearchTrial>{{1, 1, 0.005}}), lower);
  EXPECT_EQ(classify_load(pdr, std::vector<SearchTrial>{{1, 1, 0.0051}}), upper);
}

TEST(LoadClassification, ShortTrialsAloneShowNoLowerBound) {
  std::vector<SearchTrial> trials;
  add(trials, 1000, 0.5, 0);
  EXPECT_EQ(classify_load(kNdr, trials), undecided);
  add(trials, 22, 0.5, 1);
  EXPECT_EQ(classify_load(kNdr, trials), undecided) << "the short low-loss trials balance them";
  std::vector<SearchTrial> lossy;
  add(lossy, 22, 0.5, 1);
  EXPECT_EQ(classify_load(kNdr, lossy), upper);
}

TEST(ConditionalThroughput, CountsTrialsThatWereNotMadeAsLost) {
  std::vector<SearchTrial> trials;
  add(trials, 10, 1, 0);
  EXPECT_DOUBLE_EQ(conditional_throughput(kNdr, 100, trials), 0);
  add(trials, 1, 1, 0.25);
  EXPECT_DOUBLE_EQ(conditional_throughput(kNdr, 100, trials), 75);
  add(trials, 1, 1, 0);
  EXPECT_DOUBLE_EQ(conditional_throughput(kNdr, 100, trials), 100);
}

TEST(ConditionalThroughput, TakesAtLeastOneTrialWhenNothingHasToBeKept) {
  const SearchGoal shortest = {"shortest", 0, 0.5, 1, 1, 0.01};
  EXPECT_DOUBLE_EQ(conditional_throughput(shortest, 100, std::vector<SearchTrial>{{1, 1, 0.1}}), 90);
}

}  // namespace
}  // namespace fwbench
