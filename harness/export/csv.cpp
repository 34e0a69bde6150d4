// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "export/export.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

/// RFC 4180, 2.5 to 2.7: quoted when it holds a comma, a quote or a line end; quotes are doubled.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string csv_table(const Record& record) {
  std::string out = "scenario,started_utc,dut,case,metric,unit,better,value,low,high,n,lower_bound,headroom\r\n";
  for (const ResultRow& row : results_of(record)) {
    const auto& interval = row.value.interval;
    const auto& headroom = row.subject.measures.headroom;
    const bool has_ends = interval && interval->n >= kMinRounds;
    out += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_field(record.scenario_name), csv_field(record.started_utc),
        csv_field(row.subject.dut), csv_field(row.subject.case_label()), row.metric->path, unit_name(row.metric->unit),
        row.metric->better == Better::higher ? "higher" : "lower", row.value.value,
        has_ends ? fmt::format("{}", interval->low) : "", has_ends ? fmt::format("{}", interval->high) : "",
        interval ? fmt::format("{}", interval->n) : "", is_lower_bound(row) ? "yes" : "",
        headroom && row.metric->path == "mrr_pps" ? fmt::format("{}", *headroom) : "");
  }
  return out;
}

}  // namespace fwbench
