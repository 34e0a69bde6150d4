// SPDX-License-Identifier: BSD-2-Clause
#include "search/load_class.h"

#include <algorithm>
#include <vector>

namespace fwbench {
namespace {

/// Sums of effective durations.
struct DurationSums {
  double full_low = 0;
  double full_high = 0;
  double short_low = 0;
  double short_high = 0;
};

bool is_short(const SearchGoal& goal, const SearchTrial& trial) {
  return trial.duration_s < goal.trial_s;
}

DurationSums sums_of(const SearchGoal& goal, std::span<const SearchTrial> trials) {
  DurationSums sums;
  for (const SearchTrial& trial : trials) {
    const bool low = trial.loss_ratio <= goal.loss_ratio;
    double& sum =
        is_short(goal, trial) ? (low ? sums.short_low : sums.short_high) : (low ? sums.full_low : sums.full_high);
    sum += trial.effective_s;
  }
  return sums;
}

}  // namespace

LoadClass classify_load(const SearchGoal& goal, std::span<const SearchTrial> trials) {
  const DurationSums sums = sums_of(goal, trials);
  // A short trial cannot show that a load is a lower bound; short low-loss ones only take the force from short
  // high-loss ones.
  const double balancing = sums.short_low * (goal.exceed_ratio / (1 - goal.exceed_ratio));
  const double high = sums.full_high + std::max(0.0, sums.short_high - balancing);
  const double whole = std::max(sums.full_low + high, goal.sum_s);
  const double tolerated = whole * goal.exceed_ratio;
  const bool pessimistic_is_lower = whole - sums.full_low <= tolerated;
  const bool optimistic_is_lower = high <= tolerated;
  if (pessimistic_is_lower && optimistic_is_lower) return LoadClass::lower;
  return pessimistic_is_lower || optimistic_is_lower ? LoadClass::undecided : LoadClass::upper;
}

double conditional_throughput(const SearchGoal& goal, double load, std::span<const SearchTrial> trials) {
  std::vector<SearchTrial> full;
  for (const SearchTrial& trial : trials) {
    if (!is_short(goal, trial)) full.push_back(trial);
  }
  std::sort(full.begin(), full.end(),
            [](const SearchTrial& a, const SearchTrial& b) { return a.loss_ratio < b.loss_ratio; });
  double sum = 0;
  for (const SearchTrial& trial : full) sum += trial.effective_s;
  double remaining = std::max(goal.sum_s, sum) * (1 - goal.exceed_ratio);
  double quantile = 1;
  for (const SearchTrial& trial : full) {
    if (remaining <= 0) break;
    quantile = trial.loss_ratio;
    remaining -= trial.effective_s;
  }
  if (remaining > 0) quantile = 1;
  return load * (1 - quantile);
}

}  // namespace fwbench
