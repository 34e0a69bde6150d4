// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A policy as one list of rules over single fields: chains written out where they are called, concatenations and
/// verdict maps as rules of their own. What cannot be said by order alone is a skip forward.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

struct FlatRule {
  std::vector<Match> matches;  ///< all of them must hold; several on one field narrow each other
  /// accept and drop decide; next goes on; jump goes on at `target`. No other action is left.
  Action action = Action::next;
  uint32_t target = 0;           ///< of a jump: a later flat rule, or the number of them for the chain's policy
  std::optional<uint32_t> rule;  ///< index into Policy::rules; nothing: a rule of ours, which decides for no rule
  bool counted = false;          ///< counts for `rule`
};

using FlatPolicy = std::vector<FlatRule>;

/// First match over the result, with its skips, is what nft_do_chain() makes of the policy.
/// Errors: ErrorKind::usage beyond FW_MAX_FLAT_RULES.
[[nodiscard]] Result<FlatPolicy> flatten(const Policy& policy);

}  // namespace fwbench
