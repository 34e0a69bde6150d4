// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Shares of the load that are given as rates or as shares, turned into weights. Internal to the scenario module.

#include <optional>
#include <span>
#include <string>

#include "scenario/class_checks.h"

namespace fwbench {

/// Sets the weights of all classes so that they are shares of the load, and traffic.rate_pps where it follows from the
/// classes. Without any rate or share the weights stay as they are.
/// @param shares by class; nothing for a class without one
[[nodiscard]] std::optional<KeyProblem> resolve_rates(std::span<const std::optional<double>> shares,
                                                      TrafficSpec& traffic);

}  // namespace fwbench
