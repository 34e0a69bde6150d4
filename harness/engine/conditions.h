// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What each flat rule asks of each field: at most one condition a field, with what nft implies spelled out.

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/flatten.h"

namespace fwbench {

/// A rule's condition on a field: present, and in (or, negated, not in) the values.
struct Condition {
  uint32_t rule = 0;
  bool negated = false;
  std::shared_ptr<const IntervalSet> values;
};

/// Conditions by field, each list in the order of the rules.
using Conditions = std::array<std::vector<Condition>, kFieldCount>;

/// Several matches of a rule on one field become one set. A rule that looks at an IPv4 or IPv6 field also gets the
/// condition on ether_type which the field's presence implies: readers of the image rely on it to leave out the other
/// family's fields.
[[nodiscard]] Conditions collect_conditions(const FlatPolicy& policy);

/// Largest value of a field.
[[nodiscard]] FieldValue field_max(Field field);

}  // namespace fwbench
