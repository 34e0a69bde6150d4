// SPDX-License-Identifier: BSD-2-Clause
#include "gate/judge_gate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/result.h"
#include "gate/paired.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

/// The valid trials of one pair, in the order they were run.
struct PairTrials {
  std::vector<const Trial*> base;
  std::vector<const Trial*> head;
  size_t trials = 0;

  /// One of each in slices, or two of each.
  [[nodiscard]] bool is_whole() const {
    return !base.empty() && base.size() == head.size() && trials == base.size() + head.size();
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

constexpr size_t kOfABlock = 2;  ///< readings of each side

/// In the order they were taken: rates of a side's slices, or of its trials.
std::vector<double> rates_of(const std::vector<const Trial*>& side) {
  std::vector<double> rates;
  if (side.size() == 1) {
    for (const TimelinePoint& slice : side.front()->timeline) rates.push_back(slice.pps);
  } else {
    for (const Trial* trial : side) rates.push_back(trial->rate_pps.value_or(0));
  }
  return rates;
}

std::optional<double> median(std::vector<double> values) {
  const auto interval = median_interval(std::move(values));
  return interval ? std::optional(interval->median) : std::nullopt;
}

/// Median over the blocks of a pair. A slice that the host took away has no logarithm: its block is left out.
std::optional<double> rate_ratio_of(const PairTrials& pair) {
  const std::vector<double> base = rates_of(pair.base);
  const std::vector<double> head = rates_of(pair.head);
  std::vector<double> ratios;
  for (size_t at = 0; at + kOfABlock <= std::min(base.size(), head.size()); at += kOfABlock) {
    const auto ratio = log_ratio(std::span(base).subspan(at, kOfABlock), std::span(head).subspan(at, kOfABlock));
    if (ratio) ratios.push_back(*ratio);
  }
  return median(std::move(ratios));
}

/// log(next / this) of the base: of blocks, since a place within a block is colder than another; of two trials, if
/// those are all.
std::optional<double> base_against_itself(const PairTrials& pair) {
  const std::vector<double> base = rates_of(pair.base);
  const size_t of_each = base.size() == kOfABlock ? 1 : kOfABlock;
  std::vector<double> ratios;
  for (size_t at = 0; at + 2 * of_each <= base.size(); at += 2 * of_each) {
    const auto ratio = log_ratio(std::span(base).subspan(at, of_each), std::span(base).subspan(at + of_each, of_each));
    if (ratio) ratios.push_back(*ratio);
  }
  return median(std::move(ratios));
}

std::vector<double> program_times_of(const std::vector<const Trial*>& side) {
  std::vector<double> times;
  for (const Trial* trial : side) {
    const auto found = trial->counters.find(kProgramPicoseconds);
    times.push_back(found == trial->counters.end() ? 0 : static_cast<double>(found->second) / 1e3);
  }
  return times;
}

std::optional<double> time_ratio_of(const PairTrials& pair) {
  return log_ratio(program_times_of(pair.base), program_times_of(pair.head));
}

/// Of the whole pairs that have it.
std::vector<double> over_pairs(const std::map<int, PairTrials>& pairs, std::optional<double> (*of)(const PairTrials&)) {
  std::vector<double> values;
  for (const auto& [number, pair] : pairs) {
    if (!pair.is_whole()) continue;
    if (const auto value = of(pair)) values.push_back(*value);
  }
  return values;
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
  std::vector<MetricSample> samples = {{"mrr_pps", true, settings.threshold, over_pairs(pairs, rate_ratio_of)}};
  if (samples.front().log_ratios.size() < kMinPairs) {
    return answer(gate, "inconclusive", "a side decided no frame in most pairs: there is no ratio of rates");
  }
  MetricSample times = {"program_ns", false, settings.threshold, {}};
  if (settings.program_time) times.log_ratios = over_pairs(pairs, time_ratio_of);
  // A DUT without a program has no time of it.
  if (times.log_ratios.size() >= kMinPairs) samples.push_back(std::move(times));
  const std::vector<MetricDecision> decisions = decide(samples, looks, settings.seed);
  for (size_t i = 0; i < decisions.size(); ++i) {
    gate.metrics.push_back(to_record(decisions[i], samples[i].higher_is_better));
  }
  const BaseCheck check = check_base(over_pairs(pairs, base_against_itself), settings.threshold, looks, settings.seed);
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
