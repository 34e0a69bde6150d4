// SPDX-License-Identifier: BSD-2-Clause
#include "record/ratios.h"

#include <map>

#include "record/statistics.h"

namespace fwbench {
namespace {

std::optional<Interval95> measure(const Record& record, const Ratio& claim) {
  // Not for a sweep: its rates belong to cases.
  const auto to = mrr_rounds(record, claim.to, "");
  std::vector<double> ratios;
  for (const auto& [round, of] : mrr_rounds(record, claim.of, "")) {
    const auto other = to.find(round);
    if (other == to.end() || of->engine != other->second->engine) continue;
    ratios.push_back(*of->rate_pps / *other->second->rate_pps);
  }
  return median_interval(std::move(ratios));
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
    const auto measured = measure(record, claim);
    if (!measured) continue;
    Ratio& ratio = ratios.emplace_back(claim);
    ratio.measured = *measured;
    ratio.verdict = ratio_verdict(*measured, claim.at_least, claim.at_most);
  }
  return ratios;
}

}  // namespace fwbench
