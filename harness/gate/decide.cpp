// SPDX-License-Identifier: BSD-2-Clause
#include "gate/decide.h"

#include <algorithm>
#include <cmath>

#include "gate/holm.h"

namespace fwbench {
namespace {

/// A metric turned so that more is better, and its interval.
struct Turned {
  const MetricSample* sample = nullptr;
  Bootstrap bootstrap;
  double margin = 0;  ///< gains below are worse than the threshold allows; negative
};

double margin_of(const MetricSample& sample) {
  return sample.higher_is_better ? std::log1p(-sample.threshold) : -std::log1p(sample.threshold);
}

Turned turn(const MetricSample& sample, const LookPlan& plan, uint64_t seed) {
  std::vector<double> gains = sample.log_ratios;
  if (!sample.higher_is_better) {
    for (double& gain : gains) gain = -gain;
  }
  const double strictest = *std::min_element(plan.levels.begin(), plan.levels.end()) / 2;
  return {&sample, Bootstrap::of(gains, {.seed = seed, .resamples = resamples_for(strictest, gains.size())}),
          margin_of(sample)};
}

/// The interval's width shrinks with the square root of the number of pairs; the estimate is taken to stay.
std::optional<uint64_t> pairs_needed(const Turned& turned, const Range& interval, size_t pairs) {
  const double estimate = turned.bootstrap.estimate();
  const double distance = std::abs(estimate - turned.margin);
  const double reach = estimate < turned.margin ? interval.high - estimate : estimate - interval.low;
  const double needed = std::ceil(static_cast<double>(pairs) * std::pow(reach / distance, 2));
  if (!(needed - static_cast<double>(pairs) <= double{kMaxMorePairs})) return std::nullopt;
  return std::max<uint64_t>(static_cast<uint64_t>(needed) - pairs, 1);
}

MetricDecision describe(const Turned& turned, GateAnswer answer, double level) {
  const MetricSample& sample = *turned.sample;
  const Range gain = turned.bootstrap.interval(level / 2);
  MetricDecision decision;
  decision.name = sample.name;
  decision.answer = answer;
  const double sign = sample.higher_is_better ? 1 : -1;
  decision.ratio = std::exp(sign * turned.bootstrap.estimate());
  decision.low = std::exp(sign * (sample.higher_is_better ? gain.low : gain.high));
  decision.high = std::exp(sign * (sample.higher_is_better ? gain.high : gain.low));
  decision.bound = std::exp(sign * turned.margin);
  decision.coverage = 1 - level;
  decision.pairs = sample.log_ratios.size();
  decision.bca = turned.bootstrap.is_bca();
  if (answer == GateAnswer::inconclusive) decision.more_pairs_needed = pairs_needed(turned, gain, decision.pairs);
  return decision;
}

}  // namespace

const char* answer_name(GateAnswer answer) {
  switch (answer) {
    case GateAnswer::pass:
      return "pass";
    case GateAnswer::fail:
      return "fail";
    case GateAnswer::inconclusive:
      break;
  }
  return "inconclusive";
}

std::vector<MetricDecision> decide(std::span<const MetricSample> samples, const LookPlan& plan, uint64_t seed) {
  std::vector<Turned> turned;
  std::vector<double> p_worse;   // small: worse than the threshold
  std::vector<double> p_within;  // small: not worse than it
  for (const MetricSample& sample : samples) {
    const Turned& one = turned.emplace_back(turn(sample, plan, seed));
    p_worse.push_back(one.bootstrap.tail_above(one.margin));
    p_within.push_back(one.bootstrap.tail_below(one.margin));
  }
  std::vector<double> tails;
  for (const double level : plan.levels) tails.push_back(level / 2);
  const std::vector<bool> worse = holm_rejects(p_worse, tails);
  const std::vector<bool> within = holm_rejects(p_within, tails);
  const std::vector<size_t> worse_ranks = holm_ranks(p_worse);
  const std::vector<size_t> within_ranks = holm_ranks(p_within);

  std::vector<MetricDecision> decisions;
  for (size_t i = 0; i < turned.size(); ++i) {
    GateAnswer answer = GateAnswer::inconclusive;
    if (worse[i]) answer = GateAnswer::fail;
    if (within[i]) answer = GateAnswer::pass;
    const bool looks_worse = turned[i].bootstrap.estimate() < turned[i].margin;
    decisions.push_back(describe(turned[i], answer, plan.levels[(looks_worse ? worse_ranks : within_ranks)[i]]));
  }
  return decisions;
}

GateAnswer answer_of(std::span<const MetricDecision> decisions) {
  const auto is = [&](GateAnswer answer) {
    return [answer](const MetricDecision& decision) { return decision.answer == answer; };
  };
  if (std::any_of(decisions.begin(), decisions.end(), is(GateAnswer::fail))) return GateAnswer::fail;
  return std::all_of(decisions.begin(), decisions.end(), is(GateAnswer::pass)) ? GateAnswer::pass
                                                                               : GateAnswer::inconclusive;
}

BaseCheck check_base(std::span<const double> log_ratios, double threshold, const LookPlan& plan, uint64_t seed) {
  const double tail = plan.levels.back() / 2;
  const Bootstrap bootstrap =
      Bootstrap::of(log_ratios, {.seed = seed, .resamples = resamples_for(tail, log_ratios.size())});
  const Range interval = bootstrap.interval(tail);
  const double margin = std::log1p(-threshold);
  return {.ratio = std::exp(bootstrap.estimate()),
          .low = std::exp(interval.low),
          .high = std::exp(interval.high),
          .holds = interval.high >= margin && interval.low <= -margin};
}

}  // namespace fwbench
