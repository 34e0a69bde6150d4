// SPDX-License-Identifier: BSD-2-Clause
#include "judge/swap.h"

#include <gtest/gtest.h>

namespace fwbench {
namespace {

constexpr uint64_t kStart = 1'000'000;
constexpr uint64_t kGap = 1'000;

/// Policy 0 passes every probe, policy 1 drops every one; probes are judged 10 ns after they were due.
struct Bed {
  Observation observation;
  SwapExpectation expectation{
      .verdicts = {{Verdict::accept}, {Verdict::drop}}, .first_policy = 0, .probe_gap_ns = kGap};
  std::vector<PolicyChange> changes;

  explicit Bed(size_t probes) {
    observation.start_ns = kStart;
    observation.probes.resize(probes, {.delay_ns = 20, .lateness_ns = 5, .arrivals = 1});
  }
  void drop(size_t first, size_t last) {
    for (size_t i = first; i <= last; ++i) observation.probes[i] = {};
  }
  void change(uint64_t requested, uint64_t done, uint32_t policy) {
    changes.push_back({kStart + requested, kStart + done, policy});
  }
  [[nodiscard]] SwapStats judge() const { return judge_swap(observation, changes, expectation, true); }
};

TEST(SwapJudge, CleanChangesAreNotMixed) {
  Bed bed(100);
  bed.change(10'500, 11'500, 1);
  bed.change(20'500, 21'500, 0);
  bed.drop(11, 20);
  const SwapStats stats = bed.judge();
  EXPECT_EQ(stats.changes, 2u);
  EXPECT_EQ(stats.judged_probes, 100u);
  EXPECT_EQ(stats.taken_p50_ns, 1'000u);
  EXPECT_EQ(stats.mixed, 0u);
  EXPECT_EQ(stats.effective_n, 1u) << "a dropped probe does not say when it was sent";
  EXPECT_EQ(stats.effective_max_ns, 505u) << "probe 21 passed again, sent 5 ns late";
}

TEST(SwapJudge, WhileAChangeIsMadeEitherPolicyIsRight) {
  Bed bed(100);
  bed.change(10'500, 14'500, 1);
  bed.drop(12, 12);
  bed.drop(14, 99);
  EXPECT_EQ(bed.judge().mixed, 0u);
}

TEST(SwapJudge, TheOldPolicyAfterTheChangeIsDoneIsAMix) {
  Bed bed(100);
  bed.change(10'500, 11'500, 1);
  bed.drop(11, 99);
  bed.observation.probes[50] = {.delay_ns = 20, .lateness_ns = 5, .arrivals = 1};
  EXPECT_EQ(bed.judge().mixed, 1u);
}

TEST(SwapJudge, TheNewPolicyBeforeItIsAskedForIsAMix) {
  Bed bed(100);
  bed.change(10'500, 11'500, 1);
  bed.drop(5, 5);
  bed.drop(11, 99);
  EXPECT_EQ(bed.judge().mixed, 1u);
}

TEST(SwapJudge, UnderLossAMissingProbeSaysNothing) {
  Bed bed(100);
  bed.change(10'500, 11'500, 1);
  bed.drop(5, 5);
  bed.drop(11, 99);
  const SwapStats stats = judge_swap(bed.observation, bed.changes, bed.expectation, false);
  EXPECT_EQ(stats.judged_probes, 10u);
  EXPECT_EQ(stats.mixed, 0u);
}

TEST(SwapJudge, AChangeWithoutAnEffectIsNotCounted) {
  Bed bed(100);
  bed.change(10'500, 11'500, 0);
  const SwapStats stats = bed.judge();
  EXPECT_EQ(stats.changes, 1u);
  EXPECT_EQ(stats.effective_n, 0u);
}

}  // namespace
}  // namespace fwbench
