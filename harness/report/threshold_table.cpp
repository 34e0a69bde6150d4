// SPDX-License-Identifier: BSD-2-Clause
#include "report/threshold_table.h"

#include "record/thresholds.h"

namespace fwbench {
namespace {

Tone tone_of_verdict(const std::string& verdict) {
  if (verdict == "pass") return Tone::good;
  return verdict == "fail" ? Tone::bad : Tone::warning;
}

}  // namespace

Grid threshold_grid(const Record& record) {
  Grid grid{{"threshold", "must be", "is", "verdict"}, {}};
  if (!record.thresholds) return grid;
  for (const Threshold& t : *record.thresholds) {
    const std::string dut = t.traffic_case.empty() ? t.dut : t.dut + " " + t.traffic_case;
    const std::string claim = claim_text(t);
    grid.rows.push_back({{printable(dut + " " + t.metric)},
                         {printable(claim.substr(std::min(t.metric.size() + 1, claim.size())))},
                         {measured_text(t)},
                         {printable(t.verdict), tone_of_verdict(t.verdict)}});
  }
  return grid;
}

}  // namespace fwbench
