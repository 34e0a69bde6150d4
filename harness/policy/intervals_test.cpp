// SPDX-License-Identifier: BSD-2-Clause
#include "policy/intervals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace fwbench {
namespace {

constexpr Interval kAllIpv6 = {0, max_value(128)};

TEST(Intervals, SubtractionCutsHolesAndEnds) {
  const IntervalSet all = {{0, 99}};
  EXPECT_EQ(subtract(all, {}), all);
  EXPECT_EQ(subtract(all, {{10, 19}, {30, 30}}), (IntervalSet{{0, 9}, {20, 29}, {31, 99}}));
  EXPECT_EQ(subtract(all, {{0, 0}, {99, 200}}), (IntervalSet{{1, 98}}));
  EXPECT_EQ(subtract(all, {{0, 200}}), IntervalSet{});
  EXPECT_EQ(subtract({{0, 9}, {20, 29}, {40, 49}}, {{5, 44}}), (IntervalSet{{0, 4}, {45, 49}}));
  EXPECT_EQ(subtract({kAllIpv6}, {kAllIpv6}), IntervalSet{});
  EXPECT_EQ(subtract({kAllIpv6}, {{1, kAllIpv6.last}}), (IntervalSet{{0, 0}}));
}

TEST(Intervals, IntersectionKeepsTheLastValue) {
  EXPECT_EQ(intersect({kAllIpv6}, {{1, kAllIpv6.last}}), (IntervalSet{{1, kAllIpv6.last}}));
  EXPECT_EQ(intersect({{0, 9}, {20, 29}}, {{9, 20}}), (IntervalSet{{9, 9}, {20, 20}}));
  EXPECT_EQ(intersect({{0, 9}}, {}), IntervalSet{});
}

TEST(Intervals, TheLargestValueOfEachWidth) {
  EXPECT_EQ(max_value(0), FieldValue{0});
  EXPECT_EQ(max_value(12), FieldValue{4095});
  EXPECT_EQ(max_value(128), ~FieldValue{0});
}

TEST(Intervals, AgreeWithValueByValue) {
  std::mt19937 random(7);
  const auto draw = [&random] {
    IntervalSet set;
    for (auto i = random() % 5; i > 0; --i) {
      const FieldValue first = random() % 32;
      set.push_back({first, first + random() % 8});
    }
    return normalize(std::move(set));
  };
  const auto has = [](const IntervalSet& set, FieldValue v) {
    return std::any_of(set.begin(), set.end(), [v](const Interval& i) { return i.first <= v && v <= i.last; });
  };
  for (int round = 0; round < 2'000; ++round) {
    const IntervalSet a = draw();
    const IntervalSet b = draw();
    const IntervalSet difference = subtract(a, b);
    const IntervalSet both = intersect(a, b);
    EXPECT_EQ(difference, normalize(difference));
    EXPECT_EQ(both, normalize(both));
    for (FieldValue v = 0; v < 48; ++v) {
      ASSERT_EQ(contains(a, v), has(a, v));
      ASSERT_EQ(has(difference, v), has(a, v) && !has(b, v));
      ASSERT_EQ(has(both, v), has(a, v) && has(b, v));
    }
  }
}

}  // namespace
}  // namespace fwbench
