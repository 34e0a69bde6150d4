// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [ratio.NAME] of a plan, as the record wants them.

#include <vector>

#include "record/record.h"
#include "scenario/plan.h"

namespace fwbench {

/// All but what is measured. For measure_ratios().
[[nodiscard]] std::vector<Ratio> published_ratios(const Plan& plan);

}  // namespace fwbench
