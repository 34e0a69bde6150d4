// SPDX-License-Identifier: BSD-2-Clause
#include "gate/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "traffic/random.h"

namespace fwbench {
namespace {

const boost::math::normal_distribution<double>& normal() {
  static const boost::math::normal_distribution<double> distribution;
  return distribution;
}

/// Draws with replacement, two indices of 32 bits from each random number. The bias of a multiplication is n / 2^32.
class Resampler {
 public:
  explicit Resampler(uint64_t seed) : random_(seed) {}

  void draw(std::span<const double> from, std::vector<double>& to) {
    to.resize(from.size());
    for (double& value : to) value = from[index(from.size())];
  }

 private:
  size_t index(size_t n) {
    if (!has_half_) bits_ = random_.next();
    const uint64_t half = has_half_ ? bits_ >> 32 : bits_ & 0xffffffffU;
    has_half_ = !has_half_;
    return static_cast<size_t>((half * n) >> 32);
  }

  SplitMix64 random_;
  uint64_t bits_ = 0;
  bool has_half_ = false;
};

double apply(Statistic statistic, std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  return statistic(copy);
}

/// Empirical influence values by the jackknife, each divided by n: what their sums need in samples of several sizes.
void add_influences(std::span<const double> values, Statistic statistic, double sign, std::vector<double>& influences) {
  const size_t n = values.size();
  std::vector<double> without(n);
  std::vector<double> rest;
  for (size_t i = 0; i < n; ++i) {
    rest.assign(values.begin(), values.end());
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    without[i] = statistic(rest);
  }
  const double mean = std::accumulate(without.begin(), without.end(), 0.0) / static_cast<double>(n);
  const double scale = sign * static_cast<double>(n - 1) / static_cast<double>(n);
  for (const double one : without) influences.push_back(scale * (mean - one));
}

/// a = sum l^3 / (6 (sum l^2)^1.5); Davison & Hinkley (5.23) and, for several samples, (5.26).
double acceleration_of(std::span<const double> influences) {
  double squares = 0;
  double cubes = 0;
  for (const double l : influences) {
    squares += l * l;
    cubes += l * l * l;
  }
  return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

/// The tail of the normal distribution that stands for `tail` in a small sample.
double widened(double tail, double degrees_of_freedom) {
  const boost::math::students_t_distribution<double> t(degrees_of_freedom);
  const double z = std::sqrt((degrees_of_freedom + 1) / degrees_of_freedom) * boost::math::quantile(t, tail);
  return boost::math::cdf(normal(), z);
}

}  // namespace

double mean_of(std::span<double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double trimmed_mean_of(std::span<double> values) {
  constexpr size_t kFifth = 5;
  const size_t cut = values.size() / kFifth;
  std::sort(values.begin(), values.end());
  return mean_of(values.subspan(cut, values.size() - 2 * cut));
}

size_t resamples_for(double tail, size_t n) {
  constexpr double kInTail = 20;
  const double needed = kInTail / std::max(widened(tail, static_cast<double>(n - 1)), 1e-12);
  return static_cast<size_t>(std::clamp(needed, double{kMinResamples}, double{kMaxResamples}));
}

Bootstrap Bootstrap::of(std::span<const double> values, const BootstrapOptions& options) {
  Bootstrap bootstrap;
  bootstrap.estimate_ = apply(options.statistic, values);
  Resampler resampler(options.seed);
  std::vector<double> drawn;
  bootstrap.resampled_.reserve(options.resamples);
  for (size_t i = 0; i < options.resamples; ++i) {
    resampler.draw(values, drawn);
    bootstrap.resampled_.push_back(options.statistic(drawn));
  }
  std::vector<double> influences;
  add_influences(values, options.statistic, 1, influences);
  bootstrap.finish(influences, static_cast<double>(values.size() - 1), options.widen_small_samples);
  return bootstrap;
}

Bootstrap Bootstrap::of_difference(std::span<const double> a, std::span<const double> b,
                                   const BootstrapOptions& options) {
  Bootstrap bootstrap;
  bootstrap.estimate_ = apply(options.statistic, a) - apply(options.statistic, b);
  Resampler resampler(options.seed);
  std::vector<double> drawn_a;
  std::vector<double> drawn_b;
  bootstrap.resampled_.reserve(options.resamples);
  for (size_t i = 0; i < options.resamples; ++i) {
    resampler.draw(a, drawn_a);
    resampler.draw(b, drawn_b);
    bootstrap.resampled_.push_back(options.statistic(drawn_a) - options.statistic(drawn_b));
  }
  std::vector<double> influences;
  add_influences(a, options.statistic, 1, influences);
  add_influences(b, options.statistic, -1, influences);
  // Welch's degrees of freedom are never below those of the smaller sample.
  const size_t smaller = std::min(a.size(), b.size());
  bootstrap.finish(influences, static_cast<double>(smaller - 1), options.widen_small_samples);
  return bootstrap;
}

void Bootstrap::finish(std::span<const double> influences, double degrees_of_freedom, bool widen) {
  degrees_of_freedom_ = widen ? degrees_of_freedom : 0;
  std::sort(resampled_.begin(), resampled_.end());
  const auto [first, last] = std::equal_range(resampled_.begin(), resampled_.end(), estimate_);
  const auto below = static_cast<double>(first - resampled_.begin());
  const auto same = static_cast<double>(last - first);
  const double share = (below + same / 2) / static_cast<double>(resampled_.size());
  bca_ = share > 0 && share < 1 && resampled_.front() < resampled_.back();
  if (!bca_) return;
  z0_ = boost::math::quantile(normal(), share);
  a_ = acceleration_of(influences);
}

double Bootstrap::normal_of_tail(double tail) const {
  const double plain = degrees_of_freedom_ > 0 ? widened(tail, degrees_of_freedom_) : tail;
  return plain > 0 ? boost::math::quantile(normal(), plain) : -std::numeric_limits<double>::max();
}

double Bootstrap::tail_of_normal(double z) const {
  if (degrees_of_freedom_ <= 0) return boost::math::cdf(normal(), z);
  const boost::math::students_t_distribution<double> t(degrees_of_freedom_);
  return boost::math::cdf(t, z / std::sqrt((degrees_of_freedom_ + 1) / degrees_of_freedom_));
}

/// The k-th of B values is the quantile of k / (B + 1).
double Bootstrap::quantile(double share) const {
  const double rank =
      std::clamp(share * static_cast<double>(resampled_.size() + 1), 1.0, static_cast<double>(resampled_.size()));
  const double whole = std::floor(rank);
  const auto index = static_cast<size_t>(whole) - 1;
  if (index + 1 == resampled_.size()) return resampled_.back();
  return resampled_[index] + (rank - whole) * (resampled_[index + 1] - resampled_[index]);
}

Range Bootstrap::interval(double tail) const {
  const double z = normal_of_tail(tail);
  const auto corrected = [this](double w) {
    const double divisor = 1 - a_ * w;
    // Beyond its pole the correction means nothing: all resamples on that side.
    if (divisor <= 0) return w < 0 ? 0.0 : 1.0;
    return boost::math::cdf(normal(), z0_ + w / divisor);
  };
  return {quantile(corrected(z0_ + z)), quantile(corrected(z0_ - z))};
}

double Bootstrap::tail_below(double value) const {
  if (resampled_.front() == resampled_.back()) {
    return value < estimate_ ? 0 : (value > estimate_ ? 1 : 0.5);
  }
  const auto first = std::lower_bound(resampled_.begin(), resampled_.end(), value);
  const auto count = static_cast<double>(first - resampled_.begin());
  const auto all = static_cast<double>(resampled_.size());
  // The rank at which quantile() would give the value, within what so many resamples can tell.
  double rank = count;
  if (first != resampled_.begin() && first != resampled_.end()) {
    const double before = *std::prev(first);
    rank += (value - before) / (*first - before);
  }
  const double share = std::clamp(rank, 0.5, all + 0.5) / (all + 1);
  // interval() solved for its tail: u = w / (1 - a w)  =>  w = u / (1 + a u).
  const double u = boost::math::quantile(normal(), share) - z0_;
  const double divisor = 1 + a_ * u;
  if (divisor <= 0) return u < 0 ? 0 : 1;
  return tail_of_normal(u / divisor - z0_);
}

}  // namespace fwbench
