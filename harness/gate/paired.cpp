// SPDX-License-Identifier: BSD-2-Clause
#include "gate/paired.h"

#include <algorithm>
#include <cmath>

#include "traffic/random.h"

namespace fwbench {
namespace {

std::optional<double> mean_log(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) {
    if (!(value > 0)) return std::nullopt;
    sum += std::log(value);
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<PairOrder> draw_orders(size_t pairs, uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<PairOrder> orders;
  for (size_t i = 0; i < pairs; ++i) {
    const bool base_outside = random.up_to(1) == 0;
    const Side outer = base_outside ? Side::base : Side::head;
    const Side inner = base_outside ? Side::head : Side::base;
    orders.push_back({outer, inner, inner, outer});
  }
  return orders;
}

std::optional<double> log_ratio(std::span<const double> base, std::span<const double> head) {
  const auto of_base = mean_log(base);
  const auto of_head = mean_log(head);
  if (!of_base || !of_head) return std::nullopt;
  return *of_head - *of_base;
}

}  // namespace fwbench
