// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Plots by gnuplot from kept data: for each plot a .dat (the numbers), a .gp (how to draw them; `gnuplot mrr.gp` in
/// the folder draws it again), an .svg and a .png.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

/// Writes the plots that the record has numbers for: "mrr", "sweep", "ledger", "delay", "timeline"; returns their
/// names. The .dat and .gp are written even when gnuplot then fails. Errors: ErrorKind::environment when gnuplot is
/// missing (with the remedy), or the folder cannot be made or written; ErrorKind::internal when gnuplot does not
/// understand our script.
[[nodiscard]] Result<std::vector<std::string>> write_plots(const Record& record, const std::filesystem::path& folder);

}  // namespace fwbench
