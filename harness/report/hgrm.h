// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Delay histograms as HdrHistogram's percentile text (.hgrm), which its plotter and others read.

#include <filesystem>
#include <string>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

/// The whole histogram: a line for each bucket in use, value in microseconds with three digits, so to the nanosecond.
/// Mean and standard deviation are those of the bucket bounds, at most 0.8 % too high. Empty without probes.
[[nodiscard]] std::string hgrm_text(const DelayStats& delay);

/// One file for each valid trial with probes, in `folder`: "DUT[-CASE]-PURPOSE-ROUND.hgrm", with characters that are
/// not safe in file names as '_'. Makes the folder when there is any.
[[nodiscard]] Result<void> write_histograms(const Record& record, const std::filesystem::path& folder);

}  // namespace fwbench
