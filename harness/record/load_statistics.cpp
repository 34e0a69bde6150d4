// SPDX-License-Identifier: BSD-2-Clause
#include "record/load_statistics.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <numeric>

#include "record/statistics.h"

namespace fwbench {
namespace {

ClassCounts total_of(const std::vector<ClassCounts>& classes) {
  ClassCounts total;
  for (const ClassCounts& c : classes) {
    total.sent += c.sent;
    total.legal += c.legal;
    total.arrived += c.arrived;
    total.illegal += c.illegal;
    total.leaked += c.leaked;
    total.illegal_frames += c.illegal_frames;
    total.leaked_frames += c.leaked_frames;
  }
  return total;
}

double share_of(uint64_t part, uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Frames that the DUT may never have seen, of whatever class.
uint64_t lost_before_decision(const Ledger& l) {
  return l.refused + l.lost_ring + l.lost_xsk + l.aborted;
}

}  // namespace

std::optional<LoadStats> load_stats(const Record& record, const std::function<bool(const Trial&)>& wanted) {
  // A device that drops everything has no goodput to lose.
  const bool passes_any = std::ranges::any_of(record.trials, [&](const Trial& trial) {
    return trial.valid && wanted(trial) && (trial.verdicts.expect_pass != 0 || total_of(trial.classes).arrived != 0);
  });
  if (!passes_any) return std::nullopt;
  std::vector<double> offered, goodput, goodput_pps, p50, p99;
  LoadStats stats;
  for (const Trial& trial : record.trials) {
    if (trial.purpose != TrialPurpose::load || !trial.valid || !wanted(trial)) continue;
    const ClassCounts total = total_of(trial.classes);
    if (total.legal == 0 || !trial.offered_pps || !trial.load_pps) continue;
    stats.load_pps = *trial.load_pps;
    offered.push_back(*trial.offered_pps);
    goodput.push_back(share_of(total.arrived, total.legal));
    goodput_pps.push_back(*trial.offered_pps * share_of(total.arrived, total.sent));
    if (!trial.delay || trial.delay->n == 0) continue;
    p50.push_back(static_cast<double>(trial.delay->p50));
    p99.push_back(static_cast<double>(trial.delay->p99));
  }
  if (goodput.empty()) return std::nullopt;
  stats.offered_pps = *median_interval(std::move(offered));
  stats.goodput = *median_interval(std::move(goodput));
  stats.goodput_pps = *median_interval(std::move(goodput_pps));
  stats.delay_p50_ns = median_interval(std::move(p50));
  stats.delay_p99_ns = median_interval(std::move(p99));
  return stats;
}

std::optional<LeakStats> leak_stats(const Record& record, const std::function<bool(const Trial&)>& wanted) {
  LeakStats leak;
  std::map<std::string, ClassCounts> distinct;  // by case: the frames of two cases are not the same
  for (const Trial& trial : record.trials) {
    const bool counts = trial.purpose == TrialPurpose::correctness || trial.purpose == TrialPurpose::mrr ||
                        trial.purpose == TrialPurpose::load;
    if (!counts || !trial.valid || !wanted(trial)) continue;
    const ClassCounts total = total_of(trial.classes);
    const uint64_t lost = lost_before_decision(trial.ledger);
    leak.illegal += std::max(total.illegal > lost ? total.illegal - lost : 0, total.leaked);
    leak.leaked += total.leaked;
    ClassCounts& most = distinct[trial.traffic_case];
    most.illegal_frames = std::max(most.illegal_frames, total.illegal_frames);
    most.leaked_frames = std::max(most.leaked_frames, total.leaked_frames);
  }
  for (const auto& [label, counts] : distinct) {
    leak.illegal_frames += counts.illegal_frames;
    leak.leaked_frames += counts.leaked_frames;
  }
  if (leak.illegal == 0) return std::nullopt;
  leak.share = share_of(leak.leaked, leak.illegal);
  leak.upper95 = upper_bound95(leak.illegal, leak.leaked);
  leak.frames_upper95 = upper_bound95(leak.illegal_frames, leak.leaked_frames);
  return leak;
}

void add_classes(std::vector<ClassCounts>& sum, const std::vector<ClassCounts>& classes) {
  for (const ClassCounts& c : classes) {
    const auto known = std::ranges::find(sum, c.name, &ClassCounts::name);
    if (known == sum.end()) {
      sum.push_back(c);
      continue;
    }
    known->sent += c.sent;
    known->legal += c.legal;
    known->arrived += c.arrived;
    known->illegal += c.illegal;
    known->leaked += c.leaked;
    known->illegal_frames = std::max(known->illegal_frames, c.illegal_frames);
    known->leaked_frames = std::max(known->leaked_frames, c.leaked_frames);
  }
}

double upper_bound95(uint64_t trials, uint64_t successes) {
  if (trials == 0 || successes >= trials) return 1;
  return boost::math::binomial_distribution<double>::find_upper_bound_on_p(static_cast<double>(trials),
                                                                           static_cast<double>(successes), 0.05);
}

bool is_carried(const LoadStats& load) {
  return load.goodput.median >= kCarriedGoodput && load.offered_pps.median >= kOfferedInFull * load.load_pps;
}

std::optional<Knee> find_knee(const DutSummary& summary) {
  std::vector<const CaseSummary*> loads;
  if (summary.cases) {
    for (const CaseSummary& one : *summary.cases) {
      if (one.load) loads.push_back(&one);
    }
  }
  const auto by_load = [](const CaseSummary* one) { return one->load->load_pps; };
  std::ranges::stable_sort(loads, {}, by_load);
  if (loads.size() < 2 || by_load(loads.front()) == by_load(loads.back())) return std::nullopt;
  Knee knee;
  for (const CaseSummary* one : loads) {
    if (!is_carried(*one->load)) {
      knee.first_broken = one;
      break;
    }
    knee.last_carried = one;
  }
  return knee;
}

}  // namespace fwbench
