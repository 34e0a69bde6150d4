// SPDX-License-Identifier: BSD-2-Clause
#include "measure/rate_search.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/napi.h"
#include "measure/load_trial.h"
#include "record/load_statistics.h"
#include "search/mlrsearch.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// The largest load stays this far below what the generator can do: above it the generator would be measured.
constexpr double kHeadroom = 1.1;
/// More than the generator can send with a clock in hand: it is never ahead of its schedule.
constexpr uint64_t kCeilingPps = 20'000'000;
/// Load before the ceiling is read.
constexpr uint64_t kCeilingRampNs = 20'000'000;
constexpr uint64_t kLeastCeilingNs = 100'000'000;
/// Legal frames in the shortest trial: the 0.5 % of PDR are one of them.
constexpr double kLeastLegal = 200;
/// Hypervisors stop a CPU for milliseconds, several times in a row.
constexpr int kMostVoidInARow = 20;
/// A load that the generator cannot keep up with so often in a row is not one that it can offer; the next try is this
/// much smaller.
constexpr int kTriesAtMaxLoad = 4;
constexpr double kBackOff = 0.8;
constexpr uint64_t kSearchControlFrames = 256;
/// Percent of PDR beside which delay is measured, as RFC 8219 wants it known at several loads, even ones and ones that
/// come as they like; 0: probes alone.
struct DelayLoad {
  int percent = 0;
  bool poisson = false;
};
constexpr DelayLoad kDelayLoads[] = {{0}, {10, true}, {50, true}, {90, true}, {10}, {50}, {90}};

constexpr const char* kGoalEnds[] = {"regular", "at_max_load", "at_min_load", "not_reached"};   // enum GoalEnd
constexpr const char* kSearchEnds[] = {"searching", "complete", "out_of_time", "void_trials"};  // enum SearchEnd

