// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/shape.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include "traffic/frame_maker.h"
#include "traffic/spec.h"

namespace fwbench {
namespace {

bool is_tcp(const TrafficClass& c) {
  return c.l4proto == IPPROTO_TCP;
}

std::optional<ShapeProblem> fragment_problem(const TrafficClass& c, FragmentKind kind) {
  const auto says = [&](std::string message, std::string hint) {
    return ShapeProblem{"fragment", fmt::format("'{}' {}", fragment_name(kind), message), std::move(hint)};
  };
  if (kind == FragmentKind::tiny && !is_tcp(c)) {
    return says("splits a TCP header", "other headers fit into the smallest fragment: take it out, or proto = tcp");
  }
  if (kind == FragmentKind::atomic && c.ip == IpVersion::v4) {
    return says("is a fragment of IPv6", "an IPv4 packet that is whole has no fragment header: take it out");
  }
  return std::nullopt;
}

/// What the class must be to have it, in words of its keys; "" when it is that.
std::string_view lacks_for(const TrafficClass& c, Malformation kind) {
  const bool v4 = c.ip == IpVersion::v4;
  const bool is_udp = c.l4proto == IPPROTO_UDP;
  const bool is_icmp = has_icmp_type(c);
  switch (kind) {
    case Malformation::ihl_short:
    case Malformation::ihl_long:
    case Malformation::ip_checksum:
      return v4 ? "" : "ip = 4";
    case Malformation::exthdr_truncated:
      return v4 ? "ip = 6" : "";
    case Malformation::l4_truncated:
    case Malformation::l4_checksum:
      return is_tcp(c) || is_udp || is_icmp ? "" : "proto = tcp, udp or icmp";
    case Malformation::tcp_offset_short:
    case Malformation::tcp_offset_long:
      return is_tcp(c) ? "" : "proto = tcp";
    case Malformation::udp_length_short:
    case Malformation::udp_length_long:
      return is_udp ? "" : "proto = udp";
    case Malformation::version:
    case Malformation::length_short:
    case Malformation::length_long:
    case Malformation::ip_truncated:
      return "";
  }
  return "";
}

}  // namespace

std::optional<ShapeProblem> find_shape_problem(const TrafficClass& c) {
  for (const FragmentKind kind : c.fragments) {
    if (auto problem = fragment_problem(c, kind)) return problem;
  }
  if (!c.extension_headers.empty() && c.ip == IpVersion::v4) {
    return ShapeProblem{"exthdr", "IPv4 has no extension headers", "take the line out, or ip = 6"};
  }
  if (c.extension_headers.size() > kMaxExtensionHeaders) {
    return ShapeProblem{
        "exthdr",
        fmt::format("{} extension headers, at most {} are sent", c.extension_headers.size(), kMaxExtensionHeaders),
        "the sink finds a frame's identity behind no more"};
  }
  for (const Malformation kind : c.malformed) {
    const std::string_view wanted = lacks_for(c, kind);
    if (wanted.empty()) continue;
    return ShapeProblem{"malformed", fmt::format("'{}' needs {}", malformation_name(kind), wanted),
                        "take it out, or make another class for it"};
  }
  if (!c.malformed.empty() && !c.fragments.empty()) {
    return ShapeProblem{"malformed", "a class has fragments or malformed frames, not both", "make two classes of it"};
  }
  return std::nullopt;
}

}  // namespace fwbench
