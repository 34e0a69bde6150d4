// SPDX-License-Identifier: BSD-2-Clause
#include "report/search_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/values.h"

namespace fwbench {
namespace {

Cell end_cell(const SearchedRate& rate) {
  if (rate.end == "regular") return {"regular", Tone::good};
  if (rate.end == "at_max_load") return {"at least: the generator has no more", Tone::warning};
  if (rate.end == "at_min_load") return {"loses at the smallest load", Tone::bad};
  return {"not reached", Tone::bad};
}

Cell load_cell(const std::optional<uint64_t>& load) {
  return {load ? format_mpps(static_cast<double>(*load)) : "-"};
}

bool is_search_delay(const Trial& trial) {
  const bool is_delay = trial.purpose == TrialPurpose::delay_idle || trial.purpose == TrialPurpose::delay_load;
  return is_delay && trial.load_pps && trial.valid && trial.delay && trial.delay->n != 0;
}

/// What lies in the instrument: null-pass at the same share of its own rate.
std::string bias_text(const Record& record, const Trial& trial) {
  for (const Trial& other : record.trials) {
    const bool same =
        other.traffic_case == trial.traffic_case && other.round == trial.round && other.arrivals == trial.arrivals;
    if (same && other.dut == "null-pass" && is_search_delay(other)) return format_us(other.delay->p50);
  }
  return "-";
}

std::string load_text(const Trial& trial) {
  if (trial.round == 0) return "idle";
  return fmt::format("{} %{}", trial.round, trial.arrivals ? ", " + printable(*trial.arrivals) : "");
}

double mean_ns(const DelayStats& delay) {
  double mean = 0;
  double before = 0;
  for (const auto& [bound_ns, share] : delay.curve) {
    mean += static_cast<double>(bound_ns) * (share - before);
    before = share;
  }
  return mean;
}

}  // namespace

Grid search_grid(const Record& record) {
  Grid grid{{"DUT", "rate", "lower bound", "upper bound", "throughput", "trials", "void", "placement", "end"}, {}};
  if (!record.searches) return grid;
  for (const RateSearch& search : *record.searches) {
    const auto is_void = [](const LoadTrial& trial) { return !trial.void_reason.empty(); };
    const auto voids = std::count_if(search.trials.begin(), search.trials.end(), is_void);
    const std::string name = search.traffic_case.empty() ? search.dut : search.dut + " " + search.traffic_case;
    for (const SearchedRate& rate : search.rates) {
      grid.rows.push_back({{printable(name)},
                           {printable(rate.name)},
                           load_cell(rate.lower),
                           load_cell(rate.upper),
                           {rate.throughput ? format_mpps(*rate.throughput) : "-"},
                           {fmt::format("{}", search.trials.size())},
                           {fmt::format("{}", voids)},
                           {printable(search.placement.substr(0, search.placement.find(':')))},
                           end_cell(rate)});
    }
  }
  return grid;
}

Grid search_delay_grid(const Record& record) {
  Grid grid{{"DUT", "load", "Mpps", "what", "min", "mean", "p50", "p99.9", "max", "lost", "null-pass p50"}, {}};
  for (const Trial& trial : record.trials) {
    if (!is_search_delay(trial)) continue;
    const DelayStats& delay = *trial.delay;
    const uint64_t lost = delay.sent - delay.n;
    const std::string name = trial.traffic_case.empty() ? trial.dut : trial.dut + " " + trial.traffic_case;
    grid.rows.push_back({{printable(name)},
                         {load_text(trial)},
                         {format_mpps(*trial.load_pps)},
                         {trial.lossless && lost == 0 ? "latency" : "delay"},
                         {delay.curve.empty() ? "-" : format_us(delay.curve.front().first)},
                         {format_us(static_cast<uint64_t>(mean_ns(delay)))},
                         {format_us(delay.p50)},
                         {format_percentile_us(delay.p999, 0.999, delay.n)},
                         {format_us(delay.max)},
                         {fmt::format("{}", lost)},
                         {bias_text(record, trial)}});
  }
  return grid;
}

}  // namespace fwbench
