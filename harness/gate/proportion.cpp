// SPDX-License-Identifier: BSD-2-Clause
#include "gate/proportion.h"

#include <boost/math/distributions/binomial.hpp>

namespace fwbench {

Range clopper_pearson(uint64_t k, uint64_t n, double confidence) {
  if (n == 0) return {0, 1};
  using Binomial = boost::math::binomial_distribution<double>;
  const double tail = (1 - confidence) / 2;
  const auto trials = static_cast<double>(n);
  const auto hits = static_cast<double>(k);
  return {k == 0 ? 0 : Binomial::find_lower_bound_on_p(trials, hits, tail),
          k == n ? 1 : Binomial::find_upper_bound_on_p(trials, hits, tail)};
}

}  // namespace fwbench
