// SPDX-License-Identifier: BSD-2-Clause
#include "gate/sequential.h"

#include <gmock/gmock.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "traffic/random.h"

namespace fwbench {
namespace {

using testing::ElementsAre;

TEST(Looks, EndWithTheMaximum) {
  EXPECT_THAT(look_sizes(10, 30), ElementsAre(10, 20, 30));
  EXPECT_THAT(look_sizes(10, 25), ElementsAre(10, 20, 25));
  EXPECT_THAT(look_sizes(10, 10), ElementsAre(10));
  EXPECT_THAT(look_sizes(20, 10), ElementsAre(10));
}

/// Pocock (1977), table 1: nominal levels for 5 % over K looks: 0.0294, 0.0221, 0.0182, 0.0158, and for ten 0.0106.
TEST(Pocock, PublishedTable) {
  EXPECT_DOUBLE_EQ(pocock_level(0.05, {1}), 0.05);
  EXPECT_NEAR(pocock_level(0.05, {1, 2}), 0.0294, 5e-5);
  EXPECT_NEAR(pocock_level(0.05, {1, 2, 3}), 0.0221, 5e-5);
  EXPECT_NEAR(pocock_level(0.05, {1, 2, 3, 4}), 0.0182, 5e-5);
  EXPECT_NEAR(pocock_level(0.05, {1, 2, 3, 4, 5}), 0.0158, 5e-5);
  EXPECT_NEAR(pocock_level(0.05, look_sizes(1, 10)), 0.0106, 5e-5);
  EXPECT_NEAR(pocock_level(0.01, {1, 2, 3, 4, 5}), 0.0028, 1e-4);
}

/// Sizes count by their proportions only, and unequal groups are allowed.
TEST(Pocock, Sizes) {
  EXPECT_NEAR(pocock_level(0.05, {10, 20, 30}), pocock_level(0.05, {1, 2, 3}), 1e-9);
  const double unequal = pocock_level(0.05, {10, 20, 25});
  EXPECT_GT(unequal, pocock_level(0.05, {10, 20, 30}));
  EXPECT_LT(unequal, pocock_level(0.05, {10, 20}));
}

TEST(Plan, HolmsRanksGetMoreAndMore) {
  const LookPlan plan = plan_looks(10, 30, 0.05, 2);
  ASSERT_EQ(plan.levels.size(), 2U);
  EXPECT_NEAR(plan.levels[0], pocock_level(0.025, plan.looks), 1e-12);
  EXPECT_NEAR(plan.levels[1], pocock_level(0.05, plan.looks), 1e-12);
  EXPECT_LT(plan.levels[0], plan.levels[1]);
}

/// The rate of error over all looks, by simulation: 20,000 runs, so 5 % +- 0.5 %.
TEST(Pocock, SimulatedErrorRate) {
  const std::vector<size_t> looks = {8, 16, 24, 28};
  const boost::math::normal_distribution<double> normal;
  const double z = -boost::math::quantile(normal, pocock_level(0.05, looks) / 2);
  SplitMix64 random(17);
  int crossed = 0;
  constexpr int kRuns = 20'000;
  for (int run = 0; run < kRuns; ++run) {
    double sum = 0;
    size_t n = 0;
    bool over = false;
    for (const size_t look : looks) {
      // The sum of a group at once: Box and Muller.
      const double u = (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
      const double v = static_cast<double>(random.next() >> 11) / 9007199254740992.0;
      const auto group = static_cast<double>(look - n);
      sum += std::sqrt(group) * std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v);
      n = look;
      over = over || std::abs(sum) > z * std::sqrt(static_cast<double>(n));
    }
    crossed += over ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(crossed) / kRuns, 0.05, 0.006);
}

}  // namespace
}  // namespace fwbench
