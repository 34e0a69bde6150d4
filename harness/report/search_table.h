// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// NDR and PDR of a record's searches. Internal to the report module.

#include <string>

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

inline constexpr const char* kSearchTitle =
    "Rates by search (MLRsearch, RFC 9971), Mpps: NDR loses nothing, PDR at most 0.5 % of the legal packets";

/// A row for each rate of each search; no rows when there were none.
[[nodiscard]] Grid search_grid(const Record& record);

inline constexpr const char* kSearchDelayTitle =
    "Delay beside shares of PDR, us from the time each probe was scheduled; latency where nothing was lost";

/// A row for each load of each DUT, with the instrument's own part beside it: what null-pass showed at the same share
/// of its own PDR.
[[nodiscard]] Grid search_delay_grid(const Record& record);

}  // namespace fwbench
