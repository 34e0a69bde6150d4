// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `fwbench gate --selftest`: how often the gate errs on this machine, by real gates.

#include "measure/gate_run.h"

namespace fwbench {

/// `gates` gates of xdp against itself; against a DUT slowed by 5 % of its rate and one slowed by 10 %; one with a
/// wrong verdict in 10 million; and the smallest slowdown that timing by BPF_PROG_RUN tells. Prints the table with
/// Clopper-Pearson intervals. Exit code: 0 when what is promised was seen, 1 when not.
/// @param run threshold, confidence, pairs, trial and frames of the gates
[[nodiscard]] int gate_selftest(const Plan& plan, const GateRun& run, size_t gates);

}  // namespace fwbench
