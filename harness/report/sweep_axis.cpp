// SPDX-License-Identifier: BSD-2-Clause
#include "report/sweep_axis.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/units.h"
#include "report/plot_style.h"

namespace fwbench {
namespace {

/// "1000", "2.5" and "10k" as scenarios have them; nothing for other words.
std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error == std::errc{} && rest == end) return value;
  const auto count = parse_count(text);
  return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
}

}  // namespace

SweepAxis sweep_axis(const Sweep& sweep) {
  SweepAxis axis;
  axis.title = fmt::format("{}", fmt::join(sweep.keys, ", "));
  axis.is_log = sweep.keys.size() == 1;
  for (const SweepCase& one : sweep.cases) {
    const auto value = sweep.keys.size() == 1 ? one.values.find(sweep.keys.front()) : one.values.end();
    const std::string text = value == one.values.end() ? one.label : value->second;
    const auto number = number_of(text);
    axis.is_log = axis.is_log && number && *number > 0;
    axis.positions.push_back(number.value_or(0));
    axis.labels.push_back(text);
  }
  if (axis.is_log) return axis;
  for (size_t i = 0; i < axis.positions.size(); ++i) axis.positions[i] = static_cast<double>(i);
  return axis;
}

std::string axis_script(const SweepAxis& axis) {
  std::string tics;
  for (size_t i = 0; i < axis.positions.size(); ++i) {
    tics += fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_tic_label(axis.labels[i]), axis.positions[i]);
  }
  const auto [low, high] = std::minmax_element(axis.positions.begin(), axis.positions.end());
  // Half a case's room at both ends.
  const std::string range =
      axis.is_log ? fmt::format("{}:{}", *low / 1.6, *high * 1.6) : fmt::format("{}:{}", *low - 0.4, *high + 0.4);
  return fmt::format("{}set xtics ({}){}\nset xrange [{}]\n", axis.is_log ? "set logscale x\n" : "", tics,
                     plot::are_slanted(axis.labels) ? " rotate by 25 right" : "", range);
}

}  // namespace fwbench
