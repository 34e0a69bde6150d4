// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The answer of a gate and what it rests on.

#include <string>
#include <vector>

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

/// "fail: mrr_pps: worse by more than 2.5 %"
[[nodiscard]] std::string gate_headline(const Gate& gate);
/// A metric's ratio with interval and limit, an exact number's two values, the base against itself. No rows without a
/// gate.
[[nodiscard]] Grid gate_grid(const Record& record);
/// What was compared, how often and for how long.
[[nodiscard]] std::vector<std::string> gate_notes(const Gate& gate);

/// Headline, grid and notes. @param record has a gate
[[nodiscard]] std::string render_gate(const Record& record, bool color);

}  // namespace fwbench