double seconds(uint64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

bool is_split(const DutUnderTest& under_test) {
  return under_test.entry.placement == DutPlacement::shared;
}

double legal_share(const Expectation& expectation) {
  const auto legal = std::count(expectation.legal.begin(), expectation.legal.end(), true);
  return expectation.legal.empty() ? 0 : static_cast<double>(legal) / static_cast<double>(expectation.legal.size());
}

class Searcher {
 public:
  Searcher(DutUnderTest& under_test, const Trial& blank)
      : under_test_(under_test), blank_(blank), plan_(under_test.home->plan->trial.search) {}

  /// With the DUT started.
  Result<SearchFindings> run();

 private:
  Result<Observation> observe(const Schedule& schedule, const TrialWindow& window) {
    return under_test_.lodging->bench.observe(*under_test_.dut, schedule, window);
  }
  [[nodiscard]] Trial judged(const Observation& observation) const;
  Result<void> control();
  Result<double> ceiling();
  Result<uint64_t> offered_load(uint64_t max_load, uint64_t min_load);
  Result<void> search();
  Result<SearchOutcome> attempt(const SearchRequest& request);
  [[nodiscard]] std::string void_reason(const Trial& trial, uint64_t late_ns, double duration_s) const;
  Result<void> delays();
  void describe();
  void conclude(const MlrSearch& search);

  DutUnderTest& under_test_;
  const Trial& blank_;
  const SearchPlan& plan_;
  SearchFindings found_;
};

Trial Searcher::judged(const Observation& observation) const {
  Trial trial = blank_;
  const CaseBench& at = *under_test_.home;
  judge_trial(observation, under_test_.expectation, *at.plan->policy, *at.table, trial);
  return trial;
}

/// Known frames first: a DUT that decides nothing forwards a lot.
Result<void> Searcher::control() {
  const Schedule schedule = {.frames =
                                 std::min<uint64_t>(kSearchControlFrames, under_test_.home->table->frames.size())};
  auto seen = observe(schedule, {});
  if (!seen) return tl::unexpected(seen.error());
  const Trial trial = judged(*seen);
  if (!trial.valid) return fail(ErrorKind::measurement, "positive control: {}", trial.invalid_reason);
  return {};
}

Result<double> Searcher::ceiling() {
  const TrialWindow window = {.ramp_ns = kCeilingRampNs, .duration_ns = std::max(plan_.trial_ns, kLeastCeilingNs)};
  auto seen = observe(paced_schedule(kCeilingPps), window);
  if (!seen) return tl::unexpected(seen.error());
  return static_cast<double>(seen->offered_in_window) / seconds(std::max<uint64_t>(seen->window_ns, 1));
}

/// The largest load from `max_load` down that the generator can offer for a trial: a short look at its ceiling may be
/// luckier than that. These trials count for nothing.
Result<uint64_t> Searcher::offered_load(uint64_t max_load, uint64_t min_load) {
  for (uint64_t load = max_load; load > min_load; load = static_cast<uint64_t>(static_cast<double>(load) * kBackOff)) {
    for (int i = 0; i < kTriesAtMaxLoad; ++i) {
      const auto outcome = attempt({.load = load, .duration_s = found_.search.trial_s});
      if (!outcome) return tl::unexpected(outcome.error());
      if (!outcome->is_void) return load;
    }
  }
  return min_load;
}

std::string Searcher::void_reason(const Trial& trial, uint64_t late_ns, double duration_s) const {
  if (!trial.valid) return trial.invalid_reason;
  if (trial.verdicts.false_pass != 0) return fmt::format("{} illegal frames passed", trial.verdicts.false_pass);
  const double sent_share = duration_s / (duration_s + seconds(late_ns));
  if (sent_share < kOfferedInFull) return fmt::format("the generator was {:.1f} ms late", seconds(late_ns) * 1e3);
  return {};
}

Result<SearchOutcome> Searcher::attempt(const SearchRequest& request) {
  const uint64_t began = monotonic_ns();
  Schedule schedule = paced_schedule(request.load);
  schedule.frames =
      std::max<uint64_t>(static_cast<uint64_t>(static_cast<double>(request.load) * request.duration_s), 1);
  SearchOutcome outcome = {.effective_s = request.duration_s};
  LoadTrial entry;
  entry.load_pps = request.load;
  auto seen = observe(schedule, {});
  if (!seen && seen.error().kind != ErrorKind::measurement) return tl::unexpected(seen.error());
  if (!seen) {
    entry.void_reason = seen.error().to_string();
  } else {
    Trial trial = judged(*seen);
    entry.sent = seen->planned_load;
    entry.late_max_ns = seen->late_max_ns;
    for (const ClassCounts& one : trial.classes) {
      entry.legal += one.legal;
      entry.lost += one.legal - std::min(one.arrived, one.legal);
    }
    entry.void_reason = void_reason(trial, seen->late_max_ns, request.duration_s);
    if (entry.legal == 0 && entry.void_reason.empty()) entry.void_reason = "no legal frame was sent";
    if (entry.legal != 0) outcome.loss_ratio = static_cast<double>(entry.lost) / static_cast<double>(entry.legal);
    if (trial.valid && trial.verdicts.false_pass != 0) found_.leaks.push_back(std::move(trial));
  }
  outcome.is_void = !entry.void_reason.empty();
  outcome.elapsed_s = seconds(monotonic_ns() - began);
  found_.search.trials.push_back(std::move(entry));
  return outcome;
}

void Searcher::describe() {
  RateSearch& search = found_.search;
  search.dut = blank_.dut;
  search.traffic_case = blank_.traffic_case;
  search.placement = blank_.placement;
  search.trial_s = seconds(plan_.trial_ns);
  search.sum_s = seconds(plan_.sum_ns);
  search.exceed_ratio = plan_.exceed_ratio;
  search.width = plan_.width;
}

Result<void> Searcher::search() {
  FWBENCH_TRY(control());
  const auto most = ceiling();
  if (!most) return tl::unexpected(most.error());
  SearchConfig config;
  config.budget_s = seconds(plan_.limit_ns);
  config.most_void_in_a_row = kMostVoidInARow;
  config.min_load =
      static_cast<uint64_t>(kLeastLegal / legal_share(under_test_.expectation) / found_.search.trial_s) + 1;
  const auto offered = offered_load(static_cast<uint64_t>(*most / kHeadroom), config.min_load);
  if (!offered) return tl::unexpected(offered.error());
  found_.search.trials.clear();
  config.max_load = std::max(*offered, config.min_load);
  for (const SearchRate rate : plan_.rates) {
    const auto i = static_cast<size_t>(rate);
    config.goals.push_back({.name = std::string(kSearchRates[i]),
                            .loss_ratio = kSearchLossRatios[i],
                            .exceed_ratio = plan_.exceed_ratio,
                            .trial_s = found_.search.trial_s,
                            .sum_s = found_.search.sum_s,
                            .width = plan_.width});
  }
  found_.search.ceiling_pps = *most;
  found_.search.min_load = config.min_load;
  found_.search.max_load = config.max_load;
  MlrSearch search(config);
  while (const auto request = search.next()) {
    const auto outcome = attempt(*request);
    if (!outcome) return tl::unexpected(outcome.error());
    search.add(*outcome);
  }
  conclude(search);
  return {};
}

void Searcher::conclude(const MlrSearch& search) {
  found_.search.end = kSearchEnds[static_cast<size_t>(search.end())];
  found_.search.elapsed_s = search.elapsed_s();
  const std::vector<GoalResult> results = search.results();
  for (size_t i = 0; i < results.size(); ++i) {
    const GoalResult& goal = results[i];
    found_.search.rates.push_back({.name = goal.name,
                                   .loss_ratio = kSearchLossRatios[static_cast<size_t>(plan_.rates[i])],
                                   .end = kGoalEnds[static_cast<size_t>(goal.end)],
                                   .lower = goal.lower,
                                   .upper = goal.upper,
                                   .throughput = goal.throughput,
                                   .sum_s = goal.sum_s});
  }
}

/// In the same placement as the search: on one CPU with the generator a DUT has no queue in front of it.
Result<void> Searcher::delays() {
  const TrialPlan& trial_plan = under_test_.home->plan->trial;
  const std::vector<SearchedRate>& rates = found_.search.rates;
  const auto most = std::max_element(rates.begin(), rates.end(), [](const SearchedRate& a, const SearchedRate& b) {
    return a.loss_ratio < b.loss_ratio;
  });
  if (!has_delay_trials(*under_test_.home->plan) || most == rates.end() || !most->lower) return {};
  for (const auto& [percent, poisson] : kDelayLoads) {
    const double load = static_cast<double>(*most->lower) * percent / 100;
    Schedule schedule = paced_schedule(static_cast<uint64_t>(load));
    schedule.load = percent != 0;
    schedule.poisson = poisson;
    schedule.frames = static_cast<uint64_t>(load * seconds(trial_plan.delay_duration_ns));
    schedule.probe_rate_pps = trial_plan.probe_rate_pps;
    schedule.probes = probes_in(trial_plan);
    auto seen = observe(schedule, {});
    if (!seen) return tl::unexpected(seen.error());
    Trial trial = judged(*seen);
    trial.purpose = percent == 0 ? TrialPurpose::delay_idle : TrialPurpose::delay_load;
    trial.round = percent;
    trial.load_pps = static_cast<double>(schedule.rate_pps);
    if (poisson) trial.arrivals = kPoisson;
    if (trial.delay) trial.delay->load_pps = schedule.rate_pps;
    found_.delays.push_back(std::move(trial));
  }
  return {};
}

Result<SearchFindings> Searcher::run() {
  describe();
  std::optional<ThreadedNapi> napi;
  if (is_split(under_test_)) {
    const BenchConfig& config = under_test_.lodging->bench.config();
    auto started = ThreadedNapi::start(under_test_.lodging->bench.dut_inputs().in, config.app_cpu);
    if (!started) return tl::unexpected(started.error());
    napi.emplace(std::move(*started));
  }
  const Result<void> searched = search();
  if (!searched) return tl::unexpected(searched.error());
  FWBENCH_TRY(delays());
  return std::move(found_);
}

}  // namespace

