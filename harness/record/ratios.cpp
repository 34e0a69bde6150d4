// SPDX-License-Identifier: BSD-2-Clause
#include "record/ratios.h"

#include <map>

#include "record/statistics.h"

namespace fwbench {
namespace {

/// The generator alone: on the same core, with nothing behind it.
constexpr const char* kGeneratorAlone = "null-tx";

/// Nanoseconds a packet spends behind the generator.
double dut_side_ns(const Trial& trial, const Trial& alone) {
  return 1e9 / *trial.rate_pps - (is_paired(trial, alone) ? 1e9 / *alone.rate_pps : 0);
}

/// Nothing when there is no round in common.
std::optional<Ratio> measure(const Record& record, Ratio ratio) {
  const auto to = mrr_rounds(record, ratio.to, ratio.traffic_case);
  const auto alone = mrr_rounds(record, kGeneratorAlone, ratio.traffic_case);
  std::vector<double> rate_ratios;
  std::vector<double> time_ratios;
  bool is_slower = true;
  for (const auto& [round, of] : mrr_rounds(record, ratio.of, ratio.traffic_case)) {
    const auto other = to.find(round);
    if (other == to.end() || of->engine != other->second->engine) continue;
    rate_ratios.push_back(*of->rate_pps / *other->second->rate_pps);
    const auto generator = alone.find(round);
    if (generator == alone.end()) continue;
    const double of_ns = dut_side_ns(*of, *generator->second);
    const double to_ns = dut_side_ns(*other->second, *generator->second);
    is_slower = is_slower && of_ns > 0 && to_ns > 0;
    time_ratios.push_back(to_ns / of_ns);
  }
  const auto rates = median_interval(std::move(rate_ratios));
  if (!rates) return std::nullopt;
  ratio.measured = *rates;
  if (is_slower) ratio.dut_side = median_interval(std::move(time_ratios));
  ratio.verdict = ratio_verdict(ratio.dut_side.value_or(*rates), ratio.at_least, ratio.at_most);
  return ratio;
}

}  // namespace

std::string ratio_verdict(const Interval95& measured, std::optional<double> at_least, std::optional<double> at_most) {
  if (measured.n < kMinRounds) return "unclear";
  if (at_least && measured.high < *at_least) return "lower";
  if (at_most && measured.low > *at_most) return "higher";
  const bool within = (!at_least || measured.low >= *at_least) && (!at_most || measured.high <= *at_most);
  return within ? "reproduced" : "unclear";
}

std::vector<Ratio> measure_ratios(const Record& record, const std::vector<Ratio>& claims) {
  std::vector<Ratio> ratios;
  for (const Ratio& claim : claims) {
    if (auto ratio = measure(record, claim)) ratios.push_back(std::move(*ratio));
  }
  return ratios;
}

}  // namespace fwbench
