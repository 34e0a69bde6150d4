// SPDX-License-Identifier: BSD-2-Clause
#include "measure/campaign.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "dut/resolve.h"
#include "lab/lab_process.h"
#include "measure/case_bench.h"
#include "measure/host.h"
#include "measure/load_trial.h"
#include "measure/placement.h"
#include "measure/policy_changer.h"
#include "measure/published.h"
#include "measure/rate_search.h"
#include "measure/trial_run.h"
#include "record/merge.h"
#include "record/ratios.h"
#include "record/statistics.h"
#include "record/thresholds.h"
#include "record/validity.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// More than the generator can send with a clock in hand: it is never ahead of its schedule.
constexpr double kSwapFloodPps = 20e6;
/// `value`, rotated: the one that begins differs from round to round, so that none always has the warmest or the most
/// disturbed place.
size_t rotated(size_t i, int round, size_t n) {
  return (i + static_cast<size_t>(round) - 1) % n;
}

class Campaign {
 public:
  Campaign(const Plan& plan, Record& record, const CampaignListener& listener)
      : plan_(plan), record_(record), listener_(listener) {}

  Result<void> open_case(const Plan& plan, const FrameTable& table, int generator_cpu, int app_cpu);
  Result<void> run();
  /// Every DUT was skipped.
  [[nodiscard]] bool is_empty() const;

 private:
  void announce(const DutUnderTest& under_test, TrialPurpose purpose, int round) const;
  [[nodiscard]] int count_trials() const;
  Result<void> correctness(DutUnderTest& under_test);
  Result<void> mrr(DutUnderTest& under_test, int round);
  Result<void> delay(DutUnderTest& under_test, TrialPurpose purpose);
  Result<void> search(DutUnderTest& under_test);
  Result<void> swap(DutUnderTest& under_test);
  template <class Wanted, class Measure>
  Result<void> once(TrialPurpose purpose, const Wanted& wanted, const Measure& measure);
  Result<void> add(Trial trial);
  Result<void> save();
  [[nodiscard]] double median_rate(const DutUnderTest& under_test) const;

  const Plan& plan_;
  Record& record_;
  const CampaignListener& listener_;
  std::vector<std::unique_ptr<CaseBench>> cases_;
  int done_ = 0;
};

Result<void> Campaign::open_case(const Plan& plan, const FrameTable& table, int generator_cpu, int app_cpu) {
  auto at = CaseBench::open(plan, table, generator_cpu, app_cpu);
  if (!at) return tl::unexpected(at.error());
  cases_.push_back(std::move(*at));
  for (const std::string& name : plan_.duts) FWBENCH_TRY(cases_.back()->open_dut(name, record_.summary[name]));
  return {};
}

Result<void> Campaign::add(Trial trial) {
  if (!trial.valid) record_.valid = false;
  record_.trials.push_back(std::move(trial));
  ++done_;
  return save();
}

Result<void> Campaign::save() {
  summarise(record_, null_devices(plan_));
  if (!plan_.ratios.empty()) record_.ratios = measure_ratios(record_, published_ratios(plan_));
  // A shard has too few rounds to decide anything: whoever merges them does.
  if (!plan_.thresholds.empty() && !record_.shard) record_.thresholds = decide_thresholds(record_, plan_.thresholds);
  return listener_.after_trial ? listener_.after_trial(record_) : Result<void>{};
}

Result<void> Campaign::correctness(DutUnderTest& under_test) {
  auto trial = run_correctness(under_test,
                               uint64_t{under_test.home->plan->trial.repeats} * under_test.home->table->frames.size());
  if (!trial) return tl::unexpected(trial.error());
  return add(std::move(*trial));
}

Result<void> Campaign::mrr(DutUnderTest& under_test, int round) {
  const Plan& plan = *under_test.home->plan;
  auto trial = run_trial(under_test, new_trial(under_test, round_purpose(plan), round), round_schedule(plan),
                         {.ramp_ns = plan.trial.ramp_ns, .duration_ns = plan.trial.duration_ns});
  if (!trial) return tl::unexpected(trial.error());
  describe_load(plan, *trial);
  return add(std::move(*trial));
}

double Campaign::median_rate(const DutUnderTest& under_test) const {
  const auto found = record_.summary.find(std::string(under_test.entry.name));
  if (found == record_.summary.end()) return 0;
  const Measures* measures = &found->second;
  if (found->second.cases) {
    for (const CaseSummary& one : *found->second.cases) {
      if (one.traffic_case == under_test.home->plan->case_label) measures = &one;
    }
  }
  return measures->mrr_pps ? measures->mrr_pps->median : 0;
}

