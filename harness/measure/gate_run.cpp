// SPDX-License-Identifier: BSD-2-Clause
#include "measure/gate_run.h"

#include <algorithm>

#include "dut/resolve.h"
#include "gate/paired.h"
#include "lab/lab_process.h"
#include "measure/bpf_cost.h"
#include "measure/host.h"
#include "measure/placement.h"
#include "measure/trial_run.h"
#include "record/statistics.h"
#include "record/validity.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Blocks in which the programs of a pair are timed by turns: 84 times half a millisecond or so.
constexpr size_t kTimedBlocks = 21;

/// The turns of a pair: shorter than what a shared machine's speed changes in, long to what a turn costs.
constexpr uint64_t kSliceNs = 4'000'000;
constexpr uint64_t kSliceRampNs = 1'000'000;
constexpr uint64_t kSlicesOfABlock = 2;  ///< of each side

class GateCampaign {
 public:
  GateCampaign(const Plan& plan, const FrameTable& table, const GateRun& run, Record& record,
               const CampaignListener& listener)
      : plan_(plan), table_(table), run_(run), record_(record), listener_(listener) {}

  Result<void> go();

 private:
  /// The two DUTs, each in a lab of its own, so that both can be up at the same time.
  struct Stand {
    Side first = Side::base;
    std::unique_ptr<CaseBench> base_home;
    std::unique_ptr<CaseBench> head_home;

    [[nodiscard]] DutUnderTest& side(Side side) const {
      return (side == Side::base ? base_home : head_home)->duts.front();
    }
    [[nodiscard]] size_t lane_of(Side side) const { return side == first ? 0 : 1; }
    /// The live engine can; and a process on a CPU of its own may keep it busy while it waits, and both have the same.
    [[nodiscard]] bool takes_turns() const {
      return base_home->config.engine == TxEngine::live && side(Side::base).entry.placement == DutPlacement::shared &&
             side(Side::head).entry.placement == DutPlacement::shared;
    }
  };
  /// Whose lab is older, and has the first lane, may matter: not to the answer, when a coin decides it.
  Result<Stand> open_stand(Side first);
  Result<std::unique_ptr<CaseBench>> open_side(const Plan& plan, const std::string& name);
  Result<void> correctness(const Stand& stand, Side side);
  Result<void> pair(const Stand& stand, std::span<const PairOrder> blocks, int number);
  Result<void> pair_in_slices(const Stand& stand, std::span<const PairOrder> blocks, int number);
  Result<void> take_turns(const Stand& stand, TurnsEngine& engine, std::span<const PairOrder> blocks);
  Result<void> pair_of_trials(const Stand& stand, const PairOrder& order, int number);
  /// Of a pair, when asked for: program_times_.
  Result<void> time_programs(const Stand& stand, int number);
  /// What is known of a trial of a pair before it is run, its program's time included.
  Result<Trial> begun(const Stand& stand, Side side, int number, int of_a_pair);
  Result<void> add(Trial trial, Side side);
  void judge();

  const Plan& plan_;
  const FrameTable& table_;
  const GateRun& run_;
  Record& record_;
  const CampaignListener& listener_;
  Placement placement_;
  LookPlan looks_;
  std::map<Side, std::map<std::string, uint64_t>> program_times_;  ///< counters of the trials of this pair
  int done_ = 0;
};

Side other(Side side) {
  return side == Side::base ? Side::head : Side::base;
}

const char* side_name(Side side) {
  return side == Side::base ? "base" : "head";
}

Result<std::unique_ptr<CaseBench>> GateCampaign::open_side(const Plan& plan, const std::string& name) {
  auto at = CaseBench::open(plan, table_, placement_.generator_cpu, placement_.app_cpu);
  if (!at) return at;
  DutSummary& summary = record_.summary[name];
  FWBENCH_TRY((*at)->open_dut(name, summary));
  if ((*at)->duts.empty()) {
    return fail(ErrorKind::environment, "DUT '{}' cannot run this: {}", name, summary.skipped.value_or(""));
  }
  return at;
}

Result<GateCampaign::Stand> GateCampaign::open_stand(Side first) {
  Stand stand;
  stand.first = first;
  for (const Side side : {first, other(first)}) {
    const bool is_base = side == Side::base;
    auto home =
        open_side(!is_base && run_.head_plan != nullptr ? *run_.head_plan : plan_, is_base ? run_.base : run_.head);
    if (!home) return tl::unexpected(home.error());
    (is_base ? stand.base_home : stand.head_home) = std::move(*home);
  }
  return stand;
}

