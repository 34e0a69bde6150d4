// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A rule of the policy as iptables needs it: what each header field must be, one box for each tuple of a concatenation
/// and for each entry of a verdict map.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "tl/expected.hpp"

namespace fwbench {

/// What could not be said, and why: "no iptables match reads ...". The caller knows the rule.
template <typename T>
using Said = tl::expected<T, std::string>;

enum class IpFamily : uint8_t { v4, v6 };

/// All of the fields are there and in their values: negation is resolved into the complement, and several matches on
/// one field into what they have in common.
struct Box {
  std::map<Field, std::shared_ptr<const IntervalSet>> fields;
  Outcome outcome;
};

/// The boxes of a rule in the family's table, less those that no packet of the family can be in. A packet is in one of
/// them if the rule matches it; boxes that overlap have the same outcome.
[[nodiscard]] Said<std::vector<Box>> boxes_of(const Rule& rule, IpFamily family);

/// What of all values of the field is not in it.
[[nodiscard]] IntervalSet complement(Field field, const IntervalSet& values);

/// True when it holds every value of the field: then it only asks whether the field is there.
[[nodiscard]] bool is_everything(Field field, const IntervalSet& values);

}  // namespace fwbench
