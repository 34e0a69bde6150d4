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

/// "xdp : nft", "xdp : nft, policy.rules=10"
std::string name_of(const Ratio& ratio) {
  const std::string duts = ratio.of + " : " + ratio.to;
  return printable(ratio.traffic_case.empty() ? duts : duts + ", " + ratio.traffic_case);
}

bool has_dut_sides(const std::vector<Ratio>& ratios) {
  return std::any_of(ratios.begin(), ratios.end(), [](const Ratio& ratio) { return ratio.dut_side.has_value(); });
}

}  // namespace

Grid ratio_grid(const Record& record) {
  Grid grid{{"ratio", "published", "of rates"}, {}};
  if (!record.ratios) return grid;
  const bool has_dut_side = has_dut_sides(*record.ratios);
  if (has_dut_side) grid.header.emplace_back("DUT side");
  grid.header.insert(grid.header.end(), {"expected", "verdict"});
  for (const Ratio& ratio : *record.ratios) {
    std::vector<Cell> row = {{name_of(ratio)},
                             {ratio.published ? fmt::format("{:g}", *ratio.published) : "-"},
                             measured_cell(ratio.measured)};
    if (has_dut_side) row.push_back(ratio.dut_side ? measured_cell(*ratio.dut_side) : Cell{"-"});
    row.insert(row.end(), {{bounds_text(ratio)}, {printable(ratio.verdict), tone_of(ratio.verdict)}});
    grid.rows.push_back(std::move(row));
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
  if (has_dut_sides(ratios)) {
    notes.emplace_back(
        "DUT side: of the times a packet takes behind the generator; that of the generator itself (null-tx) is taken "
        "off "
        "where it has the same core. The verdict is about this.");
  }
  for (const Ratio& ratio : ratios) {
    if (ratio.source.empty()) continue;
    notes.push_back(fmt::format("{} is from {}", name_of(ratio), printable(ratio.source)));
  }
  return notes;
}

}  // namespace fwbench
