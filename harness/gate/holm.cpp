// SPDX-License-Identifier: BSD-2-Clause
#include "gate/holm.h"

#include <algorithm>
#include <numeric>

namespace fwbench {
namespace {

/// Hypotheses by rank.
std::vector<size_t> order_of(std::span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  return order;
}

}  // namespace

std::vector<size_t> holm_ranks(std::span<const double> p_values) {
  const std::vector<size_t> order = order_of(p_values);
  std::vector<size_t> ranks(order.size());
  for (size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

std::vector<bool> holm_rejects(std::span<const double> p_values, std::span<const double> levels) {
  const std::vector<size_t> order = order_of(p_values);
  std::vector<bool> rejected(p_values.size());
  for (size_t rank = 0; rank < order.size() && p_values[order[rank]] < levels[rank]; ++rank) {
    rejected[order[rank]] = true;
  }
  return rejected;
}

}  // namespace fwbench
