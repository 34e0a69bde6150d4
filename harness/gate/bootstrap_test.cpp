// SPDX-License-Identifier: BSD-2-Clause
#include "gate/bootstrap.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>

#include "traffic/random.h"

namespace fwbench {
namespace {

/// The spatial test data, test A, of Efron & Tibshirani, "An Introduction to the Bootstrap" (1993), table 14.1.
constexpr double kSpatialA[] = {48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6,
                                0,  33, 28, 34, 4,  32, 24, 47, 41, 24, 26, 30, 41};

/// Their statistic: the plug-in variance.
double plug_in_variance(std::span<double> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size());
}

/// Table 14.2 there: 90 % BCa interval (115.8, 259.6) from 2,000 resamples, z0 = 0.146, a = 0.061. Other resamples move
/// the ends by a few units; a percentile interval would be (100.8, 233.9).
TEST(Bootstrap, BcaOfEfronAndTibshirani) {
  const Bootstrap bootstrap = Bootstrap::of(
      kSpatialA, {.seed = 7, .resamples = 50'000, .statistic = plug_in_variance, .widen_small_samples = false});
  EXPECT_NEAR(bootstrap.estimate(), 171.5, 0.05);
  EXPECT_NEAR(bootstrap.acceleration(), 0.061, 0.0006);
  EXPECT_NEAR(bootstrap.bias_correction(), 0.146, 0.085);  // theirs has a standard error of 0.028
  const Range interval = bootstrap.interval(0.05);
  EXPECT_NEAR(interval.low, 115.8, 3);
  EXPECT_NEAR(interval.high, 259.6, 5);
}

TEST(Bootstrap, SameSeedSameInterval) {
  const Bootstrap a = Bootstrap::of(kSpatialA, {.seed = 3});
  const Bootstrap b = Bootstrap::of(kSpatialA, {.seed = 3});
  const Bootstrap c = Bootstrap::of(kSpatialA, {.seed = 4});
  EXPECT_EQ(a.interval(0.025).low, b.interval(0.025).low);
  EXPECT_EQ(a.interval(0.025).high, b.interval(0.025).high);
  EXPECT_NE(a.interval(0.025).low, c.interval(0.025).low);
}

/// For each tail, the interval's end has just that tail: both ask the same question from two sides.
TEST(Bootstrap, TailsAndIntervalsAgree) {
  for (const bool widen : {false, true}) {
    const Bootstrap bootstrap = Bootstrap::of(
        kSpatialA, {.seed = 5, .resamples = 20'000, .statistic = plug_in_variance, .widen_small_samples = widen});
    for (const double tail : {0.005, 0.025, 0.1}) {
      const Range interval = bootstrap.interval(tail);
      EXPECT_NEAR(bootstrap.tail_below(interval.low), tail, 1e-3) << widen;
      EXPECT_NEAR(bootstrap.tail_above(interval.high), tail, 1e-3) << widen;
    }
  }
}

TEST(Bootstrap, SmallSamplesAreWidened) {
  const std::vector<double> few(kSpatialA, kSpatialA + 6);
  const Range plain = Bootstrap::of(few, {.seed = 1, .widen_small_samples = false}).interval(0.025);
  const Range widened = Bootstrap::of(few, {.seed = 1}).interval(0.025);
  EXPECT_LT(widened.low, plain.low);
  EXPECT_GT(widened.high, plain.high);
}

TEST(Bootstrap, AllAlikeIsAPoint) {
  const std::vector<double> same(8, 1.5);
  const Bootstrap bootstrap = Bootstrap::of(same, {});
  EXPECT_FALSE(bootstrap.is_bca());
  EXPECT_EQ(bootstrap.interval(0.025).low, 1.5);
  EXPECT_EQ(bootstrap.interval(0.025).high, 1.5);
  EXPECT_EQ(bootstrap.tail_below(1.4), 0);
  EXPECT_EQ(bootstrap.tail_above(1.4), 1);
}

TEST(TrimmedMean, LeavesOutAFifthAtEachEnd) {
  std::vector<double> values = {1000, 1, 2, 3, -1000};
  EXPECT_EQ(trimmed_mean_of(values), 2);
  std::vector<double> four = {1, 2, 3, 6};
  EXPECT_EQ(trimmed_mean_of(four), 3);
}

TEST(Resamples, TheTailDecides) {
  EXPECT_EQ(resamples_for(0.025, 40), kMinResamples);
  EXPECT_GT(resamples_for(0.001, 10), 10 * kMinResamples);
  EXPECT_EQ(resamples_for(1e-6, 10), kMaxResamples);
}

class Normal {
 public:
  explicit Normal(uint64_t seed) : random_(seed) {}
  double next() {
    const double u = (static_cast<double>(random_.next() >> 11) + 0.5) / 9007199254740992.0;
    return boost::math::quantile(boost::math::normal_distribution<double>(), u);
  }

 private:
  SplitMix64 random_;
};

/// Share of intervals of 95 % that miss the truth, over samples of n normal values.
double share_missed(size_t n, bool widen, int samples) {
  Normal normal(11);
  int missed = 0;
  for (int i = 0; i < samples; ++i) {
    std::vector<double> values(n);
    for (double& value : values) value = normal.next();
    const Range interval =
        Bootstrap::of(values, {.seed = static_cast<uint64_t>(i), .resamples = 1000, .widen_small_samples = widen})
            .interval(0.025);
    if (interval.low > 0 || interval.high < 0) ++missed;
  }
  return static_cast<double>(missed) / samples;
}

/// 1,000 samples: 5 % within 3 standard errors of 0.7 %.
TEST(Bootstrap, CoversAsOftenAsItSays) {
  EXPECT_NEAR(share_missed(10, true, 1000), 0.05, 0.021);
  EXPECT_NEAR(share_missed(30, true, 1000), 0.05, 0.021);
}

/// What the expansion is for: without it one interval in nine misses.
TEST(Bootstrap, WithoutExpansionItIsTooSure) {
  EXPECT_GT(share_missed(8, false, 1000), 0.08);
}

TEST(Bootstrap, DifferenceOfTwoSamples) {
  Normal normal(3);
  int missed = 0;
  for (int i = 0; i < 500; ++i) {
    std::vector<double> a(9);
    std::vector<double> b(15);
    for (double& value : a) value = 5 + normal.next();
    for (double& value : b) value = 3 + 2 * normal.next();
    const Range interval =
        Bootstrap::of_difference(a, b, {.seed = static_cast<uint64_t>(i), .resamples = 1000}).interval(0.025);
    if (interval.low > 2 || interval.high < 2) ++missed;
  }
  EXPECT_NEAR(missed / 500.0, 0.05, 0.035);
}

}  // namespace
}  // namespace fwbench
