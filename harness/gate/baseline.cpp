// SPDX-License-Identifier: BSD-2-Clause
#include "gate/baseline.h"

#include <algorithm>
#include <cmath>

#include "gate/holm.h"
#include "record/metrics.h"
#include "record/round_values.h"

namespace fwbench {
namespace {

/// Of one DUT, or one case of it.
struct Compared {
  std::string name;
  Bootstrap bootstrap;
  size_t rounds = 0;
};

tl::unexpected<Error> refuse(const char* what, const std::string& before, const std::string& now) {
  return with_remedy(
      fail(ErrorKind::measurement, "the baseline cannot be compared with: its {} is '{}', the record's is '{}'", what,
           before, now),
      "record a baseline where the gate runs, or gate base against head in one run (--base, --head)");
}

std::string engine_of(const Record& record) {
  return record.trials.empty() ? "" : record.trials.front().engine;
}

Result<void> check_comparable(const Record& baseline, const Record& record) {
  if (baseline.host.host_class != record.host.host_class || record.host.host_class == kMixedHosts) {
    return refuse("host class", baseline.host.host_class, record.host.host_class);
  }
  if (engine_of(baseline) != engine_of(record)) return refuse("TX engine", engine_of(baseline), engine_of(record));
  if (baseline.scenario_sha256 != record.scenario_sha256) {
    return refuse("scenario", baseline.scenario_name + " " + baseline.scenario_sha256.substr(0, 12),
                  record.scenario_name + " " + record.scenario_sha256.substr(0, 12));
  }
  return {};
}

std::vector<double> ratios_to_null(const Record& record, const Subject& subject) {
  std::vector<double> ratios;
  for (const auto& [round, ratio] : round_values(record, subject, *find_metric("vs_null"))) {
    if (ratio > 0 && std::isfinite(ratio)) ratios.push_back(std::log(ratio));
  }
  return ratios;
}

const Subject* find_subject(const std::vector<Subject>& subjects, const Subject& like) {
  const auto found =
      std::find_if(subjects.begin(), subjects.end(), [&](const Subject& one) { return one.name() == like.name(); });
  return found == subjects.end() ? nullptr : &*found;
}

void compare_counts(const Subject& before, const Subject& now, std::vector<GateExact>& all) {
  const auto add = [&](const char* name, uint64_t base, uint64_t head) {
    const char* const verdict = base == head ? "same" : head < base ? "better" : base == 0 ? "worse" : "changed";
    all.push_back({fmt::format("{} {}", now.name(), name), base, head, verdict});
  };
  add("false_drop", before.measures.verdicts.false_drop, now.measures.verdicts.false_drop);
  add("false_pass", before.measures.verdicts.false_pass, now.measures.verdicts.false_pass);
  add("unaccounted", static_cast<uint64_t>(before.measures.ledger.unaccounted),
      static_cast<uint64_t>(now.measures.ledger.unaccounted));
}

void decide_all(const std::vector<Compared>& all, const GateSettings& settings, Gate& gate) {
  const double margin = std::log1p(-settings.threshold);
  std::vector<double> worse;
  std::vector<double> within;
  std::vector<double> tails;
  for (const Compared& one : all) {
    worse.push_back(one.bootstrap.tail_above(margin));
    within.push_back(one.bootstrap.tail_below(margin));
    tails.push_back(settings.alpha / 2 / static_cast<double>(all.size() - tails.size()));
  }
  const std::vector<bool> are_worse = holm_rejects(worse, tails);
  const std::vector<bool> are_within = holm_rejects(within, tails);
  for (size_t i = 0; i < all.size(); ++i) {
    const bool looks_worse = all[i].bootstrap.estimate() < margin;
    const double tail = tails[holm_ranks(looks_worse ? worse : within)[i]];
    const Range range = all[i].bootstrap.interval(tail);
    const GateAnswer is = are_worse[i] ? GateAnswer::fail : are_within[i] ? GateAnswer::pass : GateAnswer::inconclusive;
    gate.metrics.push_back({.metric = all[i].name + " vs_null",
                            .better = "higher",
                            .answer = answer_name(is),
                            .ratio = std::exp(all[i].bootstrap.estimate()),
                            .low = std::exp(range.low),
                            .high = std::exp(range.high),
                            .coverage = 1 - 2 * tail,
                            .bound = std::exp(margin),
                            .n = all[i].rounds,
                            .more_pairs = std::nullopt});
  }
}

void answer_baseline(Gate& gate) {
  const auto has = [&](const char* word) {
    return std::find_if(gate.metrics.begin(), gate.metrics.end(),
                        [word](const GateMetric& m) { return m.answer == word; });
  };
  const auto wrong =
      std::find_if(gate.exact.begin(), gate.exact.end(), [](const GateExact& e) { return e.verdict == "worse"; });
  const double percent = gate.threshold * 100;
  if (wrong != gate.exact.end()) {
    gate.answer = "fail";
    gate.reason = fmt::format("{}: {} in the baseline, {} now", wrong->name, *wrong->base, *wrong->head);
  } else if (const auto worse = has("fail"); worse != gate.metrics.end()) {
    gate.answer = "fail";
    gate.reason = fmt::format("{}: worse by more than {:.3g} %", worse->metric, percent);
  } else if (const auto open = has("inconclusive"); open != gate.metrics.end()) {
    gate.answer = "inconclusive";
    gate.reason = fmt::format("{}: cannot tell whether it is worse by more than {:.3g} %; more rounds would",
                              open->metric, percent);
  } else {
    gate.answer = "pass";
    gate.reason = fmt::format("nothing is worse by {:.3g} % or more", percent);
  }
}

}  // namespace

Result<Gate> gate_against_baseline(const Record& baseline, const Record& record, const GateSettings& settings) {
  FWBENCH_TRY(check_comparable(baseline, record));
  Gate gate;
  gate.threshold = settings.threshold;
  gate.alpha = settings.alpha;
  gate.seed = settings.seed;
  std::vector<Compared> compared;
  const std::vector<Subject> before = subjects_of(baseline);
  for (const Subject& now : subjects_of(record)) {
    const Subject* const was = find_subject(before, now);
    if (was == nullptr) continue;
    compare_counts(*was, now, gate.exact);
    if (now.measures.null_dut.empty() || was->measures.null_dut != now.measures.null_dut) continue;
    const std::vector<double> base = ratios_to_null(baseline, *was);
    const std::vector<double> head = ratios_to_null(record, now);
    if (std::min(base.size(), head.size()) < kMinPairs) continue;
    const size_t resamples = resamples_for(settings.alpha / 2, std::min(base.size(), head.size()));
    compared.push_back({now.name(),
                        Bootstrap::of_difference(head, base, {.seed = settings.seed, .resamples = resamples}),
                        head.size()});
  }
  if (compared.empty()) {
    return with_remedy(
        fail(ErrorKind::measurement,
             "the baseline and the record have no DUT in common with a null device and {} valid rounds", kMinPairs),
        "measure both with the null device in [dut] list and trial.rounds of 6 or more");
  }
  decide_all(compared, settings, gate);
  answer_baseline(gate);
  return gate;
}

}  // namespace fwbench
