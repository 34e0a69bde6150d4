// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a rule asks of a packet, as a libpcap filter expression. A load beyond the end of the packet makes a filter
/// false as a whole, which is what a rule is when the packet does not have the field.

#include <optional>
#include <string>

#include "policy/policy.h"

namespace fwbench::verify {

/// Where the expression's packets have their network header; decided before it is asked.
enum class Encapsulation : uint8_t { untagged, one_tag };

/// Nothing when an expression would be longer than is good for libpcap.
[[nodiscard]] std::optional<std::string> pcap_expression(const Rule& rule, Encapsulation encapsulation);
[[nodiscard]] std::optional<std::string> pcap_expression(const std::vector<Field>& fields, const Tuple& tuple,
                                                         Encapsulation encapsulation);

}  // namespace fwbench::verify
