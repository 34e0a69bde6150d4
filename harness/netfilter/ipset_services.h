// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Many rules of one service each as a few sets: what a set is for.

#include <span>
#include <string>
#include <vector>

#include "netfilter/ipset_sets.h"

namespace fwbench {

/// From so many rules in a row on they are folded.
inline constexpr size_t kFewestToFold = 16;

struct FoldedServices {
  struct Part {
    std::string options;  ///< of one rule
    Outcome outcome;
  };
  std::vector<Part> parts;
  size_t rules = 0;  ///< how many of the policy's stand for them; 0: nothing is folded here
};

/// Looks at the beginning of `rules`: those that ask for one source, one destination, one protocol and one destination
/// port each, that drop or accept, and of which no packet matches two with different outcomes. Their order is then of
/// no account, and they are one set for each outcome.
/// Errors: the same with a source port as well, which no type of ipset has room for.
[[nodiscard]] Said<FoldedServices> fold_services(std::span<const Rule> rules, IpFamily family, IpSets& sets);

}  // namespace fwbench
