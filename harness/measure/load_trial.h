// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the trials of the rounds are: floods, or a constant load ([traffic] rate, rates of classes) with probes beside
/// it.

#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/schedule.h"

namespace fwbench {

/// TrialPurpose::mrr or TrialPurpose::load.
[[nodiscard]] TrialPurpose round_purpose(const Plan& plan);
/// Load frames at this rate, without an end.
[[nodiscard]] Schedule paced_schedule(uint64_t rate_pps);
/// To be sent until the window closes.
[[nodiscard]] Schedule round_schedule(const Plan& plan);
/// Most probes that such a trial can send; 0 without any.
[[nodiscard]] uint64_t load_probes(const Plan& plan);
/// Probes alone, and beside a share of the MRR: a constant load has its own.
[[nodiscard]] bool has_delay_trials(const Plan& plan);
/// Fills in what was scheduled.
void describe_load(const Plan& plan, Trial& trial);

}  // namespace fwbench
