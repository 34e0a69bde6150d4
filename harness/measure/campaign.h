// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The order of trials in a run: correctness of each DUT in each case, MRR rounds interleaved over DUTs and cases,
/// delay.

#include <functional>
#include <span>
#include <string>

#include "core/result.h"
#include "judge/judge.h"
#include "measure/bench.h"
#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// Told of every step, on the lab's main thread between trials.
struct CampaignListener {
  /// Before a trial. `done` of `total` trials have ended.
  std::function<void(const Trial& upcoming, int done, int total)> before_trial = {};
  /// After it was judged and added to the record: save it here. An error ends the campaign.
  std::function<Result<void>(const Record& record)> after_trial = {};
};

/// Runs the plan, or every case of its sweep, inside the lab process and fills `record`: trials, summary, warnings,
/// valid, complete. Trials that fail are in the record as invalid, with the reason; the campaign goes on.
/// @param tables one for each of cases_of(plan)
/// Errors: what keeps it from going on at all, ErrorKind::interrupted among them; the record keeps what there is.
[[nodiscard]] Result<void> run_campaign(const Plan& plan, std::span<const FrameTable> tables, Record& record,
                                        const CampaignListener& listener);

/// Comparison partner of every DUT in the catalogue and of the scenario's own, for summarise().
[[nodiscard]] std::map<std::string, std::string> null_devices(const Plan& plan);

}  // namespace fwbench
