// SPDX-License-Identifier: BSD-2-Clause
#include "gate/paired.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fwbench {
namespace {

TEST(Orders, AreTheirOwnMirrorImageAndSeeded) {
  const auto orders = draw_orders(200, 5);
  int base_outside = 0;
  for (const PairOrder& order : orders) {
    ASSERT_EQ(order.size(), 4U);
    EXPECT_EQ(order[0], order[3]);
    EXPECT_EQ(order[1], order[2]);
    EXPECT_NE(order[0], order[1]);
    base_outside += order[0] == Side::base ? 1 : 0;
  }
  EXPECT_NEAR(base_outside, 100, 40);
  EXPECT_EQ(draw_orders(200, 5), orders);
  EXPECT_NE(draw_orders(200, 6), orders);
  // The first pairs do not depend on how many there may be.
  const auto fewer = draw_orders(20, 5);
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), orders.begin()));
}

/// A machine that gets slower by the same factor from window to window: nothing of it is left.
TEST(LogRatio, DriftCancels) {
  const std::vector<double> outside = {100, 100 * std::pow(0.9, 3)};
  const std::vector<double> inside = {100 * 0.9, 100 * 0.81};
  EXPECT_NEAR(log_ratio(outside, inside).value(), 0, 1e-12);
  EXPECT_NEAR(log_ratio(inside, outside).value(), 0, 1e-12);
}

TEST(LogRatio, OfHeadToBase) {
  const std::vector<double> base = {2, 8};
  const std::vector<double> head = {2, 2};
  EXPECT_NEAR(log_ratio(base, head).value(), std::log(0.5), 1e-12);
}

TEST(LogRatio, NothingFromNothing) {
  const std::vector<double> zero = {0};
  const std::vector<double> one = {1};
  EXPECT_FALSE(log_ratio(zero, one));
  EXPECT_FALSE(log_ratio(one, {}));
}

}  // namespace
}  // namespace fwbench