Result<void> Campaign::delay(DutUnderTest& under_test, TrialPurpose purpose) {
  Trial trial = new_trial(under_test, purpose, 0);
  const TrialPlan& plan = under_test.home->plan->trial;
  Schedule schedule = {.load = false, .probe_rate_pps = plan.probe_rate_pps};
  schedule.probes = probes_in(plan);
  if (purpose == TrialPurpose::delay_load) {
    const double rate = median_rate(under_test) * plan.delay_load;
    if (rate < 1) return {};  // no valid rate: the record shows why
    schedule.load = true;
    schedule.rate_pps = static_cast<uint64_t>(rate);
    schedule.frames = static_cast<uint64_t>(rate * static_cast<double>(plan.delay_duration_ns) / 1e9);
  }
  auto judged = run_trial(under_test, std::move(trial), schedule, {});
  if (!judged) return tl::unexpected(judged.error());
  if (judged->delay) judged->delay->load_pps = schedule.rate_pps;
  return add(std::move(*judged));
}

Result<void> Campaign::search(DutUnderTest& under_test) {
  Trial blank = new_trial(under_test, TrialPurpose::search, 0);
  blank.placement = search_placement(under_test);
  auto found = search_rates(under_test, blank);
  if (!found && found.error().kind != ErrorKind::measurement && found.error().kind != ErrorKind::unsupported) {
    return tl::unexpected(found.error());
  }
  if (!found) {
    record_.warnings.push_back({"search-failed",
                                fmt::format("{}: {}", under_test.entry.name, found.error().to_string()),
                                "its NDR and PDR are missing"});
    if (found.error().kind == ErrorKind::measurement) record_.valid = false;
    return {};
  }
  if (found->search.end == "void_trials") record_.valid = false;
  if (!record_.searches) record_.searches.emplace();
  record_.searches->push_back(std::move(found->search));
  for (std::vector<Trial>* const trials : {&found->leaks, &found->delays}) {
    for (Trial& trial : *trials) {
      if (!trial.valid) record_.valid = false;
      record_.trials.push_back(std::move(trial));
    }
  }
  ++done_;
  return save();
}

Result<void> Campaign::swap(DutUnderTest& under_test) {
  CaseBench& at = *under_test.home;
  const SwapPlan& plan = *at.plan->swap;
  // A DUT on the generator's core cannot be overrun; what is lost in front of one with a core of its own proves
  // nothing.
  const bool own_core = under_test.entry.placement == DutPlacement::own_core;
  const double rate = own_core ? median_rate(under_test) * plan_.trial.delay_load : kSwapFloodPps;
  if (rate < 1) return {};  // no valid rate: the record shows why
  const Schedule schedule = {.rate_pps = static_cast<uint64_t>(rate), .probe_rate_pps = kSwapProbePps};
  const TrialWindow window = {.ramp_ns = plan_.trial.ramp_ns, .duration_ns = swap_window_ns(plan)};
  Expectation expectation = under_test.expectation;
  expectation.open = at.swap->open;
  Observation seen;
  std::vector<PolicyChange> changes;
  const auto observe = [&]() -> Result<Observation> {
    PolicyChanger changer(*under_test.dut, plan, *at.swap, at.image, window.ramp_ns);
    auto observation = under_test.lodging->bench.observe(*under_test.dut, schedule, window);
    auto changed = changer.finish();
    if (!changed) return tl::unexpected(changed.error());
    changes = std::move(*changed);
    if (observation) seen = *observation;
    return observation;
  };
  auto trial = run_trial(under_test, new_trial(under_test, TrialPurpose::swap, 0), observe, expectation);
  if (!trial) return tl::unexpected(trial.error());
  trial->delay.reset();  // probes that are dropped on purpose have no delay
  trial->rate_pps.reset();
  if (trial->valid) trial->swap = judge_swap(seen, changes, at.swap->probes, trial->lossless);
  return add(std::move(*trial));
}

bool forwards(const DutUnderTest& under_test) {
  return under_test.entry.expectation != DutExpectation::everything_is_dropped;
}

bool searches(const DutUnderTest& under_test) {
  return forwards(under_test) && !under_test.home->plan->trial.search.rates.empty();
}

int Campaign::count_trials() const {
  const auto dealt = [&](size_t nth) { return is_dealt(record_.shard, nth) ? 1 : 0; };
  int rounds = 0;
  for (int round = 0; round < plan_.trial.rounds; ++round) rounds += dealt(static_cast<size_t>(round));
  int total = 0;
  size_t delays = 0;
  size_t searched = 0;
  size_t swaps = 0;
  for (const auto& at : cases_) {
    for (const DutUnderTest& d : at->duts) {
      total += 1 + rounds;
      if (forwards(d) && has_delay_trials(*at->plan)) total += 2 * dealt(delays++);
      if (searches(d)) total += dealt(searched++);
      if (at->swap && d.dut->changes_policy()) total += dealt(swaps++);
    }
  }
  return total;
}

