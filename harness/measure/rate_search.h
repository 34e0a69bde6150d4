// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// NDR and PDR of a DUT by MLRsearch (RFC 9971), with the generator and the DUT on CPUs of their own.

#include <vector>

#include "measure/case_bench.h"
#include "record/record.h"
#include "record/search_record.h"

namespace fwbench {

struct SearchFindings {
  RateSearch search;
  std::vector<Trial> leaks;  ///< trials in which illegal frames passed: they were not counted, and are evidence
  /// Probes alone and beside 10, 50 and 90 % of PDR (of NDR, where that alone was searched for), with `load_pps` set
  /// and the share in percent as the round; none without a lower bound.
  std::vector<Trial> delays;
};

/// A DUT that is to share the generator's CPU is taken to the other one for so long: its NAPI becomes a thread there
/// (split placement). One with a CPU of its own keeps it, and its NAPI stays with the generator.
/// @param blank a trial of this DUT with nothing measured yet
/// Errors: ErrorKind::interrupted; ErrorKind::unsupported when no frame of the case is legal, so that none can be lost;
/// what keeps the DUT from starting. A trial that fails is void.
[[nodiscard]] Result<SearchFindings> search_rates(DutUnderTest& under_test, const Trial& blank);

/// Which CPU does what in a search of this DUT.
[[nodiscard]] std::string search_placement(const DutUnderTest& under_test);

}  // namespace fwbench
