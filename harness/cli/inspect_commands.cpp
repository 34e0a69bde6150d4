// SPDX-License-Identifier: BSD-2-Clause
/// The commands that only read: plan, list, explain, report, doctor, version.

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "core/file.h"
#include "core/paths.h"
#include "doctor/doctor.h"
#include "dut/dut.h"
#include "record/record_json.h"
#include "record/store.h"
#include "report/report.h"
#include "report/table.h"
#include "scenario/keys.h"
#include "scenario/scenario.h"

namespace fwbench {
namespace {

int list_duts(bool json) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const DutEntry& entry : dut_catalogue()) {
    if (json) {
      all.push_back({{"name", entry.name}, {"summary", entry.summary}, {"deliberate_fault", entry.deliberate_fault}});
    } else {
      fmt::print("{:<14} {}\n", entry.name, entry.summary);
    }
  }
  if (json) fmt::print("{}\n", all.dump(2));
  return exit_ok;
}

}  // namespace

int plan_command(const ScenarioArguments& arguments, bool json) {
  const std::optional<Plan> plan = plan_or_complain(arguments);
  if (!plan) return exit_usage;
  fmt::print("{}\n", json ? plan_to_json(*plan) : plan_to_text(*plan));
  return exit_ok;
}

int list_command(bool duts, bool json) {
  if (duts) return list_duts(json);
  const auto share = share_paths();
  if (!share) return complain(share.error());
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const ScenarioInfo& scenario : list_scenarios(share->scenarios)) {
    if (json) {
      all.push_back({{"name", scenario.name}, {"file", scenario.file.string()}, {"purpose", scenario.purpose}});
    } else {
      fmt::print("{:<16} {}\n", scenario.name, scenario.purpose);
    }
  }
  if (json) fmt::print("{}\n", all.dump(2));
  return exit_ok;
}

int explain_command(const std::string& topic, bool markdown) {
  if (markdown) {
    fmt::print("{}", keys_markdown());
    return exit_ok;
  }
  const auto text = explain_keys(topic);
  if (!text) return complain(text.error());
  fmt::print("{}", *text);
  return exit_ok;
}

int report_command(const std::string& path, const std::string& json, bool plots) {
  const auto file = find_record(path);
  if (!file) return complain(file.error());
  const auto record = load_record(*file);
  if (!record) return complain(record.error());
  if (json.empty()) {
    fmt::print("{}", render_table(*record, use_color(STDOUT_FILENO)));
  } else if (json == "-") {
    fmt::print("{}\n", record_to_json(*record));
  } else if (auto written = write_file_atomically(json, record_to_json(*record) + "\n"); !written) {
    return complain(written.error());
  }
  if (!plots) return exit_ok;
  const std::filesystem::path folder = file->parent_path();
  if (auto written = write_report(*record, folder); !written) return complain(written.error());
  fmt::print(stderr, "report: {}\n", (folder / "report.md").string());
  return exit_ok;
}

int doctor_command(bool json) {
  const std::vector<Check> checks = run_checks();
  if (json) {
    fmt::print("{}\n", checks_to_json(checks));
  } else {
    fmt::print("{}", render_checks(checks, use_color(STDOUT_FILENO)));
  }
  return can_run(checks) ? exit_ok : exit_environment;
}

int version_command() {
  fmt::print("fwbench {}\n", FWBENCH_VERSION);
  return exit_ok;
}

}  // namespace fwbench
