// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Constant load and illegal traffic in the tables. Internal to the report module.

#include <string>
#include <vector>

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

/// Some trial was of constant load.
[[nodiscard]] bool has_load(const Record& record);

/// Columns of the main table in place of those about MRR, and a row's cells.
[[nodiscard]] std::vector<std::string> load_header(const Record& record);
[[nodiscard]] std::vector<Cell> load_cells(const Measures& measures);
/// What these columns are.
[[nodiscard]] std::string load_note();

/// One line for each DUT whose cases differ in their load: where its goodput breaks down.
[[nodiscard]] std::vector<std::string> knee_lines(const Record& record);

/// Illegal traffic that was let through, for each DUT that lets anything through and each case in which there was any.
[[nodiscard]] Grid leak_grid(const Record& record);

/// The classes of a constant load.
[[nodiscard]] Grid class_grid(const Record& record);

inline constexpr const char* kKneeTitle = "Where the goodput of legal traffic breaks down (RFC 3511 section 5.5)";
inline constexpr const char* kLeakTitle =
    "Illegal traffic let through (RFC 3511 section 5.8), with one-sided 95 % bounds (Clopper-Pearson)";
inline constexpr const char* kClassTitle = "Frames of each class under constant load, all rounds";

}  // namespace fwbench
