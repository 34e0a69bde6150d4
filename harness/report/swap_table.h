// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Policy changes under load in the tables. Internal to the report module.

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

inline constexpr const char* kSwapTitle =
    "Policy changes while frames flow, us from the request: until the DUT took it, until a frame showed it";

/// A row for each DUT whose policy was changed; no rows when there were none.
[[nodiscard]] Grid swap_grid(const Record& record);

}  // namespace fwbench
