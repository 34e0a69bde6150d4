// SPDX-License-Identifier: BSD-2-Clause
#include "policy/intervals.h"

#include <algorithm>

namespace fwbench {

IntervalSet normalize(IntervalSet intervals) {
  std::sort(intervals.begin(), intervals.end(), [](const Interval& a, const Interval& b) { return a.first < b.first; });
  size_t merged = 0;
  for (size_t i = 1; i < intervals.size(); ++i) {
    Interval& current = intervals[merged];
    // "first - 1" cannot wrap: the first interval has the smallest `first`, and equal ones are caught before.
    if (intervals[i].first <= current.last || intervals[i].first - 1 == current.last) {
      current.last = std::max(current.last, intervals[i].last);
    } else {
      intervals[++merged] = intervals[i];
    }
  }
  if (!intervals.empty()) intervals.resize(merged + 1);
  return intervals;
}

bool contains(const IntervalSet& values, FieldValue value) {
  if (values.size() == 1) return values.front().first <= value && value <= values.front().last;
  const auto behind = std::upper_bound(values.begin(), values.end(), value,
                                       [](FieldValue v, const Interval& interval) { return v < interval.first; });
  return behind != values.begin() && value <= std::prev(behind)->last;
}

IntervalSet subtract(const IntervalSet& a, const IntervalSet& b) {
  IntervalSet out;
  auto hole = b.begin();
  for (Interval rest : a) {
    // Holes that end before this interval cannot touch any later one either: both sets are sorted.
    while (hole != b.end() && hole->last < rest.first) ++hole;
    bool left = true;
    for (auto h = hole; left && h != b.end() && h->first <= rest.last; ++h) {
      if (h->first > rest.first) out.push_back({rest.first, h->first - 1});
      left = h->last < rest.last;
      if (left) rest.first = h->last + 1;
    }
    if (left) out.push_back(rest);
  }
  return out;
}

IntervalSet intersect(const IntervalSet& a, const IntervalSet& b) {
  IntervalSet common;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const FieldValue first = std::max(i->first, j->first);
    const FieldValue last = std::min(i->last, j->last);
    if (first <= last) common.push_back({first, last});
    if (i->last < j->last) {
      ++i;
    } else {
      ++j;
    }
  }
  return common;
}

}  // namespace fwbench
