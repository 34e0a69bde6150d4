// SPDX-License-Identifier: BSD-2-Clause
#include "measure/policy_changer.h"

#include <algorithm>
#include <chrono>

#include "policy/oracle.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Load before the first change and after the last.
constexpr uint64_t kMarginNs = 100'000'000;

void sleep_until(uint64_t due_ns) {
  const uint64_t now = monotonic_ns();
  if (now < due_ns) std::this_thread::sleep_for(std::chrono::nanoseconds(due_ns - now));
}

}  // namespace

Result<SwapSet> open_swap(const Plan& plan, const FrameTable& table, const PolicyImage& own) {
  SwapSet set = {.others = {},
                 .image_room = own.bytes().size(),
                 .rules_room = static_cast<uint32_t>(plan.policy->rules.size()),
                 .open = std::vector<bool>(table.frames.size()),
                 .probes = {.verdicts = {}, .probe_gap_ns = kNsPerSecond / kSwapProbePps}};
  const auto judge_probes = [&](const Policy& policy) {
    std::vector<Verdict>& verdicts = set.probes.verdicts.emplace_back();
    for (const ProbeFrame& probe : table.probes) verdicts.push_back(judge_frame(policy, probe.bytes).verdict);
  };
  judge_probes(*plan.policy);
  for (const std::shared_ptr<const Policy>& other : plan.swap->others) {
    auto image = compile_policy(*other);
    if (!image) return tl::unexpected(image.error());
    set.image_room = std::max(set.image_room, image->bytes().size());
    set.rules_room = std::max(set.rules_room, static_cast<uint32_t>(other->rules.size()));
    set.others.push_back(std::move(*image));
    judge_probes(*other);
    for (size_t i = 0; i < table.frames.size(); ++i) {
      const std::vector<std::byte>& bytes = table.frames[i].bytes;
      if (judge_frame(*other, bytes).verdict != judge_frame(*plan.policy, bytes).verdict) set.open[i] = true;
    }
  }
  return set;
}

uint64_t swap_window_ns(const SwapPlan& plan) {
  return plan.duration_ns + 2 * kMarginNs;
}

PolicyChanger::PolicyChanger(Dut& dut, const SwapPlan& plan, const SwapSet& set, const PolicyImage& own,
                             uint64_t ramp_ns)
    : dut_(dut), plan_(plan), set_(set), own_(own), ramp_ns_(ramp_ns), thread_([this](const std::stop_token& stop) {
        changes_ = run(stop);
      }) {}

/// The own policy every other time, so that each of the others is changed to from it and back.
Result<std::vector<PolicyChange>> PolicyChanger::run(const std::stop_token& stop) const {
  const uint64_t start = monotonic_ns() + ramp_ns_ + kMarginNs;
  std::vector<PolicyChange> changes;
  const auto is_over = [&] { return stop.stop_requested() || monotonic_ns() >= start + plan_.duration_ns; };
  for (uint64_t n = 0; n % 2 != 0 || !is_over(); ++n) {
    sleep_until(start + n * kNsPerSecond / plan_.rate_per_s);
    const auto policy = n % 2 != 0 ? 0 : static_cast<uint32_t>(n / 2 % set_.others.size()) + 1;
    const uint64_t requested = monotonic_ns();
    FWBENCH_TRY(dut_.replace_policy(policy == 0 ? own_ : set_.others[policy - 1]));
    changes.push_back({requested, monotonic_ns(), policy});
  }
  return changes;
}

Result<std::vector<PolicyChange>> PolicyChanger::finish() {
  thread_.request_stop();
  thread_.join();
  return std::move(changes_);
}

}  // namespace fwbench
