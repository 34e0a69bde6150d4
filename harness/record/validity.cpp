// SPDX-License-Identifier: BSD-2-Clause
#include "record/validity.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "core/clock_source.h"
#include "record/load_statistics.h"
#include "record/metrics.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

/// More stolen time than this shows in the rates.
constexpr double kStealWarning = 0.01;
/// The same of a single trial: the kernel counts in steps of 10 ms, which are 1 % of a trial of a second on one CPU.
constexpr double kTrialStealWarning = 0.05;
/// A machine this busy before the run has no two cores to give.
constexpr double kLoadWarning = 0.7;

using Warnings = std::vector<Warning>;

constexpr std::string_view kIds[] = {"cpu-steal",         "background-load", "slow-clock",
                                     "foreign-frames",    "few-rounds",      "load-not-offered",
                                     "search-unfinished", "lower-bound",     "mixed-hosts"};

void add_steal(const Record& record, Warnings& warnings) {
  const double all = record.conditions ? record.conditions->steal_share.value_or(0) : 0;
  const auto worst = std::max_element(record.trials.begin(), record.trials.end(), [](const Trial& a, const Trial& b) {
    return a.steal_share.value_or(0) < b.steal_share.value_or(0);
  });
  const double most = worst == record.trials.end() ? 0 : worst->steal_share.value_or(0);
  if (all <= kStealWarning && most <= kTrialStealWarning) return;
  std::string text = fmt::format("the hypervisor took {:.1f} % of the CPU time", all * 100);
  if (most > kTrialStealWarning) {
    text += fmt::format(", {:.1f} % in the worst trial ({}, round {})", most * 100, worst->dut, worst->round);
  }
  warnings.push_back({"cpu-steal", text, "rates are too low by about as much; repeat when the host is quieter"});
}

void add_host(const Record& record, Warnings& warnings) {
  if (record.conditions && record.conditions->load_before.value_or(0) > kLoadWarning) {
    warnings.push_back({"background-load",
                        fmt::format("the load average was {:.2f} before the run", *record.conditions->load_before),
                        "stop other work: two cores are needed for the measurement itself"});
  }
  const std::string& clock = record.host.clock_source;
  if (!clock.empty() && !is_fast_clock(clock)) {
    warnings.push_back({"slow-clock", fmt::format("the clock source is {}", clock),
                        "every paced packet and every probe reads the clock; boot with clocksource=tsc where the "
                        "processor has a constant one"});
  }
  if (record.host.host_class == kMixedHosts) {
    warnings.push_back({"mixed-hosts", "the shards ran on machines of several classes",
                        "only ratios within one machine are in the summary; run all shards on one class for rates"});
  }
}

void add_foreign(const Record& record, Warnings& warnings) {
  uint64_t foreign = 0;
  for (const Trial& trial : record.trials) foreign += trial.ledger.foreign;
  if (foreign == 0) return;
  warnings.push_back({"foreign-frames", fmt::format("{} frames at the sink were not this run's", foreign),
                      "they are in no verdict or rate; find out who sends into the lab"});
}

void add_few_rounds(const Record& record, Warnings& warnings) {
  int rounds = 0;
  for (const Trial& trial : record.trials) rounds = std::max(rounds, trial.round);
  const double coverage = interval_coverage(rounds);
  if (rounds == 0 || coverage >= 0.95) return;
  warnings.push_back({"few-rounds",
                      fmt::format("{} round{}: the intervals cover {:.0f} %, not 95 %", rounds, rounds == 1 ? "" : "s",
                                  coverage * 100),
                      fmt::format("use at least {} rounds (without --quick) for numbers to keep", kMinRounds95)});
}

void add_lower_bounds(const Record& record, Warnings& warnings) {
  std::string names;
  for (const Subject& subject : subjects_of(record)) {
    if (!subject.measures.lower_bound.value_or(false)) continue;
    names += fmt::format("{}{} ({:.2f} x)", names.empty() ? "" : ", ", subject.name(), *subject.measures.headroom);
  }
  if (names.empty()) return;
  warnings.push_back(
      {"lower-bound",
       fmt::format("lower bounds: the null device in the same placement is at most {} times as fast as {}",
                   kEnoughHeadroom, names),
       "the instrument may be the limit, not the firewall: such a rate says \"at least\", and two of "
       "them cannot be told apart"});
}

std::string named(const std::string& dut, const std::string& label) {
  return label.empty() ? dut : fmt::format("{} ({})", dut, label);
}

void add_unoffered_loads(const Record& record, Warnings& warnings) {
  std::set<std::string> where;
  for (const Trial& trial : record.trials) {
    if (!trial.valid || !trial.load_pps || trial.purpose != TrialPurpose::load) continue;
    if (trial.offered_pps.value_or(0) >= kOfferedInFull * *trial.load_pps) continue;
    where.insert(named(trial.dut, trial.traffic_case));
  }
  if (where.empty()) return;
  warnings.push_back(
      {"load-not-offered",
       fmt::format("less than {:.0f} % of the load was sent to {}", kOfferedInFull * 100, fmt::join(where, ", ")),
       "where generator and DUT share a core, that is the DUT's limit; elsewhere it is the generator's"});
}

void add_searches(const Record& record, Warnings& warnings) {
  if (!record.searches) return;
  std::vector<std::string> unfinished;
  std::vector<std::string> at_least;
  for (const RateSearch& search : *record.searches) {
    const std::string name = named(search.dut, search.traffic_case);
    if (search.end != "complete") unfinished.push_back(name + ": " + search.end);
    for (const SearchedRate& rate : search.rates) {
      if (rate.end == "at_max_load") at_least.push_back(fmt::format("{} of {}", rate.name, name));
    }
  }
  if (!unfinished.empty()) {
    warnings.push_back({"search-unfinished",
                        fmt::format("searches that did not come to their end: {}", fmt::join(unfinished, ", ")),
                        "raise [trial] search_limit, or look at the reasons of the void trials in 'searches'"});
  }
  if (!at_least.empty()) {
    warnings.push_back({"lower-bound",
                        fmt::format("only a lower bound, the generator has no more: {}", fmt::join(at_least, ", ")),
                        "read these rates as \"at least\""});
  }
}

}  // namespace

std::vector<Warning> validity_warnings(const Record& record) {
  Warnings warnings;
  add_steal(record, warnings);
  add_host(record, warnings);
  add_foreign(record, warnings);
  add_few_rounds(record, warnings);
  add_unoffered_loads(record, warnings);
  add_searches(record, warnings);
  add_lower_bounds(record, warnings);
  return warnings;
}

void update_warnings(Record& record) {
  std::erase_if(record.warnings,
                [](const Warning& w) { return std::find(std::begin(kIds), std::end(kIds), w.id) != std::end(kIds); });
  for (Warning& warning : validity_warnings(record)) record.warnings.push_back(std::move(warning));
}

}  // namespace fwbench
