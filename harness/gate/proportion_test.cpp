// SPDX-License-Identifier: BSD-2-Clause
#include "gate/proportion.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fwbench {
namespace {

/// Tables of Clopper and Pearson, 95 %: 4 of 20 is 0.0573 to 0.4366.
TEST(ClopperPearson, KnownValues) {
  const Range four = clopper_pearson(4, 20);
  EXPECT_NEAR(four.low, 0.0573, 5e-5);
  EXPECT_NEAR(four.high, 0.4366, 5e-5);
}

TEST(ClopperPearson, NoneAndAll) {
  const Range none = clopper_pearson(0, 100);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - std::pow(0.025, 0.01), 1e-9);
  const Range all = clopper_pearson(100, 100);
  EXPECT_NEAR(all.low, std::pow(0.025, 0.01), 1e-9);
  EXPECT_EQ(all.high, 1);
  EXPECT_EQ(clopper_pearson(0, 0).high, 1);
}

}  // namespace
}  // namespace fwbench
