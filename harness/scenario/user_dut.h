// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What must hold of a [dut.NAME] besides the form of its values. Internal to the scenario module.

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "scenario/inputs.h"

namespace fwbench {

/// Where a [dut.NAME] stands, and what is known when it has been read.
struct UserDutContext {
  const IniSection& section;
  const SourceText& source;
  const Plan& plan;  ///< up to here: with the policy, without DUTs behind this one
  const std::vector<std::string_view>& catalogue;
  const std::vector<std::string_view>& known;  ///< with the user's own; empty: names are not checked
  std::function<std::optional<Inputs::Found>(std::string_view key)> find;
};

/// As the key `kind` has it.
[[nodiscard]] std::string_view kind_name(UserDutKind kind);

/// Adds the names of all [dut.NAME]; nothing when `known` is empty, for then no name is checked.
void add_user_dut_names(const ParsedIni& ini, std::vector<std::string_view>& known);

/// Paths and summary of a DUT whose keys have been read. False, and reported, when it makes no sense.
[[nodiscard]] bool finish_user_dut(const UserDutContext& context, UserDut& dut, std::vector<Diagnostic>& diagnostics);

/// Stands in for the policy of a scenario that has none: accepts everything.
[[nodiscard]] std::shared_ptr<const Policy> absent_policy();

}  // namespace fwbench
