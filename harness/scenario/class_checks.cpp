// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/class_checks.h"

#include <algorithm>

#include "scenario/inputs.h"

namespace fwbench {
namespace {

/// IPv6 extension headers (RFC 8200 section 4, RFC 4302, RFC 6275): as a payload protocol they would not be one.
constexpr uint8_t kExtensionHeaders[] = {0, 43, 44, 51, 59, 60, 135};

std::string section_of_class(const TrafficClass& c) {
  return std::string(kClassPrefix) + c.name;
}

}  // namespace

int smallest_frame(const TrafficClass& c) {
  const int network = 14 + (c.ip == IpVersion::v4 ? 20 : 40);
  const bool has_short_header = c.l4proto == 17 || c.l4proto == 1 || c.l4proto == 58;  // UDP, ICMP, ICMPv6
  const int transport = c.l4proto == 6 ? 20 : has_short_header ? 8 + 8 : 8;
  const int tag = c.vlan.empty() ? 0 : 4;
  const int extensions = static_cast<int>(8 * c.extension_headers.size());
  return std::max(60, network + tag + extensions + transport);
}

std::optional<KeyProblem> find_protocol_problem(const TrafficClass& c) {
  const bool v6 = c.ip == IpVersion::v6;
  if (c.l4proto == (v6 ? 1 : 58)) {
    return KeyProblem{section_of_class(c), "proto",
                      fmt::format("proto {} does not go with ip = {}", protocol_name(c.l4proto), v6 ? 6 : 4),
                      quoted_hint(v6 ? "icmpv6" : "icmp")};
  }
  if (v6 && std::ranges::find(kExtensionHeaders, c.l4proto) != std::end(kExtensionHeaders)) {
    return KeyProblem{section_of_class(c), "proto", fmt::format("protocol {} is an IPv6 extension header", c.l4proto),
                      "give the protocol behind it"};
  }
  return std::nullopt;
}

std::optional<KeyProblem> find_class_problem(const TrafficClass& c) {
  std::optional<ShapeProblem> problem;
  if (c.flows) {
    for (const TrafficClass& flow : *c.flows) {
      if (!problem) problem = find_shape_problem(flow);
    }
  } else {
    problem = find_shape_problem(c);
  }
  if (!problem) return std::nullopt;
  return KeyProblem{section_of_class(c), std::string(problem->key), problem->message, problem->hint};
}

}  // namespace fwbench
