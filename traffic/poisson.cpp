// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/poisson.h"

#include <algorithm>
#include <cmath>

#include "traffic/random.h"

namespace fwbench {
namespace {

constexpr double kUnit = 1U << FW_POISSON_SHIFT;
constexpr uint64_t kSeed = 4;

std::array<uint32_t, FW_POISSON_CYCLE> draw() {
  SplitMix64 random(kSeed);
  std::array<double, FW_POISSON_CYCLE> until = {};
  double now = 0;
  for (double& end : until) {
    const double uniform = (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
    now -= std::log(uniform);
    end = now;
  }
  std::array<uint32_t, FW_POISSON_CYCLE> times = {};
  const double scale = FW_POISSON_CYCLE * kUnit / now;
  for (size_t i = 1; i < times.size(); ++i) times[i] = static_cast<uint32_t>(until[i - 1] * scale);
  return times;
}

}  // namespace

const std::array<uint32_t, FW_POISSON_CYCLE>& poisson_times() {
  static const auto times = draw();
  return times;
}

double poisson_arrival(uint64_t nth) {
  return static_cast<double>(nth - nth % FW_POISSON_CYCLE) + poisson_times()[nth % FW_POISSON_CYCLE] / kUnit;
}

uint64_t last_poisson_arrival(double gaps) {
  const double cycle = std::floor(gaps / FW_POISSON_CYCLE);
  const auto& times = poisson_times();
  const auto within = static_cast<uint32_t>((gaps - cycle * FW_POISSON_CYCLE) * kUnit);
  const auto behind = std::upper_bound(times.begin(), times.end(), within);
  return static_cast<uint64_t>(cycle) * FW_POISSON_CYCLE + static_cast<uint64_t>(behind - times.begin()) - 1;
}

}  // namespace fwbench
