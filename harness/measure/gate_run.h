// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Base against head: both in one run, in pairs, each pair in a lab of its own.

#include "core/result.h"
#include "gate/judge_gate.h"
#include "measure/campaign.h"
#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

struct GateRun {
  std::string base;  ///< DUTs; the same one twice is an A/A gate
  std::string head;
  /// Of the plan of that side; null: the one of the run. For a DUT that the plan makes faulty.
  const Plan* head_plan = nullptr;
  GateSettings settings;
  uint64_t trial_ns = 200'000'000;       ///< windows of each side in a pair, together
  uint64_t ramp_ns = 20'000'000;         ///< before each, where trials are the turns
  uint64_t verdict_frames = 30'000'000;  ///< of each side's correctness pass
};

/// Runs in the lab process: the correctness pass and the cost of each side; then, unless that has decided, pairs in
/// the order of draw_orders() until a look decides or there are settings.max_pairs. Fills record.trials, record.gate
/// and what `fwbench run` fills.
/// Errors: what keeps it from going on, ErrorKind::interrupted among them.
[[nodiscard]] Result<void> run_gate(const Plan& plan, const FrameTable& table, const GateRun& run, Record& record,
                                    const CampaignListener& listener);

}  // namespace fwbench
