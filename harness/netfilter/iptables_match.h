// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Values of header fields as options of iptables rules.

#include <string>
#include <vector>

#include "netfilter/ipset_sets.h"
#include "netfilter/iptables_box.h"

namespace fwbench {

/// Each is the options of one rule, " -s 10.0.0.0/8"; a packet is meant that any of them matches. One that is empty
/// matches everything, no alternative at all matches nothing.
using Alternatives = std::vector<std::string>;

struct MatchContext {
  IpFamily family = IpFamily::v4;
  /// ip_forward() and ip6_forward() take one off the TTL before they ask the FORWARD chain.
  bool ttl_is_decremented = false;
  IpSets* sets = nullptr;  ///< for large sets of addresses; null: a rule for each
};

/// All of them must hold: one list of alternatives for each field or group of fields that iptables looks at together.
/// Errors: what iptables has no option for.
[[nodiscard]] Said<std::vector<Alternatives>> terms_of(const Box& box, const MatchContext& context);

/// In the transport header.
[[nodiscard]] bool is_transport_field(Field field);

/// Protocol, ports, TCP flags, ICMP type and code: one term, as iptables has the fields behind the protocol's name.
[[nodiscard]] Said<Alternatives> transport_term(const Box& box, IpFamily family);

/// "10.0.0.0/8" of a prefix, empty for what is none.
[[nodiscard]] std::string prefix_text(const Interval& interval, IpFamily family);
[[nodiscard]] std::string address_text(FieldValue address, IpFamily family);

/// Value and mask: true for the bytes b with (b & mask) == value.
struct BitPattern {
  unsigned mask = 0;
  unsigned value = 0;

  bool operator==(const BitPattern&) const = default;
};

/// Patterns that together are the set, few but not always fewest; they may overlap.
/// @param values of at most 8 bits
/// @param usable bits that a pattern may look at. Empty when the set depends on others.
[[nodiscard]] std::vector<BitPattern> bit_patterns(const IntervalSet& values, unsigned usable);

}  // namespace fwbench
