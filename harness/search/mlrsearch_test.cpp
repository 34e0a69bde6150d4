// SPDX-License-Identifier: BSD-2-Clause
/// Searches on simulated devices: a function from load to loss ratio, with whatever noise it likes.
#include "search/mlrsearch.h"

#include <gtest/gtest.h>

#include <functional>

#include "traffic/random.h"

namespace fwbench {
namespace {

using Device = std::function<double(uint64_t load)>;

SearchConfig ndr_and_pdr(double width = 0.01) {
  SearchConfig config;
  config.goals = {{"ndr", 0, 0.5, 1, 21, width}, {"pdr", 0.005, 0.5, 1, 21, width}};
  config.min_load = 1'000;
  config.max_load = 10'000'000;
  config.budget_s = 10'000;
  return config;
}

/// Uniform in 0..1.
double uniform(SplitMix64& random) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

/// Forwards up to `rate`, and never more.
Device knee(double rate) {
  return [rate](uint64_t load) { return std::max(0.0, 1 - rate / static_cast<double>(load)); };
}

/// Runs to its end; a search that does not end fails the test.
MlrSearch run(const SearchConfig& config, const Device& device) {
  MlrSearch search(config);
  for (int i = 0; i < 20'000; ++i) {
    const auto request = search.next();
    if (!request) return search;
    EXPECT_GE(request->load, config.min_load);
    EXPECT_LE(request->load, config.max_load);
    search.add({false, device(request->load), request->duration_s, request->duration_s});
  }
  ADD_FAILURE() << "the search does not end";
  return search;
}

/// What RFC 9971 asks of a goal result, from the trials alone.
void expect_consistent(const SearchConfig& config, const MlrSearch& search) {
  const auto results = search.results();
  for (size_t i = 0; i < results.size(); ++i) {
    const SearchGoal& goal = config.goals[i];
    const GoalResult& result = results[i];
    if (result.end == GoalEnd::not_reached) continue;
    std::optional<uint64_t> upper;
    std::optional<uint64_t> lower;
    for (const auto& [load, trials] : search.database()) {
      if (classify_load(goal, trials) == LoadClass::upper && !upper) upper = load;
    }
    for (const auto& [load, trials] : search.database()) {
      if (classify_load(goal, trials) == LoadClass::lower && (!upper || load < *upper)) lower = load;
    }
    EXPECT_EQ(result.upper, upper) << goal.name;
    EXPECT_EQ(result.lower, lower) << goal.name;
    EXPECT_EQ(result.sum_s, goal.sum_s);
    if (result.end == GoalEnd::regular) {
      ASSERT_TRUE(lower && upper);
      const auto width = static_cast<double>(*upper - *lower) / static_cast<double>(*upper);
      EXPECT_TRUE(width <= goal.width || *upper == *lower + 1) << goal.name << ' ' << width;
    }
    if (lower) {
      ASSERT_TRUE(result.throughput);
      EXPECT_LE(*result.throughput, static_cast<double>(*lower));
      EXPECT_GE(*result.throughput, static_cast<double>(*lower) * (1 - goal.loss_ratio) - 1e-6);
    }
  }
}

TEST(MlrSearch, DiscardsTheFirstTrialAtMaxLoad) {
  MlrSearch search(ndr_and_pdr());
  ASSERT_TRUE(search.next());
  EXPECT_TRUE(search.next()->discard);
  EXPECT_EQ(search.next()->load, 10'000'000U);
  search.add({false, 0.9, 1, 1});
  EXPECT_TRUE(search.database().empty());
  ASSERT_TRUE(search.next());
  EXPECT_FALSE(search.next()->discard);
  EXPECT_EQ(search.next()->load, 10'000'000U);
}

TEST(MlrSearch, FindsASharpKnee) {
  const SearchConfig config = ndr_and_pdr();
  const MlrSearch search = run(config, knee(3'456'789));
  EXPECT_EQ(search.end(), SearchEnd::complete);
  expect_consistent(config, search);
  const auto results = search.results();
  EXPECT_EQ(results[0].end, GoalEnd::regular);
  EXPECT_LE(*results[0].lower, 3'456'789U);
  EXPECT_GT(*results[0].upper, 3'456'789U);
  const double pdr = 3'456'789 / (1 - 0.005);
  EXPECT_LE(static_cast<double>(*results[1].lower), pdr);
  EXPECT_GT(static_cast<double>(*results[1].upper), pdr);
  // Two bounds of two goals take 11 trials each; what is more is for finding them.
  EXPECT_LT(search.trials(), 100);
}

TEST(MlrSearch, TrialsOfAGoalAreMadeWithItsWidth) {
  const MlrSearch wide = run(ndr_and_pdr(0.05), knee(2e6));
  const MlrSearch narrow = run(ndr_and_pdr(0.001), knee(2e6));
  EXPECT_LT(wide.trials(), narrow.trials());
  const GoalResult ndr = narrow.results()[0];
  EXPECT_LE(static_cast<double>(*ndr.upper - *ndr.lower), 0.001 * static_cast<double>(*ndr.upper));
}

TEST(MlrSearch, KeepsToTheHalfOfTrialsOnANoisyKnee) {
  SplitMix64 random(7);
  const SearchConfig config = ndr_and_pdr();
  // A fifth of all trials loses something whatever the load: tolerated, since the exceed ratio is a half.
  const auto noisy = [&](uint64_t load) {
    const double loss = knee(1'000'000)(load);
    return uniform(random) < 0.2 ? loss + 0.02 : loss;
  };
  const MlrSearch search = run(config, noisy);
  expect_consistent(config, search);
  for (const GoalResult& result : search.results()) {
    EXPECT_EQ(result.end, GoalEnd::regular);
    EXPECT_NEAR(static_cast<double>(*result.lower), 1e6, 0.05e6);
  }
}

/// Loses more at half a million than at two: the smallest upper bound is the relevant one.
TEST(MlrSearch, InvertedLossKeepsTheLowerBoundBelowTheSmallestUpperBound) {
  const SearchConfig config = ndr_and_pdr();
  const auto inverted = [](uint64_t load) {
    if (load >= 400'000 && load < 600'000) return 0.1;
    return std::max(0.0, 1 - 4e6 / static_cast<double>(load));
  };
  const MlrSearch search = run(config, inverted);
  EXPECT_EQ(search.end(), SearchEnd::complete);
  expect_consistent(config, search);
  // And one whose dip is on the search's way, since it forwards that much at the largest load.
  const auto dip = [](uint64_t load) { return load > 2'000'000 ? 0.6 : load > 400'000 ? 0.3 : 0.0; };
  const MlrSearch into_the_dip = run(config, dip);
  expect_consistent(config, into_the_dip);
  EXPECT_LE(*into_the_dip.results()[0].lower, 400'000U);
}

TEST(MlrSearch, WithoutALosslessLoadThereIsNoLowerBound) {
  const SearchConfig config = ndr_and_pdr();
  const MlrSearch search = run(config, [](uint64_t load) { return load > 1'000'000 ? 0.5 : 0.001; });
  EXPECT_EQ(search.end(), SearchEnd::complete);
  expect_consistent(config, search);
  const auto results = search.results();
  EXPECT_EQ(results[0].end, GoalEnd::at_min_load);
  EXPECT_FALSE(results[0].lower);
  EXPECT_EQ(results[0].upper, 1'000U);
  EXPECT_FALSE(results[0].throughput);
  EXPECT_EQ(results[1].end, GoalEnd::regular);
  EXPECT_NEAR(static_cast<double>(*results[1].lower), 1e6, 0.01e6);
}

TEST(MlrSearch, LosslessUpToMaxLoadIsAnAtLeast) {
  const SearchConfig config = ndr_and_pdr();
  const MlrSearch search = run(config, [](uint64_t) { return 0.0; });
  EXPECT_EQ(search.end(), SearchEnd::complete);
  EXPECT_EQ(search.trials(), 12) << "one discarded, and eleven of twenty-one decide";
  for (const GoalResult& result : search.results()) {
    EXPECT_EQ(result.end, GoalEnd::at_max_load);
    EXPECT_EQ(result.lower, 10'000'000U);
    EXPECT_FALSE(result.upper);
    EXPECT_EQ(result.throughput, 1e7);
  }
}

TEST(MlrSearch, OutOfTimeSaysSo) {
  SearchConfig config = ndr_and_pdr();
  config.budget_s = 20;
  const MlrSearch search = run(config, knee(3e6));
  EXPECT_EQ(search.end(), SearchEnd::out_of_time);
  EXPECT_EQ(search.trials(), 20);
  for (const GoalResult& result : search.results()) {
    EXPECT_EQ(result.end, GoalEnd::not_reached);
    EXPECT_LT(result.sum_s, 21) << "the bounds stand on less than the goal asks for";
    ASSERT_TRUE(result.lower && result.upper);
    EXPECT_LE(*result.lower, 3'015'076U);
    EXPECT_GT(*result.upper, 2'999'999U);
  }
}

TEST(MlrSearch, VoidTrialsAreNotCountedAndEndItWhenThereIsNothingElse) {
  SearchConfig config = ndr_and_pdr();
  MlrSearch search(config);
  search.add({false, 0, 1, 1});
  const auto asked = search.next();
  search.add({true, 0.9, 1, 1});
  EXPECT_EQ(search.next()->load, asked->load) << "it is made again";
  EXPECT_TRUE(search.database().empty());
  search.add({true, 0.9, 1, 1});
  EXPECT_EQ(search.end(), SearchEnd::searching);
  search.add({true, 0.9, 1, 1});
  EXPECT_EQ(search.end(), SearchEnd::void_trials);
  EXPECT_FALSE(search.next());
  EXPECT_EQ(search.trials(), 4);
  for (const GoalResult& result : search.results()) EXPECT_EQ(result.end, GoalEnd::not_reached);
}

/// Whatever the device does, a search ends, stays within its loads, and its results follow from its trials.
TEST(MlrSearch, EndsConsistentlyOnAnyDevice) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SplitMix64 random(seed);
    SearchConfig config = ndr_and_pdr(seed % 3 == 0 ? 0.05 : 0.01);
    config.preceding_stages = static_cast<int>(seed % 4);
    if (seed % 5 == 0) config.max_load = config.min_load + seed;
    if (seed % 7 == 0) config.budget_s = static_cast<double>(seed);
    const double rate = 1e3 + uniform(random) * 1.2e7;
    const double noise = uniform(random);
    const double amount = uniform(random) * 0.05;
    const Device device = [&](uint64_t load) {
      const double loss = knee(rate)(load);
      return std::min(1.0, uniform(random) < noise ? loss + amount * uniform(random) : loss);
    };
    SCOPED_TRACE(seed);
    const MlrSearch search = run(config, device);
    EXPECT_NE(search.end(), SearchEnd::searching);
    if (search.end() == SearchEnd::complete) {
      for (const GoalResult& result : search.results()) EXPECT_NE(result.end, GoalEnd::not_reached);
    }
    expect_consistent(config, search);
    if (::testing::Test::HasFailure()) break;
  }
}

TEST(MlrSearch, RepeatsItselfExactly) {
  const MlrSearch a = run(ndr_and_pdr(), knee(1'234'567));
  const MlrSearch b = run(ndr_and_pdr(), knee(1'234'567));
  EXPECT_EQ(a.trials(), b.trials());
  EXPECT_EQ(a.results()[0].lower, b.results()[0].lower);
}

}  // namespace
}  // namespace fwbench
