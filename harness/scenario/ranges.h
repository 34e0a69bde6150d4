// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Sets of header values as users write them: parsing of one element, and text.

#include <string>
#include <string_view>

#include "core/result.h"
#include "policy/policy.h"
#include "traffic/spec.h"

namespace fwbench {

/// Every address of the family.
[[nodiscard]] Interval any_address(IpVersion ip);

/// "192.0.2.1", "192.0.2.0/24" or "192.0.2.1-192.0.2.9"; the message of an error says what is wrong with which part.
[[nodiscard]] Result<Interval> parse_address_range(std::string_view text, IpVersion ip);

/// "443" or "1024-65535", up to `max`.
[[nodiscard]] Result<Interval> parse_number_range(std::string_view text, uint64_t max);

/// "192.0.2.0/24" where a prefix says it, else "192.0.2.1" or "192.0.2.1-192.0.2.9".
[[nodiscard]] std::string format_address_range(const Interval& range, IpVersion ip);

/// "443" or "1024-65535".
[[nodiscard]] std::string format_number_range(const Interval& range);

}  // namespace fwbench
