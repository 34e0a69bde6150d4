// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Parts of fields and masks, turned into intervals: a Match knows nothing else.

#include <optional>

#include "policy/expression.h"
#include "policy/policy.h"

namespace fwbench {

/// Most intervals that a mask may come to.
inline constexpr size_t kMaxMaskIntervals = 65'536;

/// Bits of the values that the expression is compared with.
[[nodiscard]] int value_bits(const Expression& expression);

/// The values of the whole field for which the expression is among `values`: `ip dscp` is six bits of ip_tos.
/// Values that the field cannot have are left out.
[[nodiscard]] IntervalSet field_values(const Expression& expression, const IntervalSet& values);

/// True when the expression is its whole field.
[[nodiscard]] bool is_whole_field(const Expression& expression);

/// All x of `bits` bits with (x & mask) among `values`; nothing when that takes more than kMaxMaskIntervals.
[[nodiscard]] std::optional<IntervalSet> values_behind_mask(FieldValue mask, const IntervalSet& values, int bits);

}  // namespace fwbench
