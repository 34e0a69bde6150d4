// SPDX-License-Identifier: BSD-2-Clause
#include "compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/diagnostic.h"
#include "gate/bootstrap.h"
#include "record/round_values.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

/// At each end of a 95 % interval.
constexpr double kTail = 0.025;

std::vector<double> values_of(const std::map<int, double>& rounds, bool logarithms) {
  std::vector<double> values;
  for (const auto& [round, value] : rounds) values.push_back(logarithms ? std::log(value) : value);
  return values;
}

std::optional<Interval95> paired(const std::map<int, double>& a, const std::map<int, double>& b, bool as_ratio) {
  std::vector<double> values;
  for (const auto& [round, value] : b) {
    const auto partner = a.find(round);
    if (partner == a.end()) continue;
    values.push_back(as_ratio ? value / partner->second : value - partner->second);
  }
  return median_interval(std::move(values));
}

std::optional<Interval95> unpaired(const std::map<int, double>& a, const std::map<int, double>& b, bool as_ratio) {
  const int n = static_cast<int>(std::min(a.size(), b.size()));
  if (n == 0) return std::nullopt;
  const auto back = [as_ratio](double value) { return as_ratio ? std::exp(value) : value; };
  if (n < kMinRounds) {
    const double value =
        median_interval(values_of(b, as_ratio))->median - median_interval(values_of(a, as_ratio))->median;
    return Interval95{.median = back(value), .low = back(value), .high = back(value), .n = n};
  }
  const Bootstrap bootstrap = Bootstrap::of_difference(values_of(b, as_ratio), values_of(a, as_ratio), {});
  const Range range = bootstrap.interval(kTail);
  return Interval95{.median = back(bootstrap.estimate()), .low = back(range.low), .high = back(range.high), .n = n};
}

std::string effect_of_difference(const Interval95& d) {
  const std::string size = fmt::format("{:+.1f} ns", d.median);
  if (d.n < kMinRounds) return fmt::format("too few rounds to tell ({})", size);
  if (d.low > 0 || d.high < 0) return size + ", interval excludes 0";
  return fmt::format("no difference larger than {:.1f} ns seen", std::max(std::abs(d.low), std::abs(d.high)));
}

std::string percent(double ratio) {
  return fmt::format("{:.1f} %", std::abs(ratio - 1) * 100);
}

std::string_view word_for(MetricUnit unit, bool more) {
  switch (unit) {
    case MetricUnit::pps:
      return more ? "faster" : "slower";
    case MetricUnit::ns:
      return more ? "longer" : "shorter";
    default:
      return more ? "higher" : "lower";
  }
}

/// Of what each side has one value of.
std::string effect_of_values(const Metric& metric, double a, double b) {
  if (a == b) return "the same";
  if (metric.is_exact) return fmt::format("differs by {:+.0f}", b - a);
  if (a <= 0) return "no ratio";
  return fmt::format("{} {}; one trial each, no interval", percent(b / a), word_for(metric.unit, b > a));
}

bool may_be_compared(const Metric& metric, bool same_setup) {
  return same_setup || metric.unit == MetricUnit::ratio || metric.is_exact;
}

class Comparer {
 public:
  Comparer(const Record& a, const Record& b, CompareResult& out)
      : a_(a), b_(b), out_(out), same_setup_(check_setup()) {}

  void add(const Subject& a, const Subject& b) {
    for (const Metric& metric : all_metrics()) {
      const auto value_a = metric.read(a);
      const auto value_b = metric.read(b);
      if (!value_a || !value_b || !may_be_compared(metric, same_setup_)) continue;
      ComparedMetric row{.metric = &metric,
                         .dut_a = a.dut,
                         .dut_b = b.dut,
                         .traffic_case = std::string(b.case_label()),
                         .a = value_a->value,
                         .b = value_b->value};
      compare(row, round_values(a_, a, metric), round_values(b_, b, metric));
      out_.rows.push_back(std::move(row));
    }
    note_placements(a, b);
  }

 private:
  void compare(ComparedMetric& row, const std::map<int, double>& a, const std::map<int, double>& b) {
    const bool one_record = &a_ == &b_;
    const bool as_ratio = row.metric->unit != MetricUnit::ns;
    if (a.empty() || b.empty()) {
      row.effect = effect_of_values(*row.metric, row.a, row.b);
      if (row.a > 0 && !row.metric->is_exact) {
        const double ratio = row.b / row.a;
        row.ratio = Interval95{.median = ratio, .low = ratio, .high = ratio, .n = 1};
      }
      return;
    }
    auto interval = one_record ? paired(a, b, as_ratio) : unpaired(a, b, as_ratio);
    if (!interval) {
      row.effect = "no round in common";
    } else if (as_ratio) {
      row.effect = effect_of_ratio(row.metric->unit, *interval);
      row.ratio = interval;
    } else {
      row.effect = effect_of_difference(*interval);
      row.difference = interval;
    }
  }

