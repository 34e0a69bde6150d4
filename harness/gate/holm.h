// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Several hypotheses at once: Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6
/// (1979) 65-70. The probability that any true one is rejected stays below alpha, however they depend on each other.

#include <cstddef>
#include <span>
#include <vector>

namespace fwbench {

/// By hypothesis: how many p-values are smaller (of equal ones: stand before it). Rank r of m is tested at alpha/(m-r).
[[nodiscard]] std::vector<size_t> holm_ranks(std::span<const double> p_values);

/// By hypothesis: rejected. It ends with the first, in the order of the p-values, that is not below its level.
/// @param levels by rank; for a single look alpha / (m - rank)
[[nodiscard]] std::vector<bool> holm_rejects(std::span<const double> p_values, std::span<const double> levels);

}  // namespace fwbench
