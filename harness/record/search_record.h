// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a rate search (MLRsearch, RFC 9971) found out, as plain values; part of the Record.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwbench {

/// Goal Result. Loads are those scheduled, in packets per second of all frames.
struct SearchedRate {
  std::string name;       ///< "ndr", "pdr"
  double loss_ratio = 0;  ///< Goal Loss Ratio
  /// "regular": both bounds, within the width. "at_max_load": the largest load is a lower bound, and the rate is at
  /// least that. "at_min_load": even the smallest load lost more. "not_reached": time was up, or trials were void.
  std::string end;
  std::optional<uint64_t> lower;     ///< relevant lower bound
  std::optional<uint64_t> upper;     ///< relevant upper bound
  std::optional<double> throughput;  ///< conditional throughput at the lower bound
  double sum_s = 0;                  ///< duration sum that the bounds stand on
};

/// One trial of a search.
struct LoadTrial {
  uint64_t load_pps = 0;
  uint64_t sent = 0;
  uint64_t legal = 0;  ///< of them: the policy permits
  uint64_t lost = 0;   ///< of the legal ones: did not arrive
  uint64_t late_max_ns = 0;
  std::string void_reason;  ///< not empty: it was not counted
};

/// One search: one DUT in one case.
struct RateSearch {
  std::string dut;
  std::string traffic_case;
  std::string placement;
  double trial_s = 0, sum_s = 0, exceed_ratio = 0, width = 0;
  double ceiling_pps = 0;  ///< what the generator could send at most, on this placement
  uint64_t min_load = 0, max_load = 0;
  std::string end;  ///< "complete", "out_of_time" or "void_trials"
  double elapsed_s = 0;
  std::vector<SearchedRate> rates;
  std::vector<LoadTrial> trials;  ///< in order; the first, at max_load, was not counted
};

}  // namespace fwbench
