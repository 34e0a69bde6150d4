// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"
#include "core/diagnostic.h"
#include "core/paths.h"
#include "dut/dut.h"
#include "record/thresholds.h"
#include "scenario/scenario.h"

namespace fwbench {
namespace {

std::vector<std::string> split_names(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : list + ",") {
    if (c != ',') {
      if (c != ' ') name += c;
      continue;
    }
    if (!name.empty()) names.push_back(std::move(name));
    name.clear();
  }
  return names;
}

std::filesystem::path find_scenario(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return file;
  const auto share = share_paths();
  if (!share) return file;
  for (const std::filesystem::path& candidate :
       {share->root / file, share->scenarios / file, share->scenarios / (file + ".ini")}) {
    if (std::filesystem::is_regular_file(candidate, ignored)) return candidate;
  }
  return file;
}

}  // namespace

bool use_color(int fd) {
  return ::isatty(fd) != 0 && std::getenv("NO_COLOR") == nullptr;
}

int complain(const Error& error) {
  fmt::print(stderr, "fwbench: {}\n", error.to_string());
  return exit_code(error.kind);
}

int judge_record(const Record& record) {
  const bool wrong = std::any_of(record.trials.begin(), record.trials.end(), [](const Trial& trial) {
    return trial.verdicts.false_drop + trial.verdicts.false_pass + (trial.swap ? trial.swap->mixed : 0) != 0;
  });
  if (wrong) return exit_verdict_mismatch;
  if (!record.valid) return exit_invalid;
  const std::string_view thresholds = overall_verdict(record);
  return thresholds == "fail" ? exit_gate_failed : thresholds == "pass" ? exit_ok : exit_inconclusive;
}

std::optional<Plan> plan_or_complain(const ScenarioArguments& arguments) {
  ScenarioOptions options = {.overrides = arguments.overrides,
                             .duts = split_names(arguments.duts),
                             .quick = arguments.quick,
                             .known_duts = {},
                             .policy_duts = {}};
  for (const DutEntry& entry : dut_catalogue()) {
    options.known_duts.push_back(entry.name);
    if (entry.expectation == DutExpectation::policy) options.policy_duts.push_back(entry.name);
  }
  PlannedScenario planned = plan_scenario(find_scenario(arguments.file), options);
  fmt::print(stderr, "{}", render(planned.diagnostics, use_color(STDERR_FILENO)));
  return std::move(planned.plan);
}

}  // namespace fwbench
