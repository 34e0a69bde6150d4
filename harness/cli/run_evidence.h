// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What `fwbench run` leaves of a wrong verdict.

#include <filesystem>
#include <span>

#include "cli/commands.h"
#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// For each DUT, and in a sweep for each case, the frames that met the wrong verdict, the policy, and the command that
/// shows it again, in RECORD/repro-DUT: a replay of those frames where it has been seen to show it, else the run
/// itself, which sends the same frames again.
/// @param tables of cases_of(plan)
[[nodiscard]] Result<void> write_run_evidence(const Record& record, const Plan& plan,
                                              std::span<const FrameTable> tables, const RunArguments& arguments,
                                              const std::filesystem::path& folder);

}  // namespace fwbench
