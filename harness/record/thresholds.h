// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Thresholds of a scenario held against what was measured.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/metrics.h"
#include "record/record.h"

namespace fwbench {

/// Longer ones first, as a reader must try them.
inline constexpr std::string_view kComparisons[] = {">=", "<=", "==", ">", "<"};

/// "pass": the whole interval is on the right side of the bound; "fail": the whole of it is on the other; else
/// "inconclusive", also below kMinRounds rounds. A value without an interval is decided as it is.
[[nodiscard]] std::string threshold_verdict(const MetricValue& measured, std::string_view comparison, double bound);

/// One for each claim and DUT (in a sweep: and case). A named DUT without the metric is inconclusive, and so is a claim
/// on "*" that no DUT has; DUTs that lack the metric are otherwise no business of "*".
[[nodiscard]] std::vector<Threshold> decide_thresholds(const Record& record, const std::vector<ThresholdClaim>& claims);

/// "pass", "fail" or "inconclusive" of all of them together; "pass" when there are none.
[[nodiscard]] std::string_view overall_verdict(const Record& record);

/// "vs_null >= 0.8", "delay_ns.p99 <= 50us".
[[nodiscard]] std::string claim_text(const ThresholdClaim& claim);
/// "0.812 [0.790 0.830]", "not measured".
[[nodiscard]] std::string measured_text(const Threshold& threshold);

}  // namespace fwbench
