// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The report of a run beside its record: plots/ and report.md. Needs nothing but the Record and gnuplot.

#include <filesystem>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

/// Writes run_folder/plots/*.{dat,gp,svg,png} and run_folder/report.md. When the plots fail, report.md is still
/// written, without them, and the plots' error returned.
[[nodiscard]] Result<void> write_report(const Record& record, const std::filesystem::path& run_folder);

}  // namespace fwbench
