// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Pairs: base and head measured close to each other, so that what the machine does is in both.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fwbench {

enum class Side : uint8_t { base, head };

/// Who is measured when within each pair: base head head base, or the other way round, by the toss of a coin. Either is
/// its own mirror image, so that a drift of the machine is in both halves alike.
using PairOrder = std::vector<Side>;
[[nodiscard]] std::vector<PairOrder> draw_orders(size_t pairs, uint64_t seed);

/// log(head / base) of one pair: the difference of the mean logarithms. Nothing where a value is not above 0.
[[nodiscard]] std::optional<double> log_ratio(std::span<const double> base, std::span<const double> head);

}  // namespace fwbench
