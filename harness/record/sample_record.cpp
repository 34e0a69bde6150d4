// SPDX-License-Identifier: BSD-2-Clause
#include "record/sample_record.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>

#include "record/statistics.h"

namespace fwbench {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr double kLegitimate = 0.05;

struct SampleDut {
  const char* name;
  const char* null_dut;
  const char* description;
  double pps;
  double median_delay_ns;  ///< 0: nothing comes out
};

constexpr SampleDut kDuts[] = {
    {"null-drop", "", "native XDP, drops everything", 5.2e6, 0},
    {"null-pass", "", "native XDP, redirects everything to d1", 3.0e6, 800},
    {"xdp", "null-drop", "native XDP on d0, the policy in one map", 3.9e6, 1'300},
    {"xdp-skb", "null-drop", "generic XDP on d0, the policy in one map", 1.3e6, 4'200},
    {"afxdp", "null-afxdp", "AF_XDP copy mode, one thread on CPU 1", 2.0e6, 21'000},
    {"null-afxdp", "", "AF_XDP copy mode, receives and discards", 2.3e6, 0},
};

using Random = std::mt19937_64;

uint64_t scaled(double value) {
  return static_cast<uint64_t>(std::llround(value));
}

bool is_afxdp(const SampleDut& dut) {
  return std::string_view(dut.name).find("afxdp") != std::string_view::npos;
}

Trial make_trial(const SampleDut& dut, TrialPurpose purpose, int round) {
  Trial trial;
  trial.dut = dut.name;
  trial.purpose = purpose;
  trial.round = round;
  trial.placement = is_afxdp(dut) ? "split: generator and NAPI on CPU 0, application on CPU 1"
                                  : "shared: generator, DUT and sink on CPU 0";
  trial.engine = "live";
  trial.started_unix_ns = 1'769'860'800 * kSecond + static_cast<uint64_t>(round) * 8 * kSecond;
  trial.window_ns = kSecond;
  return trial;
}

/// `planned` frames through the DUT; AF_XDP under overload loses a tenth in its rings.
void fill_books(const SampleDut& dut, uint64_t planned, bool overload, Trial& trial) {
  Ledger& l = trial.ledger;
  l.planned = l.accepted = planned;
  l.lost_ring = overload && is_afxdp(dut) ? planned / 12 : 0;
  l.seen = l.accepted - l.lost_ring;
  l.lost_xsk = overload && is_afxdp(dut) ? planned / 20 : 0;
  const uint64_t decided = l.seen - l.lost_xsk;
  const bool drops_all = dut.median_delay_ns == 0;
  const bool passes_all = std::string_view(dut.name) == "null-pass";
  l.passed = drops_all ? 0 : passes_all ? decided : scaled(static_cast<double>(decided) * kLegitimate);
  l.dropped_by_rule = decided - l.passed;
  l.arrived = l.passed;
  trial.lossless = l.lost_ring + l.lost_xsk == 0;
  if (dut.null_dut[0] == '\0') return;
  trial.verdicts = {.expect_pass = l.passed,
                    .passed = l.passed,
                    .false_drop = 0,
                    .expect_drop = l.dropped_by_rule,
                    .dropped = l.dropped_by_rule,
                    .false_pass = 0};
}

Trial make_mrr(const SampleDut& dut, int round, Random& random) {
  Trial trial = make_trial(dut, TrialPurpose::mrr, round);
  std::normal_distribution<double> noise(1.0, 0.012);
  const double rate = dut.pps * noise(random);
  trial.rate_pps = rate;
  trial.offered_pps = is_afxdp(dut) ? rate / (1 - 1.0 / 12 - 1.0 / 20) : rate;
  fill_books(dut, scaled(*trial.offered_pps * 1.05), true, trial);
  for (int i = 1; i <= 20; ++i) {
    trial.timeline.push_back({.t_s = i * 0.05, .pps = i == 1 ? rate * 0.6 : rate * noise(random)});
  }
  trial.counters = {{"d0/xdp_redirect", trial.ledger.passed}, {"d0/rx_packets", trial.ledger.accepted}};
  return trial;
}

/// A log-normal body with a heavy tail of scheduling hiccups.
DelayStats make_delay(double median_ns, double spread, uint64_t load_pps, Random& random) {
  std::lognormal_distribution<double> body(std::log(median_ns), spread);
  std::bernoulli_distribution hiccup(0.002);
  std::exponential_distribution<double> pause(1.0 / 30'000);
  std::vector<uint64_t> delays(20'000);
  for (uint64_t& delay : delays) delay = scaled(body(random) + (hiccup(random) ? pause(random) : 0));
  std::sort(delays.begin(), delays.end());
  const auto at = [&](double p) {
    return delays[static_cast<size_t>(std::ceil(p * static_cast<double>(delays.size()))) - 1];
  };
  DelayStats stats{.p50 = at(0.5),
                   .p90 = at(0.9),
                   .p99 = at(0.99),
                   .p999 = at(0.999),
                   .max = delays.back(),
                   .n = delays.size(),
                   .sent = delays.size(),
                   .load_pps = load_pps,
                   .lateness_p99 = 210,
                   .curve = {}};
  // One point for each per cent of delay, as a log-linear histogram gives it.
  double next = 0;
  for (size_t i = 0; i < delays.size(); ++i) {
    const bool last = i + 1 == delays.size();
    if (!last && static_cast<double>(delays[i + 1]) < next) continue;
    stats.curve.emplace_back(delays[i], static_cast<double>(i + 1) / static_cast<double>(delays.size()));
    next = static_cast<double>(delays[i]) * 1.01;
  }
  return stats;
}

void add_delay_trials(const SampleDut& dut, Record& record, Random& random) {
  if (dut.median_delay_ns == 0) return;
  Trial idle = make_trial(dut, TrialPurpose::delay_idle, 0);
  idle.delay = make_delay(dut.median_delay_ns * 0.7, 0.25, 0, random);
  record.trials.push_back(std::move(idle));
  Trial loaded = make_trial(dut, TrialPurpose::delay_load, 0);
  loaded.delay = make_delay(dut.median_delay_ns, 0.45, scaled(dut.pps / 2), random);
  record.trials.push_back(std::move(loaded));
}

HostInfo sample_host() {
  return {.kernel = "Linux 6.18.0",
          .machine = "x86_64",
          .cpu_model = "AMD EPYC 9R14",
          .clock_source = "kvm-clock",
          .host_class = "virtual machine",
          .cpus = 2,
          .versions = {{"g++", "12.2.0"}, {"libbpf", "1.1.2"}}};
}

}  // namespace

Record shortened(Record record, size_t trials) {
  record.trials.erase(record.trials.begin(), record.trials.end() - static_cast<std::ptrdiff_t>(trials));
  for (Trial& trial : record.trials) {
    if (trial.delay) trial.delay->curve.resize(2);
  }
  for (auto& [dut, summary] : record.summary) {
    if (summary.delay_idle) summary.delay_idle->curve.resize(2);
    if (summary.delay_load) summary.delay_load->curve.resize(2);
  }
  return record;
}

Record sample_record() {
  Random random(2544);
  Record record{.fwbench_version = "0.1.0",
                .started_utc = "2026-01-31T12:00:00Z",
                .scenario_name = "syn_flood",
                .scenario_sha256 = std::string(64, 'a'),
                .purpose = "SYN flood against an edge firewall: 95 % attack, 5 % legitimate",
                .plan_json = R"({"scenario":"syn_flood","trial":{"rounds":7,"duration_ns":1000000000}})",
                .host = sample_host(),
                .warnings = {{"cpu-steal", "the hypervisor took 2.1 % of CPU 0 during the MRR rounds",
                              "run again when the host is quiet, or on a machine of its own"}},
                .complete = true,
                .valid = true,
                .duts = {},
                .trials = {},
                .summary = {}};
  std::map<std::string, std::string> null_of;
  for (const SampleDut& dut : kDuts) {
    record.duts.emplace_back(dut.name);
    record.summary[dut.name].description = dut.description;
    if (dut.null_dut[0] != '\0') null_of[dut.name] = dut.null_dut;
    Trial correctness = make_trial(dut, TrialPurpose::correctness, 0);
    fill_books(dut, 262'144, false, correctness);
    record.trials.push_back(std::move(correctness));
  }
  for (int round = 0; round < 7; ++round) {
    for (const SampleDut& dut : kDuts) record.trials.push_back(make_mrr(dut, round, random));
  }
  for (const SampleDut& dut : kDuts) add_delay_trials(dut, record, random);
  summarise(record, null_of);
  return record;
}

Record sample_load_record() {
  Record record = sample_record();
  record.scenario_name = "syn_flood_curve";
  record.purpose = "goodput of customers against a rising attack";
  record.duts = {"null-pass", "xdp", "xdp-skb"};
  record.trials.clear();
  record.summary.clear();
  record.warnings.clear();
  record.sweep = {.keys = {"class.attack.rate"}, .reference = "class.attack.rate=0", .cases = {}};
  constexpr uint64_t kLegal = 50'000;
  for (const uint64_t attack :
       {uint64_t{0}, uint64_t{1'000'000}, uint64_t{2'000'000}, uint64_t{3'000'000}, uint64_t{4'000'000}}) {
    const std::string value = std::to_string(attack);
    record.sweep->cases.push_back({"class.attack.rate=" + value, {{"class.attack.rate", value}}});
    for (int round = 1; round <= 7; ++round) {
      for (const SampleDut& dut : kDuts) {
        if (std::ranges::find(record.duts, dut.name) == record.duts.end()) continue;
        Trial trial = make_trial(dut, TrialPurpose::load, round);
        trial.traffic_case = record.sweep->cases.back().label;
        fill_books(dut, attack + kLegal, false, trial);
        trial.load_pps = trial.offered_pps = trial.rate_pps = static_cast<double>(attack + kLegal);
        const double carried = std::min(1.0, dut.pps * (1 - 0.002 * round) / *trial.load_pps);
        const bool passes_all = std::string_view(dut.name) == "null-pass";
        trial.lossless = carried == 1;
        trial.ledger.lost_ring = attack + kLegal - scaled(carried * static_cast<double>(attack + kLegal));
        trial.classes = {{.name = "legit", .sent = kLegal, .legal = kLegal, .arrived = scaled(kLegal * carried)},
                         {.name = "attack",
                          .sent = attack,
                          .illegal = attack,
                          .leaked = passes_all ? scaled(static_cast<double>(attack) * carried) : 0,
                          .illegal_frames = attack == 0 ? 0U : 16'000U,
                          .leaked_frames = passes_all && attack != 0 ? 16'000U : 0U}};
        DelayStats& delay = trial.delay.emplace();
        delay.p50 = scaled(dut.median_delay_ns * (1 + 40 * (1 - carried)));
        delay.n = 10'000;
        trial.delay->p99 = 6 * trial.delay->p50;
        record.trials.push_back(std::move(trial));
      }
    }
  }
  summarise(record, {{"xdp", "null-drop"}, {"xdp-skb", "null-drop"}, {"null-pass", "null-drop"}});
  return record;
}

Record sample_search_record() {
  Record record = sample_record();
  record.searches = {{.dut = "xdp",
                      .traffic_case = "",
                      .placement = "split: generator on CPU 0, NAPI thread, DUT and sink on CPU 1",
                      .trial_s = 1,
                      .sum_s = 21,
                      .exceed_ratio = 0.5,
                      .width = 0.01,
                      .ceiling_pps = 3'300'000,
                      .min_load = 401,
                      .max_load = 3'000'000,
                      .end = "complete",
                      .elapsed_s = 55.5,
                      .rates = {{"ndr", 0, "regular", 2'480'000, 2'500'000, 2'480'000.0, 21},
                                {"pdr", 0.005, "at_max_load", 3'000'000, std::nullopt, 2'990'000.0, 21}},
                      .trials = {{3'000'000, 3'000'000, 1'500'000, 5'000, 12'000, ""},
                                 {2'500'000, 2'500'000, 1'250'000, 0, 90'000'000, "the generator was 90.0 ms late"}}}};
  summarise(record, {{"xdp", "null-drop"}});
  return record;
}

Record sample_sweep_record() {
  Record record = sample_record();
  record.scenario_name = "rule_scaling";
  record.purpose = "does the rate depend on the number of rules?";
  record.duts = {"null-drop", "xdp"};
  record.trials.clear();
  record.summary.clear();
  record.warnings.clear();
  record.sweep = {.keys = {"policy.rules"}, .reference = "policy.rules=10", .cases = {}};
  for (const char* const rules : {"1", "10", "100", "1000", "10000"}) {
    const std::string label = std::string("policy.rules=") + rules;
    record.sweep->cases.push_back({label, {{"policy.rules", rules}}});
  }
  for (int round = 1; round <= 7; ++round) {
    for (size_t i = 0; i < record.sweep->cases.size(); ++i) {
      for (const SampleDut& dut : kDuts) {
        const std::string_view name = dut.name;
        if (name != "null-drop" && name != "xdp") continue;
        Trial trial = make_trial(dut, TrialPurpose::mrr, round);
        trial.traffic_case = record.sweep->cases[i].label;
        // In each round everything is faster by the same, so that the ratios are the same in all of them.
        const double per_case = name == "xdp" ? 1 - 0.05 * static_cast<double>(i) : 1;
        trial.rate_pps = dut.pps * per_case * (1 + 0.01 * round);
        fill_books(dut, scaled(*trial.rate_pps), true, trial);
        record.trials.push_back(std::move(trial));
      }
    }
  }
  summarise(record, {{"xdp", "null-drop"}});
  return record;
}

Record sample_gate_record() {
  Record record = sample_record();
  record.scenario_name = "gate";
  record.duts = {"xdp", "xdp-skb"};
  std::erase_if(record.trials, [](const Trial& trial) { return trial.dut != "xdp" && trial.dut != "xdp-skb"; });
  for (Trial& trial : record.trials) trial.side = trial.dut == "xdp" ? "base" : "head";
  std::erase_if(record.summary, [](const auto& one) { return one.first != "xdp" && one.first != "xdp-skb"; });
  Gate gate;
  gate.base = "xdp";
  gate.head = "xdp-skb";
  gate.answer = "fail";
  gate.reason = "mrr_pps is worse by more than 2.5 %";
  gate.threshold = 0.025;
  gate.seed = 7;
  gate.pairs = 10;
  gate.invalid_pairs = 1;
  gate.max_pairs = 40;
  gate.look_every = 10;
  gate.seconds = 12.5;
  gate.verdict_frames = 30'000'000;
  gate.metrics = {{"mrr_pps", "higher", "fail", 0.33, 0.32, 0.34, 0.982, 0.975, 10, std::nullopt},
                  {"program_ns", "lower", "inconclusive", 1.02, 0.99, 1.05, 0.98, 1.025, 10, 12}};
  gate.exact = {{"false_pass", 0, 0, "same"}, {"map_bytes", 4096, 8192, "changed"}, {"jited_bytes", {}, 10, "changed"}};
  gate.base_check = GateBaseCheck{1.001, 0.99, 1.012, true};
  record.gate = gate;
  return record;
}

}  // namespace fwbench
