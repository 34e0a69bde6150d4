// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Thresholds and whether they hold.

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

/// No rows when the record has none.
[[nodiscard]] Grid threshold_grid(const Record& record);

}  // namespace fwbench
