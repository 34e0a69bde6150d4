// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Goodput and delay under constant load, against what was swept. Internal to the report module.

#include <vector>

#include "report/plot_scripts.h"

namespace fwbench {

/// "goodput" and, with probes, "load_delay"; empty unless cases of a sweep have a constant load.
[[nodiscard]] std::vector<PlotScript> load_plots(const Record& record);

}  // namespace fwbench
