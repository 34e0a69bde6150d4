// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The members of each struct of a record, each named once, for reading and for writing. Internal to record_json.cpp.

#include <array>
#include <cmath>

#include "record/json_io.h"
#include "record/record_json.h"
#include "record/statistics.h"

namespace fwbench {
namespace json_io {

inline constexpr std::array<std::pair<TrialPurpose, std::string_view>, 8> kPurposes = {{
    {TrialPurpose::control, "control"},
    {TrialPurpose::correctness, "correctness"},
    {TrialPurpose::mrr, "mrr"},
    {TrialPurpose::delay_idle, "delay_idle"},
    {TrialPurpose::delay_load, "delay_load"},
    {TrialPurpose::swap, "swap"},
    {TrialPurpose::load, "load"},
    {TrialPurpose::search, "search"},
}};

inline bool write(JsonWriter& out, TrialPurpose purpose) {
  out.node() = std::string(purpose_name(purpose));
  return true;
}

inline void read(JsonReader& in, TrialPurpose& purpose) {
  std::string name;
  read(in, name);
  for (const auto& [value, known] : kPurposes) {
    if (known == name) {
      purpose = value;
      return;
    }
  }
  in.fail("is not a purpose of a trial");
}

/// One point of a curve: [delay ns, cumulative share].
inline bool write(JsonWriter& out, const std::pair<uint64_t, double>& point) {
  out.node() = Json::array({point.first, point.second});
  return std::isfinite(point.second);
}

inline void read(JsonReader& in, std::pair<uint64_t, double>& point) {
  if (!in.expect(in.node().is_array() && in.node().size() == 2, "[delay, share]")) return;
  JsonReader first = in.at(in.node()[0], 0);
  JsonReader second = in.at(in.node()[1], 1);
  read(first, point.first);
  read(second, point.second);
}

/// Below kMinRounds values there is no interval: "ci95" is absent. "coverage" is derived, for readers of the file.
inline bool write(JsonWriter& out, const Interval95& interval) {
  if (!std::isfinite(interval.median) || !std::isfinite(interval.low) || !std::isfinite(interval.high)) return false;
  out("median", interval.median);
  if (interval.n >= kMinRounds) {
    out("ci95", std::vector{interval.low, interval.high});
    out("coverage", interval_coverage(interval.n));
  }
  out("n", interval.n);
  return true;
}

inline void read(JsonReader& in, Interval95& interval) {
  if (!in.expect(in.node().is_object(), "an object")) return;
  in("median", interval.median);
  in("n", interval.n);
  std::optional<std::vector<double>> ends;
  in("ci95", ends);
  if (in.failed()) return;
  if (interval.n < 1 || interval.n > kMaxRounds) return in.fail("has an 'n' that no run could have");
  if (ends && ends->size() != 2) return in.fail("has a 'ci95' that is not [low, high]");
  interval.low = ends ? (*ends)[0] : interval.median;
  interval.high = ends ? (*ends)[1] : interval.median;
}

template <typename Io>
void fields(Io& io, Is<Ledger> auto& ledger) {
  io("planned", ledger.planned);
  io("accepted", ledger.accepted);
  io("refused", ledger.refused);
  io("seen", ledger.seen);
  io("passed", ledger.passed);
  io("dropped_by_rule", ledger.dropped_by_rule);
  io("dropped_by_stack", ledger.dropped_by_stack);
  io("aborted", ledger.aborted);
  io("lost_ring", ledger.lost_ring);
  io("lost_xsk", ledger.lost_xsk);
  io("lost_egress", ledger.lost_egress);
  io("arrived", ledger.arrived);
  io("foreign", ledger.foreign);
  io("unaccounted", ledger.unaccounted);
}

template <typename Io>
void fields(Io& io, Is<VerdictCounts> auto& verdicts) {
  io("expect_pass", verdicts.expect_pass);
  io("passed", verdicts.passed);
  io("false_drop", verdicts.false_drop);
  io("expect_drop", verdicts.expect_drop);
  io("dropped", verdicts.dropped);
  io("false_pass", verdicts.false_pass);
}

template <typename Io>
void fields(Io& io, Is<DelayStats> auto& delay) {
  io("p50", delay.p50);
  io("p90", delay.p90);
  io("p99", delay.p99);
  io("p999", delay.p999);
  io("max", delay.max);
  io("n", delay.n);
  io("load", delay.load_pps);
  io("sent", delay.sent);
  io("duplicated", delay.duplicated);
  io("reordered", delay.reordered);
  io("lateness_p99", delay.lateness_p99);
  io("curve", delay.curve);
}

template <typename Io>
void fields(Io& io, Is<Mismatch> auto& mismatch) {
  io("frame_index", mismatch.frame_index);
  io("class", mismatch.traffic_class);
  io("expected", mismatch.expected);
  io("got", mismatch.got);
  io("rule", mismatch.rule);
  io("frame", mismatch.frame_summary);
  io("packets", mismatch.packets);
}

template <typename Io>
void fields(Io& io, Is<SwapStats> auto& swap) {
  io("changes", swap.changes);
  io("changes_per_s", swap.changes_per_s);
  io("taken_p50_ns", swap.taken_p50_ns);
  io("taken_p99_ns", swap.taken_p99_ns);
  io("effective_n", swap.effective_n);
  io("effective_p50_ns", swap.effective_p50_ns);
  io("effective_p99_ns", swap.effective_p99_ns);
  io("effective_max_ns", swap.effective_max_ns);
  io("resolution_ns", swap.resolution_ns);
  io("judged_probes", swap.judged_probes);
  io("mixed", swap.mixed);
}

template <typename Io>
void fields(Io& io, Is<TimelinePoint> auto& point) {
  io("t_s", point.t_s);
  io("pps", point.pps);
}

template <typename Io>
void fields(Io& io, Is<ClassCounts> auto& counts) {
  io("name", counts.name);
  io("sent", counts.sent);
  io("legal", counts.legal);
  io("arrived", counts.arrived);
  io("illegal", counts.illegal);
  io("leaked", counts.leaked);
  io("illegal_frames", counts.illegal_frames);
  io("leaked_frames", counts.leaked_frames);
}

template <typename Io>
void fields(Io& io, Is<LoadStats> auto& load) {
  io("load_pps", load.load_pps);
  io("offered_pps", load.offered_pps);
  io("goodput", load.goodput);
  io("goodput_pps", load.goodput_pps);
  io("delay_p50_ns", load.delay_p50_ns);
  io("delay_p99_ns", load.delay_p99_ns);
}

template <typename Io>
void fields(Io& io, Is<LeakStats> auto& leak) {
  io("illegal", leak.illegal);
  io("leaked", leak.leaked);
  io("share", leak.share);
  io("upper95", leak.upper95);
  io("illegal_frames", leak.illegal_frames);
  io("leaked_frames", leak.leaked_frames);
  io("frames_upper95", leak.frames_upper95);
}

template <typename Io>
void fields(Io& io, Is<SearchedRate> auto& rate) {
  io("name", rate.name);
  io("loss_ratio", rate.loss_ratio);
  io("end", rate.end);
  io("lower", rate.lower);
  io("upper", rate.upper);
  io("throughput", rate.throughput);
  io("sum_s", rate.sum_s);
}

template <typename Io>
void fields(Io& io, Is<LoadTrial> auto& trial) {
  io("load_pps", trial.load_pps);
  io("sent", trial.sent);
  io("legal", trial.legal);
  io("lost", trial.lost);
  io("late_max_ns", trial.late_max_ns);
  io("void_reason", trial.void_reason);
}

template <typename Io>
void fields(Io& io, Is<RateSearch> auto& search) {
  io("dut", search.dut);
  io("case", search.traffic_case);
  io("placement", search.placement);
  io("trial_s", search.trial_s);
  io("sum_s", search.sum_s);
  io("exceed_ratio", search.exceed_ratio);
  io("width", search.width);
  io("ceiling_pps", search.ceiling_pps);
  io("min_load", search.min_load);
  io("max_load", search.max_load);
  io("end", search.end);
  io("elapsed_s", search.elapsed_s);
  io("rates", search.rates);
  io("trials", search.trials);
}

/// A record from before there were such lists has none.
template <typename Io, typename List>
void list_if_any(Io& io, const char* name, List& list) {
  std::optional<std::vector<ClassCounts>> there;
  if (!list.empty()) there = list;
  io(name, there);
  if constexpr (!std::is_const_v<List>) {
    if (there) list = std::move(*there);
  }
}

template <typename Io>
void fields(Io& io, Is<Trial> auto& trial) {
  io("dut", trial.dut);
  io("case", trial.traffic_case);
  io("purpose", trial.purpose);
  io("round", trial.round);
  io("placement", trial.placement);
  io("engine", trial.engine);
  io("started_unix_ns", trial.started_unix_ns);
  io("window_ns", trial.window_ns);
  io("valid", trial.valid);
  io("invalid_reason", trial.invalid_reason);
  io("lossless", trial.lossless);
  io("rate_pps", trial.rate_pps);
  io("offered_pps", trial.offered_pps);
  io("load_pps", trial.load_pps);
  io("arrivals", trial.arrivals);
  io("steal_share", trial.steal_share);
  io("shard", trial.shard);
  io("side", trial.side);
  io("ledger", trial.ledger);
  io("verdicts", trial.verdicts);
  list_if_any(io, "classes", trial.classes);
  io("delay_ns", trial.delay);
  io("swap", trial.swap);
  io("mismatches", trial.mismatches);
  io("samples", trial.timeline);
  io("counters", trial.counters);
}

template <typename Io>
void measures(Io& io, auto& summary) {
  io("null_dut", summary.null_dut);
  io("mrr_pps", summary.mrr_pps);
  io("vs_null", summary.vs_null);
  io("service_ns", summary.service_ns);
  io("packet_ns", summary.packet_ns);
  io("headroom", summary.headroom);
  io("lower_bound", summary.lower_bound);
  io("delay_ns", summary.delay_load);
  io("delay_idle_ns", summary.delay_idle);
  io("swap", summary.swap);
  io("ndr_pps", summary.ndr);
  io("pdr_pps", summary.pdr);
  io("load", summary.load);
  list_if_any(io, "classes", summary.classes);
  io("leak", summary.leak);
  io("verdicts", summary.verdicts);
  io("ledger", summary.ledger);
}

template <typename Io>
void fields(Io& io, Is<CaseSummary> auto& summary) {
  io("case", summary.traffic_case);
  io("vs_reference", summary.vs_reference);
  measures(io, summary);
}

template <typename Io>
void fields(Io& io, Is<DutSummary> auto& summary) {
  io("description", summary.description);
  io("version", summary.version);
  io("skipped", summary.skipped);
  measures(io, summary);
  io("cases", summary.cases);
}

template <typename Io>
void fields(Io& io, Is<SweepCase> auto& one) {
  io("case", one.label);
  io("values", one.values);
}

template <typename Io>
void fields(Io& io, Is<Sweep> auto& sweep) {
  io("keys", sweep.keys);
  io("reference", sweep.reference);
  io("cases", sweep.cases);
}

/// Members of the struct around it rather than an object of its own.
inline void flat(JsonWriter& io, const Interval95& interval) {
  write(io, interval);
}
inline void flat(JsonReader& io, Interval95& interval) {
  read(io, interval);
}

template <typename Io>
void fields(Io& io, Is<Ratio> auto& ratio) {
  io("name", ratio.name);
  io("of", ratio.of);
  io("to", ratio.to);
  io("case", ratio.traffic_case);
  flat(io, ratio.measured);
  io("dut_side", ratio.dut_side);
  io("published", ratio.published);
  io("source", ratio.source);
  io("at_least", ratio.at_least);
  io("at_most", ratio.at_most);
  io("verdict", ratio.verdict);
}

template <typename Io>
void fields(Io& io, Is<Threshold> auto& threshold) {
  io("dut", threshold.dut);
  io("case", threshold.traffic_case);
  io("metric", threshold.metric);
  io("comparison", threshold.comparison);
  io("bound", threshold.bound);
  io("measured", threshold.measured);
  io("interval", threshold.interval);
  io("verdict", threshold.verdict);
}

template <typename Io>
void fields(Io& io, Is<GateMetric> auto& metric) {
  io("metric", metric.metric);
  io("better", metric.better);
  io("answer", metric.answer);
  io("ratio", metric.ratio);
  io("low", metric.low);
  io("high", metric.high);
  io("coverage", metric.coverage);
  io("bound", metric.bound);
  io("n", metric.n);
  io("more_pairs", metric.more_pairs);
}

template <typename Io>
void fields(Io& io, Is<GateExact> auto& exact) {
  io("name", exact.name);
  io("base", exact.base);
  io("head", exact.head);
  io("verdict", exact.verdict);
}

template <typename Io>
void fields(Io& io, Is<GateBaseCheck> auto& check) {
  io("ratio", check.ratio);
  io("low", check.low);
  io("high", check.high);
  io("holds", check.holds);
}

template <typename Io>
void fields(Io& io, Is<Gate> auto& gate) {
  io("base", gate.base);
  io("head", gate.head);
  io("answer", gate.answer);
  io("reason", gate.reason);
  io("threshold", gate.threshold);
  io("alpha", gate.alpha);
  io("seed", gate.seed);
  io("pairs", gate.pairs);
  io("invalid_pairs", gate.invalid_pairs);
  io("max_pairs", gate.max_pairs);
  io("look_every", gate.look_every);
  io("seconds", gate.seconds);
  io("verdict_frames", gate.verdict_frames);
  io("metrics", gate.metrics);
  io("exact", gate.exact);
  io("base_check", gate.base_check);
}

template <typename Io>
void fields(Io& io, Is<Warning> auto& warning) {
  io("id", warning.id);
  io("text", warning.text);
  io("advice", warning.advice);
}

template <typename Io>
void fields(Io& io, Is<HostInfo> auto& host) {
  io("kernel", host.kernel);
  io("machine", host.machine);
  io("cpu_model", host.cpu_model);
  io("clock_source", host.clock_source);
  io("host_class", host.host_class);
  io("cpus", host.cpus);
  io("versions", host.versions);
}

template <typename Io>
void fields(Io& io, Is<Conditions> auto& conditions) {
  io("load_before", conditions.load_before);
  io("steal_share", conditions.steal_share);
}

template <typename Io>
void fields(Io& io, Is<Shard> auto& shard) {
  io("index", shard.index);
  io("count", shard.count);
}

template <typename Io>
void fields(Io& io, Is<MergedShard> auto& shard) {
  io("index", shard.index);
  io("started_utc", shard.started_utc);
  io("host_class", shard.host_class);
}

template <typename Io>
void fields(Io& io, Is<Record> auto& record) {
  io("schema_version", record.schema_version);
  io("fwbench_version", record.fwbench_version);
  io("started_utc", record.started_utc);
  io("complete", record.complete);
  io("valid", record.valid);
  io.object("scenario", [&](Io& scenario) {
    scenario("name", record.scenario_name);
    scenario("sha256", record.scenario_sha256);
    scenario("purpose", record.purpose);
  });
  io("host", record.host);
  io("conditions", record.conditions);
  io("shard", record.shard);
  io("merged", record.merged);
  io("warnings", record.warnings);
  io("duts", record.duts);
  io("sweep", record.sweep);
  io("summary", record.summary);
  io("ratios", record.ratios);
  io("thresholds", record.thresholds);
  io("searches", record.searches);
  io("gate", record.gate);
  io.embed("plan", record.plan_json);
  io("trials", record.trials);
}

}  // namespace json_io

}  // namespace fwbench
