// SPDX-License-Identifier: BSD-2-Clause
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "record/store.h"

namespace fwbench {
namespace {

std::string phase(const Trial& trial) {
  switch (trial.purpose) {
    case TrialPurpose::control:
      return "control";
    case TrialPurpose::correctness:
      return "correctness";
    case TrialPurpose::mrr:
      return fmt::format("MRR round {}", trial.round);
    case TrialPurpose::delay_idle:
      return "delay, idle";
    case TrialPurpose::delay_load:
      return "delay, loaded";
    case TrialPurpose::swap:
      return "policy changes";
    case TrialPurpose::load:
      return fmt::format("load round {}", trial.round);
    case TrialPurpose::search:
      return "rate search";
  }
  return "trial";
}

/// "xdp", or "xdp policy.rules=10" in a sweep.
std::string subject(const Trial& trial) {
  return trial.traffic_case.empty() ? trial.dut : trial.dut + " " + trial.traffic_case;
}

std::string outcome(const Trial& trial) {
  if (!trial.valid) return "INVALID: " + trial.invalid_reason;
  const uint64_t wrong = trial.verdicts.false_drop + trial.verdicts.false_pass;
  if (wrong != 0) {
    return fmt::format("WRONG VERDICTS: {} dropped that should pass, {} passed that should drop",
                       trial.verdicts.false_drop, trial.verdicts.false_pass);
  }
  if (trial.rate_pps) return fmt::format("{:.3f} Mpps", *trial.rate_pps / 1e6);
  if (trial.delay) {
    return fmt::format("p50 {:.2f} us, p99 {:.2f} us", static_cast<double>(trial.delay->p50) / 1e3,
                       static_cast<double>(trial.delay->p99) / 1e3);
  }
  return fmt::format("{} packets judged, all right", trial.verdicts.expect_pass + trial.verdicts.expect_drop);
}

}  // namespace

void Progress::before(const Trial& upcoming, int done, int total) {
  done_ = done;
  total_ = total;
  if (!terminal_) return;
  std::string left;
  if (done > 0) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began_;
    left = fmt::format(", {:.0f} s left", elapsed.count() / done * (total - done));
  }
  const std::string last = last_.empty() ? "" : "  (last: " + last_ + ")";
  fmt::print(stderr, "\r\033[K[{}/{}] {} · {}{}{}", done + 1, total, phase(upcoming), subject(upcoming), left, last);
  std::fflush(stderr);
}

void Progress::after(const Trial& trial) {
  const std::string result = outcome(trial);
  const bool bad = !trial.valid || trial.verdicts.false_drop + trial.verdicts.false_pass != 0;
  last_ = bad ? "" : subject(trial) + " " + result;
  if (terminal_ && !bad) return;
  if (terminal_) fmt::print(stderr, "\r\033[K");
  fmt::print(stderr, "[{}/{}] {:<13} {:<12} {}\n", done_ + 1, total_, phase(trial), subject(trial), result);
}

void Progress::finish() const {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

int measure_and_save(const std::filesystem::path& folder,
                     const std::function<Result<void>(const CampaignListener&)>& measure) {
  Progress progress(::isatty(STDERR_FILENO) != 0);
  size_t shown = 0;
  const CampaignListener listener = {
      .before_trial = [&](const Trial& next, int done, int total) { progress.before(next, done, total); },
      .after_trial = [&](const Record& now) -> Result<void> {
        for (; shown < now.trials.size(); ++shown) progress.after(now.trials[shown]);
        return save_record(now, folder);
      }};
  const Result<void> ran = measure(listener);
  progress.finish();
  return ran ? exit_ok : complain(ran.error());
}

}  // namespace fwbench
