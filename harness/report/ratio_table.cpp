// SPDX-License-Identifier: BSD-2-Clause
#include "report/ratio_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "record/statistics.h"
#include "report/values.h"

namespace fwbench {
namespace {

Cell measured_cell(const Interval95& measured) {
  std::string text = fmt::format("{:.2f}", measured.median);
  if (measured.n >= kMinRounds) text += fmt::format(" [{:.2f} {:.2f}]", measured.low, measured.high);
  return {text};
}

/// ">= 3", "1.1 .. 3"
std::string bounds_text(const Ratio& ratio) {
  if (ratio.at_least && ratio.at_most) return fmt::format("{:g} .. {:g}", *ratio.at_least, *ratio.at_most);
  if (ratio.at_least) return fmt::format(">= {:g}", *ratio.at_least);
  return ratio.at_most ? fmt::format("<= {:g}", *ratio.at_most) : "-";
}

Tone tone_of(const std::string& verdict) {
  if (verdict == "reproduced") return Tone::good;
  return verdict == "unclear" ? Tone::warning : Tone::bad;
}

}  // namespace

Grid ratio_grid(const Record& record) {
  Grid grid{{"ratio", "published", "here", "expected", "verdict"}, {}};
  if (!record.ratios) return grid;
  for (const Ratio& ratio : *record.ratios) {
    grid.rows.push_back({{printable(ratio.of + " : " + ratio.to)},
                         {ratio.published ? fmt::format("{:g}", *ratio.published) : "-"},
                         measured_cell(ratio.measured),
                         {bounds_text(ratio)},
                         {printable(ratio.verdict), tone_of(ratio.verdict)}});
  }
  return grid;
}

std::vector<std::string> ratio_notes(const Record& record) {
  if (!record.ratios || record.ratios->empty()) return {};
  const std::vector<Ratio>& ratios = *record.ratios;
  const auto reproduced = static_cast<size_t>(
      std::count_if(ratios.begin(), ratios.end(), [](const Ratio& r) { return r.verdict == "reproduced"; }));
  std::vector<std::string> notes = {
      reproduced == ratios.size()
          ? fmt::format("This machine reproduces {}.", ratios.size() == 1 ? "it" : fmt::format("all {}", ratios.size()))
          : fmt::format("This machine reproduces {} of {}.", reproduced, ratios.size())};
  for (const Ratio& ratio : ratios) {
    if (ratio.source.empty()) continue;
    notes.push_back(
        fmt::format("{} : {} is from {}", printable(ratio.of), printable(ratio.to), printable(ratio.source)));
  }
  return notes;
}

}  // namespace fwbench
