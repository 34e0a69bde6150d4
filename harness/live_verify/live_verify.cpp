// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/live_verify.h"

#include <sched.h>

#include <algorithm>

#include "live_verify/dut_judge.h"
#include "live_verify/stamp.h"

namespace fwbench::verify {
namespace {

/// Every trial costs a DUT that is loaded and a generator that is set up: some hundred of them.
constexpr std::chrono::milliseconds kLiveShrinkLimit{20'000};

/// The generator on the first CPU, a DUT that has one of its own on the last, and this thread with the latter.
Result<DutJudgeConfig> place() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return sys_fail(errno, "cannot read the allowed CPUs");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &allowed)) cpus.push_back(cpu);
  }
  if (cpus.empty()) return fail(ErrorKind::environment, "there is no CPU to run on");
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(static_cast<size_t>(cpus.back()), &own);
  ::sched_setaffinity(0, sizeof own, &own);
  return DutJudgeConfig{.generator_cpu = cpus.front(), .app_cpu = cpus.back()};
}

Result<const DutEntry*> find_judge(const std::string& name) {
  const DutEntry* const entry = find_dut(name);
  if (entry == nullptr) {
    return with_remedy(fail(ErrorKind::usage, "there is no DUT '{}'", name), "see `fwbench list --duts`");
  }
  return entry;
}

}  // namespace

Result<VerifyReport> verify_duts(VerifyOptions options, const VerifyListener& listener) {
  for (const std::string& name : options.judges) {
    if (const auto entry = find_judge(name); !entry) return tl::unexpected(entry.error());
  }
  const auto config = place();
  if (!config) return tl::unexpected(config.error());
  options.source.make = [config = *config](const std::string& name) -> Result<std::unique_ptr<Judge>> {
    const auto entry = find_judge(name);
    if (!entry) return tl::unexpected(entry.error());
    return make_dut_judge(**entry, config);
  };
  options.source.prepare = [](std::vector<std::byte>& frame, uint32_t index) {
    return stamp(frame, kVerifyRunId, index);
  };
  options.source.option = "--dut";
  options.source.batch = kDutBatch;
  options.source.shrink_limit = kLiveShrinkLimit;
  return verify(options, listener);
}

bool anybody_asked(const VerifyReport& report) {
  return std::any_of(report.judges.begin(), report.judges.end(),
                     [](const JudgeTotals& judge) { return judge.asked != 0; });
}

}  // namespace fwbench::verify
