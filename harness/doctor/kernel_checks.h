// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the kernel lets us do, each tried in a sandbox of its own.

#include <chrono>
#include <vector>

#include "doctor/check.h"

namespace fwbench {

/// Tries namespaces first; without them the others are not tried, and say so.
[[nodiscard]] std::vector<Check> kernel_checks(std::chrono::milliseconds timeout);

}  // namespace fwbench
