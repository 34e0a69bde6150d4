// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Names to what they stand for, once the whole text is read: @sets, maps and chains.

#include <map>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/rule_parser.h"
#include "policy/set_parser.h"
#include "policy/source.h"

namespace fwbench {

using ParsedSets = std::map<std::string, ParsedSet, std::less<>>;

/// What a rule of the policy still lacks.
struct PendingRule {
  size_t rule = 0;  ///< index into Policy::rules
  ParsedVerdict verdict;
  std::vector<SetReference> references;
  Expressions map_expressions;
  std::vector<TupleElement> map_elements;
};

/// Fills in the values and chains of `policy`, whose chains are all known, and checks how chains call each other:
/// no loops, not too deep. Errors are reported.
void resolve_names(Source& source, const ParsedSets& sets, const std::vector<PendingRule>& pending, Policy& policy);

}  // namespace fwbench
