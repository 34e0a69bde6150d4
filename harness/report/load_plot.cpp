// SPDX-License-Identifier: BSD-2-Clause
#include "report/load_plot.h"

#include <algorithm>

#include "record/load_statistics.h"
#include "report/plot_style.h"
#include "report/sweep_axis.h"

namespace fwbench {
namespace {

/// Share of the load's legal frames that came out, of those that should have been sent: what a DUT loses counts, and
/// what the generator could not offer because the DUT held it up.
Interval95 delivered(const LoadStats& load) {
  const double offered = std::min(load.offered_pps.median / load.load_pps, 1.0);
  const double in_full = offered >= kOfferedInFull ? 1 : offered;  // the last frames of a window are a matter of luck
  return {load.goodput.median * in_full, load.goodput.low * in_full, load.goodput.high * in_full, load.goodput.n};
}

/// One line of the plot.
struct Curve {
  size_t dut = 0;  ///< place in record.duts
  std::string points;
  std::string knee;  ///< the same for one point; "" without a knee
  int fewest = 0;
};

using PointOf = std::optional<std::string> (*)(const LoadStats& load);

std::vector<Curve> curves_of(const Record& record, const SweepAxis& axis, PointOf point_of) {
  std::vector<Curve> curves;
  for (size_t i = 0; i < record.duts.size(); ++i) {
    const DutSummary& summary = summary_of(record, record.duts[i]);
    if (!summary.cases) continue;
    const auto knee = find_knee(summary);
    Curve curve{.dut = i, .points = {}, .knee = {}};
    for (size_t at = 0; at < record.sweep->cases.size(); ++at) {
      const auto one = std::ranges::find(*summary.cases, record.sweep->cases[at].label, &CaseSummary::traffic_case);
      if (one == summary.cases->end() || !one->load) continue;
      const auto y = point_of(*one->load);
      if (!y) continue;
      const std::string line = fmt::format("{} {}\n", axis.positions[at], *y);
      curve.points += line;
      if (knee && knee->first_broken != nullptr && knee->last_carried == &*one) curve.knee = line;
      curve.fewest = curve.fewest == 0 ? one->load->goodput.n : std::min(curve.fewest, one->load->goodput.n);
    }
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  return curves;
}

bool is_null(const Record& record, const Curve& curve) {
  const DutSummary& summary = summary_of(record, record.duts[curve.dut]);
  return summary.null_dut.empty() || summary.verdicts.expect_drop == 0;
}

/// Blocks of all curves, then of all knees; and the plot elements that draw them.
std::string data_of(const Record& record, const std::vector<Curve>& curves, const std::string& name,
                    std::vector<std::string>& elements) {
  std::string dat;
  size_t block = 0;
  for (const Curve& curve : curves) {
    const std::string& dut = record.duts[curve.dut];
    const bool null = is_null(record, curve);
    dat += fmt::format("# {}\n{}\n\n", printable(dut), curve.points);
    elements.push_back(fmt::format(
        "'{}.dat' index {} using 1:2:3:4 with yerrorlines lw {} dt {} pt {} ps 1.1 lc rgb '{}' title {}", name, block++,
        null ? 1.5 : 2.5, null ? 2 : 1, null ? plot::open_point_of(curve.dut) : plot::filled_point_of(curve.dut),
        plot::color_of(curve.dut), gnuplot_quote(dut + (null ? " (lets all through)" : ""))));
  }
  const size_t lines = elements.size();
  for (const Curve& curve : curves) {
    if (curve.knee.empty()) continue;
    dat += fmt::format("# knee of {}\n{}\n\n", printable(record.duts[curve.dut]), curve.knee);
    elements.push_back(fmt::format("'{}.dat' index {} using 1:2 with points pt 6 ps 3.2 lw 2 lc rgb '{}' notitle", name,
                                   block++, plot::color_of(curve.dut)));
  }
  if (elements.size() > lines) {
    elements.emplace_back("keyentry with points pt 6 ps 2.2 lw 2 lc rgb '#555555' title 'knee'");
  }
  return dat;
}

int fewest_of(const std::vector<Curve>& curves) {
  int fewest = 0;
  for (const Curve& curve : curves) fewest = fewest == 0 ? curve.fewest : std::min(fewest, curve.fewest);
  return fewest;
}

PlotScript make_plot(const Record& record, const SweepAxis& axis, const std::vector<Curve>& curves,
                     const std::string& name, const std::string& headline, const std::string& columns,
                     const std::string& y_axis) {
  std::vector<std::string> elements;
  const std::string dat =
      "# for each DUT a block: position of the case, " + columns + "\n" + data_of(record, curves, name, elements);
  std::string gp = plot::prologue(record, name, headline + " against " + axis.title) + axis_script(axis);
  gp += fmt::format("set xlabel {}\n",
                    gnuplot_quote(axis.title + "   (bars: " + plot::interval_title(fewest_of(curves)) + ")"));
  gp += y_axis + plot::legend(elements.size(), 4);
  return {name, dat, gp + plot::epilogue(name, elements)};
}

std::optional<std::string> goodput_point(const LoadStats& load) {
  const Interval95 share = delivered(load);
  return fmt::format("{} {} {}", 100 * share.median, 100 * share.low, 100 * share.high);
}

std::optional<std::string> delay_point(const LoadStats& load) {
  if (!load.delay_p50_ns || !load.delay_p99_ns) return std::nullopt;
  return fmt::format("{} {} {}", load.delay_p99_ns->median / 1e3, load.delay_p99_ns->low / 1e3,
                     load.delay_p99_ns->high / 1e3);
}

}  // namespace

std::vector<PlotScript> load_plots(const Record& record) {
  if (!record.sweep) return {};
  const SweepAxis axis = sweep_axis(*record.sweep);
  std::vector<PlotScript> plots;
  const std::vector<Curve> goodput = curves_of(record, axis, goodput_point);
  if (!goodput.empty()) {
    plots.push_back(make_plot(record, axis, goodput, "goodput", "goodput of legal frames",
                              "goodput %, interval low, high",
                              "set yrange [0:105]\nset ylabel 'legal frames that arrived, % of the load'\n"));
  }
  const std::vector<Curve> delay = curves_of(record, axis, delay_point);
  if (!delay.empty()) {
    plots.push_back(make_plot(record, axis, delay, "load_delay", "delay of legal probes, 99th percentile",
                              "p99 us, interval low, high",
                              "set logscale y\nset format y '%g'\nset ylabel 'delay p99, us, log axis'\n"));
  }
  return plots;
}

}  // namespace fwbench
