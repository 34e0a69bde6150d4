// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "traffic/random.h"

namespace fwbench {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr uint64_t kHundredSeconds = 100'000'000'000;

// Catches a bucket too wide, an index off by one and a bound that is not its bucket's.
TEST(Histogram, NoValueIsReportedTooLowOrMoreThanOnePerCentTooHigh) {
  SplitMix64 random(1);
  for (uint64_t value = 1; value <= kHundredSeconds; value += 1 + value / 1000 * (1 + random.next() % 3)) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(std::numeric_limits<uint64_t>::max());  // so that max() does not hide the bucket's bound
    const uint64_t reported = histogram.percentile(0.5).value();
    ASSERT_GE(reported, value);
    ASSERT_LE(static_cast<double>(reported - value), 0.01 * static_cast<double>(value)) << value;
  }
}

TEST(Histogram, PowersOfTwoAndTheEndsOfTheRangeHaveTheirBuckets) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const uint64_t value : {(uint64_t{1} << bit) - 1, uint64_t{1} << bit, (uint64_t{1} << bit) + 1}) {
      Histogram histogram;
      histogram.record(value);
      EXPECT_EQ(histogram.percentile(0.5).value(), value) << "a single sample is its own maximum";
    }
  }
  Histogram histogram;
  histogram.record(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(histogram.max().value(), std::numeric_limits<uint64_t>::max());
}

TEST(Histogram, EmptyHasNoNumbers) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_FALSE(histogram.max());
  EXPECT_FALSE(histogram.percentile(0.5));
  EXPECT_TRUE(histogram.curve().empty());
}

// Nearest rank over exact values. 0.9 of 10 is rank 9, whatever 0.9 * 10 rounds to.
TEST(Histogram, PercentileIsTheNearestRank) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 10; ++value) histogram.record(value);
  EXPECT_EQ(histogram.percentile(-1), 1U);
  EXPECT_EQ(histogram.percentile(0), 1U);
  EXPECT_EQ(histogram.percentile(0.1), 1U);
  EXPECT_EQ(histogram.percentile(0.1000001), 2U);
  EXPECT_EQ(histogram.percentile(0.5), 5U);
  EXPECT_EQ(histogram.percentile(0.7), 7U) << "0.7 * 10 is 7.000000000000001 in some roundings";
  EXPECT_EQ(histogram.percentile(0.9), 9U);
  EXPECT_EQ(histogram.percentile(0.91), 10U);
  EXPECT_EQ(histogram.percentile(1), 10U);
  EXPECT_EQ(histogram.percentile(7), 10U);
  EXPECT_FALSE(histogram.percentile(std::nan("")));
}

TEST(Histogram, PercentilesAgreeWithSortedSamples) {
  SplitMix64 random(7);
  std::vector<uint64_t> samples;
  Histogram histogram;
  for (int i = 0; i < 9'999; ++i) {
    samples.push_back(random.next() >> (random.next() % 40 + 20));
    histogram.record(samples.back());
  }
  std::ranges::sort(samples);
  for (const double share : {0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(samples.size())));
    const auto exact = static_cast<double>(samples[rank - 1]);
    const auto reported = static_cast<double>(histogram.percentile(share).value());
    EXPECT_GE(reported, exact) << share;
    EXPECT_LE(reported, exact * 1.01) << share;
  }
}

TEST(Histogram, MaxIsExactBesideALargeBucket) {
  Histogram histogram;
  histogram.record(1'000'003);
  histogram.record(1'000'001);
  EXPECT_EQ(histogram.max(), 1'000'003U);
  EXPECT_EQ(histogram.percentile(0.5), 1'000'003U) << "no percentile lies above the maximum";
}

TEST(Histogram, MergingIsRecordingBoth) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (uint64_t value = 1; value < 5'000'000; value = value * 3 + 1) {
    (value % 2 == 0 ? a : b).record(value, value % 5);
    both.record(value, value % 5);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.curve(), both.curve());
}

TEST(Histogram, RecordingNothingChangesNothing) {
  Histogram histogram;
  histogram.record(5, 0);
  EXPECT_FALSE(histogram.max());
}

TEST(Histogram, TheCurveEndsAtTheMaximumAndResolvesTheLastSample) {
  Histogram histogram;
  histogram.record(10, 998);
  histogram.record(200);
  histogram.record(70'001);
  EXPECT_THAT(histogram.curve(), ElementsAre(Pair(10, 0.998), Pair(200, 0.999), Pair(70'001, 1.0)));
  histogram.record(70'002);  // same bucket
  EXPECT_EQ(histogram.curve().size(), 3U);
  EXPECT_EQ(histogram.curve().back().first, 70'002U);
}

}  // namespace
}  // namespace fwbench
