// SPDX-License-Identifier: BSD-2-Clause
#include "policy/bits.h"

#include <algorithm>

#include "policy/value.h"

namespace fwbench {
namespace {

/// Goes down bit by bit, from the top, where a value may still be in or out.
class MaskWalk {
 public:
  MaskWalk(FieldValue mask, const IntervalSet& values, IntervalSet& found)
      : mask_(mask), values_(values), found_(found) {}

  /// `x` has its bits from `bits` up. False when it takes too many steps.
  bool walk(FieldValue x, int bits) {
    if (++steps_ > kMaxSteps) return false;
    const FieldValue open = max_value(bits);
    const FieldValue lowest = x & mask_;
    const FieldValue highest = lowest | (mask_ & open);
    const auto first =
        std::find_if(values_.begin(), values_.end(), [=](const Interval& interval) { return interval.last >= lowest; });
    if (first == values_.end() || first->first > highest) return true;
    if (first->first <= lowest && highest <= first->last) {
      found_.push_back({x, x | open});
      return true;
    }
    return bits == 0 || (walk(x, bits - 1) && walk(x | (FieldValue{1} << (bits - 1)), bits - 1));
  }

 private:
  static constexpr size_t kMaxSteps = 16 * kMaxMaskIntervals;

  FieldValue mask_;
  const IntervalSet& values_;
  IntervalSet& found_;
  size_t steps_ = 0;
};

}  // namespace

bool is_whole_field(const Expression& expression) {
  return expression.shift == 0 && value_bits(expression) == field_bits(expression.field);
}

int value_bits(const Expression& expression) {
  return value_type_info(expression.type).bits;
}

IntervalSet field_values(const Expression& expression, const IntervalSet& values) {
  if (is_whole_field(expression)) return values;
  const int width = field_bits(expression.field);
  const int bits = std::min(value_bits(expression), width - expression.shift);
  const int above = width - expression.shift - bits;
  const FieldValue below = max_value(expression.shift);
  IntervalSet spread;
  for (FieldValue high = 0; high <= max_value(above); ++high) {
    const FieldValue base = high << (width - above);
    for (const Interval& interval : values) {
      if (interval.first > max_value(bits)) continue;
      const FieldValue last = std::min(interval.last, max_value(bits));
      spread.push_back({base | interval.first << expression.shift, base | last << expression.shift | below});
    }
  }
  return normalize(std::move(spread));
}

std::optional<IntervalSet> values_behind_mask(FieldValue mask, const IntervalSet& values, int bits) {
  // A single value with bits outside the mask is never met; without this the walk would look for it everywhere.
  IntervalSet wanted;
  for (const Interval& interval : values) {
    if (interval.first != interval.last || (interval.first & ~mask) == 0) wanted.push_back(interval);
  }
  IntervalSet found;
  if (!MaskWalk(mask, wanted, found).walk(0, bits)) return std::nullopt;
  found = normalize(std::move(found));
  if (found.size() > kMaxMaskIntervals) return std::nullopt;
  return found;
}

}  // namespace fwbench
