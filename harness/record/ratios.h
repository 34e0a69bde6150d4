// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Published ratios beside those that this machine shows: does it reproduce them?

#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

/// "reproduced": the whole interval lies within the bounds; "lower", "higher": the whole of it lies beyond one;
/// "unclear": it straddles a bound, or there is none because of too few rounds.
[[nodiscard]] std::string ratio_verdict(const Interval95& measured, std::optional<double> at_least,
                                        std::optional<double> at_most);

/// Takes each ratio round by round from the valid MRR trials of its two DUTs, with the same TX engine, on whatever
/// cores they ran: who writes [ratio.NAME] compares them on purpose. Those without a round in common are left out.
/// `dut_side` is the ratio of the times a packet takes behind the generator: 1 / rate, less 1 / rate of null-tx in the
/// same round where the DUT shares the generator's core. Left out when null-tx is missing or no faster in a round. The
/// verdict is about it where it is there: what others published had its generator on another machine.
/// @param claims all but `measured`, `dut_side` and `verdict`
[[nodiscard]] std::vector<Ratio> measure_ratios(const Record& record, const std::vector<Ratio>& claims);

}  // namespace fwbench
