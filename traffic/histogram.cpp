// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/histogram.h"

#include <algorithm>
#include <cmath>

namespace fwbench {

uint64_t Histogram::last_value_of(size_t bucket) {
  if (bucket < 2 * kSub) return bucket;
  const size_t shift = bucket / kSub - 1;
  const uint64_t leading = bucket - shift * kSub;
  return (leading << shift) + ((uint64_t{1} << shift) - 1);
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::optional<uint64_t> Histogram::max() const {
  if (count_ == 0) return std::nullopt;
  return max_;
}

std::optional<uint64_t> Histogram::percentile(double share) const {
  if (count_ == 0 || std::isnan(share)) return std::nullopt;
  if (share >= 1) return max_;
  const auto n = static_cast<double>(count_);
  // Shares are compared, not ranks: 0.9 * 10 may round up past 9, while 9 / 10 is the same double as 0.9.
  uint64_t below_or_equal = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    below_or_equal += buckets_[i];
    if (below_or_equal > 0 && static_cast<double>(below_or_equal) / n >= share) {
      return std::min(last_value_of(i), max_);
    }
  }
  return max_;
}

std::vector<std::pair<uint64_t, double>> Histogram::curve() const {
  std::vector<std::pair<uint64_t, double>> points;
  uint64_t below_or_equal = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] == 0) continue;
    below_or_equal += buckets_[i];
    points.emplace_back(std::min(last_value_of(i), max_),
                        static_cast<double>(below_or_equal) / static_cast<double>(count_));
  }
  return points;
}

}  // namespace fwbench
