// SPDX-License-Identifier: BSD-2-Clause
/// The commands that read records: report, merge.

#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "core/diagnostic.h"
#include "core/file.h"
#include "export/export.h"
#include "record/merge.h"
#include "record/record_json.h"
#include "record/store.h"
#include "report/report.h"
#include "report/table.h"

namespace fwbench {
namespace {

/// To a file, or to stdout for "" and "-".
Result<void> write_out(const std::string& file, const std::string& text) {
  if (!file.empty() && file != "-") return write_file_atomically(file, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return sys_fail(errno, "cannot write to stdout");
  }
  return {};
}

int export_record(const Record& record, const ReportArguments& arguments) {
  const ExportFormat* const format = find_export_format(arguments.format);
  if (format == nullptr) {
    std::vector<std::string_view> names;
    for (const ExportFormat& one : export_formats()) names.push_back(one.name);
    const std::string nearest = did_you_mean(arguments.format, names);
    return complain(with_remedy(fail(ErrorKind::usage, "no format '{}'", arguments.format),
                                nearest.empty() ? fmt::format("formats are {}", fmt::join(names, ", "))
                                                : fmt::format("did you mean '{}'?", nearest))
                        .value());
  }
  if (auto written = write_out(arguments.out, format->write(record)); !written) return complain(written.error());
  return exit_ok;
}

}  // namespace

int report_command(const ReportArguments& arguments) {
  const auto file = find_record(arguments.record);
  if (!file) return complain(file.error());
  const auto record = load_record(*file);
  if (!record) return complain(record.error());
  if (!arguments.format.empty()) return export_record(*record, arguments);
  if (!arguments.json.empty()) {
    if (auto written = write_out(arguments.json, record_to_json(*record) + "\n"); !written) {
      return complain(written.error());
    }
  } else if (auto written =
                 write_out(arguments.out, render_table(*record, use_color(STDOUT_FILENO) && arguments.out.empty()));
             !written) {
    return complain(written.error());
  }
  if (!arguments.plots) return exit_ok;
  const std::filesystem::path folder = file->parent_path();
  if (auto written = write_report(*record, folder); !written) return complain(written.error());
  fmt::print(stderr, "report: {}\n", (folder / "report.md").string());
  return exit_ok;
}

int merge_command(const MergeArguments& arguments) {
  std::vector<Record> shards;
  for (const std::string& path : arguments.records) {
    auto record = load_record(path);
    if (!record) return complain(record.error());
    shards.push_back(std::move(*record));
  }
  const auto merged = merge_shards(std::move(shards), {.mixed_hosts = arguments.mixed_hosts});
  if (!merged) return complain(merged.error());
  if (auto written = write_out(arguments.out, record_to_json(*merged) + "\n"); !written)
    return complain(written.error());
  // The record may be stdout itself.
  if (arguments.out != "-") fmt::print("{}", render_table(*merged, use_color(STDOUT_FILENO)));
  return judge_record(*merged);
}

}  // namespace fwbench
