// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the flat rules ask of a plain IPv4 packet, beside their actions (bpf/abi.h, struct fw_action).

#include <span>

#include "bpf/abi.h"
#include "engine/conditions.h"

namespace fwbench {

/// Fills in the ranges; FW_ACTION_EXACT where a rule asks for nothing else.
/// @param actions one for each flat rule.
void add_rule_ranges(const Conditions& conditions, std::span<fw_action> actions);

}  // namespace fwbench
