// SPDX-License-Identifier: BSD-2-Clause
/// What a run begins with.
#include <ctime>
#include <random>

#include "cli/commands.h"
#include "measure/host.h"
#include "scenario/scenario.h"

namespace fwbench {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[sizeof "2026-01-31T12:00:00Z"];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

Record new_record(const Plan& plan) {
  Record record;
  record.fwbench_version = FWBENCH_VERSION;
  record.started_utc = utc_now();
  record.scenario_name = plan.scenario_name;
  record.scenario_sha256 = plan.scenario_sha256;
  record.purpose = plan.purpose;
  record.plan_json = plan_to_json(plan);
  record.host = read_host_info();
  record.duts = plan.duts;
  if (plan.cases.empty()) return record;
  record.sweep = {.keys = plan.sweep_keys, .reference = plan.reference_case, .cases = {}};
  for (const Plan& one : plan.cases) {
    SweepCase& added = record.sweep->cases.emplace_back();
    added.label = one.case_label;
    for (size_t i = 0; i < plan.sweep_keys.size(); ++i) added.values[plan.sweep_keys[i]] = one.case_values[i];
  }
  return record;
}

Result<std::vector<FrameTable>> build_tables(const Plan& plan) {
  const uint32_t run_id = std::random_device{}();
  std::vector<FrameTable> tables;
  for (const Plan& one : cases_of(plan)) {
    auto table = build_frames(one.traffic, run_id);
    if (!table) return tl::unexpected(table.error());
    tables.push_back(std::move(*table));
  }
  return tables;
}

}  // namespace fwbench
