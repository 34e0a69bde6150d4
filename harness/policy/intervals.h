// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Values of header fields, and sets of them.

#include <cstdint>
#include <vector>

namespace fwbench {

/// A header field's value in host byte order; IPv6 addresses fill all 128 bits.
// NOLINTNEXTLINE(modernize-use-using): "using" has no way to say __extension__
__extension__ typedef unsigned __int128 FieldValue;

/// The largest value of so many bits, 0 to 128.
[[nodiscard]] constexpr FieldValue max_value(int bits) {
  return bits >= 128 ? ~FieldValue{0} : (FieldValue{1} << bits) - 1;
}

/// Inclusive on both ends.
struct Interval {
  FieldValue first = 0;
  FieldValue last = 0;

  bool operator==(const Interval&) const = default;
};

/// Sorted, disjoint, not adjacent; what a set, a range, a prefix or a single value comes down to.
using IntervalSet = std::vector<Interval>;

/// Sorts and merges.
[[nodiscard]] IntervalSet normalize(IntervalSet intervals);

[[nodiscard]] bool contains(const IntervalSet& values, FieldValue value);

/// What is in `a` and not in `b`.
[[nodiscard]] IntervalSet subtract(const IntervalSet& a, const IntervalSet& b);

/// What is in both.
[[nodiscard]] IntervalSet intersect(const IntervalSet& a, const IntervalSet& b);

}  // namespace fwbench