void Campaign::announce(const DutUnderTest& under_test, TrialPurpose purpose, int round) const {
  if (listener_.before_trial) listener_.before_trial(new_trial(under_test, purpose, round), done_, count_trials());
}

/// A trial of each DUT that `wanted` says yes to; a shard has its part of them.
template <class Wanted, class Measure>
Result<void> Campaign::once(TrialPurpose purpose, const Wanted& wanted, const Measure& measure) {
  size_t nth = 0;
  for (const auto& at : cases_) {
    for (DutUnderTest& d : at->duts) {
      if (!wanted(*at, d) || !is_dealt(record_.shard, nth++)) continue;
      announce(d, purpose, 0);
      FWBENCH_TRY(measure(d));
    }
  }
  return {};
}

Result<void> Campaign::run() {
  for (const auto& at : cases_) {
    for (DutUnderTest& d : at->duts) {
      announce(d, TrialPurpose::correctness, 0);
      FWBENCH_TRY(correctness(d));
    }
  }
  // A round has all DUTs of all cases in it, those of one case next to each other: the ratio to the null device is
  // taken within seconds, the ratio between two cases of one DUT within a round, and a slow minute is in both of its
  // parts.
  for (int round = 1; round <= plan_.trial.rounds; ++round) {
    if (!is_dealt(record_.shard, static_cast<size_t>(round) - 1)) continue;
    for (size_t c = 0; c < cases_.size(); ++c) {
      std::vector<DutUnderTest>& duts = cases_[rotated(c, round, cases_.size())]->duts;
      for (size_t i = 0; i < duts.size(); ++i) {
        DutUnderTest& d = duts[rotated(i, round, duts.size())];
        announce(d, round_purpose(*d.home->plan), round);
        FWBENCH_TRY(mrr(d, round));
      }
    }
  }
  FWBENCH_TRY(once(
      TrialPurpose::search, [](const CaseBench&, const DutUnderTest& d) { return searches(d); },
      [this](DutUnderTest& d) { return search(d); }));
  FWBENCH_TRY(once(
      TrialPurpose::swap,
      [](const CaseBench& at, const DutUnderTest& d) { return at.swap.has_value() && d.dut->changes_policy(); },
      [this](DutUnderTest& d) { return swap(d); }));
  for (const TrialPurpose purpose : {TrialPurpose::delay_idle, TrialPurpose::delay_load}) {
    FWBENCH_TRY(once(
        purpose, [](const CaseBench& at, const DutUnderTest& d) { return forwards(d) && has_delay_trials(*at.plan); },
        [this, purpose](DutUnderTest& d) { return delay(d, purpose); }));
  }
  return {};
}

bool Campaign::is_empty() const {
  return std::all_of(cases_.begin(), cases_.end(), [](const auto& at) { return at->duts.empty(); });
}

tl::unexpected<Error> nothing_left(const Record& record) {
  std::string reasons;
  for (const auto& [name, summary] : record.summary) {
    if (summary.skipped) reasons += fmt::format("\n  {}: {}", name, *summary.skipped);
  }
  return fail(ErrorKind::unsupported, "no DUT of this run can do what the scenario asks for:{}", reasons);
}

}  // namespace

std::map<std::string, std::string> null_devices(const Plan& plan) {
  std::map<std::string, std::string> null_of;
  for (const DutEntry& entry : dut_catalogue()) {
    if (!entry.null_dut.empty()) null_of.emplace(entry.name, entry.null_dut);
  }
  for (const UserDut& user : plan.user_duts) null_of.emplace(user.name, user.null_dut);
  return null_of;
}

Result<void> run_campaign(const Plan& plan, std::span<const FrameTable> tables, Record& record,
                          const CampaignListener& listener) {
  const std::optional<double> load_before = load_average();
  const CpuWatch cpu;
  const auto placement = place_on_cpus();
  if (!placement) return tl::unexpected(placement.error());

  Campaign campaign(plan, record, listener);
  const std::span<const Plan> cases = cases_of(plan);
  for (size_t i = 0; i < cases.size(); ++i)
    FWBENCH_TRY(campaign.open_case(cases[i], tables[i], placement->generator_cpu, placement->app_cpu));
  if (campaign.is_empty()) return nothing_left(record);
  Result<void> ran = campaign.run();
  record.complete = ran.has_value();
  record.conditions = Conditions{.load_before = load_before, .steal_share = cpu.steal_share()};
  update_warnings(record);
  if (listener.after_trial) FWBENCH_TRY(listener.after_trial(record));
  return ran;
}

}  // namespace fwbench
