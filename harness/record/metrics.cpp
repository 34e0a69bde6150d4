// SPDX-License-Identifier: BSD-2-Clause
#include "record/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/units.h"

namespace fwbench {
namespace {

std::optional<MetricValue> over_rounds(const std::optional<Interval95>& interval) {
  if (!interval) return std::nullopt;
  return MetricValue{interval->median, interval};
}

std::optional<MetricValue> counted(uint64_t count, bool exists) {
  if (!exists) return std::nullopt;
  return MetricValue{static_cast<double>(count)};
}

/// A percentile of the delay, in thousandths; the largest for 0.
template <std::optional<DelayStats> Measures::*kind, uint64_t DelayStats::*member, int permille>
std::optional<MetricValue> delay(const Subject& s) {
  const std::optional<DelayStats>& stats = s.measures.*kind;
  if (!stats || stats->n == 0 || !resolves_percentile(stats->n, permille / 1000.0)) return std::nullopt;
  return MetricValue{static_cast<double>((*stats).*member)};
}

template <uint64_t SwapStats::*member, uint64_t SwapStats::*count>
std::optional<MetricValue> swap_time(const Subject& s) {
  const std::optional<SwapStats>& swap = s.measures.swap;
  if (!swap || !resolves_percentile((*swap).*count, 0.99)) return std::nullopt;
  return MetricValue{static_cast<double>((*swap).*member)};
}

using enum MetricUnit;
using enum Better;
using M = Measures;
using D = DelayStats;

constexpr Metric kMetrics[] = {
    {"mrr_pps", pps, higher, false, "Maximum receive rate.",
     [](const Subject& s) { return over_rounds(s.measures.mrr_pps); }},
    {"vs_null", ratio, higher, false, "The rate as a share of the null DUT's in the same rounds.",
     [](const Subject& s) { return over_rounds(s.measures.vs_null); }},
    {"vs_reference", ratio, higher, false, "In a sweep: the rate as a share of the DUT's own in the reference case.",
     [](const Subject& s) { return s.in_case == nullptr ? std::nullopt : over_rounds(s.in_case->vs_reference); }},
    {"service_ns", ns, lower, false, "Time a packet takes beyond the null DUT's.",
     [](const Subject& s) { return over_rounds(s.measures.service_ns); }},
    {"delay_ns.p50", ns, lower, false, "Median delay under load.", delay<&M::delay_load, &D::p50, 500>},
    {"delay_ns.p90", ns, lower, false, "90th percentile of it.", delay<&M::delay_load, &D::p90, 900>},
    {"delay_ns.p99", ns, lower, false, "99th percentile of it.", delay<&M::delay_load, &D::p99, 990>},
    {"delay_ns.p999", ns, lower, false, "99.9th percentile of it.", delay<&M::delay_load, &D::p999, 999>},
    {"delay_ns.max", ns, lower, false, "Largest delay under load.", delay<&M::delay_load, &D::max, 0>},
    {"delay_idle_ns.p50", ns, lower, false, "Median delay without load.", delay<&M::delay_idle, &D::p50, 500>},
    {"delay_idle_ns.p90", ns, lower, false, "90th percentile of it.", delay<&M::delay_idle, &D::p90, 900>},
    {"delay_idle_ns.p99", ns, lower, false, "99th percentile of it.", delay<&M::delay_idle, &D::p99, 990>},
    {"delay_idle_ns.p999", ns, lower, false, "99.9th percentile of it.", delay<&M::delay_idle, &D::p999, 999>},
    {"delay_idle_ns.max", ns, lower, false, "Largest delay without load.", delay<&M::delay_idle, &D::max, 0>},
    {"false_drop", frames, lower, true, "Permitted packets that did not arrive where nothing was lost.",
     [](const Subject& s) { return counted(s.measures.verdicts.false_drop, s.measures.verdicts.expect_pass != 0); }},
    {"false_pass", frames, lower, true, "Forbidden packets that arrived.",
     [](const Subject& s) { return counted(s.measures.verdicts.false_pass, s.measures.verdicts.expect_drop != 0); }},
    {"unaccounted", frames, lower, true, "Packets that no counter explains.",
     [](const Subject& s) {
       return counted(static_cast<uint64_t>(std::abs(s.measures.ledger.unaccounted)), s.measures.ledger.planned != 0);
     }},
    {"swap.taken_ns.p99", ns, lower, false, "99th percentile of the time in which the DUT takes a new policy.",
     swap_time<&SwapStats::taken_p99_ns, &SwapStats::changes>},
    {"swap.effective_ns.p99", ns, lower, false, "99th percentile of the time until a frame shows the new policy.",
     swap_time<&SwapStats::effective_p99_ns, &SwapStats::effective_n>},
    {"swap.mixed", frames, lower, true, "Probes judged as no policy in force judges them.",
     [](const Subject& s) {
       return counted(s.measures.swap ? s.measures.swap->mixed : 0, s.measures.swap.has_value());
     }},
};

}  // namespace

std::string_view unit_name(MetricUnit unit) {
  constexpr std::string_view kNames[] = {"packets/s", "ratio", "ns", "frames"};
  return kNames[static_cast<size_t>(unit)];
}

std::string Subject::name() const {
  return in_case == nullptr ? dut : fmt::format("{} {}", dut, case_label());
}

std::vector<Subject> subjects_of(const Record& record) {
  std::vector<Subject> subjects;
  for (const std::string& dut : record.duts) {
    const auto summary = record.summary.find(dut);
    if (summary == record.summary.end()) continue;
    if (!record.sweep) {
      subjects.push_back({.dut = dut, .measures = summary->second});
    } else if (summary->second.cases) {
      for (const CaseSummary& one : *summary->second.cases) {
        subjects.push_back({.dut = dut, .measures = one, .in_case = &one});
      }
    }
  }
  return subjects;
}

std::span<const Metric> all_metrics() {
  return kMetrics;
}

const Metric* find_metric(std::string_view path) {
  const auto found =
      std::find_if(std::begin(kMetrics), std::end(kMetrics), [path](const Metric& m) { return m.path == path; });
  return found == std::end(kMetrics) ? nullptr : found;
}

std::string format_metric(MetricUnit unit, double value) {
  switch (unit) {
    case MetricUnit::pps:
      return format_count(static_cast<uint64_t>(std::max(value, 0.0))) + " packets/s";
    case MetricUnit::ratio:
      return fmt::format("{:.3f}", value);
    case MetricUnit::ns:
      // A service time can be negative within its interval, and less than a nanosecond.
      if (value < 1000) return fmt::format("{:.4g}ns", value);
      return format_duration(static_cast<uint64_t>(value));
    case MetricUnit::frames:
      return fmt::format("{:.0f} frames", value);
  }
  return {};
}

bool resolves_percentile(uint64_t n, double p) {
  // 1e-9: 1 - 0.999 is a little less than one thousandth of what people mean by 1,000 values.
  return static_cast<double>(n) * (1 - p) >= 1 - 1e-9;
}

}  // namespace fwbench
