// SPDX-License-Identifier: BSD-2-Clause
#include "gate/sequential.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numbers>

namespace fwbench {
namespace {

/// Odd, for Simpson's rule: errors far below what Pocock's table shows.
constexpr size_t kGridPoints = 161;
constexpr int kBisections = 40;

double simpson_weight(size_t i) {
  if (i == 0 || i + 1 == kGridPoints) return 1.0 / 3;
  return i % 2 == 1 ? 4.0 / 3 : 2.0 / 3;
}

double density(double x, double variance) {
  return std::exp(-x * x / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
}

/// The part of all paths of a Brownian motion that is still within its bounds.
struct Surviving {
  std::vector<double> at;      ///< grid over the bounds
  std::vector<double> weight;  ///< probability that belongs to each point
};

Surviving grid_over(double bound) {
  Surviving grid{std::vector<double>(kGridPoints), std::vector<double>(kGridPoints)};
  const double step = 2 * bound / (kGridPoints - 1);
  for (size_t i = 0; i < kGridPoints; ++i) {
    grid.at[i] = -bound + step * static_cast<double>(i);
    grid.weight[i] = step * simpson_weight(i);
  }
  return grid;
}

/// Probability that |sum over n values| stays below z sqrt(n) at every look.
double stay_within(double z, const std::vector<size_t>& looks) {
  Surviving now;
  size_t before = 0;
  for (const size_t n : looks) {
    const auto variance = static_cast<double>(n - before);
    Surviving next = grid_over(z * std::sqrt(static_cast<double>(n)));
    for (size_t i = 0; i < kGridPoints; ++i) {
      double sum = before == 0 ? density(next.at[i], variance) : 0;
      for (size_t j = 0; j < now.at.size(); ++j) sum += now.weight[j] * density(next.at[i] - now.at[j], variance);
      next.weight[i] *= sum;
    }
    now = std::move(next);
    before = n;
  }
  double all = 0;
  for (const double weight : now.weight) all += weight;
  return all;
}

}  // namespace

std::vector<size_t> look_sizes(size_t group, size_t maximum) {
  std::vector<size_t> looks;
  for (size_t n = group; n < maximum; n += group) looks.push_back(n);
  looks.push_back(maximum);
  return looks;
}

double pocock_level(double alpha, const std::vector<size_t>& looks) {
  if (looks.size() == 1) return alpha;
  const boost::math::normal_distribution<double> normal;
  // Between the level of a single look and Bonferroni's.
  double low = alpha / static_cast<double>(looks.size());
  double high = alpha;
  for (int i = 0; i < kBisections; ++i) {
    const double level = (low + high) / 2;
    const double z = -boost::math::quantile(normal, level / 2);
    if (1 - stay_within(z, looks) > alpha)
      high = level;
    else
      low = level;
  }
  return low;
}

LookPlan plan_looks(size_t group, size_t maximum, double alpha, size_t metrics) {
  LookPlan plan{look_sizes(group, maximum), alpha, {}};
  for (size_t rank = 0; rank < metrics; ++rank) {
    plan.levels.push_back(pocock_level(alpha / static_cast<double>(metrics - rank), plan.looks));
  }
  return plan;
}

}  // namespace fwbench
