// SPDX-License-Identifier: BSD-2-Clause
/// What iptables has behind `-p`: ports, TCP flags, ICMP types.
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

#include "netfilter/iptables_match.h"

namespace fwbench {
namespace {

/// A multiport match holds so many ports, a range being two (XT_MULTI_PORTS).
constexpr size_t kMultiPorts = 15;
/// `--tcp-flags` names six; ECE and CWR have no names there.
constexpr unsigned kNamedFlags = 0x3f;
/// Up to the code, one rule each.
constexpr size_t kMostIcmpCodes = 64;

const IntervalSet* find(const Box& box, Field field) {
  const auto found = box.fields.find(field);
  return found == box.fields.end() ? nullptr : found->second.get();
}

/// In IPv6 these are extension headers: no protocol that a packet's walk ends at. At an authentication header nft
/// stops and ip6tables does not, so that such packets are refused as traffic (iptables_traffic.h).
bool is_walked_over(FieldValue protocol) {
  return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 51 || protocol == 60;
}

std::string flags_text(unsigned flags) {
  constexpr std::array<const char*, 6> kNames = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  if (flags == 0) return "NONE";
  std::vector<const char*> names;
  for (size_t bit = 0; bit < kNames.size(); ++bit) {
    if ((flags & 1U << bit) != 0) names.push_back(kNames.at(bit));
  }
  return fmt::format("{}", fmt::join(names, ","));
}

Said<Alternatives> tcp_flags(const IntervalSet& values) {
  const auto inverse = bit_patterns(complement(Field::tcp_flags, values), kNamedFlags);
  const auto patterns = bit_patterns(values, kNamedFlags);
  if (patterns.empty()) return tl::unexpected(std::string("--tcp-flags has no names for ECE and CWR"));
  const bool inverted = inverse.size() == 1 && patterns.size() > 1;
  Alternatives out;
  for (const BitPattern& pattern : inverted ? inverse : patterns) {
    if (pattern.mask == 0) return tl::unexpected(std::string("no option asks only whether there is a TCP header"));
    out.push_back(
        fmt::format("{} --tcp-flags {} {}", inverted ? " !" : "", flags_text(pattern.mask), flags_text(pattern.value)));
  }
  return out;
}

// ---- ports

struct PortOption {
  const char* single;
  const char* several;
};

std::string port_text(const Interval& interval) {
  const auto first = static_cast<unsigned>(interval.first);
  const auto last = static_cast<unsigned>(interval.last);
  return first == last ? fmt::format("{}", first) : fmt::format("{}:{}", first, last);
}

std::vector<std::string> multiport_lists(const IntervalSet& ports) {
  std::vector<std::string> lists;
  size_t used = kMultiPorts;
  for (const Interval& interval : ports) {
    const size_t slots = interval.first == interval.last ? 1 : 2;
    if (used + slots > kMultiPorts) {
      lists.emplace_back();
      used = 0;
    }
    used += slots;
    lists.back() += (lists.back().empty() ? "" : ",") + port_text(interval);
  }
  return lists;
}

Said<Alternatives> ports(const IntervalSet& values, Field field, unsigned protocol) {
  const PortOption option =
      field == Field::th_sport ? PortOption{"--sport", "--sports"} : PortOption{"--dport", "--dports"};
  const IntervalSet others = complement(field, values);
  if (others.empty()) return tl::unexpected(std::string("no option asks only whether a packet has ports"));
  const bool has_own_match = protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
  if (has_own_match && values.size() == 1) {
    return Alternatives{fmt::format(" {} {}", option.single, port_text(values.front()))};
  }
  if (has_own_match && others.size() == 1) {
    return Alternatives{fmt::format(" ! {} {}", option.single, port_text(others.front()))};
  }
  const std::vector<std::string> not_these = multiport_lists(others);
  if (not_these.size() == 1 && others.size() < values.size()) {
    return Alternatives{fmt::format(" -m multiport ! {} {}", option.several, not_these.front())};
  }
  Alternatives out;
  for (const std::string& list : multiport_lists(values)) {
    out.push_back(fmt::format(" -m multiport {} {}", option.several, list));
  }
  return out;
}

// ---- ICMP

Said<Alternatives> icmp(const IntervalSet* types, const IntervalSet* codes, IpFamily family) {
  if (types == nullptr) return tl::unexpected(std::string("no match of iptables reads the code of any ICMP type"));
  const char* const option = family == IpFamily::v4 ? "-m icmp --icmp-type" : "-m icmp6 --icmpv6-type";
  const bool any_code = codes == nullptr || is_everything(Field::icmp_code, *codes);
  Alternatives out;
  for (const Interval& interval : *types) {
    for (FieldValue type = interval.first; type <= interval.last; ++type) {
      const auto number = static_cast<unsigned>(type);
      // net/ipv4/netfilter/ip_tables.c, icmp_type_code_match()
      if (family == IpFamily::v4 && number == 0xff) {
        return tl::unexpected(std::string("--icmp-type 255 is any type, not type 255"));
      }
      if (any_code) {
        out.push_back(fmt::format(" {} {}", option, number));
        continue;
      }
      for (const Interval& range : *codes) {
        if (range.last - range.first >= kMostIcmpCodes) {
          return tl::unexpected(std::string("an ICMP match has one code, and the range would be too many rules"));
        }
        for (FieldValue code = range.first; code <= range.last; ++code) {
          out.push_back(fmt::format(" {} {}/{}", option, number, static_cast<unsigned>(code)));
        }
      }
    }
  }
  return out;
}

// ---- all of it

/// Nothing: the rule says nothing about the protocol. A header byte that names the protocol itself says it too.
std::optional<IntervalSet> protocols_of(const Box& box, IpFamily family) {
  std::optional<IntervalSet> out;
  for (const Field field : {Field::l4proto, Field::ip_protocol}) {
    const IntervalSet* const values = find(box, field);
    if (values != nullptr) out = out ? intersect(*out, *values) : *values;
  }
  const IntervalSet* const next_header = family == IpFamily::v6 ? find(box, Field::ip6_nexthdr) : nullptr;
  if (!out && next_header != nullptr) {
    const bool is_last = std::none_of(next_header->begin(), next_header->end(), [](const Interval& values) {
      for (FieldValue value = values.first; value <= values.last; ++value) {
        if (is_walked_over(value)) return true;
      }
      return false;
    });
    if (is_last) out = *next_header;
  }
  return out;
}

Alternatives only_protocols(const IntervalSet& protocols, IpFamily family) {
  const IntervalSet others = complement(Field::l4proto, protocols);
  if (others.empty()) return {""};  // packets without one are not let through to the rules
  if (others.size() == 1 && others.front().first == others.front().last && others.front().first != 0) {
    return {fmt::format(" ! -p {}", static_cast<unsigned>(others.front().first))};
  }
  Alternatives out;
  for (const Interval& interval : protocols) {
    for (FieldValue protocol = interval.first; protocol <= interval.last; ++protocol) {
      if (family == IpFamily::v6 && is_walked_over(protocol)) continue;
      // `-p 0` is any protocol
      out.push_back(protocol == 0 ? std::string(" -m u32 --u32 \"6&0xff=0x0\"")
                                  : fmt::format(" -p {}", static_cast<unsigned>(protocol)));
    }
  }
  return out;
}

Alternatives product(const Alternatives& left, const Alternatives& right) {
  Alternatives out;
  for (const std::string& a : left) {
    for (const std::string& b : right) out.push_back(a + b);
  }
  return out;
}

/// The options behind " -p N" for one protocol.
Said<Alternatives> behind_protocol(const Box& box, unsigned protocol, IpFamily family) {
  const IntervalSet* const flags = find(box, Field::tcp_flags);
  const IntervalSet* const type = find(box, Field::icmp_type);
  const IntervalSet* const code = find(box, Field::icmp_code);
  const bool has_ports = find(box, Field::th_sport) != nullptr || find(box, Field::th_dport) != nullptr;
  const bool knows_ports = protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_DCCP ||
                           protocol == IPPROTO_SCTP || protocol == IPPROTO_UDPLITE;
  const unsigned own_icmp = family == IpFamily::v4 ? unsigned{IPPROTO_ICMP} : unsigned{IPPROTO_ICMPV6};
  if ((has_ports && !knows_ports) || (flags != nullptr && protocol != IPPROTO_TCP) ||
      ((type != nullptr || code != nullptr) && protocol != own_icmp)) {
    return tl::unexpected(fmt::format("no match of iptables reads that of protocol {}", protocol));
  }
  if (type != nullptr || code != nullptr) return icmp(type, code, family);
  Alternatives own = {protocol == IPPROTO_TCP ? " -m tcp" : protocol == IPPROTO_UDP ? " -m udp" : ""};
  Alternatives several = {""};
  for (const Field field : {Field::th_sport, Field::th_dport}) {
    const IntervalSet* const values = find(box, field);
    if (values == nullptr) continue;
    auto options = ports(*values, field, protocol);
    if (!options) return options;
    // A match's options stand behind its -m: those of tcp and udp before any multiport.
    const bool is_multiport = options->front().starts_with(" -m");
    (is_multiport ? several : own) = product(is_multiport ? several : own, *options);
  }
  if (flags != nullptr) {
    auto options = tcp_flags(*flags);
    if (!options) return options;
    own = product(own, *options);
  }
  if (own.size() == 1 && (own.front() == " -m tcp" || own.front() == " -m udp")) own = {""};
  return product(own, several);
}

}  // namespace

Said<Alternatives> transport_term(const Box& box, IpFamily family) {
  const auto protocols = protocols_of(box, family);
  const bool looks_inside = std::any_of(box.fields.begin(), box.fields.end(),
                                        [](const auto& entry) { return is_transport_field(entry.first); });
  if (!looks_inside) return only_protocols(protocols.value_or(IntervalSet()), family);
  if (!protocols) return tl::unexpected(std::string("iptables looks at ports and types behind '-p' only"));
  Alternatives out;
  for (const Interval& interval : *protocols) {
    for (FieldValue value = interval.first; value <= interval.last; ++value) {
      const auto protocol = static_cast<unsigned>(value);
      if (family == IpFamily::v6 && is_walked_over(value)) continue;
      auto options = behind_protocol(box, protocol, family);
      if (!options) return options;
      for (const std::string& option : *options) out.push_back(fmt::format(" -p {}{}", protocol, option));
    }
  }
  return out;
}

}  // namespace fwbench
