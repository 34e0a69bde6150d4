// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [thresholds]: what metrics of DUTs must be. Internal to the scenario module.

#include <vector>

#include "scenario/inputs.h"

namespace fwbench {

/// Those of the file and of the command line, which replace the file's lines on the same metric. A DUT that is not in
/// [dut] list is an error; one that --dut left out takes its thresholds with it.
[[nodiscard]] std::vector<ThresholdClaim> read_thresholds(const Inputs& inputs, std::vector<Diagnostic>& diagnostics);

}  // namespace fwbench
