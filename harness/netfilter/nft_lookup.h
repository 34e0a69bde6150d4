// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Many plain rules of one shape as one lookup: what who writes nft by hand for ten thousand rules would do.

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// The policy at netdev ingress of d0 as one verdict map over a concatenation: `ip saddr . ip daddr . meta l4proto .
/// th sport . th dport vmap @rules`, and the chain's policy. A last rule without matches stays a rule.
/// Errors: ErrorKind::unsupported with the rule's line, where it is not such a policy, or where two rules overlap so
/// that the first match would not win: the elements of a map have no order.
[[nodiscard]] Result<std::string> nft_lookup_ruleset(const Policy& policy);

}  // namespace fwbench
