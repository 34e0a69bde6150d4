// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Where records live: <runs>/<scenario>/<UTC>/record.json, say results/runs/syn_flood/20260131T120000Z/record.json.

#include <filesystem>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

inline constexpr const char* kRecordFile = "record.json";

/// Makes the folder of a new run from scenario_name and started_utc and returns it. A second run in the same second
/// gets "-02" behind its time, and so on: names sort by time.
/// @param runs usually results/runs; made when missing.
/// Errors: ErrorKind::usage for a scenario name that is not a file name, ErrorKind::environment for the file system.
[[nodiscard]] Result<std::filesystem::path> create_run_folder(const std::filesystem::path& runs, const Record& record);

/// Writes run_folder/record.json atomically; cheap enough to be called after every trial.
[[nodiscard]] Result<void> save_record(const Record& record, const std::filesystem::path& run_folder);

/// A record's file, from what users type: the file itself, a run's folder, or a scenario's folder (its newest run).
/// Errors: ErrorKind::usage when there is none.
[[nodiscard]] Result<std::filesystem::path> find_record(const std::filesystem::path& path);

/// find_record(), read, parsed. Errors name the file.
[[nodiscard]] Result<Record> load_record(const std::filesystem::path& path);

}  // namespace fwbench
