// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The x axis of plots over the cases of a sweep. Internal to the report module.

#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

struct SweepAxis {
  bool is_log = false;
  std::string title;
  std::vector<double> positions;    ///< one for each case
  std::vector<std::string> labels;  ///< the same
};

/// By value where one key is swept and all values are numbers above 0, on a log axis; else at even distances.
[[nodiscard]] SweepAxis sweep_axis(const Sweep& sweep);

/// Tics and range, as gnuplot commands.
[[nodiscard]] std::string axis_script(const SweepAxis& axis);

}  // namespace fwbench
