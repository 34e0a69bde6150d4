// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Random policies and frames for the engine's tests and benchmarks. Both draw from the same few values and their
/// neighbours, so that rules and frames meet, and miss by one.

#include <cstddef>
#include <random>
#include <vector>

#include "engine/classifier.h"
#include "policy/policy.h"

namespace fwbench::testing {

using Random = std::mt19937_64;
using TestFrame = std::vector<std::byte>;

/// Any mix of matches, negated or not, several on one field; counted and non-terminal rules; shared sets.
[[nodiscard]] Policy random_policy(Random& random, size_t rules);

/// `rules` rules on one source address and one destination port each: every one of them can be the deciding rule.
[[nodiscard]] Policy narrow_policy(size_t rules);

/// A frame that meets random_policy(): IPv4 and IPv6 with VLAN tags, options, extension headers, fragments, wrong
/// lengths and versions, cut off anywhere behind the Ethernet header.
[[nodiscard]] TestFrame random_frame(Random& random);

/// TCP SYNs from both ends of every interval that a rule names for source addresses, and from beside them.
[[nodiscard]] std::vector<TestFrame> boundary_frames(const Policy& policy);

/// A frame that meets narrow_policy(rules) in rule number `rule`, counted from 0.
[[nodiscard]] TestFrame narrow_frame(size_t rule);

/// A TCP SYN without VLAN tag, IP options or extension headers; 60 bytes, or 74 for IPv6.
[[nodiscard]] TestFrame tcp_syn(uint32_t saddr, uint32_t daddr, uint16_t sport, uint16_t dport);
[[nodiscard]] TestFrame tcp_syn_ipv6(FieldValue saddr, FieldValue daddr, uint16_t sport, uint16_t dport);

[[nodiscard]] FrameView view(const TestFrame& frame);

/// A match on one value.
[[nodiscard]] Match match(Field field, FieldValue value);

}  // namespace fwbench::testing
