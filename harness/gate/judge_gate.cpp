// SPDX-License-Identifier: BSD-2-Clause
#include "gate/judge_gate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/result.h"
#include "gate/paired.h"

namespace fwbench {
namespace {

constexpr size_t kTrialsOfAPair = 4;

/// The valid trials of one pair, in the order they were run.
struct PairTrials {
  std::vector<const Trial*> base;
  std::vector<const Trial*> head;
  size_t trials = 0;

  [[nodiscard]] bool is_whole() const {
    return trials == kTrialsOfAPair && base.size() == kTrialsOfAPair / 2 && head.size() == kTrialsOfAPair / 2;
  }
};

std::map<int, PairTrials> pairs_of(const Record& record) {
  std::map<int, PairTrials> pairs;
  for (const Trial& trial : record.trials) {
    if (!trial.side || trial.round == 0) continue;
    PairTrials& pair = pairs[trial.round];
    ++pair.trials;
    if (!trial.valid || !trial.rate_pps) continue;
    (*trial.side == "base" ? pair.base : pair.head).push_back(&trial);
  }
  return pairs;
}

using Reading = std::optional<double> (*)(const Trial& trial);

std::optional<double> rate_of(const Trial& trial) {
  return trial.rate_pps;
}

std::optional<double> program_time_of(const Trial& trial) {
  const auto found = trial.counters.find(kProgramPicoseconds);
  if (found == trial.counters.end() || found->second == 0) return std::nullopt;
  return static_cast<double>(found->second) / 1e3;
}

std::vector<double> readings(const std::vector<const Trial*>& trials, Reading read) {
  std::vector<double> values;
  for (const Trial* trial : trials) values.push_back(read(*trial).value_or(0));
  return values;
}

/// Pairs that lack the reading are left out.
std::vector<double> log_ratios_of(const std::map<int, PairTrials>& pairs, Reading read) {
  std::vector<double> ratios;
  for (const auto& [number, pair] : pairs) {
    if (!pair.is_whole()) continue;
    if (const auto ratio = log_ratio(readings(pair.base, read), readings(pair.head, read))) ratios.push_back(*ratio);
  }
  return ratios;
}

/// log(second / first) of the base in each pair.
std::vector<double> base_against_itself(const std::map<int, PairTrials>& pairs) {
  std::vector<double> ratios;
  for (const auto& [number, pair] : pairs) {
    if (!pair.is_whole()) continue;
    const double first[] = {*pair.base[0]->rate_pps};
    const double second[] = {*pair.base[1]->rate_pps};
    if (const auto ratio = log_ratio(first, second)) ratios.push_back(*ratio);
  }
  return ratios;
}

GateMetric to_record(const MetricDecision& decision, bool higher_is_better) {
  return {.metric = decision.name,
          .better = higher_is_better ? "higher" : "lower",
          .answer = answer_name(decision.answer),
          .ratio = decision.ratio,
          .low = decision.low,
          .high = decision.high,
          .coverage = decision.coverage,
          .bound = decision.bound,
          .n = decision.pairs,
          .more_pairs = decision.more_pairs_needed};
}

void answer(Gate& gate, const char* word, std::string reason) {
  gate.answer = word;
  gate.reason = std::move(reason);
}

/// False when the intervals are not to be asked.
bool judge_exact_tier(const Record& record, const GateSettings& settings, Gate& gate) {
  for (const Trial& trial : record.trials) {
    if (trial.round != 0 || trial.valid || trial.side != "base") continue;
    answer(gate, "void", fmt::format("the correctness pass of the base is invalid: {}", trial.invalid_reason));
    return false;
  }
  gate.exact = compare_exact(record, settings.cost_threshold);
  for (const GateExact& exact : gate.exact) {
    if (exact.verdict != "worse") continue;
    answer(
        gate, "fail",
        fmt::format("{}: {} in the base, {} in the head", exact.name, exact.base.value_or(0), exact.head.value_or(0)));
    return false;
  }
  for (const Trial& trial : record.trials) {
    if (trial.round != 0 || trial.valid || !trial.side) continue;
    answer(gate, "void",
           fmt::format("the correctness pass of the {} is invalid: {}", *trial.side, trial.invalid_reason));
    return false;
  }
  return true;
}

std::string explain(const Gate& gate, GateAnswer is) {
  const double percent = gate.threshold * 100;
  std::string names;
  uint64_t more = 0;
  bool countable = true;
  for (const GateMetric& metric : gate.metrics) {
    if (metric.answer != answer_name(is)) continue;
    names += (names.empty() ? "" : ", ") + metric.metric;
    more = std::max(more, metric.more_pairs.value_or(0));
    countable = countable && metric.more_pairs;
  }
  if (is == GateAnswer::pass) return fmt::format("nothing is worse by {:.3g} % or more", percent);
  if (is == GateAnswer::fail) return fmt::format("{}: worse by more than {:.3g} %", names, percent);
  if (!countable) return fmt::format("{}: too close to {:.3g} % for any number of pairs to tell", names, percent);
  return fmt::format("{}: cannot tell whether it is worse by more than {:.3g} %; about {} more pairs would", names,
                     percent, more);
}

}  // namespace

size_t count_pairs(const Record& record) {
  const auto pairs = pairs_of(record);
  return static_cast<size_t>(
      std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return pair.second.is_whole(); }));
}

