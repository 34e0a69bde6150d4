// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Traffic made from the policy: for each rule the header fields of frames that it matches.

#include <memory>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"
#include "traffic/spec.h"

namespace fwbench {

/// Which rules of the policy; in the order of enum and key table.
enum class RuleFilter : uint8_t { all, accept, drop };

/// A flow for each rule of the base chain with a verdict, in their order, each field within what the rule matches; what
/// a rule does not name is drawn from the lab's ranges. Name, TTL and sizes are those of `like`.
/// A rule above that matches the same frames decides them all the same: the oracle judges frames, not intentions.
/// Errors: ErrorKind::usage, for a rule (with its line) that frames cannot be made for: fields other than addresses,
/// protocol, ports, flags and ICMP type, tuples, maps, jumps, or nothing left to match; and for no rule at all.
[[nodiscard]] Result<std::shared_ptr<const std::vector<TrafficClass>>> flows_of_policy(const Policy& policy,
                                                                                       RuleFilter filter,
                                                                                       const TrafficClass& like);

}  // namespace fwbench
