// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What all plots have in common. Internal to the report module.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "record/record.h"
#include "record/statistics.h"
#include "report/gnuplot.h"
#include "report/grid.h"
#include "report/values.h"

namespace fwbench::plot {

/// Okabe & Ito 2008, without the yellow, which is too light for lines on white.
inline constexpr std::array<const char*, 7> kColors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                       "#E69F00", "#56B4E9", "#000000"};
/// gnuplot point types: circle, square, triangles, diamond, pentagon; the filled one is the open one + 1.
inline constexpr std::array<int, 6> kOpenPoints = {6, 4, 8, 10, 12, 14};

[[nodiscard]] inline const char* color_of(size_t dut) {
  return kColors[dut % kColors.size()];
}
[[nodiscard]] inline int open_point_of(size_t dut) {
  return kOpenPoints[dut % kOpenPoints.size()];
}
[[nodiscard]] inline int filled_point_of(size_t dut) {
  return open_point_of(dut) + 1;
}

/// From "reset session" to the title, with the SVG terminal set.
[[nodiscard]] inline std::string prologue(const Record& record, const std::string& name, const std::string& headline) {
  return fmt::format(
      "# Written by fwbench {version} from a record. To draw it again: gnuplot {name}.gp\n"
      "reset session\n"
      "set encoding utf8\n"
      "set terminal svg noenhanced size 1000,600 font 'sans-serif,11' fontscale 1.333 background rgb '#ffffff'\n"
      "set output '{name}.svg'\n"
      "set border 3 lc rgb '#444444'\n"
      "set tics nomirror out\n"
      "set grid ytics lt 1 lw 1 lc rgb '#dddddd'\n"
      "set style fill border lc rgb '#222222'\n"
      "set lmargin at screen 0.085\n"
      "set rmargin at screen 0.975\n"
      "set tmargin at screen 0.86\n"
      "set label 1 {headline} at screen 0.5,0.955 center font ',16'\n"
      "set label 2 {context} at screen 0.5,0.905 center font ',11' textcolor rgb '#555555'\n",
      fmt::arg("version", printable(record.fwbench_version)), fmt::arg("name", name),
      fmt::arg("headline", gnuplot_quote(record.scenario_name + ": " + headline)),
      fmt::arg("context", gnuplot_quote(record.started_utc + ", " + host_line(record.host))));
}

/// The plot command for SVG, and again for PNG.
[[nodiscard]] inline std::string epilogue(const std::string& name, const std::vector<std::string>& elements) {
  return fmt::format(
      "plot {}\n"
      "set terminal pngcairo noenhanced size 1000,600 font 'sans-serif,11' background rgb '#ffffff'\n"
      "set output '{}.png'\n"
      "replot\n"
      "unset output\n",
      fmt::join(elements, ", \\\n     "), name);
}

/// What an interval of so many rounds is, for the legend.
[[nodiscard]] inline std::string interval_title(int rounds) {
  if (rounds < kMinRounds) return "too few rounds for an interval";
  return rounds < kMinRounds95 ? fmt::format("range of {} rounds (covers the median with {:.3g} %)", rounds,
                                             100 * interval_coverage(rounds))
                               : "95 % interval of the median";
}

/// Names this long in a row would run into each other and are slanted.
[[nodiscard]] inline bool are_slanted(const std::vector<std::string>& duts) {
  constexpr size_t kLettersInARow = 90;
  size_t longest = 0;
  for (const std::string& dut : duts) longest = std::max(longest, dut.size());
  return longest * duts.size() > kLettersInARow;
}

/// DUT names below positions 0, 1, 2...
[[nodiscard]] inline std::string dut_tics(const std::vector<std::string>& duts) {
  std::string tics;
  for (size_t i = 0; i < duts.size(); ++i) {
    tics += fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_tic_label(duts[i]), i);
  }
  return fmt::format("set xtics ({}) scale 0{}\nset xrange [-0.6:{}.6]\n", tics,
                     are_slanted(duts) ? " rotate by 25 right" : "", duts.size() - 1);
}

/// The legend below the plot, and as much room as it needs there. Positions are shares of the picture, since SVG and
/// PNG do not agree on the height of a line.
[[nodiscard]] inline std::string legend(size_t entries, size_t columns, bool below_slanted_names = false) {
  const size_t rows = std::max<size_t>((entries + columns - 1) / columns, 2);
  const double bottom = 0.205 + 0.037 * static_cast<double>(rows - 2) + (below_slanted_names ? 0.09 : 0);
  return fmt::format(
      "set bmargin at screen {:.3f}\n"
      "set key at screen 0.5,0.012 bottom center horizontal Left reverse samplen 2.5 spacing 1.25 width 1 maxcols {}\n",
      std::min(bottom, 0.6), columns);
}

}  // namespace fwbench::plot
