// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "compare/compare.h"
#include "record/statistics.h"
#include "report/grid.h"

namespace fwbench {
namespace {

using CompareJson = nlohmann::ordered_json;

std::string interval_text(const Interval95& interval, int digits, const char* unit) {
  std::string text = fmt::format("{:.{}f}{}", interval.median, digits, unit);
  if (interval.n >= kMinRounds) text += fmt::format(" [{:.{}f} {:.{}f}]", interval.low, digits, interval.high, digits);
  return text;
}

std::string by_text(const ComparedMetric& row) {
  if (row.ratio) return interval_text(*row.ratio, 3, "");
  return row.difference ? interval_text(*row.difference, 1, " ns") : "-";
}

Tone tone_of_effect(const ComparedMetric& row) {
  const bool worse = row.metric->better == Better::higher ? row.b < row.a : row.b > row.a;
  if (row.metric->is_exact) return row.a == row.b ? Tone::plain : worse ? Tone::bad : Tone::good;
  if (row.effect.find("excludes") == std::string::npos) return Tone::plain;
  return worse ? Tone::bad : Tone::good;
}

std::string subject_text(const ComparedMetric& row) {
  std::string text = row.dut_a == row.dut_b ? row.dut_a : fmt::format("{} -> {}", row.dut_a, row.dut_b);
  if (!row.traffic_case.empty()) text += " " + row.traffic_case;
  return printable(text);
}

CompareJson interval_json(const Interval95& interval) {
  CompareJson json = {{"median", interval.median}, {"n", interval.n}};
  if (interval.n >= kMinRounds) json["ci95"] = {interval.low, interval.high};
  return json;
}

}  // namespace

std::string compare_table(const CompareResult& result, bool color) {
  Grid grid{{"dut", "metric", "A", "B", "B by A [95% CI]", "effect"}, {}};
  for (const ComparedMetric& row : result.rows) {
    grid.rows.push_back({{subject_text(row)},
                         {std::string(row.metric->path)},
                         {format_metric(row.metric->unit, row.a)},
                         {format_metric(row.metric->unit, row.b)},
                         {by_text(row)},
                         {row.effect, tone_of_effect(row)}});
  }
  std::string out = render_text(grid, color);
  for (const std::string& note : result.notes) out += colored("note: " + printable(note), Tone::warning, color) + "\n";
  return out;
}

std::string compare_json(const CompareResult& result) {
  CompareJson all = {{"comparisons", CompareJson::array()}, {"notes", result.notes}};
  for (const ComparedMetric& row : result.rows) {
    CompareJson one = {{"a", row.dut_a},
                       {"b", row.dut_b},
                       {"case", row.traffic_case},
                       {"metric", row.metric->path},
                       {"unit", unit_name(row.metric->unit)},
                       {"value_a", row.a},
                       {"value_b", row.b}};
    if (row.ratio) one["ratio"] = interval_json(*row.ratio);
    if (row.difference) one["difference"] = interval_json(*row.difference);
    one["effect"] = row.effect;
    all["comparisons"].push_back(std::move(one));
  }
  return all.dump(2, ' ', false, CompareJson::error_handler_t::replace);
}

}  // namespace fwbench
