// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [matrix]: lists of values for other keys. Internal to the scenario module.

#include <string>
#include <string_view>
#include <vector>

#include "scenario/inputs.h"

namespace fwbench {

inline constexpr std::string_view kMatrixSection = "matrix";
/// More cases than this are a mistake: each is a lab of its own, and a run of hours.
inline constexpr size_t kMaxCases = 64;

/// Policy and traffic, but for the TX engine, and how a trial is done, but for how many there are.
[[nodiscard]] bool can_be_swept(std::string_view section, std::string_view key);

/// One combination of values, and what it is called: "policy.rules=10, traffic.frames=8192".
struct MatrixCase {
  std::string label;
  std::vector<Setting> settings;
};

struct Matrix {
  std::vector<std::string> keys;  ///< swept, in the order of the file; the last one varies fastest
  std::vector<MatrixCase> cases;  ///< empty: no sweep
};

/// The Cartesian product of all lists, less what `exclude` says. A key with a value from the command line is not swept:
/// `--set policy.rules=10` makes one case of a sweep over it.
[[nodiscard]] Matrix read_matrix(const Inputs& inputs, std::vector<Diagnostic>& diagnostics);

}  // namespace fwbench