/// @param look is given the device that the started DUT is attached to
template <class Look>
Result<void> while_started(const DutUnderTest& under_test, const Look& look) {
  auto inside = NetNsScope::enter(under_test.lodging->dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(under_test.dut->start());
  const Result<void> looked = look(under_test.lodging->bench.dut_inputs().in.ifindex);
  FWBENCH_TRY(under_test.dut->stop());
  return looked;
}

using Counters = std::map<std::string, uint64_t>;

Result<Counters> program_cost(const DutUnderTest& under_test) {
  Counters counters;
  FWBENCH_TRY(while_started(under_test, [&](int ifindex) -> Result<void> {
    const auto found = attached_cost(ifindex);
    if (!found) return tl::unexpected(found.error());
    if (!*found) return {};
    counters = {{kVerifiedInstructions, (*found)->verified_instructions},
                {kJitedBytes, (*found)->jited_bytes},
                {kMapBytes, (*found)->map_bytes}};
    return {};
  }));
  return counters;
}

Counters program_time(const std::vector<double>& ns) {
  const auto interval = median_interval(ns);
  if (!interval) return {};
  return {{kProgramPicoseconds, static_cast<uint64_t>(interval->median * 1e3)}};
}

Result<void> GateCampaign::add(Trial trial, Side side) {
  trial.side = side_name(side);
  if (!trial.valid) record_.valid = false;
  record_.trials.push_back(std::move(trial));
  ++done_;
  return listener_.after_trial ? listener_.after_trial(record_) : Result<void>{};
}

Result<void> GateCampaign::correctness(const Stand& stand, Side side) {
  DutUnderTest& under_test = stand.side(side);
  if (listener_.before_trial) listener_.before_trial(new_trial(under_test, TrialPurpose::correctness, 0), done_, 2);
  auto cost = program_cost(under_test);
  if (!cost) return tl::unexpected(cost.error());
  auto trial = run_correctness(under_test, run_.verdict_frames);
  if (!trial) return tl::unexpected(trial.error());
  trial->counters.merge(*cost);
  return add(std::move(*trial), side);
}

Result<void> GateCampaign::time_programs(const Stand& stand, int number) {
  program_times_.clear();
  if (!run_.settings.program_time) return {};
  const auto time_both = [&](int base_fd, int head_fd) -> Result<void> {
    const auto times = time_by_turns(base_fd, head_fd, table_.frames, kTimedBlocks,
                                     run_.settings.seed + static_cast<uint64_t>(number));
    if (!times) return tl::unexpected(times.error());
    program_times_ = {{Side::base, program_time(times->base_ns)}, {Side::head, program_time(times->head_ns)}};
    return {};
  };
  return while_started(stand.side(Side::base), [&](int base_ifindex) -> Result<void> {
    const auto base = attached_xdp(base_ifindex);
    if (!base) return tl::unexpected(base.error());
    return while_started(stand.side(Side::head), [&](int head_ifindex) -> Result<void> {
      const auto head = attached_xdp(head_ifindex);
      if (!head) return tl::unexpected(head.error());
      return *base && *head ? time_both((*base)->get(), (*head)->get()) : Result<void>{};
    });
  });
}

Result<Trial> GateCampaign::begun(const Stand& stand, Side side, int number, int of_a_pair) {
  if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
  DutUnderTest& under_test = stand.side(side);
  Trial trial = new_trial(under_test, TrialPurpose::mrr, number);
  if (listener_.before_trial) {
    listener_.before_trial(trial, done_, static_cast<int>(run_.settings.max_pairs) * of_a_pair + 2);
  }
  trial.counters = program_times_[side];
  return trial;
}

Result<void> GateCampaign::pair_of_trials(const Stand& stand, const PairOrder& order, int number) {
  for (const Side side : order) {
    auto upcoming = begun(stand, side, number, static_cast<int>(order.size()));
    if (!upcoming) return tl::unexpected(upcoming.error());
    const auto counters = upcoming->counters;
    auto trial = run_trial(stand.side(side), std::move(*upcoming), {},
                           {.ramp_ns = run_.ramp_ns, .duration_ns = run_.trial_ns / kSlicesOfABlock});
    if (!trial) return tl::unexpected(trial.error());
    trial->counters.insert(counters.begin(), counters.end());
    FWBENCH_TRY(add(std::move(*trial), side));
  }
  return {};
}

/// Who has the turn is sent at. Nothing is sent any more when it returns.
Result<void> GateCampaign::take_turns(const Stand& stand, TurnsEngine& engine, std::span<const PairOrder> blocks) {
  FWBENCH_TRY(engine.start());
  const auto took = [&]() -> Result<void> {
    for (const PairOrder& block : blocks) {
      for (const Side side : block) {
        DutUnderTest& under_test = stand.side(side);
        auto inside = NetNsScope::enter(under_test.lodging->dut_ns);
        if (!inside) return tl::unexpected(inside.error());
        engine.turn(stand.lane_of(side));
        FWBENCH_TRY(
            under_test.lodging->bench.measure(*under_test.dut, {.ramp_ns = kSliceRampNs, .duration_ns = kSliceNs}));
      }
    }
    return {};
  }();
  FWBENCH_TRY(engine.stop());
  return took;
}

/// The second side's trial is run within the first one's.
Result<void> GateCampaign::pair_in_slices(const Stand& stand, std::span<const PairOrder> blocks, int number) {
  const Side sides[] = {stand.first, other(stand.first)};
  DutUnderTest& outer = stand.side(sides[0]);
  DutUnderTest& inner = stand.side(sides[1]);
  const auto outer_trial = begun(stand, sides[0], number, 2);
  if (!outer_trial) return tl::unexpected(outer_trial.error());
  const auto inner_trial = begun(stand, sides[1], number, 2);
  if (!inner_trial) return tl::unexpected(inner_trial.error());
  Bench& outer_bench = outer.lodging->bench;
  Bench& inner_bench = inner.lodging->bench;
  auto engine = TurnsEngine::open(table_, {outer_bench.lane(), inner_bench.lane()}, placement_.generator_cpu);
  if (!engine) return tl::unexpected(engine.error());
  std::optional<Trial> of_inner;
  const auto both = [&]() -> Result<Observation> {
    FWBENCH_TRY(outer_bench.begin(*outer.dut, [&engine] { return engine->sent(0); }));
    const auto turns = [&]() -> Result<Observation> {
      FWBENCH_TRY(inner_bench.begin(*inner.dut, [&engine] { return engine->sent(1); }));
      FWBENCH_TRY(take_turns(stand, *engine, blocks));
      return inner_bench.finish(*inner.dut);
    };
    auto ran = run_trial(inner, *inner_trial, turns, inner.expectation);
    if (!ran) return tl::unexpected(ran.error());
    of_inner = std::move(*ran);
    if (!of_inner->valid) return fail(ErrorKind::measurement, "no turns with the other: {}", of_inner->invalid_reason);
    return outer_bench.finish(*outer.dut);
  };
  auto of_outer = run_trial(outer, *outer_trial, both, outer.expectation);
  if (!of_outer) return tl::unexpected(of_outer.error());
  of_outer->counters.insert(outer_trial->counters.begin(), outer_trial->counters.end());
  FWBENCH_TRY(add(std::move(*of_outer), sides[0]));
  if (!of_inner) return {};
  of_inner->counters.insert(inner_trial->counters.begin(), inner_trial->counters.end());
  return add(std::move(*of_inner), sides[1]);
}

Result<void> GateCampaign::pair(const Stand& stand, std::span<const PairOrder> blocks, int number) {
  FWBENCH_TRY(time_programs(stand, number));
  if (stand.takes_turns()) return pair_in_slices(stand, blocks, number);
  return pair_of_trials(stand, blocks.front(), number);
}

void GateCampaign::judge() {
  judge_gate(record_, run_.settings, looks_, *record_.gate);
}

Result<void> GateCampaign::go() {
  auto placement = place_on_cpus();
  if (!placement) return tl::unexpected(placement.error());
  placement_ = *placement;
  looks_ = looks_of(run_.settings);
  {
    auto stand = open_stand(Side::base);
    if (!stand) return tl::unexpected(stand.error());
    FWBENCH_TRY(correctness(*stand, Side::base));
    FWBENCH_TRY(correctness(*stand, Side::head));
  }
  judge();
  if (record_.gate->answer != "inconclusive") return {};
  const size_t blocks = std::max<uint64_t>(run_.trial_ns / (kSlicesOfABlock * kSliceNs), 1);
  const std::vector<PairOrder> orders = draw_orders(run_.settings.max_pairs * blocks, run_.settings.seed);
  for (size_t i = 0; i < run_.settings.max_pairs; ++i) {
    auto stand = open_stand(orders[i * blocks].front());
    if (!stand) return tl::unexpected(stand.error());
    FWBENCH_TRY(pair(*stand, std::span(orders).subspan(i * blocks, blocks), static_cast<int>(i) + 1));
    // Looks are at fixed numbers of pairs begun, whatever became of them: so no result decides when it is looked at.
    if (std::find(looks_.looks.begin(), looks_.looks.end(), i + 1) == looks_.looks.end()) continue;
    judge();
    if (record_.gate->answer == "pass" || record_.gate->answer == "fail") return {};
  }
  return {};
}

}  // namespace

Result<void> run_gate(const Plan& plan, const FrameTable& table, const GateRun& run, Record& record,
                      const CampaignListener& listener) {
  const std::optional<double> load_before = load_average();
  const CpuWatch cpu;
  const uint64_t began = monotonic_ns();
  const GateSettings& settings = run.settings;
  record.gate = Gate{};
  record.gate->base = run.base;
  record.gate->head = run.head;
  record.gate->threshold = settings.threshold;
  record.gate->alpha = settings.alpha;
  record.gate->seed = settings.seed;
  record.gate->max_pairs = settings.max_pairs;
  record.gate->look_every = settings.look_every;
  record.gate->verdict_frames = run.verdict_frames;
  record.gate->answer = "inconclusive";
  record.gate->reason = "not ended";
  Result<void> ran = GateCampaign(plan, table, run, record, listener).go();
  record.gate->seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  record.complete = ran.has_value();
  record.conditions = Conditions{.load_before = load_before, .steal_share = cpu.steal_share()};
  summarise(record, null_devices(plan));
  update_warnings(record);
  if (listener.after_trial) FWBENCH_TRY(listener.after_trial(record));
  return ran;
}

}  // namespace fwbench
