// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [policy] and [swap]: the policies of a plan, from files or generated. Internal to the scenario module.

#include <vector>

#include "scenario/section_reader.h"

namespace fwbench {

/// Once the keys of [policy] are read.
/// @param policy_diagnostics what is wrong within the policy itself; it goes behind what is wrong with the scenario
void read_policy(SectionReader& reader, std::vector<Diagnostic>& policy_diagnostics);

/// Once the keys of [swap] are read. @param policy_diagnostics as read_policy()
void read_swap(SectionReader& reader, std::vector<Diagnostic>& policy_diagnostics);

}  // namespace fwbench
