// SPDX-License-Identifier: BSD-2-Clause
#include "report/caption.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/units.h"
#include "record/statistics.h"
#include "report/table_rows.h"
#include "report/values.h"

namespace fwbench {
namespace {

/// "<placement>; TX engine <engine> (<duts>)" for the trials of these purposes, one line for each way they were run.
std::vector<std::string> placement_lines(const Record& record, const char* what, bool (*wanted)(TrialPurpose)) {
  std::vector<std::pair<std::string, std::string>> ways;
  for (const std::string& dut : record.duts) {
    const auto trial = std::find_if(record.trials.begin(), record.trials.end(),
                                    [&](const Trial& t) { return t.dut == dut && wanted(t.purpose); });
    if (trial == record.trials.end()) continue;
    const std::string way = fmt::format("{}; TX engine {}", printable(trial->placement), printable(trial->engine));
    const auto known = std::find_if(ways.begin(), ways.end(), [&](const auto& entry) { return entry.first == way; });
    if (known == ways.end()) {
      ways.emplace_back(way, printable(dut));
    } else {
      known->second += ", " + printable(dut);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [way, duts] : ways) {
    lines.push_back(ways.size() == 1 ? fmt::format("{}: {}", what, way) : fmt::format("{}: {} ({})", what, way, duts));
  }
  return lines;
}

/// What the MRR column's numbers are.
std::vector<std::string> method_lines(const Record& record) {
  const int n = fewest_rounds(record);
  if (n == 0) return {};
  std::string line = fmt::format("MRR: median of {} round{}", n, n == 1 ? "" : "s");
  const auto trial = std::find_if(record.trials.begin(), record.trials.end(),
                                  [](const Trial& t) { return t.purpose == TrialPurpose::mrr; });
  if (trial != record.trials.end()) line += " of " + format_duration(trial->window_ns);
  if (n < kMinRounds) return {line + "; too few for an interval"};
  const char* kind = n < kMinRounds95 ? "the whole range, which" : "an order-statistic interval, which";
  return {fmt::format("{}; [..] is {} covers the true median with {:.3g} %", line, kind, 100 * interval_coverage(n))};
}

/// "DUTs: nft (nftables 1.0.6), ..." of those that are not fwbench's own.
std::vector<std::string> version_lines(const Record& record) {
  std::string line;
  for (const std::string& dut : record.duts) {
    const auto& version = summary_of(record, dut).version;
    if (version) line += fmt::format("{}{} ({})", line.empty() ? "DUTs: " : ", ", printable(dut), printable(*version));
  }
  return line.empty() ? std::vector<std::string>{} : std::vector{line};
}

}  // namespace

std::string title_line(const Record& record) {
  return printable(record.scenario_name) + (record.purpose.empty() ? "" : ": " + printable(record.purpose));
}

std::vector<std::string> caption_lines(const Record& record) {
  std::vector<std::string> lines = {fmt::format("{}, {}, fwbench {}", printable(record.started_utc),
                                                host_line(record.host), printable(record.fwbench_version))};
  const auto append = [&](const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  append(placement_lines(record, "MRR", [](TrialPurpose p) { return p == TrialPurpose::mrr; }));
  append(placement_lines(record, "constant load", [](TrialPurpose p) { return p == TrialPurpose::load; }));
  append(placement_lines(record, "delay", [](TrialPurpose p) { return p == TrialPurpose::delay_load; }));
  append(method_lines(record));
  append(version_lines(record));
  return lines;
}

}  // namespace fwbench
