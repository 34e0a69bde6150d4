// SPDX-License-Identifier: BSD-2-Clause
#include "measure/trial_run.h"

#include <algorithm>
#include <ctime>

#include "measure/host.h"

namespace fwbench {
namespace {

/// Frames of the positive control: every class of a usual scenario is among the first of a shuffled table, and a burst
/// of this size fits any ring.
constexpr uint64_t kControlFrames = 256;

/// The correctness pass of a DUT with a core of its own starts here and halves its rate when anything was lost.
constexpr uint64_t kOwnCoreCorrectnessPps = 400'000;
constexpr int kCorrectnessAttempts = 5;

/// Known frames first: a DUT that decides nothing gives a plausible rate.
Result<Trial> control_then(DutUnderTest& under_test, Trial trial, const Observe& observe,
                           const Expectation& expectation) {
  const CaseBench& at = *under_test.home;
  const Schedule control_schedule = {.frames = std::min<uint64_t>(kControlFrames, at.table->frames.size())};
  auto control = under_test.lodging->bench.observe(*under_test.dut, control_schedule, {});
  if (!control) return tl::unexpected(control.error());
  Trial control_trial = trial;
  judge_trial(*control, under_test.expectation, *at.plan->policy, *at.table, control_trial);
  if (!control_trial.valid) {
    control_trial.invalid_reason = "positive control: " + control_trial.invalid_reason;
    return control_trial;
  }
  auto observation = observe();
  if (!observation) return tl::unexpected(observation.error());
  judge_trial(*observation, expectation, *at.plan->policy, *at.table, trial);
  trial.counters["control.planned"] = control_trial.ledger.planned;
  trial.counters["control.arrived"] = control_trial.ledger.arrived;
  const uint64_t wrong = control_trial.verdicts.false_drop + control_trial.verdicts.false_pass;
  trial.counters["control.false"] = wrong;
  // Under loss a wrong drop cannot be told from a lost frame: then the control's word stands, and there is no rate.
  if (wrong != 0 && !trial.lossless) {
    control_trial.purpose = TrialPurpose::control;
    return control_trial;
  }
  return trial;
}

}  // namespace

Trial new_trial(const DutUnderTest& under_test, TrialPurpose purpose, int round) {
  const BenchConfig& config = under_test.lodging->bench.config();
  Trial trial;
  trial.traffic_case = under_test.home->plan->case_label;
  trial.dut = under_test.entry.name;
  trial.purpose = purpose;
  trial.round = round;
  trial.engine = config.engine == TxEngine::live ? "live" : "packet";
  trial.placement = under_test.entry.placement == DutPlacement::shared
                        ? fmt::format("shared: generator, DUT and sink on CPU {}", config.generator_cpu)
                        : fmt::format("own-core: generator and NAPI on CPU {}, DUT process on CPU {}",
                                      config.generator_cpu, config.app_cpu);
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  trial.started_unix_ns = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
  return trial;
}

Result<Trial> run_trial(DutUnderTest& under_test, Trial trial, const Schedule& schedule, const TrialWindow& window) {
  const auto observe = [&] { return under_test.lodging->bench.observe(*under_test.dut, schedule, window); };
  return run_trial(under_test, std::move(trial), observe, under_test.expectation);
}

Result<Trial> run_trial(DutUnderTest& under_test, Trial trial, const Observe& observe, const Expectation& expectation) {
  auto inside = NetNsScope::enter(under_test.lodging->dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(under_test.dut->start());
  const CpuWatch cpu;
  auto judged = control_then(under_test, trial, observe, expectation);
  const Result<void> stopped = under_test.dut->stop();
  trial.steal_share = cpu.steal_share();
  if (judged) judged->steal_share = trial.steal_share;
  if (!judged && judged.error().kind != ErrorKind::measurement) return judged;
  if (judged && stopped) return judged;
  trial.valid = false;
  trial.invalid_reason = judged ? stopped.error().to_string() : judged.error().to_string();
  return trial;
}

Result<Trial> run_correctness(DutUnderTest& under_test, uint64_t frames) {
  const bool own_core = under_test.entry.placement == DutPlacement::own_core;
  uint64_t rate = own_core ? kOwnCoreCorrectnessPps : 0;  // on one core a flood is lossless by construction
  for (int attempt = 1;; ++attempt) {
    const Schedule schedule = {.rate_pps = rate, .frames = frames, .evenly = true};
    auto trial = run_trial(under_test, new_trial(under_test, TrialPurpose::correctness, 0), schedule, {});
    if (!trial) return trial;
    const bool lost = trial->valid && !trial->lossless;
    if (!lost) return trial;
    if (attempt == kCorrectnessAttempts) {
      trial->valid = false;
      trial->invalid_reason =
          fmt::format("frames were lost at every rate down to {} pps: verdicts cannot be proven", rate);
      return trial;
    }
    rate = rate == 0 ? kOwnCoreCorrectnessPps : rate / 2;
  }
}

}  // namespace fwbench
