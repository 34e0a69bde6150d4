// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a metric was in each round.

#include <map>

#include "record/metrics.h"
#include "record/record.h"

namespace fwbench {

/// Empty for a metric that is not taken in rounds.
[[nodiscard]] std::map<int, double> round_values(const Record& record, const Subject& subject, const Metric& metric);

}  // namespace fwbench
