// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Policies as nft text: like ClassBench's in that rules overlap, nest and cover one another, and full of the values at
/// which engines go wrong: 0, the largest value, prefixes of every length, one-value ranges' neighbours.

#include <cstdint>
#include <string>

namespace fwbench::verify {

/// What the language has beyond single-field matches in one base chain.
enum Feature : uint32_t {
  feature_base = 0,
  feature_chains = 1U << 0,          ///< jump, goto, return
  feature_verdict_maps = 1U << 1,    ///< vmap
  feature_concatenations = 1U << 2,  ///< ip saddr . tcp dport { ... }
  feature_header_fields = 1U << 3,   ///< dscp, ecn, ttl, length, frag-off, nexthdr, hoplimit, icmp code
  feature_exthdr = 1U << 4,          ///< exthdr hbh exists
  feature_link_layer = 1U << 5,      ///< ether type, saddr, daddr, vlan id
  feature_length = 1U << 6,          ///< meta length
  feature_masks = 1U << 7,           ///< ip saddr & 255.0.0.255 == 10.0.0.1
  feature_families = 1U << 8,        ///< inet, ip and ip6 tables
};
/// What the parser and every engine know.
inline constexpr uint32_t kAllFeatures = feature_chains | feature_verdict_maps | feature_concatenations |
                                         feature_header_fields | feature_exthdr | feature_link_layer | feature_length |
                                         feature_masks | feature_families;

struct PolicyShape {
  uint64_t seed = 1;
  size_t index = 0;  ///< of the policy in its campaign: decides on the size, so that a short campaign has all of them
  uint32_t features = kAllFeatures;
};

/// The rules that the policy at this place of a campaign has, all chains together, give or take a few.
[[nodiscard]] size_t rules_of_policy(const PolicyShape& shape);

[[nodiscard]] std::string generate_policy(const PolicyShape& shape);

}  // namespace fwbench::verify
