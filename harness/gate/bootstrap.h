// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Bootstrap intervals: what a statistic of a sample says about the one of the population, whatever the distribution.
///
/// BCa, bias-corrected and accelerated: Efron, "Better bootstrap confidence intervals", JASA 82 (1987) 171-185; for two
/// samples Davison & Hinkley, "Bootstrap Methods and their Application" (1997), 5.3.2. Of small samples the plain
/// bootstrap is too sure: it divides by n where the variance wants n - 1, and knows of no t. So tails are widened as by
/// Hesterberg, "What teachers should know about the bootstrap", American Statistician 69 (2015) 371-386 ("expanded
/// percentile"): the tail of -sqrt(n / (n - 1)) t(n - 1) under the normal distribution.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fwbench {

/// Of one sample, which it may put into another order. Never called with none.
using Statistic = double (*)(std::span<double> values);

[[nodiscard]] double mean_of(std::span<double> values);
/// Without the largest and the smallest fifth (Wilcox, "Introduction to Robust Estimation", 2012): a pair that was
/// disturbed by the host does not decide.
[[nodiscard]] double trimmed_mean_of(std::span<double> values);

inline constexpr size_t kMinResamples = 10'000;
inline constexpr size_t kMaxResamples = 200'000;

struct BootstrapOptions {
  uint64_t seed = 1;  ///< the same seed gives the same interval on every machine
  size_t resamples = kMinResamples;
  Statistic statistic = mean_of;
  bool widen_small_samples = true;  ///< Hesterberg's expansion
};

/// So many that `tail` of them, widened for samples of n, are twenty at least, within kMinResamples and kMaxResamples.
[[nodiscard]] size_t resamples_for(double tail, size_t n);

struct Range {
  double low = 0;
  double high = 0;
};

/// The resampled statistic, ready to be asked for intervals. Plain values: may be kept and copied.
class Bootstrap {
 public:
  /// The statistic of one sample of at least 2 values.
  [[nodiscard]] static Bootstrap of(std::span<const double> values, const BootstrapOptions& options);
  /// The statistic of `a` less that of `b`: independent samples of at least 2 values each.
  [[nodiscard]] static Bootstrap of_difference(std::span<const double> a, std::span<const double> b,
                                               const BootstrapOptions& options);

  [[nodiscard]] double estimate() const { return estimate_; }
  /// False where BCa is degenerate (all values alike, or the estimate at the edge of its resamples): then percentile.
  [[nodiscard]] bool is_bca() const { return bca_; }
  [[nodiscard]] double bias_correction() const { return z0_; }  ///< z0
  [[nodiscard]] double acceleration() const { return a_; }

  /// Leaves out `tail` (0 < tail < 0.5) at each end.
  [[nodiscard]] Range interval(double tail) const;
  /// The tail at which an interval just reaches down to `value`: small where it all lies above. A one-sided p-value of
  /// "not above".
  [[nodiscard]] double tail_below(double value) const;
  /// The same above: small where all of the interval lies below.
  [[nodiscard]] double tail_above(double value) const { return 1 - tail_below(value); }

 private:
  void finish(std::span<const double> influences, double degrees_of_freedom, bool widen);
  [[nodiscard]] double quantile(double tail) const;
  [[nodiscard]] double normal_of_tail(double tail) const;
  [[nodiscard]] double tail_of_normal(double z) const;

  std::vector<double> resampled_;  ///< sorted
  double estimate_ = 0;
  double z0_ = 0;
  double a_ = 0;
  double degrees_of_freedom_ = 0;  ///< 0: no expansion
  bool bca_ = true;
};

}  // namespace fwbench
