// SPDX-License-Identifier: BSD-2-Clause
/// The commands that only read: plan, list, explain, doctor, version.

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "core/paths.h"
#include "doctor/doctor.h"
#include "dut/dut.h"
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
