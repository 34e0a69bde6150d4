// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A policy as the lists of rules that DPDK's rte_acl takes, one for IPv4 and one for IPv6: plain numbers, no DPDK.
///
/// rte_acl compares a key of a few bytes with rules of one value and one mask, prefix or range for each field; of those
/// that match, the one of the highest priority wins. A set is so many rules as it has prefixes or ranges, and sets of
/// several fields multiply. Presence of a field is not part of the key: frames that lack a field some rule looks at are
/// not for these lists (see acl_key.h), so "absent" never meets a rule.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// How a rule speaks about a field; the values are those of rte_acl.h (RTE_ACL_FIELD_TYPE_...).
enum class AclMatch : uint8_t { prefix = 0, range = 1, bits = 2 };

/// One field of the key: `size` bytes in network byte order at `offset`. Fields of one `group` are four bytes together,
/// except the first field, which is one byte and a group of its own (lib/acl/rte_acl.h, rte_acl_field_def).
struct AclField {
  AclMatch match = AclMatch::prefix;
  uint8_t size = 1;
  uint8_t group = 0;
  uint8_t offset = 0;

  bool operator==(const AclField&) const = default;
};

/// What a rule asks of one field, in host byte order: prefix: value and length; range: first and last; bits: value and
/// mask.
struct AclValue {
  uint32_t value = 0;
  uint32_t mask_or_last = 0;

  bool operator==(const AclValue&) const = default;
};

/// Most rules of one list: rte_acl needs some kB for each, and minutes to build, long before this.
inline constexpr size_t kMaxAclRules = 200'000;

/// The rules for one IP version, in the order of falling priority.
struct AclTable {
  std::vector<AclField> fields;
  std::vector<AclValue> values;    ///< of all rules, fields.size() each
  std::vector<uint32_t> priority;  ///< of each rule; those of one nft rule share it
  std::vector<uint32_t> accepts;   ///< of each rule: 1 or 0
  uint32_t required = 0;           ///< bit of each Field that a frame must have to be for this list

  [[nodiscard]] size_t rules() const { return priority.size(); }
};

struct AclPolicy {
  AclTable ipv4;
  AclTable ipv6;
  bool default_accepts = false;  ///< for a frame that meets no rule
  bool rare_fields = false;      ///< some rule looks at a field from Field::icmp_code on
};

/// Errors: ErrorKind::unsupported, "edge.nft:12: ...", for what one list of rules cannot say: rules that skip others
/// (return, concatenations that must not match), and sets of sets beyond kMaxAclRules.
[[nodiscard]] Result<AclPolicy> make_acl_policy(const Policy& policy);

/// The largest prefixes that together are the interval, for a field of so many bits.
struct Prefix {
  FieldValue value = 0;
  int length = 0;

  bool operator==(const Prefix&) const = default;
};
[[nodiscard]] std::vector<Prefix> prefixes_of(Interval interval, int bits);

/// Disjoint (value, mask) pairs of 8 bits that together are the set: few for what a mask in the rule made.
[[nodiscard]] std::vector<AclValue> bit_patterns_of(const IntervalSet& values);

}  // namespace fwbench
