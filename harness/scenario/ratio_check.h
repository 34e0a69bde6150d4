// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is wrong with a [ratio.NAME] whose keys are fine one by one. Internal to the scenario module.

#include <string>
#include <string_view>
#include <vector>

#include "scenario/plan.h"

namespace fwbench {

struct RatioProblem {
  std::string_view key;  ///< whose value is wrong; empty: the section as a whole
  std::string message;
  std::string hint;
};

[[nodiscard]] std::vector<RatioProblem> problems_of(const RatioPlan& ratio, bool in_sweep);

}  // namespace fwbench
