// SPDX-License-Identifier: BSD-2-Clause
#include "measure/load_trial.h"

#include <algorithm>

#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Frames a second for each that is sent in one go: no frame waits for more than 4 us.
constexpr uint64_t kFramesUnbatched = 250'000;

}  // namespace

TrialPurpose round_purpose(const Plan& plan) {
  return plan.traffic.rate_pps == 0 ? TrialPurpose::mrr : TrialPurpose::load;
}

Schedule paced_schedule(uint64_t rate_pps) {
  Schedule schedule = {.rate_pps = rate_pps};
  schedule.batch = static_cast<uint32_t>(std::clamp<uint64_t>(rate_pps / kFramesUnbatched, 1, UINT16_MAX));
  return schedule;
}

Schedule round_schedule(const Plan& plan) {
  if (plan.traffic.rate_pps == 0) return {};
  Schedule schedule = paced_schedule(plan.traffic.rate_pps);
  if (load_probes(plan) != 0) {
    schedule.probe_rate_pps = plan.trial.probe_rate_pps;
    schedule.probes = load_probes(plan);
  }
  return schedule;
}

uint64_t load_probes(const Plan& plan) {
  if (plan.traffic.rate_pps == 0 || plan.traffic.probe_class.empty()) return 0;
  // A second more than planned: what comes after the last place in the sink's table would be foreign there.
  const uint64_t most_ns = plan.trial.ramp_ns + plan.trial.duration_ns + kNsPerSecond;
  return plan.trial.probe_rate_pps * most_ns / kNsPerSecond + 1;
}

bool has_delay_trials(const Plan& plan) {
  return plan.traffic.rate_pps == 0 && plan.trial.delay_duration_ns != 0;
}

void describe_load(const Plan& plan, Trial& trial) {
  if (plan.traffic.rate_pps == 0) return;
  trial.load_pps = static_cast<double>(plan.traffic.rate_pps);
  if (trial.delay) trial.delay->load_pps = plan.traffic.rate_pps;
}

}  // namespace fwbench
