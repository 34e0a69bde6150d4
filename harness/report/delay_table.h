// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One-way delays in the tables. Internal to the report module.

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

inline constexpr const char* kDelayTitle = "One-way delay of permitted probes, us from the time each was scheduled";

/// A row for each load of each DUT, idle first; no rows when no delay was measured.
[[nodiscard]] Grid delay_grid(const Record& record);

}  // namespace fwbench
