// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/run_evidence.h"
#include "core/file.h"
#include "lab/lab_process.h"
#include "measure/campaign.h"
#include "record/record_json.h"
#include "record/store.h"
#include "report/report.h"
#include "report/table.h"
#include "scenario/scenario.h"
#include "traffic/frame.h"

namespace fwbench {
namespace {

/// "2/3"; none for "".
Result<std::optional<Shard>> read_shard(const std::string& text, int rounds) {
  if (text.empty()) return std::nullopt;
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = index.ec == std::errc{} && index.ptr != end && *index.ptr == '/';
  const auto count = std::from_chars(has_slash ? index.ptr + 1 : end, end, shard.count);
  const bool fine =
      has_slash && count.ec == std::errc{} && count.ptr == end && shard.index >= 1 && shard.index <= shard.count;
  if (!fine) {
    return with_remedy(fail(ErrorKind::usage, "--shard {} is not one of n parts", text), "write 1/3, 2/3 or 3/3");
  }
  if (shard.count > rounds) {
    return with_remedy(
        fail(ErrorKind::usage, "--shard {}: {} rounds cannot be dealt out to {}", text, rounds, shard.count),
        fmt::format("at most {} shards, or more rounds (--set trial.rounds=N)", rounds));
  }
  return shard;
}

/// Policies that are in no file of the user's, for others to load.
Result<void> write_generated_policies(const Plan& plan, const std::filesystem::path& folder) {
  for (const Plan& one : cases_of(plan)) {
    if (!one.policy_is_generated) continue;
    std::error_code ignored;
    std::filesystem::create_directories(folder / "policies", ignored);
    FWBENCH_TRY(write_file_atomically(folder / "policies" / one.policy->file, one.policy->text));
  }
  return {};
}

Result<void> show(const Record& record, const RunArguments& arguments, const std::filesystem::path& folder) {
  if (arguments.json == "-") {
    fmt::print("{}\n", record_to_json(record));
  } else {
    fmt::print("{}", render_table(record, use_color(STDOUT_FILENO)));
  }
  std::fflush(stdout);
  if (!arguments.json.empty() && arguments.json != "-") {
    FWBENCH_TRY(write_file_atomically(arguments.json, record_to_json(record) + "\n"));
  }
  if (arguments.plots && record.complete) FWBENCH_TRY(write_report(record, folder));
  fmt::print(stderr, "record: {}\n", (folder / kRecordFile).string());
  return {};
}

}  // namespace

int run_command(const RunArguments& arguments) {
  const std::optional<Plan> plan = plan_or_complain(arguments.scenario);
  if (!plan) return exit_usage;
  const auto shard = read_shard(arguments.shard, plan->trial.rounds);
  if (!shard) return complain(shard.error());
  const auto tables = build_tables(*plan);
  if (!tables) return complain(tables.error());
  // An empty lab first: without the privileges nothing is begun, and no folder is left behind.
  if (const auto possible = run_in_lab_process([] { return 0; }); !possible) return complain(possible.error());
  Record record = new_record(*plan);
  record.shard = *shard;
  const auto folder = create_run_folder(arguments.out, record);
  if (!folder) return complain(folder.error());

  const auto code = run_in_lab_process([&] {
    return measure_and_save(*folder, [&](const CampaignListener& listener) {
      Record measured = record;
      return run_campaign(*plan, *tables, measured, listener);
    });
  });
  if (!code) return complain(code.error());
  const auto measured = load_record(*folder);
  if (!measured) {
    std::error_code ignored;
    std::filesystem::remove(*folder, ignored);  // empty: it ended before the first trial
    return *code != exit_ok ? *code : complain(measured.error());
  }
  if (auto kept = write_generated_policies(*plan, *folder); !kept) return complain(kept.error());
  if (auto shown = show(*measured, arguments, *folder); !shown) return complain(shown.error());
  if (auto written = write_run_evidence(*measured, *plan, *tables, arguments, *folder); !written)
    return complain(written.error());
  return *code != exit_ok ? *code : judge_record(*measured);
}

}  // namespace fwbench
