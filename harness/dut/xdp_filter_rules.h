// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A policy in the words of xdp-filter(8), which knows lists of single addresses and of ports, all of them to be
/// dropped or all of them to be let pass. Pure.

#include <string>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

struct XdpFilterRules {
  bool denies = false;                             ///< what is not in a list is dropped
  std::vector<std::vector<std::string>> commands;  ///< arguments of one call each, for one entry of a list
};

/// It is told one entry at a time, in about 20 ms each.
inline constexpr size_t kMaxXdpFilterEntries = 256;

/// Errors: ErrorKind::unsupported with the rule that does not fit and why.
[[nodiscard]] Result<XdpFilterRules> xdp_filter_rules(const Policy& policy);

}  // namespace fwbench