  /// Whether rates and times may be compared; why not stands in the notes.
  bool check_setup() {
    if (&a_ == &b_) return true;
    if (a_.scenario_sha256 != b_.scenario_sha256) {
      out_.notes.emplace_back(
          "the records are of different scenarios (or --set, --dut): they may not ask the same question");
    }
    const bool same_host = a_.host.host_class == b_.host.host_class && a_.host.host_class != kMixedHosts;
    const bool same_engine = engines(a_) == engines(b_);
    if (!same_host) {
      out_.notes.push_back(
          fmt::format("different classes of host ({}; {}): rates and times are not compared, ratios to "
                      "the null device are",
                      a_.host.host_class, b_.host.host_class));
    }
    if (!same_engine) {
      out_.notes.emplace_back("different TX engines: rates and times are not compared, ratios to the null device are");
    }
    return same_host && same_engine;
  }

  static std::set<std::string> engines(const Record& record) {
    std::set<std::string> all;
    for (const Trial& trial : record.trials) all.insert(trial.engine);
    return all;
  }

  void note_placements(const Subject& a, const Subject& b) {
    const auto rounds_a = mrr_rounds(a_, a.dut, std::string(a.case_label()));
    const auto rounds_b = mrr_rounds(b_, b.dut, std::string(b.case_label()));
    if (rounds_a.empty() || rounds_b.empty() || !same_setup_) return;
    if (is_paired(*rounds_a.begin()->second, *rounds_b.begin()->second)) return;
    std::string note =
        fmt::format("{} and {} ran on different cores: part of what differs is the placement", a.dut, b.dut);
    if (std::find(out_.notes.begin(), out_.notes.end(), note) == out_.notes.end())
      out_.notes.push_back(std::move(note));
  }

  const Record& a_;
  const Record& b_;
  CompareResult& out_;
  bool same_setup_;
};

Result<void> check_dut(const CompareSide& side) {
  const std::vector<std::string>& duts = side.record->duts;
  if (std::find(duts.begin(), duts.end(), side.dut) != duts.end()) return {};
  const std::string nearest = did_you_mean(side.dut, {duts.begin(), duts.end()});
  return with_remedy(
      fail(ErrorKind::usage, "the record of {} has no DUT '{}'", side.record->scenario_name, side.dut),
      nearest.empty() ? fmt::format("it has {}", fmt::join(duts, ", ")) : fmt::format("did you mean '{}'?", nearest));
}

void add_pair(Comparer& comparer, const CompareSide& a, const CompareSide& b) {
  for (const Subject& left : subjects_of(*a.record)) {
    if (left.dut != a.dut) continue;
    for (const Subject& right : subjects_of(*b.record)) {
      if (right.dut == b.dut && right.case_label() == left.case_label()) comparer.add(left, right);
    }
  }
}

}  // namespace

std::string effect_of_ratio(MetricUnit unit, const Interval95& ratio) {
  const std::string size = fmt::format("{} {}", percent(ratio.median), word_for(unit, ratio.median > 1));
  if (ratio.n < kMinRounds) return fmt::format("too few rounds to tell ({})", size);
  if (ratio.low > 1 || ratio.high < 1) return size + ", interval excludes 0";
  return fmt::format("no difference larger than {} seen",
                     percent(1 + std::max(std::abs(ratio.low - 1), std::abs(ratio.high - 1))));
}

Result<CompareResult> compare_duts(const CompareSide& a, const CompareSide& b) {
  FWBENCH_TRY(check_dut(a));
  FWBENCH_TRY(check_dut(b));
  CompareResult result;
  Comparer comparer(*a.record, *b.record, result);
  add_pair(comparer, a, b);
  if (result.rows.empty()) result.notes.emplace_back("there is no number that both have");
  return result;
}

Result<CompareResult> compare_records(const Record& a, const Record& b) {
  CompareResult result;
  Comparer comparer(a, b, result);
  bool any = false;
  for (const std::string& dut : a.duts) {
    if (std::find(b.duts.begin(), b.duts.end(), dut) == b.duts.end()) continue;
    any = true;
    add_pair(comparer, {&a, dut}, {&b, dut});
  }
  if (!any) {
    return with_remedy(fail(ErrorKind::usage, "the two records have no DUT in common"),
                       "name two: fwbench compare A:dut B:dut");
  }
  return result;
}

}  // namespace fwbench
