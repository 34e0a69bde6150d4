// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Policies made to measure: nftables rulesets of a wanted size, for sweeps. Text, which the usual parser reads and
/// others can load.

#include <cstdint>
#include <string>

#include "traffic/spec.h"

namespace fwbench {

enum class PolicyGenerator : uint8_t { five_tuples, four_tuples, blocklist };

/// Everything that decides the text: equal recipes give equal rulesets.
struct PolicyRecipe {
  PolicyGenerator generator = PolicyGenerator::five_tuples;
  uint32_t rules = 1000;             ///< five_tuples, four_tuples
  double accept_share = 0.1;         ///< the same: so many of the rules accept, the others drop
  uint32_t prefixes = 1000;          ///< blocklist
  IpVersion family = IpVersion::v4;  ///< blocklist
  uint64_t seed = 1;
};

/// "five_tuples-1000-accept0.1-seed1.nft": as a file name, and in messages.
[[nodiscard]] std::string generated_name(const PolicyRecipe& recipe);

/// five_tuples: `rules` rules, each of a 5-tuple that no other has, TCP and UDP in turn; the chain's policy is drop, so
/// that a frame that matches no rule is told from one that matches an accepting rule. Every (1/accept_share)-th
/// accepts, the last one among them when it comes out even. four_tuples: the same without source ports. blocklist: one
/// set `blocklist` of so many prefixes that neither overlap nor touch, outside of what is not global unicast and of the
/// lab's own ranges; what is in it is dropped, the rest accepted.
[[nodiscard]] std::string generate_policy(const PolicyRecipe& recipe);

}  // namespace fwbench
