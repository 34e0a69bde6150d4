// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Published ratios beside this machine's. Internal to the report module.

#include <string>
#include <vector>

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

/// No rows when the record has no ratios.
[[nodiscard]] Grid ratio_grid(const Record& record);

/// Whether this machine reproduces them, in a sentence, and then where each figure is from, a line each; empty when
/// there are none.
[[nodiscard]] std::vector<std::string> ratio_notes(const Record& record);

}  // namespace fwbench
