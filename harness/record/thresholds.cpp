// SPDX-License-Identifier: BSD-2-Clause
#include "record/thresholds.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/statistics.h"

namespace fwbench {
namespace {

bool holds(double value, std::string_view comparison, double bound) {
  if (comparison == ">=") return value >= bound;
  if (comparison == "<=") return value <= bound;
  if (comparison == ">") return value > bound;
  if (comparison == "<") return value < bound;
  return value == bound;
}

Threshold decide(const ThresholdClaim& claim, const std::string& dut, std::string_view label,
                 const std::optional<MetricValue>& measured) {
  Threshold threshold;
  static_cast<ThresholdClaim&>(threshold) = claim;
  threshold.dut = dut;
  threshold.traffic_case = label;
  threshold.verdict = "inconclusive";
  if (!measured) return threshold;
  threshold.measured = measured->value;
  threshold.interval = measured->interval;
  threshold.verdict = threshold_verdict(*measured, claim.comparison, claim.bound);
  return threshold;
}

}  // namespace

std::string threshold_verdict(const MetricValue& measured, std::string_view comparison, double bound) {
  if (!measured.interval) return holds(measured.value, comparison, bound) ? "pass" : "fail";
  if (measured.interval->n < kMinRounds) return "inconclusive";
  const bool low = holds(measured.interval->low, comparison, bound);
  const bool high = holds(measured.interval->high, comparison, bound);
  return low != high ? "inconclusive" : low ? "pass" : "fail";
}

std::vector<Threshold> decide_thresholds(const Record& record, const std::vector<ThresholdClaim>& claims) {
  std::vector<Threshold> decided;
  const std::vector<Subject> subjects = subjects_of(record);
  for (const ThresholdClaim& claim : claims) {
    const Metric* const metric = find_metric(claim.metric);
    if (metric == nullptr) continue;  // of a later version of fwbench
    const size_t before = decided.size();
    for (const Subject& subject : subjects) {
      if (claim.dut != "*" && claim.dut != subject.dut) continue;
      const auto measured = metric->read(subject);
      if (claim.dut == "*" && !measured) continue;
      decided.push_back(decide(claim, subject.dut, subject.case_label(), measured));
    }
    if (decided.size() == before) decided.push_back(decide(claim, claim.dut, "", std::nullopt));
  }
  return decided;
}

std::string_view overall_verdict(const Record& record) {
  if (!record.thresholds) return "pass";
  const auto any = [&](std::string_view verdict) {
    return std::any_of(record.thresholds->begin(), record.thresholds->end(),
                       [&](const Threshold& t) { return t.verdict == verdict; });
  };
  return any("fail") ? "fail" : any("inconclusive") ? "inconclusive" : "pass";
}

std::string claim_text(const ThresholdClaim& claim) {
  const Metric* const metric = find_metric(claim.metric);
  const std::string bound =
      metric == nullptr ? fmt::format("{:g}", claim.bound) : format_metric(metric->unit, claim.bound);
  return fmt::format("{} {} {}", claim.metric, claim.comparison, bound);
}

std::string measured_text(const Threshold& threshold) {
  const Metric* const metric = find_metric(threshold.metric);
  if (!threshold.measured || metric == nullptr) return "not measured";
  std::string text = format_metric(metric->unit, *threshold.measured);
  if (threshold.interval && threshold.interval->n >= kMinRounds) {
    text += fmt::format(" [{} {}]", format_metric(metric->unit, threshold.interval->low),
                        format_metric(metric->unit, threshold.interval->high));
  }
  return text;
}

}  // namespace fwbench
