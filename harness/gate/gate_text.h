// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A gate for people.

#include <string>

#include "record/record.h"

namespace fwbench {

/// Answer and reason, then a line for each metric, each exact number that is not the same, and the check of the base.
[[nodiscard]] std::string render_gate(const Gate& gate);

}  // namespace fwbench
