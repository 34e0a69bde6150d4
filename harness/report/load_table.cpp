// SPDX-License-Identifier: BSD-2-Clause
#include "report/load_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/load_statistics.h"
#include "record/metrics.h"
#include "record/statistics.h"
#include "report/values.h"

namespace fwbench {
namespace {

/// "99.98", and never 100 where something is missing.
std::string percent(double share) {
  const double value = 100 * share;
  if (share < 1 && value > 99.995) return fmt::format("{:.6f}", std::min(value, 99.999999));
  return share == 1 ? "100" : fmt::format("{:.2f}", value);
}

/// A bound, which may be very small.
std::string small_percent(double share) {
  return share == 0 ? "0" : fmt::format("{:.3g}", 100 * share);
}

std::string load_text(const CaseSummary& one) {
  return fmt::format("{} Mpps ({})", format_mpps(one.load->load_pps), printable(one.traffic_case));
}

std::string knee_text(const Knee& knee) {
  const auto broken = [&] {
    const LoadStats& load = *knee.first_broken->load;
    const bool lost = load.goodput.median < kCarriedGoodput;
    return lost ? fmt::format("{} loses {} % of the legal frames", load_text(*knee.first_broken),
                              percent(1 - load.goodput.median))
                : fmt::format("of {} only {} Mpps could be offered", load_text(*knee.first_broken),
                              format_mpps(load.offered_pps.median));
  };
  if (knee.last_carried == nullptr) return "below the lowest load: " + broken();
  if (knee.first_broken == nullptr) {
    return fmt::format("not reached: the highest load, {}, is carried", load_text(*knee.last_carried));
  }
  return fmt::format("knee at {}; {}", load_text(*knee.last_carried), broken());
}

}  // namespace

bool has_load(const Record& record) {
  return std::ranges::any_of(record.trials, [](const Trial& t) { return t.purpose == TrialPurpose::load; });
}

std::vector<std::string> load_header(const Record& record) {
  int fewest = 0;
  for (const Subject& one : subjects_of(record)) {
    if (!one.measures.load) continue;
    const int n = one.measures.load->goodput.n;
    fewest = fewest == 0 ? n : std::min(fewest, n);
  }
  return {"offered Mpps", fewest >= kMinRounds95 ? "goodput % [95% CI]" : "goodput % [range]", "goodput Mpps",
          "delay p50/p99 us"};
}

std::vector<Cell> load_cells(const Measures& measures) {
  if (!measures.load) return {{"-", Tone::dim}, {"-", Tone::dim}, {"-", Tone::dim}, {"-", Tone::dim}};
  const LoadStats& load = *measures.load;
  const bool short_of = load.offered_pps.median < kOfferedInFull * load.load_pps;
  Cell offered = {format_mpps(load.offered_pps.median)};
  if (short_of) offered = {fmt::format("{} of {}", offered.text, format_mpps(load.load_pps)), Tone::warning};
  Cell goodput = {percent(load.goodput.median)};
  if (load.goodput.n >= kMinRounds) {
    goodput.text += fmt::format(" [{} {}]", percent(load.goodput.low), percent(load.goodput.high));
  }
  if (load.goodput.median < kCarriedGoodput) goodput.tone = Tone::warning;
  Cell delay = {"-", Tone::dim};
  if (load.delay_p50_ns && load.delay_p99_ns) {
    delay = {fmt::format("{}/{}", format_us(static_cast<uint64_t>(load.delay_p50_ns->median)),
                         format_us(static_cast<uint64_t>(load.delay_p99_ns->median)))};
  }
  return {offered, goodput, {format_mpps(load.goodput_pps.median)}, delay};
}

std::string load_note() {
  return "constant load: offered is what was sent; goodput is the share of legal frames that arrived, the rest is "
         "collateral loss.\nA DUT on the generator's core holds it up instead of losing frames: less is offered then, "
         "and goodput Mpps "
         "falls.\ndelay: of permitted probes beside the load, those that arrived, median of the rounds.";
}

std::vector<std::string> knee_lines(const Record& record) {
  std::vector<std::string> lines;
  for (const std::string& dut : record.duts) {
    const auto knee = find_knee(summary_of(record, dut));
    if (knee) lines.push_back(fmt::format("{}: {}", printable(dut), knee_text(*knee)));
  }
  if (lines.empty()) return lines;
  lines.push_back(
      fmt::format("knee: the highest load up to which {:.0f} % of the legal frames arrive and {:.0f} % of the "
                  "load can be offered, in the median round.",
                  100 * kCarriedGoodput, 100 * kOfferedInFull));
  return lines;
}

Grid leak_grid(const Record& record) {
  Grid grid{{"dut", "illegal packets", "let through", "%", "at most %", "illegal frames", "let through", "at most %"},
            {}};
  for (const Subject& one : subjects_of(record)) {
    // A device that drops everything proves nothing.
    if (!one.measures.leak) continue;
    const LeakStats& leak = *one.measures.leak;
    if (leak.leaked == 0 && summary_of(record, one.dut).verdicts.expect_pass == 0) continue;
    const bool is_null = one.measures.null_dut.empty() || one.measures.verdicts.expect_drop == 0;
    const Tone tone = leak.leaked == 0 ? Tone::good : is_null ? Tone::plain : Tone::bad;
    grid.rows.push_back({{printable(one.name())},
                         {grouped(leak.illegal)},
                         {grouped(leak.leaked), tone},
                         {small_percent(leak.share)},
                         {small_percent(leak.upper95)},
                         {grouped(leak.illegal_frames)},
                         {grouped(leak.leaked_frames), tone},
                         {small_percent(leak.frames_upper95)}});
  }
  return grid;
}

Grid class_grid(const Record& record) {
  Grid grid{{"dut", "class", "sent", "legal", "arrived", "lost %", "illegal", "let through"}, {}};
  for (const Subject& one : subjects_of(record)) {
    if (!one.measures.load) continue;
    for (const ClassCounts& c : one.measures.classes) {
      if (c.sent == 0) continue;
      const double lost = c.legal == 0 ? 0 : 1 - static_cast<double>(c.arrived) / static_cast<double>(c.legal);
      grid.rows.push_back({{printable(one.name())},
                           {printable(c.name)},
                           {grouped(c.sent)},
                           {grouped(c.legal)},
                           {grouped(c.arrived)},
                           {c.legal == 0 ? "-" : small_percent(std::max(lost, 0.0))},
                           {grouped(c.illegal)},
                           {grouped(c.leaked)}});
    }
  }
  return grid;
}

}  // namespace fwbench
