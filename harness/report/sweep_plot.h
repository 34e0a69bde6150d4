// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The plot of a sweep.

#include <optional>

#include "record/record.h"
#include "report/plot_scripts.h"

namespace fwbench {

/// "sweep": MRR of each DUT against the swept value, on a log axis when there is one key and its values are numbers
/// above 0, else case by case. Nothing when the record has no sweep, or no rate yet.
[[nodiscard]] std::optional<PlotScript> sweep_plot(const Record& record);

}  // namespace fwbench
