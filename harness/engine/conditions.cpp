// SPDX-License-Identifier: BSD-2-Clause
#include "engine/conditions.h"

#include <linux/if_ether.h>

#include <algorithm>

#include "engine/trie.h"

namespace fwbench {
namespace {

using Values = std::shared_ptr<const IntervalSet>;

IntervalSet accepted(const Condition& condition, FieldValue max) {
  return condition.negated ? subtract({{0, max}}, *condition.values) : *condition.values;
}

/// Adds a match to the rule's conditions; a second one on a field narrows the first.
void add_match(Conditions& conditions, uint32_t rule, const Match& match) {
  std::vector<Condition>& list = conditions[static_cast<size_t>(match.field)];
  const Condition condition{rule, match.negated, match.values};
  if (list.empty() || list.back().rule != rule) {
    list.push_back(condition);
    return;
  }
  const Condition& before = list.back();
  if (before.negated == condition.negated &&
      (before.values == condition.values || *before.values == *condition.values)) {
    return;
  }
  const FieldValue max = field_max(match.field);
  list.back() = {rule, false,
                 std::make_shared<const IntervalSet>(intersect(accepted(list.back(), max), accepted(condition, max)))};
}

/// The ether type without which the field is absent, or 0.
FieldValue implied_ether_type(Field field) {
  switch (field) {
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip_protocol:
    case Field::ip_tos:
    case Field::ip_length:
    case Field::ip_frag_off:
    case Field::ip_ttl:
      return ETH_P_IP;
    case Field::ip6_saddr:
    case Field::ip6_daddr:
    case Field::ip6_class:
    case Field::ip6_nexthdr:
    case Field::ip6_hoplimit:
    case Field::exthdrs:
      return ETH_P_IPV6;
    default:
      return 0;
  }
}

}  // namespace

FieldValue field_max(Field field) {
  return max_value(trie_shape(field).bits());  // 16 bits for a VLAN's 12: no packet has more
}

Conditions collect_conditions(const FlatPolicy& policy) {
  const auto only = [](FieldValue value) { return std::make_shared<const IntervalSet>(IntervalSet{{value, value}}); };
  const Values ipv4 = only(ETH_P_IP);
  const Values ipv6 = only(ETH_P_IPV6);

  Conditions conditions;
  for (uint32_t rule = 0; rule < policy.size(); ++rule) {
    for (const Match& match : policy[rule].matches) {
      add_match(conditions, rule, match);
      const FieldValue type = implied_ether_type(match.field);
      if (type != 0) add_match(conditions, rule, {Field::ether_type, false, type == ETH_P_IP ? ipv4 : ipv6});
    }
  }
  return conditions;
}

}  // namespace fwbench
