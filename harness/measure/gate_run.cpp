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

/// Timing of the program: these frames of the table, each so often; 2 ms or so.
constexpr size_t kTimedFrames = 64;
constexpr uint32_t kTimedRepeats = 200;

class GateCampaign {
 public:
  GateCampaign(const Plan& plan, const FrameTable& table, const GateRun& run, Record& record,
               const CampaignListener& listener)
      : plan_(plan), table_(table), run_(run), record_(record), listener_(listener) {}

  Result<void> go();

 private:
  /// The two DUTs in labs of their own or in one, as they want.
  struct Stand {
    std::unique_ptr<CaseBench> base_home;
    std::unique_ptr<CaseBench> head_home;  ///< null: in that of the base

    [[nodiscard]] DutUnderTest& side(Side side) const {
      if (side == Side::base) return base_home->duts.front();
      return head_home ? head_home->duts.front() : base_home->duts.back();
    }
  };
  Result<Stand> open_stand();
  Result<void> open_side(CaseBench& at, const std::string& name);
  Result<void> correctness(const Stand& stand, Side side);
  Result<void> pair(const Stand& stand, const PairOrder& order, int number);
  Result<void> add(Trial trial, Side side);
  void judge();

  const Plan& plan_;
  const FrameTable& table_;
  const GateRun& run_;
  Record& record_;
  const CampaignListener& listener_;
  Placement placement_;
  LookPlan looks_;
  int done_ = 0;
};

const char* side_name(Side side) {
  return side == Side::base ? "base" : "head";
}

Result<void> GateCampaign::open_side(CaseBench& at, const std::string& name) {
  DutSummary& summary = record_.summary[name];
  const size_t before = at.duts.size();
  FWBENCH_TRY(at.open_dut(name, summary));
  if (at.duts.size() == before) {
    return fail(ErrorKind::environment, "DUT '{}' cannot run this: {}", name, summary.skipped.value_or(""));
  }
  return {};
}

Result<GateCampaign::Stand> GateCampaign::open_stand() {
  Stand stand;
  auto base = CaseBench::open(plan_, table_, placement_.generator_cpu, placement_.app_cpu);
  if (!base) return tl::unexpected(base.error());
  stand.base_home = std::move(*base);
  FWBENCH_TRY(open_side(*stand.base_home, run_.base));
  if (run_.head_plan == nullptr) {
    FWBENCH_TRY(open_side(*stand.base_home, run_.head));
    return stand;
  }
  auto head = CaseBench::open(*run_.head_plan, table_, placement_.generator_cpu, placement_.app_cpu);
  if (!head) return tl::unexpected(head.error());
  stand.head_home = std::move(*head);
  FWBENCH_TRY(open_side(*stand.head_home, run_.head));
  return stand;
}

/// What the kernel says of the started DUT, and how long its program takes when asked for.
Result<void> look_at_program(DutUnderTest& under_test, bool cost, bool time, Trial& trial) {
  auto inside = NetNsScope::enter(under_test.lodging->dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(under_test.dut->start());
  const int ifindex = under_test.lodging->bench.dut_inputs().in.ifindex;
  const auto looked = [&]() -> Result<void> {
    if (cost) {
      const auto found = attached_cost(ifindex);
      if (!found) return tl::unexpected(found.error());
      if (*found) {
        trial.counters[kVerifiedInstructions] = (*found)->verified_instructions;
        trial.counters[kJitedBytes] = (*found)->jited_bytes;
        trial.counters[kMapBytes] = (*found)->map_bytes;
      }
    }
    if (!time) return {};
    const auto program = attached_xdp(ifindex);
    if (!program) return tl::unexpected(program.error());
    if (!*program) return {};
    const auto& frames = under_test.home->table->frames;
    const auto ns =
        time_program((*program)->get(), std::span(frames).first(std::min(kTimedFrames, frames.size())), kTimedRepeats);
    if (!ns) return tl::unexpected(ns.error());
    trial.counters[kProgramPicoseconds] = static_cast<uint64_t>(*ns * 1e3);
    return {};
  }();
  FWBENCH_TRY(under_test.dut->stop());
  return looked;
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
  Trial extra;
  FWBENCH_TRY(look_at_program(under_test, true, false, extra));
  auto trial = run_correctness(under_test, run_.verdict_frames);
  if (!trial) return tl::unexpected(trial.error());
  trial->counters.merge(extra.counters);
  return add(std::move(*trial), side);
}

Result<void> GateCampaign::pair(const Stand& stand, const PairOrder& order, int number) {
  for (const Side side : order) {
    if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
    DutUnderTest& under_test = stand.side(side);
    const Trial upcoming = new_trial(under_test, TrialPurpose::mrr, number);
    if (listener_.before_trial) {
      const auto most = static_cast<int>(run_.settings.max_pairs * order.size()) + 2;
      listener_.before_trial(upcoming, done_, most);
    }
    Trial extra;
    if (run_.settings.program_time) FWBENCH_TRY(look_at_program(under_test, false, true, extra));
    auto trial = run_trial(under_test, upcoming, {}, {.ramp_ns = run_.ramp_ns, .duration_ns = run_.trial_ns});
    if (!trial) return tl::unexpected(trial.error());
    trial->counters.merge(extra.counters);
    FWBENCH_TRY(add(std::move(*trial), side));
  }
  return {};
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
    auto stand = open_stand();
    if (!stand) return tl::unexpected(stand.error());
    FWBENCH_TRY(correctness(*stand, Side::base));
    FWBENCH_TRY(correctness(*stand, Side::head));
  }
  judge();
  if (record_.gate->answer != "inconclusive") return {};
  const std::vector<PairOrder> orders = draw_orders(run_.settings.max_pairs, run_.settings.seed);
  std::optional<Stand> stand;
  for (size_t i = 0; i < orders.size(); ++i) {
    if (i % run_.pairs_in_a_lab == 0) {
      stand.reset();
      auto opened = open_stand();
      if (!opened) return tl::unexpected(opened.error());
      stand = std::move(*opened);
    }
    FWBENCH_TRY(pair(*stand, orders[i], static_cast<int>(i) + 1));
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
