// SPDX-License-Identifier: BSD-2-Clause
#include "record/statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <string_view>

#include "record/load_statistics.h"

namespace fwbench {
namespace {

/// Coverage of [k-th smallest, k-th largest] of n values; k >= 1.
double coverage_of(int n, int k) {
  return 1 - 2 * boost::math::cdf(boost::math::binomial_distribution<double>(n, 0.5), k - 1);
}

/// The k of the interval for n >= kMinRounds.
int interval_rank(int n) {
  int k = 1;
  while (2 * (k + 1) <= n && coverage_of(n, k + 1) >= 0.95) ++k;
  return k;
}

std::string_view placement_kind(const Trial& trial) {
  return std::string_view(trial.placement).substr(0, trial.placement.find(':'));
}

void add(Ledger& sum, const Ledger& ledger) {
  sum.planned += ledger.planned;
  sum.accepted += ledger.accepted;
  sum.refused += ledger.refused;
  sum.seen += ledger.seen;
  sum.passed += ledger.passed;
  sum.dropped_by_rule += ledger.dropped_by_rule;
  sum.dropped_by_stack += ledger.dropped_by_stack;
  sum.aborted += ledger.aborted;
  sum.lost_ring += ledger.lost_ring;
  sum.lost_xsk += ledger.lost_xsk;
  sum.lost_egress += ledger.lost_egress;
  sum.arrived += ledger.arrived;
  sum.foreign += ledger.foreign;
  sum.unaccounted += ledger.unaccounted;
}

void add(VerdictCounts& sum, const Trial& trial) {
  sum.expect_drop += trial.verdicts.expect_drop;
  sum.dropped += trial.verdicts.dropped;
  sum.false_pass += trial.verdicts.false_pass;
  if (!trial.lossless) return;
  sum.expect_pass += trial.verdicts.expect_pass;
  sum.passed += trial.verdicts.passed;
  sum.false_drop += trial.verdicts.false_drop;
}

void add_trial(Measures& summary, const Trial& trial) {
  switch (trial.purpose) {
    case TrialPurpose::control:
    case TrialPurpose::search:
      add(summary.verdicts, trial);
      break;
    case TrialPurpose::correctness:
    case TrialPurpose::mrr:
    case TrialPurpose::load:
      add(summary.verdicts, trial);
      add(summary.ledger, trial.ledger);
      if (trial.purpose != TrialPurpose::correctness) add_classes(summary.classes, trial.classes);
      if (trial.purpose == TrialPurpose::load && trial.delay) summary.delay_load = trial.delay;
      break;
    case TrialPurpose::delay_idle:
      summary.delay_idle = trial.delay;
      break;
    case TrialPurpose::swap:
      summary.swap = trial.swap;
      add(summary.verdicts, trial);
      add(summary.ledger, trial.ledger);
      break;
    case TrialPurpose::delay_load:
      summary.delay_load = trial.delay;
      break;
  }
}

/// Rate and time a packet, each round less its partner's.
struct Comparison {
  std::optional<Interval95> ratio;
  std::optional<Interval95> difference_ns;
};

Comparison compare(const std::map<int, const Trial*>& rounds, const std::map<int, const Trial*>& other_rounds) {
  std::vector<double> ratios;
  std::vector<double> differences;
  for (const auto& [round, trial] : rounds) {
    const auto other = other_rounds.find(round);
    if (other == other_rounds.end() || !is_paired(*trial, *other->second)) continue;
    const double rate = *trial->rate_pps;
    const double other_rate = *other->second->rate_pps;
    ratios.push_back(rate / other_rate);
    differences.push_back(1e9 / rate - 1e9 / other_rate);
  }
  return {median_interval(std::move(ratios)), median_interval(std::move(differences))};
}

void keep_ratios_only(Measures& summary) {
  summary.mrr_pps.reset();
  summary.packet_ns.reset();
  summary.service_ns.reset();
  summary.delay_idle.reset();
  summary.delay_load.reset();
  summary.swap.reset();
  summary.ndr.reset();
  summary.pdr.reset();
}

void add_searched(const Record& record, const std::string& dut, const std::string& label, Measures& summary) {
  if (!record.searches) return;
  for (const RateSearch& search : *record.searches) {
    if (search.dut != dut || search.traffic_case != label) continue;
    for (const SearchedRate& rate : search.rates) (rate.name == "ndr" ? summary.ndr : summary.pdr) = rate;
  }
}

/// The trials of one DUT in one case; `label` empty outside a sweep.
void summarise_case(const Record& record, const std::string& dut, const std::string& label, Measures& summary) {
  for (const Trial& trial : record.trials) {
    if (trial.dut == dut && trial.valid && trial.traffic_case == label) add_trial(summary, trial);
  }
  const auto wanted = [&](const Trial& t) { return t.dut == dut && t.traffic_case == label; };
  summary.load = load_stats(record, wanted);
  add_searched(record, dut, label, summary);
  summary.leak = leak_stats(record, wanted);
  const auto rounds = mrr_rounds(record, dut, label);
  std::vector<double> rates;
  for (const auto& [round, trial] : rounds) rates.push_back(*trial->rate_pps);
  summary.mrr_pps = median_interval(std::move(rates));
  if (summary.mrr_pps) summary.packet_ns = 1e9 / summary.mrr_pps->median;
  const Comparison with_null = compare(rounds, mrr_rounds(record, summary.null_dut, label));
  summary.vs_null = with_null.ratio;
  if (with_null.ratio && with_null.ratio->median > 0) {
    summary.headroom = 1 / with_null.ratio->median;
    summary.lower_bound = *summary.headroom <= kEnoughHeadroom;
  }
  summary.service_ns = with_null.difference_ns;
  if (record.host.host_class == kMixedHosts) keep_ratios_only(summary);
}

std::vector<CaseSummary> summarise_cases(const Record& record, const std::string& dut, const std::string& null_dut) {
  std::vector<CaseSummary> cases;
  const auto reference = mrr_rounds(record, dut, record.sweep->reference);
  for (const SweepCase& one : record.sweep->cases) {
    CaseSummary summary;
    summary.traffic_case = one.label;
    summary.null_dut = null_dut;
    summarise_case(record, dut, one.label, summary);
    summary.vs_reference = compare(mrr_rounds(record, dut, one.label), reference).ratio;
    cases.push_back(std::move(summary));
  }
  return cases;
}

DutSummary summarise_dut(const Record& record, const std::string& dut, const std::string& null_dut) {
  DutSummary summary;
  summary.null_dut = null_dut;
  if (!record.sweep) {
    summarise_case(record, dut, "", summary);
    return summary;
  }
  summary.cases = summarise_cases(record, dut, null_dut);
  for (const Trial& trial : record.trials) {
    const bool is_delay = trial.purpose == TrialPurpose::delay_idle || trial.purpose == TrialPurpose::delay_load;
    if (trial.dut == dut && trial.valid && !is_delay) add_trial(summary, trial);
  }
  // Rates and delays belong to a case.
  summary.delay_load.reset();
  summary.leak = leak_stats(record, [&](const Trial& t) { return t.dut == dut; });
  return summary;
}

}  // namespace

std::map<int, const Trial*> mrr_rounds(const Record& record, const std::string& dut, const std::string& label) {
  std::map<int, const Trial*> rounds;
  for (const Trial& trial : record.trials) {
    const bool counts = trial.dut == dut && trial.purpose == TrialPurpose::mrr && trial.valid &&
                        trial.traffic_case == label && trial.rate_pps.value_or(0) > 0;
    if (counts) rounds[trial.round] = &trial;
  }
  return rounds;
}

bool is_paired(const Trial& a, const Trial& b) {
  return a.engine == b.engine && placement_kind(a) == placement_kind(b);
}

double interval_coverage(int n) {
  return n < kMinRounds ? 0 : coverage_of(n, interval_rank(n));
}

std::optional<Interval95> median_interval(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  const double median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  Interval95 interval{.median = median, .low = median, .high = median, .n = static_cast<int>(n)};
  if (interval.n >= kMinRounds) {
    const auto k = static_cast<size_t>(interval_rank(interval.n));
    interval.low = values[k - 1];
    interval.high = values[n - k];
  }
  return interval;
}

void summarise(Record& record, const std::map<std::string, std::string>& null_of) {
  for (const std::string& dut : record.duts) {
    const auto null = null_of.find(dut);
    DutSummary summary = summarise_dut(record, dut, null == null_of.end() ? std::string() : null->second);
    DutSummary& slot = record.summary[dut];
    summary.description = std::move(slot.description);
    summary.version = std::move(slot.version);
    summary.skipped = std::move(slot.skipped);
    slot = std::move(summary);
  }
}

}  // namespace fwbench
