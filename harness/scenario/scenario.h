// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Scenario files: text in, Plan out. Nothing here touches the kernel or needs privileges.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.h"
#include "core/result.h"
#include "scenario/plan.h"

namespace fwbench {

struct ScenarioOptions {
  std::vector<std::string> overrides = {};  ///< --set section.key=value; they win over the file and over `quick`, later
                                            ///< ones over earlier ones
  std::vector<std::string> duts = {};       ///< --dut, replaces the list; empty = from the file
  bool quick = false;                       ///< lowers what the key table says; never lengthens
  std::vector<std::string_view> known_duts = {};   ///< catalogue names; empty = names are not checked
  std::vector<std::string_view> policy_duts = {};  ///< those of them that run the scenario's policy
};

struct PlannedScenario {
  std::optional<Plan> plan;             ///< nullopt when there were errors
  std::vector<Diagnostic> diagnostics;  ///< of the scenario, of the overrides, of the policy, in this order
};

/// Reads the scenario and its policy and finds every error in both in one pass. Equal inputs give equal plans.
[[nodiscard]] PlannedScenario plan_scenario(const std::filesystem::path& file, const ScenarioOptions& options);

/// For people: what `fwbench plan` prints.
[[nodiscard]] std::string plan_to_text(const Plan& plan);

/// For programs, and for the Record: keys always in the same order, no trailing newline. Long lists of ranges come down
/// to their number and their first few; the policy to its file, hash and number of rules.
[[nodiscard]] std::string plan_to_json(const Plan& plan);

struct ScenarioInfo {
  std::string name;  ///< file name without ".ini"
  std::filesystem::path file;
  std::string purpose;  ///< "" when it has none
};

/// The *.ini in a folder by name; empty for a folder that cannot be read. Files with errors are listed all the same.
[[nodiscard]] std::vector<ScenarioInfo> list_scenarios(const std::filesystem::path& folder);

// explain_keys() and keys_markdown() are in scenario/keys.h.

}  // namespace fwbench
