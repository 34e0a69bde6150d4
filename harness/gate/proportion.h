// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What k of n says about a probability.

#include <cstdint>

#include "gate/bootstrap.h"

namespace fwbench {

/// Clopper & Pearson, Biometrika 26 (1934) 404-413: covers with at least `confidence`, whatever the probability is.
/// 0 to 1 when n is 0.
[[nodiscard]] Range clopper_pearson(uint64_t k, uint64_t n, double confidence = 0.95);

}  // namespace fwbench
