// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One trial of one DUT: started, proven alive by known frames, sent at, judged, stopped.

#include <functional>

#include "core/result.h"
#include "judge/judge.h"
#include "judge/observation.h"
#include "measure/bench.h"
#include "measure/case_bench.h"
#include "record/record.h"

namespace fwbench {

/// What is known of a trial before it is run.
[[nodiscard]] Trial new_trial(const DutUnderTest& under_test, TrialPurpose purpose, int round);

/// What is done with the DUT once it is started and has passed its positive control.
using Observe = std::function<Result<Observation>()>;

/// A trial that fails is invalid, with the reason.
/// Errors: those that end a run, ErrorKind::interrupted among them; never ErrorKind::measurement.
[[nodiscard]] Result<Trial> run_trial(DutUnderTest& under_test, Trial trial, const Observe& observe,
                                      const Expectation& expectation);
[[nodiscard]] Result<Trial> run_trial(DutUnderTest& under_test, Trial trial, const Schedule& schedule,
                                      const TrialWindow& window);

/// `frames` frames, none of them lost, so that each verdict is known: a DUT with a core of its own is sent at more
/// slowly after every loss. Invalid when there was loss to the end. Errors as of run_trial().
[[nodiscard]] Result<Trial> run_correctness(DutUnderTest& under_test, uint64_t frames);

}  // namespace fwbench
