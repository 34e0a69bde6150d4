// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What stands above the tables. Internal to the report module.

#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

/// "scenario: purpose"
[[nodiscard]] std::string title_line(const Record& record);

/// When, where, on which CPUs, how and with which versions it was measured.
[[nodiscard]] std::vector<std::string> caption_lines(const Record& record);

}  // namespace fwbench
