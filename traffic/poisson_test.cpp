// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/poisson.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace fwbench {
namespace {

TEST(Poisson, BeginsAtNothingAscendsAndKeepsTheRate) {
  const auto& times = poisson_times();
  EXPECT_EQ(times[0], 0U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_LT(times.back(), FW_POISSON_CYCLE << FW_POISSON_SHIFT);
  EXPECT_EQ(poisson_arrival(FW_POISSON_CYCLE), FW_POISSON_CYCLE);
  EXPECT_EQ(poisson_arrival(3 * FW_POISSON_CYCLE + 7) - poisson_arrival(7), 3 * FW_POISSON_CYCLE);
}

/// Kolmogorov and Smirnov: the distance of the gaps' distribution from 1 - exp(-x), 1 % level.
TEST(Poisson, GapsAreExponential) {
  std::vector<double> gaps;
  for (uint64_t i = 1; i <= FW_POISSON_CYCLE; ++i) gaps.push_back(poisson_arrival(i) - poisson_arrival(i - 1));
  std::sort(gaps.begin(), gaps.end());
  const auto n = static_cast<double>(gaps.size());
  double distance = 0;
  for (size_t i = 0; i < gaps.size(); ++i) {
    const double below = -std::expm1(-gaps[i]);
    const auto rank = static_cast<double>(i);
    distance = std::max({distance, below - rank / n, (rank + 1) / n - below});
  }
  EXPECT_LT(distance, 1.63 / std::sqrt(n));
}

/// A gap says nothing of the next.
TEST(Poisson, GapsAreIndependent) {
  double sum = 0;
  for (uint64_t i = 1; i < FW_POISSON_CYCLE; ++i) {
    const double gap = poisson_arrival(i) - poisson_arrival(i - 1);
    const double next = poisson_arrival(i + 1) - poisson_arrival(i);
    sum += (gap - 1) * (next - 1);
  }
  EXPECT_LT(std::abs(sum / FW_POISSON_CYCLE), 3 / std::sqrt(FW_POISSON_CYCLE));
}

TEST(Poisson, TheLastArrivalIsFoundByItsTime) {
  EXPECT_EQ(last_poisson_arrival(0), 0U);
  for (const uint64_t i : {1U, 17U, 4095U, 4096U, 4097U, 50'000U}) {
    // Two may come at the same time: the later one is meant.
    const uint64_t found = last_poisson_arrival(poisson_arrival(i));
    EXPECT_GE(found, i);
    EXPECT_EQ(poisson_arrival(found), poisson_arrival(i));
    EXPECT_LT(last_poisson_arrival(poisson_arrival(i) - 0.01), i);
  }
}

}  // namespace
}  // namespace fwbench
