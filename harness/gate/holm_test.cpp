// SPDX-License-Identifier: BSD-2-Clause
#include "gate/holm.h"

#include <gmock/gmock.h>

namespace fwbench {
namespace {

using testing::ElementsAre;

/// The example of most textbooks: four p-values at 5 %. The levels are 0.0125, 0.0167, 0.025 and 0.05.
TEST(Holm, TextbookExample) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const std::vector<double> levels = {0.05 / 4, 0.05 / 3, 0.05 / 2, 0.05};
  EXPECT_THAT(holm_ranks(p), ElementsAre(1, 3, 2, 0));
  EXPECT_THAT(holm_rejects(p, levels), ElementsAre(true, false, false, true));
}

/// 0.04 is below its own level of 0.05, but the step before it was not taken. Catches a loop that goes on.
TEST(Holm, EndsWithTheFirstThatHolds) {
  const std::vector<double> p = {0.03, 0.04};
  const std::vector<double> levels = {0.025, 0.05};
  EXPECT_THAT(holm_rejects(p, levels), ElementsAre(false, false));
}

TEST(Holm, EqualValuesKeepTheirOrder) {
  const std::vector<double> p = {0.02, 0.02, 0.001};
  EXPECT_THAT(holm_ranks(p), ElementsAre(1, 2, 0));
}

TEST(Holm, OneHypothesisHasTheWholeLevel) {
  const std::vector<double> p = {0.049};
  const std::vector<double> levels = {0.05};
  EXPECT_THAT(holm_rejects(p, levels), ElementsAre(true));
}

}  // namespace
}  // namespace fwbench
