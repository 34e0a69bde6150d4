// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// From raw trials to the numbers people quote.
///
/// Interval of a median: the k-th smallest to the k-th largest of n values covers the true median with probability
/// 1 - 2 P(Bin(n, 1/2) < k), whatever the distribution (David & Nagaraja, Order Statistics, 7.1). We take the largest k
/// for which that is at least 0.95; there is one from n = 6 on. For n = 3..5 we take the whole range, k = 1, whose
/// coverage is less (75 %, 87.5 %, 93.75 %) and must be named where it is shown. Below 3 there is no interval.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

inline constexpr int kMinRounds = 3;       ///< fewer values have no interval: low == high == median
inline constexpr int kMinRounds95 = 6;     ///< fewer values have a range that covers less than 95 %
inline constexpr int kMaxRounds = 10'000;  ///< more is a mistake in a file, not a measurement

/// Probability that the interval from median_interval() of n values covers the true median; 0 below kMinRounds.
[[nodiscard]] double interval_coverage(int n);

/// The middle value (the mean of the middle two when n is even) and its interval; nothing from nothing.
[[nodiscard]] std::optional<Interval95> median_interval(std::vector<double> values);

/// More headroom than this, and the rate is the DUT's own.
inline constexpr double kEnoughHeadroom = 1.1;

/// The valid MRR trials of one DUT by round, the last of each. `label` is the case, empty outside a sweep.
[[nodiscard]] std::map<int, const Trial*> mrr_rounds(const Record& record, const std::string& dut,
                                                     const std::string& label);

/// Same TX engine and kind of placement (the word before ':'): only then does a difference belong to the DUT.
[[nodiscard]] bool is_paired(const Trial& a, const Trial& b);

/// Fills record.summary from record.trials, for every DUT in record.duts. What it does not derive (description,
/// version, skipped) stays. Only valid trials count. In a sweep everything below is done for each case apart
/// (DutSummary.cases), with
/// - vs_reference: paired, round by round, with the DUT's own rate in the reference case;
/// and the DUT itself keeps the sums of verdicts and ledgers.
/// - mrr_pps: one value a round, the last valid one. packet_ns: 1 / its median.
/// - vs_null, service_ns: paired, round by round, with the null DUT's rate in the same round; medians of the per-round
///   ratios and differences. A round counts only if is_paired().
/// - headroom, lower_bound: from the median of vs_null.
/// - of a record merged from mixed hosts (kMixedHosts) rates, times and delays are left out: they are nobody's.
/// - verdicts: control, correctness and MRR trials. False passes from all of them; false drops only from those without
///   loss, since a lost frame is not a dropped one.
/// - ledger: MRR and correctness trials. delay: the last valid trial of each kind.
/// @param null_of the null reference of each DUT by name; a DUT that is not in it has none.
void summarise(Record& record, const std::map<std::string, std::string>& null_of);

}  // namespace fwbench
