// SPDX-License-Identifier: BSD-2-Clause
#include "report/sweep_plot.h"

#include <algorithm>

#include "report/plot_style.h"
#include "report/sweep_axis.h"

namespace fwbench {
namespace {

/// What the y axis has to hold.
struct Extent {
  double bottom = 0;  ///< least median; 0: there is none
  double top = 0;
  int fewest = 0;  ///< rounds
};

/// The points of one DUT; empty when it has no rate in any case.
std::string dut_block(const SweepAxis& axis, const Sweep& sweep, const DutSummary& summary, Extent& extent) {
  std::string block;
  for (size_t i = 0; i < sweep.cases.size(); ++i) {
    for (const CaseSummary& one : *summary.cases) {
      if (one.traffic_case != sweep.cases[i].label || !one.mrr_pps) continue;
      const Interval95& mrr = *one.mrr_pps;
      block +=
          fmt::format("{} {} {} {} {}\n", axis.positions[i], mrr.median / 1e6, mrr.low / 1e6, mrr.high / 1e6, mrr.n);
      extent.top = std::max(extent.top, mrr.high / 1e6);
      extent.bottom = extent.bottom == 0 ? mrr.low / 1e6 : std::min(extent.bottom, mrr.low / 1e6);
      extent.fewest = extent.fewest == 0 ? mrr.n : std::min(extent.fewest, mrr.n);
    }
  }
  return block;
}

/// More than a decade does not show on a linear axis.
std::string rate_axis(const Extent& extent) {
  const bool is_log = extent.bottom > 0 && extent.top > 10 * extent.bottom;
  return fmt::format("{}set yrange [{}:{}]\nset ylabel 'MRR, million packets per second (Mpps){}'\n",
                     is_log ? "set logscale y\nset format y '%g'\n" : "", is_log ? extent.bottom / 1.3 : 0,
                     extent.top > 0 ? extent.top * (is_log ? 1.3 : 1.08) : 1.0, is_log ? ", log axis" : "");
}

}  // namespace

std::optional<PlotScript> sweep_plot(const Record& record) {
  if (!record.sweep || record.sweep->cases.empty()) return std::nullopt;
  const SweepAxis axis = sweep_axis(*record.sweep);
  std::string dat = "# for each DUT a block: position of the case, MRR, interval low, high (Mpps), rounds\n";
  std::vector<std::string> elements;
  Extent extent;
  for (size_t i = 0; i < record.duts.size(); ++i) {
    const DutSummary& summary = summary_of(record, record.duts[i]);
    const std::string block = summary.cases ? dut_block(axis, *record.sweep, summary, extent) : std::string();
    if (block.empty()) continue;
    dat += fmt::format("# {}\n{}\n\n", printable(record.duts[i]), block);
    const bool is_null = summary.null_dut.empty();
    elements.push_back(
        fmt::format("'sweep.dat' index {} using 1:2:3:4 with yerrorlines lw {} dt {} pt {} ps 1.2 lc rgb '{}' title {}",
                    elements.size(), is_null ? 1.5 : 2.5, is_null ? 2 : 1,
                    is_null ? plot::open_point_of(i) : plot::filled_point_of(i), plot::color_of(i),
                    gnuplot_quote(record.duts[i] + (is_null ? " (null)" : ""))));
  }
  if (elements.empty()) return std::nullopt;
  std::string gp = plot::prologue(record, "sweep", "maximum receive rate against " + axis.title) + axis_script(axis);
  // Not in the legend: a long entry there makes gnuplot put all of them in one column.
  gp += fmt::format("set xlabel {}\n",
                    gnuplot_quote(axis.title + "   (bars: " + plot::interval_title(extent.fewest) + ")"));
  gp += rate_axis(extent);
  gp += plot::legend(elements.size(), 4);
  return PlotScript{"sweep", dat, gp + plot::epilogue("sweep", elements)};
}

}  // namespace fwbench
