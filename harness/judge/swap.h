// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Changes of policy while frames flow: was every verdict that of a policy in force, and how soon was a change
/// effective?

#include <cstdint>
#include <vector>

#include "judge/observation.h"
#include "policy/policy.h"
#include "record/record.h"

namespace fwbench {

/// One change, all times CLOCK_MONOTONIC. From `requested_ns` on frames may be judged by the new policy, from `done_ns`
/// on they must be.
struct PolicyChange {
  uint64_t requested_ns = 0;
  uint64_t done_ns = 0;
  uint32_t policy = 0;  ///< index into SwapExpectation::verdicts
};

struct SwapExpectation {
  /// By policy, then by probe template; probe i is of template i % templates.
  std::vector<std::vector<Verdict>> verdicts;
  uint32_t first_policy = 0;  ///< in force before the first change
  uint64_t probe_gap_ns = 0;
};

/// Each probe is held against the policies that were in force at some moment between its sending and its arrival; a
/// dropped one, whose moment nobody saw, between its due time and the longest delay of any that arrived.
/// @param changes in the order they were made, none overlapping.
/// @param lossless false: a probe that did not arrive may have been lost, and says nothing.
[[nodiscard]] SwapStats judge_swap(const Observation& observation, const std::vector<PolicyChange>& changes,
                                   const SwapExpectation& expectation, bool lossless);

}  // namespace fwbench
