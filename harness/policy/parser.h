// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// From text to policy, once everything that it includes is part of it.

#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace fwbench {

/// @param parts which lines come from which file; empty when all of them are `file`'s
[[nodiscard]] ParsedPolicy parse_text(std::string_view text, std::string_view file, std::vector<TextPart> parts);

}  // namespace fwbench
