// SPDX-License-Identifier: BSD-2-Clause
#include "record/store.h"

#include <algorithm>

#include "core/file.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

namespace fs = std::filesystem;

/// "2026-01-31T12:00:00Z" -> "20260131T120000Z": no colons, which shells, tar and other systems' files do not like.
std::string compact_utc(std::string utc) {
  std::erase_if(utc, [](char c) { return c == '-' || c == ':'; });
  return utc;
}

bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

bool is_record(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace

Result<fs::path> create_run_folder(const fs::path& runs, const Record& record) {
  const std::string time = compact_utc(record.started_utc);
  if (!is_file_name(record.scenario_name) || !is_file_name(time)) {
    return fail(ErrorKind::usage, "cannot name a folder after scenario '{}' and time '{}'", record.scenario_name,
                record.started_utc);
  }
  const fs::path scenario = runs / record.scenario_name;
  std::error_code error;
  fs::create_directories(scenario, error);
  if (error) return sys_fail(error.value(), "cannot make folder '{}'", scenario.string());
  constexpr int kRunsInOneSecond = 99;
  for (int i = 1; i <= kRunsInOneSecond; ++i) {
    const fs::path folder = scenario / (i == 1 ? time : fmt::format("{}-{:02}", time, i));
    // Only the one who really made it may use it: two runs may start at once.
    if (fs::create_directory(folder, error)) return folder;
    if (error) return sys_fail(error.value(), "cannot make folder '{}'", folder.string());
  }
  return fail(ErrorKind::environment, "more than {} runs started at {}", kRunsInOneSecond, record.started_utc);
}

Result<void> save_record(const Record& record, const fs::path& run_folder) {
  return write_file_atomically(run_folder / kRecordFile, record_to_json(record));
}

Result<fs::path> find_record(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (fs::exists(path, error)) return path;
    return with_remedy(fail(ErrorKind::usage, "there is no '{}'", path.string()),
                       "name a record.json, a run's folder, or a scenario's folder under results/runs");
  }
  if (is_record(path / kRecordFile)) return path / kRecordFile;
  std::vector<fs::path> runs;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (is_record(entry->path() / kRecordFile)) runs.push_back(entry->path());
  }
  if (error) {
    return tl::unexpected<Error>(
        Error{ErrorKind::usage, error.value(), fmt::format("cannot list '{}'", path.string()), {}});
  }
  if (runs.empty()) {
    return with_remedy(fail(ErrorKind::usage, "no record in '{}' or the folders in it", path.string()),
                       "name a record.json, a run's folder, or a scenario's folder under results/runs");
  }
  return *std::max_element(runs.begin(), runs.end()) / kRecordFile;
}

Result<Record> load_record(const fs::path& path) {
  auto file = find_record(path);
  if (!file) return tl::unexpected<Error>(std::move(file).error());
  auto text = read_file(*file);
  if (!text) return tl::unexpected<Error>(std::move(text).error());
  auto record = record_from_json(*text);
  if (!record) {
    Error error = std::move(record).error();
    error.message = fmt::format("{}: {}", file->string(), error.message);
    return tl::unexpected<Error>(std::move(error));
  }
  return record;
}

}  // namespace fwbench