std::string search_placement(const DutUnderTest& under_test) {
  const BenchConfig& config = under_test.lodging->bench.config();
  if (!is_split(under_test)) {
    return fmt::format("own-core: generator and NAPI on CPU {}, DUT process on CPU {}", config.generator_cpu,
                       config.app_cpu);
  }
  return fmt::format("split: generator on CPU {}, NAPI thread, DUT and sink on CPU {}", config.generator_cpu,
                     config.app_cpu);
}

Result<SearchFindings> search_rates(DutUnderTest& under_test, const Trial& blank) {
  const BenchConfig& config = under_test.lodging->bench.config();
  if (config.app_cpu == config.generator_cpu) {
    return with_remedy(fail(ErrorKind::environment, "a search needs two CPUs, and there is only one"),
                       "give the run a second CPU, or leave [trial] search out");
  }
  if (legal_share(under_test.expectation) == 0) {
    return fail(ErrorKind::unsupported, "no frame is legal, so that none can be lost");
  }
  auto inside = NetNsScope::enter(under_test.lodging->dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(under_test.dut->start());
  auto found = Searcher(under_test, blank).run();
  const Result<void> stopped = under_test.dut->stop();
  if (found && !stopped) return tl::unexpected(stopped.error());
  return found;
}

}  // namespace fwbench
