// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A histogram of nanoseconds in fixed memory (after Tene's HdrHistogram): linear buckets inside each power of two.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace fwbench {

/// Values below 256 are exact; above, a bucket is 1/128 of its power of two wide: a value is reported at most 0.8 % too
/// high and never too low. The whole range of uint64_t fits, so nothing is clipped. 58 KiB; record() does not allocate.
class Histogram {
 public:
  Histogram() : buckets_(kBuckets) {}

  void record(uint64_t value_ns, uint64_t times = 1) {
    buckets_[bucket_of(value_ns)] += times;
    count_ += times;
    if (times > 0 && value_ns > max_) max_ = value_ns;
  }
  void merge(const Histogram& other);

  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] std::optional<uint64_t> max() const;  ///< exact; none when empty

  /// The nearest-rank percentile: the smallest bucket bound v such that at least `share` of all samples are <= v; the
  /// bound of the last bucket is max(). A share of 0 or less means the lowest bucket in use, of 1 or more max().
  /// @param share 0.99, not 99. None when the histogram is empty or `share` is NaN.
  [[nodiscard]] std::optional<uint64_t> percentile(double share) const;

  /// (bucket bound, share of samples <= it) for each bucket that holds any, rising in both; the last is (max(), 1).
  /// The last but one says how far the tail is resolved: at best 1 - 1/count(). On an axis of 1/(1 - share) the last
  /// point lies at infinity: draw it at count(), where the last sample begins to be the percentile.
  [[nodiscard]] std::vector<std::pair<uint64_t, double>> curve() const;

 private:
  static constexpr int kSubBits = 7;  // 2^7 buckets a power of two: 1/128 = 0.78 %, the first below 1 %
  static constexpr uint64_t kSub = uint64_t{1} << kSubBits;
  static constexpr size_t kBuckets = (64 - kSubBits + 1) * kSub;

  static size_t bucket_of(uint64_t value);
  static uint64_t last_value_of(size_t bucket);

  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

inline size_t Histogram::bucket_of(uint64_t value) {
  if (value < kSub) return value;
  const int shift = 63 - __builtin_clzll(value) - kSubBits;
  return static_cast<size_t>(shift) * kSub + (value >> shift);
}

}  // namespace fwbench
