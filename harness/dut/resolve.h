// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// From the name of a DUT to what is opened: fwbench's own, or the scenario's.

#include <optional>
#include <string_view>

#include "dut/dut.h"

namespace fwbench {

/// Null when the scenario has no [dut.NAME] of that name.
[[nodiscard]] const UserDut* find_user_dut(const Plan& plan, std::string_view name);

/// Empty when there is none of that name. The entry's texts belong to the catalogue or to the plan, which has to
/// outlive it.
[[nodiscard]] std::optional<DutEntry> resolve_dut(const Plan& plan, std::string_view name);

}  // namespace fwbench
