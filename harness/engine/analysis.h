// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Rules that no packet can reach: what is wrong with a ruleset that parses.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "engine/flatten.h"
#include "policy/policy.h"

namespace fwbench {

struct DeadRule {
  enum class Why : uint8_t {
    contradiction,  ///< its matches exclude each other
    shadowed,       ///< an earlier rule decides every packet that it matches
  };
  uint32_t rule = 0;  ///< index into Policy::rules
  Why why = Why::contradiction;
  std::optional<uint32_t> by;  ///< the rule that shadows it, where one rule does so alone
};

struct PolicyAnalysis {
  std::vector<DeadRule> dead;  ///< in the order of the rules
  bool complete = true;        ///< false: too many rules to hold each against each, only contradictions were looked for
};

/// What it reports is so; it does not see a rule that only several others together shadow. Nothing is said of rules in
/// chains that nobody calls: the parser warns of those.
[[nodiscard]] PolicyAnalysis analyse_policy(const FlatPolicy& flat);

}  // namespace fwbench
