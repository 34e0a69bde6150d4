// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The gate's three answers. "Worse by more than the threshold" has to be shown for a failure, "not worse by more than
/// the threshold" has to be shown for a pass, and where neither can be shown the answer is that there is none yet.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gate/bootstrap.h"
#include "gate/sequential.h"

namespace fwbench {

enum class GateAnswer : uint8_t { pass, fail, inconclusive };

/// "pass", "fail", "inconclusive".
[[nodiscard]] const char* answer_name(GateAnswer answer);

/// One metric, as the pairs showed it.
struct MetricSample {
  std::string name;
  bool higher_is_better = true;
  /// What may be lost: 0.025 lets a rate fall to 0.975 of the base's, a delay rise to 1.025 of it.
  double threshold = 0;
  std::vector<double> log_ratios;  ///< log(head / base), one a pair
};

struct MetricDecision {
  std::string name;
  GateAnswer answer = GateAnswer::inconclusive;
  double ratio = 1;  ///< head to base; the interval too
  double low = 0;
  double high = 0;
  double bound = 1;     ///< the threshold as a ratio
  double coverage = 0;  ///< of the interval, at this look
  size_t pairs = 0;
  bool bca = true;                            ///< false: percentile
  std::optional<uint64_t> more_pairs_needed;  ///< inconclusive: about so many; nothing when it is beyond counting
};

/// Fewer pairs have no interval worth the name.
inline constexpr size_t kMinPairs = 6;
/// more_pairs_needed beyond this is not a number to plan with.
inline constexpr uint64_t kMaxMorePairs = 100'000;

/// All metrics at one look.
///
/// For each the statistic is the mean of the pairs' log-ratios, with its bootstrap interval. A metric fails
/// when the whole interval is worse than the threshold, and passes when it holds nothing that is. Holm's procedure runs
/// over the metrics twice, for what is shown to be worse and for what is shown not to be, at the look's own level; an
/// interval is shown at the level that its metric was tested at.
/// Each sample has kMinPairs values or more.
[[nodiscard]] std::vector<MetricDecision> decide(std::span<const MetricSample> samples, const LookPlan& plan,
                                                 uint64_t seed);

/// Fails when a metric does, passes when all do.
[[nodiscard]] GateAnswer answer_of(std::span<const MetricDecision> decisions);

/// The base against itself, log(second / first) in each pair: whether the whole interval lies beyond the threshold, up
/// or down. Then the machine, or the order, makes differences of the size that is looked for.
struct BaseCheck {
  double ratio = 1;
  double low = 0;
  double high = 0;
  bool holds = true;
};
[[nodiscard]] BaseCheck check_base(std::span<const double> log_ratios, double threshold, const LookPlan& plan,
                                   uint64_t seed);

}  // namespace fwbench
