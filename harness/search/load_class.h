// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Multiple Loss Ratio search, RFC 9971 (draft-ietf-bmwg-mlrsearch): what the trials at one load say about it.
/// Plain values; nothing here knows how a trial is made.

#include <span>
#include <string>

namespace fwbench {

/// Search Goal (RFC 9971 "Goal Terms"). Durations in seconds, ratios as shares of 1.
struct SearchGoal {
  std::string name;         ///< "ndr"
  double loss_ratio = 0;    ///< Goal Loss Ratio: 0 <= x < 1
  double exceed_ratio = 0;  ///< Goal Exceed Ratio, 0 <= x < 1: so much of the trials' time may lose more
  double trial_s = 0;       ///< Goal Final Trial Duration, > 0
  double sum_s = 0;         ///< Goal Duration Sum, > 0
  double width = 0;         ///< Goal Width, > 0: (upper - lower) / upper at the end
};

/// One trial at some load.
struct SearchTrial {
  double duration_s = 0;
  double effective_s = 0;  ///< Trial Effective Duration: here always the trial's duration
  double loss_ratio = 0;
};

enum class LoadClass { undecided, lower, upper };

/// Load Classification (RFC 9971, "Load Classification Code"): lower when no further trial within the duration sum
/// could make the load fail the goal, upper when none could make it pass.
/// @param trials all that were made at this load, in any order; may be empty
[[nodiscard]] LoadClass classify_load(const SearchGoal& goal, std::span<const SearchTrial> trials);

/// Conditional Throughput (RFC 9971, "Conditional Throughput Code"): the forwarding rate that the load keeps to in
/// 1 - exceed_ratio of the time, in the unit of `load`. Trials that were not made yet within the duration sum count as
/// total loss.
/// @param trials at least one
[[nodiscard]] double conditional_throughput(const SearchGoal& goal, double load, std::span<const SearchTrial> trials);

}  // namespace fwbench
