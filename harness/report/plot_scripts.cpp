// SPDX-License-Identifier: BSD-2-Clause
#include "report/plot_scripts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "record/statistics.h"
#include "report/load_plot.h"
#include "report/plot_style.h"
#include "report/sweep_plot.h"

namespace fwbench {
namespace {

/// More bars than this stand so close that their numbers have to be small.
constexpr size_t kBarsWithRoom = 12;

using plot::color_of;
using plot::filled_point_of;
using plot::open_point_of;

/// Separates data blocks that gnuplot tells apart by `index`.
constexpr const char* kNextIndex = "\n\n";

/// The trials of one DUT that the MRR comes from, by round.
std::map<int, const Trial*> mrr_trials(const Record& record, const std::string& dut) {
  std::map<int, const Trial*> rounds;
  for (const Trial& trial : record.trials) {
    if (trial.dut == dut && trial.purpose == TrialPurpose::mrr && trial.valid && trial.traffic_case.empty()) {
      rounds[trial.round] = &trial;
    }
  }
  return rounds;
}

// ---- MRR -----------------------------------------------------------------------------------------------------------

struct MrrBar {
  std::string dut;
  size_t dut_index;
  bool is_null;
  Interval95 mrr;
  std::vector<double> rounds;
};

std::vector<MrrBar> mrr_bars(const Record& record) {
  std::vector<MrrBar> bars;
  for (size_t i = 0; i < record.duts.size(); ++i) {
    const std::string& dut = record.duts[i];
    const DutSummary& summary = summary_of(record, dut);
    if (!summary.mrr_pps) continue;
    MrrBar bar{dut, i, summary.null_dut.empty(), *summary.mrr_pps, {}};
    for (const auto& [round, trial] : mrr_trials(record, dut)) {
      if (trial->rate_pps) bar.rounds.push_back(*trial->rate_pps);
    }
    bars.push_back(std::move(bar));
  }
  return bars;
}

double top_of(const MrrBar& bar) {
  double top = bar.mrr.high;
  for (const double rate : bar.rounds) top = std::max(top, rate);
  return top;
}

std::string mrr_dat(const std::vector<MrrBar>& bars) {
  std::string dat = "# index 0: position, MRR, interval low, high (Mpps), rounds, top of everything\n";
  for (size_t i = 0; i < bars.size(); ++i) {
    const Interval95& mrr = bars[i].mrr;
    dat += fmt::format("# {}\n{} {} {} {} {} {}\n", printable(bars[i].dut), i, mrr.median / 1e6, mrr.low / 1e6,
                       mrr.high / 1e6, mrr.n, top_of(bars[i]) / 1e6);
  }
  dat += fmt::format("{}# index 1: position, rate of one round (Mpps)\n", kNextIndex);
  for (size_t i = 0; i < bars.size(); ++i) {
    const auto count = static_cast<double>(bars[i].rounds.size());
    for (size_t round = 0; round < bars[i].rounds.size(); ++round) {
      // Side by side in the left of the bar, in the order they were run: a drift is seen. The interval stands right.
      const double x = static_cast<double>(i) - 0.23 + 0.31 * (static_cast<double>(round) + 0.5) / count;
      dat += fmt::format("{:.4f} {}\n", x, bars[i].rounds[round] / 1e6);
    }
  }
  return dat;
}

/// Where the axis of the rates begins: at 0, or at a power of ten when they span more than a decade, since a linear
/// axis would show the slow ones as nothing at all.
struct RateAxis {
  bool is_log = false;
  double bottom = 0;  ///< Mpps
};

RateAxis rate_axis(const std::vector<MrrBar>& bars) {
  double least = bars[0].mrr.low / 1e6;
  double most = 0;
  for (const MrrBar& bar : bars) {
    least = std::min(least, bar.mrr.low / 1e6);
    most = std::max(most, bar.mrr.median / 1e6);
  }
  if (least <= 0 || most <= 10 * least) return {};
  // A bar that begins at its own value would have no height.
  return {true, std::pow(10.0, std::floor(std::log10(least / 1.5)))};
}

int fewest_rounds(const std::vector<MrrBar>& bars) {
  int fewest = bars[0].mrr.n;
  for (const MrrBar& bar : bars) fewest = std::min(fewest, bar.mrr.n);
  return fewest;
}

std::optional<PlotScript> mrr_plot(const Record& record) {
  const auto bars = mrr_bars(record);
  if (bars.empty()) return std::nullopt;
  const RateAxis axis = rate_axis(bars);
  double top = 0;
  std::vector<std::string> names;
  std::vector<std::string> elements;
  for (size_t i = 0; i < bars.size(); ++i) {
    top = std::max(top, top_of(bars[i]) / 1e6);
    names.push_back(bars[i].dut);
    elements.push_back(
        fmt::format("'mrr.dat' index 0 every ::{0}::{0} using 1:2 with boxes lc rgb '{1}' fs {2} notitle", i,
                    color_of(bars[i].dut_index), bars[i].is_null ? "pattern 4" : "solid 1.0"));
  }
  elements.push_back("keyentry with boxes lc rgb '#666666' fs solid 1.0 title 'firewall'");
  elements.push_back("keyentry with boxes lc rgb '#666666' fs pattern 4 title 'null device'");
  elements.push_back("'mrr.dat' index 1 using 1:2 with points pt 7 ps 0.8 lc rgb '#ffffff' notitle");
  elements.push_back("'mrr.dat' index 1 using 1:2 with points pt 6 ps 0.8 lc rgb '#222222' title 'one round'");
  elements.push_back(
      fmt::format("'mrr.dat' index 0 using ($1 + 0.2):3:(0):($4 - $3) with vectors heads size screen 0.007,90 lw 2 lc "
                  "rgb '#000000' title {}",
                  gnuplot_quote(plot::interval_title(fewest_rounds(bars)))));
  elements.push_back(
      fmt::format("'mrr.dat' index 0 using 1:6:(sprintf('{}', $2)) with labels center offset 0,0.9 font ',{}' notitle",
                  axis.is_log ? "%.2g" : "%.2f", bars.size() > kBarsWithRoom ? 11 : 13));
  std::string gp = plot::prologue(record, "mrr", "maximum receive rate") + plot::dut_tics(names);
  const double headroom = axis.is_log ? 1.8 : 1.12;
  gp += fmt::format(
      "{}set yrange [{}:{}]\n"
      "set ylabel 'MRR, million packets per second (Mpps){}'\n"
      "set boxwidth 0.62\n",
      axis.is_log ? "set logscale y\nset format y '%g'\n" : "", axis.bottom, top > 0 ? top * headroom : 1.0,
      axis.is_log ? ", log axis" : "");
  gp += plot::legend(4, 2, plot::are_slanted(names));
  return PlotScript{"mrr", mrr_dat(bars), gp + plot::epilogue("mrr", elements)};
}

// ---- ledger --------------------------------------------------------------------------------------------------------

struct LedgerPart {
  const char* title;
  const char* color;
  const char* fill;
};

/// Dark and light, plain and hatched alternate: neighbours differ in print too.
constexpr std::array<LedgerPart, 6> kLedgerParts = {{
    {"passed", "#009E73", "solid 1.0"},
    {"dropped by rule", "#B3DDF5", "solid 1.0"},
    {"lost: ring", "#D55E00", "pattern 2"},
    {"lost: AF_XDP rings", "#E69F00", "pattern 5"},
    {"lost: egress", "#CC79A7", "pattern 4"},
    {"other", "#000000", "solid 1.0"},
}};

/// Per cent of the planned frames, in the order of kLedgerParts; adds up to 100 whatever the ledger holds.
std::array<double, kLedgerParts.size()> ledger_shares(const Ledger& l) {
  const auto share = [&](uint64_t frames) {
    return 100 * static_cast<double>(frames) / static_cast<double>(l.planned);
  };
  const double named[] = {share(l.arrived), share(l.dropped_by_rule), share(l.lost_ring), share(l.lost_xsk),
                          share(l.lost_egress)};
  // Refused, dropped by the stack, aborted, and whatever the books do not explain.
  double other = 100;
  for (const double part : named) other -= part;
  if (std::abs(other) < 1e-9) other = 0;
  return {named[0], named[1], named[2], named[3], named[4], other};
}

std::string ledger_dat(const Record& record, const std::vector<std::string>& duts) {
  std::string dat = "# position, per cent of planned: ";
  for (const LedgerPart& part : kLedgerParts) dat += fmt::format("{}, ", part.title);
  dat += "frames planned, frames lost, per cent lost\n";
  for (size_t i = 0; i < duts.size(); ++i) {
    const Ledger& l = summary_of(record, duts[i]).ledger;
    const uint64_t lost = l.lost_ring + l.lost_xsk + l.lost_egress;
    dat += fmt::format("# {}\n{} {} {} {} {}\n", printable(duts[i]), i, fmt::join(ledger_shares(l), " "), l.planned,
                       lost, 100 * static_cast<double>(lost) / static_cast<double>(l.planned));
  }
  return dat;
}

std::optional<PlotScript> ledger_plot(const Record& record) {
  std::vector<std::string> duts;
  for (const std::string& dut : record.duts) {
    if (summary_of(record, dut).ledger.planned > 0) duts.push_back(dut);
  }
  if (duts.empty()) return std::nullopt;
  std::vector<std::string> elements;
  for (size_t i = 0; i < kLedgerParts.size(); ++i) {
    const LedgerPart& part = kLedgerParts[i];
    elements.push_back(fmt::format("'ledger.dat' using {} with histograms lc rgb '{}' fs {} title '{}'", i + 2,
                                   part.color, part.fill, part.title));
  }
  elements.push_back(
      "'ledger.dat' using 1:(100):($9 == 0 ? 'no loss' : sprintf('%.2g %% lost', $10)) with labels center offset 0,0.8 "
      "font ',12' notitle");
  std::string gp = plot::prologue(record, "ledger", "where the frames went") + plot::dut_tics(duts);
  gp +=
      "set yrange [0:107]\n"
      "set ytics 0,20,100\n"
      "set ylabel 'share of the frames planned, %'\n"
      "set style histogram rowstacked\n"
      "set boxwidth 0.62\n";
  gp += plot::legend(kLedgerParts.size(), 3, plot::are_slanted(duts));
  return PlotScript{"ledger", ledger_dat(record, duts), gp + plot::epilogue("ledger", elements)};
}

// ---- delay ---------------------------------------------------------------------------------------------------------

struct DelayCurve {
  std::string dut;
  size_t dut_index;
  const DelayStats* delay;
  bool idle;
};

std::vector<DelayCurve> delay_curves(const Record& record) {
  std::vector<DelayCurve> curves;
  for (size_t i = 0; i < record.duts.size(); ++i) {
    const DutSummary& summary = summary_of(record, record.duts[i]);
    for (const bool idle : {false, true}) {
      const auto& delay = idle ? summary.delay_idle : summary.delay_load;
      if (delay && delay->n > 0 && !delay->curve.empty()) curves.push_back({record.duts[i], i, &*delay, idle});
    }
  }
  return curves;
}

/// 1/(1-p). The maximum, at p = 1, stands at 2n, halfway in the last n-th of the probes.
double tail_position(double share, uint64_t n) {
  return share < 1 ? 1 / (1 - share) : 2 * static_cast<double>(n);
}

std::string delay_dat(const std::vector<DelayCurve>& curves) {
  std::string dat =
      "# for each curve, two blocks: 1/(1-p), delay us of the whole curve; the same at p50, p90, p99, p99.9\n";
  for (const DelayCurve& curve : curves) {
    const DelayStats& d = *curve.delay;
    const auto point = [&](double x, uint64_t ns) {
      // A log axis has no 0; a delay below the clock's nanosecond is shown as one.
      dat += fmt::format("{:.8g} {:.8g}\n", x, static_cast<double>(std::max<uint64_t>(ns, 1)) / 1e3);
    };
    dat += fmt::format("# {}, {}, load {} pps\n", printable(curve.dut), curve.idle ? "idle" : "loaded", d.load_pps);
    for (const auto& [ns, share] : d.curve) point(tail_position(share, d.n), ns);
    dat += kNextIndex;
    const std::pair<double, uint64_t> marks[] = {{2, d.p50}, {10, d.p90}, {100, d.p99}, {1000, d.p999}};
    for (const auto& [x, ns] : marks) {
      // Not resolved by n probes. The line stays: a block without any would shift the others' index.
      if (x <= static_cast<double>(d.n)) {
        point(x, ns);
      } else {
        dat += fmt::format("{} NaN\n", x);
      }
    }
    dat += kNextIndex;
  }
  return dat;
}

std::vector<std::string> delay_elements(const std::vector<DelayCurve>& curves) {
  std::vector<std::string> elements;
  for (size_t i = 0; i < curves.size(); ++i) {
    const DelayCurve& curve = curves[i];
    elements.push_back(fmt::format("'delay.dat' index {} using 1:2 with lines lw {} dt {} lc rgb '{}' notitle", 2 * i,
                                   curve.idle ? 1.5 : 2.5, curve.idle ? 2 : 1, color_of(curve.dut_index)));
    elements.push_back(fmt::format(
        "'delay.dat' index {} using 1:2 with points pt {} ps 1.1 lc rgb '{}' notitle", 2 * i + 1,
        curve.idle ? open_point_of(curve.dut_index) : filled_point_of(curve.dut_index), color_of(curve.dut_index)));
    const bool first = i == 0 || curves[i - 1].dut != curve.dut;
    if (first) {
      elements.push_back(fmt::format("keyentry with linespoints lw 2.5 pt {} ps 1.1 lc rgb '{}' title {}",
                                     filled_point_of(curve.dut_index), color_of(curve.dut_index),
                                     gnuplot_quote(curve.dut)));
    }
  }
  elements.emplace_back("keyentry with lines lw 2.5 dt 1 lc rgb '#444444' title 'loaded'");
  elements.emplace_back("keyentry with lines lw 1.5 dt 2 lc rgb '#444444' title 'idle'");
  return elements;
}

std::optional<PlotScript> delay_plot(const Record& record) {
  const auto curves = delay_curves(record);
  if (curves.empty()) return std::nullopt;
  uint64_t most = 0;
  for (const DelayCurve& curve : curves) most = std::max(most, curve.delay->n);
  std::string gp = plot::prologue(record, "delay", "one-way delay of permitted probes");
  gp += fmt::format(
      "set logscale xy\n"
      "set xrange [1:{}]\n"
      "set xtics ('0%%' 1, '50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, '99.99%%' 10000, '99.999%%' 100000)\n"
      "set grid xtics ytics lt 1 lw 1 lc rgb '#dddddd'\n"
      "set xlabel 'percentile of the probes'\n"
      "set ylabel 'delay from the scheduled time, us'\n"
      "set format y '%g'\n",
      std::max(3 * static_cast<double>(most), 20.0));
  const auto elements = delay_elements(curves);
  const auto is_entry = [](const std::string& element) { return element.starts_with("keyentry"); };
  gp += plot::legend(static_cast<size_t>(std::count_if(elements.begin(), elements.end(), is_entry)), 6);
  return PlotScript{"delay", delay_dat(curves), gp + plot::epilogue("delay", elements)};
}

// ---- timeline ------------------------------------------------------------------------------------------------------

/// Where each round begins when they are put end to end: as long as the longest trial of any DUT in it.
std::map<int, double> round_starts(const Record& record, double& end) {
  std::map<int, double> lengths;
  for (const std::string& dut : record.duts) {
    for (const auto& [round, trial] : mrr_trials(record, dut)) {
      if (trial->timeline.empty()) continue;
      lengths[round] = std::max(lengths[round], trial->timeline.back().t_s);
    }
  }
  end = 0;
  std::map<int, double> starts;
  for (const auto& [round, length] : lengths) {
    starts[round] = end;
    end += length;
  }
  return starts;
}

std::optional<PlotScript> timeline_plot(const Record& record) {
  double end = 0;
  const auto starts = round_starts(record, end);
  if (starts.empty() || end <= 0) return std::nullopt;
  std::string dat = "# for each DUT a block, for each round a part: seconds of load, rate over the interval (Mpps)\n";
  std::vector<std::string> elements;
  for (size_t i = 0; i < record.duts.size(); ++i) {
    bool any = false;
    for (const auto& [round, trial] : mrr_trials(record, record.duts[i])) {
      if (trial->timeline.empty()) continue;
      dat += fmt::format("# {}, round {}\n", printable(record.duts[i]), round);
      for (const TimelinePoint& point : trial->timeline) {
        dat += fmt::format("{:.6g} {:.6g}\n", starts.at(round) + point.t_s, point.pps / 1e6);
      }
      dat += "\n";
      any = true;
    }
    if (!any) continue;
    dat += kNextIndex;
    elements.push_back(
        fmt::format("'timeline.dat' index {} using 1:2 with linespoints lw 2 pt {} pi 5 ps 0.8 lc rgb '{}' title {}",
                    elements.size(), filled_point_of(i), color_of(i), gnuplot_quote(record.duts[i])));
  }
  std::string gp = plot::prologue(record, "timeline", "rate within the MRR trials");
  for (const auto& [round, start] : starts) {
    if (start > 0) {
      gp += fmt::format("set arrow from {0},graph 0 to {0},graph 1 nohead lw 1 dt 3 lc rgb '#888888'\n", start);
    }
    gp += fmt::format("set label 'round {}' at {},graph 0.98 left offset 0.5,0 font ',11' textcolor rgb '#555555'\n",
                      round, start);
  }
  gp += fmt::format(
      "set xrange [0:{}]\n"
      "set yrange [0:*]\n"
      "set offsets graph 0, 0, graph 0.08, 0\n"
      "set xlabel 'seconds of load, rounds end to end'\n"
      "set ylabel 'frames decided, Mpps'\n",
      end);
  gp += plot::legend(elements.size(), 6);
  return PlotScript{"timeline", dat, gp + plot::epilogue("timeline", elements)};
}

}  // namespace

std::vector<PlotScript> plot_scripts(const Record& record) {
  std::vector<PlotScript> scripts = load_plots(record);
  for (auto* make : {mrr_plot, sweep_plot, ledger_plot, delay_plot, timeline_plot}) {
    if (auto script = make(record)) scripts.push_back(std::move(*script));
  }
  return scripts;
}

}  // namespace fwbench
