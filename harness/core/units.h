// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Numbers with units, as people write them in scenario files, and back.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace fwbench {

/// "20ms", "1s", "1.5s", "300us", "50ns" -> nanoseconds. A bare number is refused: the unit is part of the value.
[[nodiscard]] Result<uint64_t> parse_duration_ns(std::string_view text);

/// "100k", "1M", "2.5Mpps", "500" -> a count or packets per second. k, M, G are decimal.
[[nodiscard]] Result<uint64_t> parse_count(std::string_view text);

/// 1500000000 -> "1.5s", 20000000 -> "20ms", 1700 -> "1.7us", 30 -> "30ns".
[[nodiscard]] std::string format_duration(uint64_t ns);

/// 4512345 -> "4.51M", 12000 -> "12.0k", 64 -> "64".
[[nodiscard]] std::string format_count(uint64_t count);

}  // namespace fwbench
