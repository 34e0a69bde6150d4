// SPDX-License-Identifier: BSD-2-Clause
#include "record/round_values.h"

#include "record/statistics.h"

namespace fwbench {
namespace {

using Rounds = std::map<int, const Trial*>;

/// Of the rounds that both have and that can be paired.
std::map<int, double> with_partner(const Rounds& rounds, const Rounds& partners, double (*combine)(double, double)) {
  std::map<int, double> values;
  for (const auto& [round, trial] : rounds) {
    const auto partner = partners.find(round);
    if (partner == partners.end() || !is_paired(*trial, *partner->second)) continue;
    values[round] = combine(*trial->rate_pps, *partner->second->rate_pps);
  }
  return values;
}

}  // namespace

std::map<int, double> round_values(const Record& record, const Subject& subject, const Metric& metric) {
  const std::string label(subject.case_label());
  const Rounds rounds = mrr_rounds(record, subject.dut, label);
  const auto ratio = [](double rate, double other) { return rate / other; };
  if (metric.path == "vs_null") {
    return with_partner(rounds, mrr_rounds(record, subject.measures.null_dut, label), ratio);
  }
  if (metric.path == "service_ns") {
    return with_partner(rounds, mrr_rounds(record, subject.measures.null_dut, label),
                        [](double rate, double other) { return 1e9 / rate - 1e9 / other; });
  }
  if (metric.path == "vs_reference" && record.sweep) {
    return with_partner(rounds, mrr_rounds(record, subject.dut, record.sweep->reference), ratio);
  }
  std::map<int, double> values;
  if (metric.path != "mrr_pps") return values;
  for (const auto& [round, trial] : rounds) values[round] = *trial->rate_pps;
  return values;
}

}  // namespace fwbench
