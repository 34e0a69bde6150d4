// SPDX-License-Identifier: BSD-2-Clause
#include "engine/rule_ranges.h"

#include <linux/if_ether.h>

#include <limits>

namespace fwbench {
namespace {

template <typename T>
void set_range(T (&range)[2], const Interval& values) {
  range[0] = static_cast<T>(values.first);
  range[1] = static_cast<T>(values.last - values.first);
}

template <typename T>
void set_any(T (&range)[2]) {
  range[0] = 0;
  range[1] = std::numeric_limits<T>::max();
}

/// False when the ranges cannot say it.
bool add_condition(fw_action& action, Field field, const Condition& condition) {
  if (field == Field::ether_type) return contains(*condition.values, ETH_P_IP) != condition.negated;
  if (condition.negated || condition.values->size() != 1) return false;
  const Interval& values = condition.values->front();
  switch (field) {
    case Field::ip_saddr:
      set_range(action.saddr, values);
      return true;
    case Field::ip_daddr:
      set_range(action.daddr, values);
      return true;
    case Field::th_sport:
      set_range(action.sport, values);
      return true;
    case Field::th_dport:
      set_range(action.dport, values);
      return true;
    case Field::l4proto:
      action.protocol = static_cast<uint8_t>(values.first);
      action.flags |= FW_ACTION_PROTOCOL;
      return values.first == values.last;
    default:
      return false;
  }
}

}  // namespace

void add_rule_ranges(const Conditions& conditions, std::span<fw_action> actions) {
  for (fw_action& action : actions) {
    action.flags |= FW_ACTION_EXACT;
    set_any(action.saddr);
    set_any(action.daddr);
    set_any(action.sport);
    set_any(action.dport);
  }
  for (size_t field = 0; field < conditions.size(); ++field) {
    for (const Condition& condition : conditions[field]) {
      fw_action& action = actions[condition.rule];
      if (!add_condition(action, static_cast<Field>(field), condition)) action.flags &= ~FW_ACTION_EXACT;
    }
  }
}

}  // namespace fwbench