LookPlan looks_of(const GateSettings& settings) {
  return plan_looks(settings.look_every, settings.max_pairs, settings.alpha, settings.program_time ? 2 : 1);
}

void judge_gate(const Record& record, const GateSettings& settings, const LookPlan& looks, Gate& gate) {
  gate.metrics.clear();
  gate.base_check.reset();
  const auto pairs = pairs_of(record);
  gate.pairs = count_pairs(record);
  gate.invalid_pairs = pairs.size() - gate.pairs;
  if (!judge_exact_tier(record, settings, gate)) return;
  if (gate.pairs < kMinPairs) {
    return answer(gate, "inconclusive",
                  fmt::format("{} whole pairs, {} are needed; {} have an invalid trial", gate.pairs, kMinPairs,
                              gate.invalid_pairs));
  }
  std::vector<MetricSample> samples = {{"mrr_pps", true, settings.threshold, log_ratios_of(pairs, rate_of)}};
  if (samples.front().log_ratios.size() < kMinPairs) {
    return answer(gate, "inconclusive", "a side decided no frame in most pairs: there is no ratio of rates");
  }
  MetricSample times = {"program_ns", false, settings.threshold, {}};
  if (settings.program_time) times.log_ratios = log_ratios_of(pairs, program_time_of);
  // A DUT without a program has no time of it.
  if (times.log_ratios.size() >= kMinPairs) samples.push_back(std::move(times));
  const std::vector<MetricDecision> decisions = decide(samples, looks, settings.seed);
  for (size_t i = 0; i < decisions.size(); ++i) {
    gate.metrics.push_back(to_record(decisions[i], samples[i].higher_is_better));
  }
  const BaseCheck check = check_base(base_against_itself(pairs), settings.threshold, looks, settings.seed);
  gate.base_check = GateBaseCheck{check.ratio, check.low, check.high, check.holds};
  if (!check.holds) {
    return answer(gate, "void",
                  fmt::format("the base differs from itself by more than {:.3g} %: the machine changes its speed",
                              settings.threshold * 100));
  }
  const GateAnswer is = answer_of(decisions);
  answer(gate, answer_name(is), explain(gate, is));
}

int gate_exit_code(const Gate& gate) {
  if (gate.answer == "pass") return exit_ok;
  if (gate.answer == "fail") return exit_gate_failed;
  return gate.answer == "void" ? exit_invalid : exit_inconclusive;
}

}  // namespace fwbench
