// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Looking more than once. Data come in groups, and after each group there is a look that may end it all; an interval
/// of 95 % at each look would miss the truth in more than 5 % of all runs at one of them.
///
/// Pocock, "Group sequential methods in the design and analysis of clinical trials", Biometrika 64 (1977) 191-199: the
/// same stricter level at each of a number of looks that is fixed beforehand. Intervals at that level cover the truth
/// at all looks together ("repeated confidence intervals", Jennison & Turnbull, JRSS B 51 (1989) 305-361), so it does
/// not matter why one stopped. With Holm's procedure at each look: Ye et al., Statistics in Medicine 32 (2013)
/// 1112-1124.

#include <cstddef>
#include <vector>

namespace fwbench {

/// Sizes at the looks: group, 2 group, ... and at last `maximum`. At least one.
[[nodiscard]] std::vector<size_t> look_sizes(size_t group, size_t maximum);

/// The two-sided level for each look, so that a statistic which is normal, with independent increments, exceeds its
/// bound at any of the looks with probability `alpha`. By recursive integration (Armitage, McPherson & Rowe, JRSS A 132
/// (1969) 235-244).
/// @param looks sizes, ascending
[[nodiscard]] double pocock_level(double alpha, const std::vector<size_t>& looks);

/// When to look, and how strictly.
struct LookPlan {
  std::vector<size_t> looks;   ///< sizes, ascending
  double alpha = 0.05;         ///< two-sided, over all looks and all metrics
  std::vector<double> levels;  ///< two-sided, at each look; by Holm's rank, one for each metric
};

[[nodiscard]] LookPlan plan_looks(size_t group, size_t maximum, double alpha, size_t metrics);

}  // namespace fwbench
