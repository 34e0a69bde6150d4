// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/live_verify.h"

#include <algorithm>

#include "live_verify/dut_judge.h"
#include "live_verify/stamp.h"
#include "measure/placement.h"

namespace fwbench::verify {
namespace {

/// Every trial costs a DUT that is loaded and a generator that is set up: some hundred of them.
constexpr std::chrono::milliseconds kLiveShrinkLimit{20'000};

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
  const auto placement = place_on_cpus();
  if (!placement) return tl::unexpected(placement.error());
  const DutJudgeConfig config = {.generator_cpu = placement->generator_cpu, .app_cpu = placement->app_cpu};
  options.source.make = [config](const std::string& name) -> Result<std::unique_ptr<Judge>> {
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
