// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A record against a stored one. Rates of two runs differ by what the machine did meanwhile; their ratios to the null
/// device, round by round, differ less.

#include "core/result.h"
#include "gate/judge_gate.h"

namespace fwbench {

/// For every DUT of both records that has a null device there: log(DUT / null) of each round, the record's against the
/// baseline's, with one look and Holm over the DUTs. Wrong verdicts and unaccounted frames, which the baseline has
/// fewer of, fail it. Fills all of the gate but `seconds`.
/// Errors: ErrorKind::measurement when the two cannot be compared (host class, TX engine, scenario, or no DUT in common
/// with rounds enough); the message says which.
[[nodiscard]] Result<Gate> gate_against_baseline(const Record& baseline, const Record& record,
                                                 const GateSettings& settings);

}  // namespace fwbench
