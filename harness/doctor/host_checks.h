// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What can be read off the machine: privileges, tools, and what makes its numbers better or worse.

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/check.h"

namespace fwbench {

/// Capabilities of this process, from CapEff in /proc/self/status.
[[nodiscard]] Check privilege_check();

/// The same for a given user and set (bit n = capability n of linux/capability.h).
[[nodiscard]] Check privilege_check(unsigned uid, uint64_t capabilities);

/// One for each program that fwbench or its firewalls run.
[[nodiscard]] std::vector<Check> tool_checks();

/// CPUs, clock, frequency governor, load, pauses (takes 0.5 s), memory, locked memory.
[[nodiscard]] std::vector<Check> machine_checks();

}  // namespace fwbench
