// SPDX-License-Identifier: BSD-2-Clause
#include "policy/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fwbench {
namespace {

using enum Needs;

// What nft 1.0.6 generates for the netdev family: nft --debug=netlink -c -f FILE.
constexpr auto kExpressions = std::to_array<Expression>({
    {"meta", "protocol", Field::ether_type, ValueType::ether_type, nothing, 0, Tells::network},
    {"meta", "l4proto", Field::l4proto, ValueType::inet_proto, nothing, 0, Tells::transport},
    {"meta", "length", Field::length, ValueType::integer32},
    {"ether", "saddr", Field::eth_saddr, ValueType::ether_addr, link},
    {"ether", "daddr", Field::eth_daddr, ValueType::ether_addr, link},
    {"ether", "type", Field::eth_type, ValueType::ether_type, link, 0, Tells::link},
    {"vlan", "id", Field::vlan_id, ValueType::integer12, vlan, kEtherVlan},
    {"ip", "saddr", Field::ip_saddr, ValueType::ipv4_addr, network, kEtherIpv4},
    {"ip", "daddr", Field::ip_daddr, ValueType::ipv4_addr, network, kEtherIpv4},
    {"ip", "protocol", Field::ip_protocol, ValueType::inet_proto, network, kEtherIpv4, Tells::transport},
    {"ip", "dscp", Field::ip_tos, ValueType::dscp, network, kEtherIpv4, Tells::nothing, 2},
    {"ip", "ecn", Field::ip_tos, ValueType::ecn, network, kEtherIpv4},
    {"ip", "length", Field::ip_length, ValueType::integer16, network, kEtherIpv4},
    {"ip", "frag-off", Field::ip_frag_off, ValueType::integer16, network, kEtherIpv4},
    {"ip", "ttl", Field::ip_ttl, ValueType::integer8, network, kEtherIpv4},
    {"ip6", "saddr", Field::ip6_saddr, ValueType::ipv6_addr, network, kEtherIpv6},
    {"ip6", "daddr", Field::ip6_daddr, ValueType::ipv6_addr, network, kEtherIpv6},
    {"ip6", "dscp", Field::ip6_class, ValueType::dscp, network, kEtherIpv6, Tells::nothing, 2},
    {"ip6", "nexthdr", Field::ip6_nexthdr, ValueType::inet_proto, network, kEtherIpv6, Tells::transport},
    {"ip6", "hoplimit", Field::ip6_hoplimit, ValueType::integer8, network, kEtherIpv6},
    {"exthdr", "hbh", Field::exthdrs, ValueType::boolean, network, kEtherIpv6, Tells::nothing, 0},
    {"exthdr", "rt", Field::exthdrs, ValueType::boolean, network, kEtherIpv6, Tells::nothing, 1},
    {"exthdr", "frag", Field::exthdrs, ValueType::boolean, network, kEtherIpv6, Tells::nothing, 2},
    {"exthdr", "dst", Field::exthdrs, ValueType::boolean, network, kEtherIpv6, Tells::nothing, 3},
    {"exthdr", "mh", Field::exthdrs, ValueType::boolean, network, kEtherIpv6, Tells::nothing, 4},
    {"tcp", "sport", Field::th_sport, ValueType::inet_service, transport, 6},
    {"tcp", "dport", Field::th_dport, ValueType::inet_service, transport, 6},
    {"tcp", "flags", Field::tcp_flags, ValueType::tcp_flag, transport, 6},
    {"udp", "sport", Field::th_sport, ValueType::inet_service, transport, 17},
    {"udp", "dport", Field::th_dport, ValueType::inet_service, transport, 17},
    {"sctp", "sport", Field::th_sport, ValueType::inet_service, transport, 132},
    {"sctp", "dport", Field::th_dport, ValueType::inet_service, transport, 132},
    {"dccp", "sport", Field::th_sport, ValueType::inet_service, transport, 33},
    {"dccp", "dport", Field::th_dport, ValueType::inet_service, transport, 33},
    {"udplite", "sport", Field::th_sport, ValueType::inet_service, transport, 136},
    {"udplite", "dport", Field::th_dport, ValueType::inet_service, transport, 136},
    {"th", "sport", Field::th_sport, ValueType::inet_service},
    {"th", "dport", Field::th_dport, ValueType::inet_service},
    {"icmp", "type", Field::icmp_type, ValueType::icmp_type, icmp_transport, 1},
    {"icmp", "code", Field::icmp_code, ValueType::icmp_code, icmp_transport, 1},
    {"icmpv6", "type", Field::icmp_type, ValueType::icmpv6_type, icmp_transport, 58},
    {"icmpv6", "code", Field::icmp_code, ValueType::icmpv6_code, icmp_transport, 58},
});

constexpr auto kStatements =
    std::to_array<std::string_view>({"counter", "comment", "accept", "drop", "jump", "goto", "return", "continue"});

constexpr std::string_view kStateless = "fwbench's firewalls are stateless: match the packet itself";
constexpr std::string_view kVerdicts = "supported: counter, comment, accept, drop, jump, goto, return, continue";
constexpr std::string_view kFieldHelp =
    "supported: meta, ether, vlan, ip, ip6, exthdr, tcp, udp, sctp, dccp, udplite, th, icmp, icmpv6";

/// nft's own words, so that nobody is told that 'sctp' is a misspelt 'tcp'. Special answers first.
constexpr auto kUnsupported = std::to_array<Unsupported>({
    {"meta", "nfproto", "use 'meta protocol ip' or 'meta protocol ip6'"},
    {"ct", "", kStateless},
    {"arp", "", "use 'meta protocol arp'"},
    {"ah", "", "use 'meta l4proto ah'"},
    {"esp", "", "use 'meta l4proto esp'"},
    {"comp", "", "use 'meta l4proto comp'"},
    {"igmp", "", "use 'meta l4proto igmp'"},
    {"frag", "", "use 'exthdr frag exists'"},
    {"hbh", "", "use 'exthdr hbh exists'"},
    {"rt", "", "use 'exthdr rt exists'"},
    {"dst", "", "use 'exthdr dst exists'"},
    {"mh", "", "use 'exthdr mh exists'"},
    {"fib", "", kFieldHelp},
    {"socket", "", kStateless},
    {"osf", "", kFieldHelp},
    {"numgen", "", kFieldHelp},
    {"jhash", "", kFieldHelp},
    {"symhash", "", kFieldHelp},
    {"iif", "", kFieldHelp},
    {"iifname", "", kFieldHelp},
    {"iiftype", "", kFieldHelp},
    {"oif", "", kFieldHelp},
    {"oifname", "", kFieldHelp},
    {"mark", "", kFieldHelp},
    {"pkttype", "", kFieldHelp},
    {"limit", "", kStateless},
    {"quota", "", kStateless},
    {"log", "", kVerdicts},
    {"reject", "", kVerdicts},
    {"queue", "", kVerdicts},
    {"notrack", "", kVerdicts},
    {"masquerade", "", kVerdicts},
    {"snat", "", kVerdicts},
    {"dnat", "", kVerdicts},
    {"redirect", "", kVerdicts},
    {"tproxy", "", kVerdicts},
    {"synproxy", "", kVerdicts},
    {"dup", "", kVerdicts},
    {"fwd", "", kVerdicts},
    {"flow", "", kVerdicts},
    {"meter", "", kVerdicts},
    {"add", "", kVerdicts},
    {"update", "", kVerdicts},
    {"delete", "", kVerdicts},
});

/// The objects, each once, in the order of the table.
std::vector<std::string_view> objects() {
  std::vector<std::string_view> names;
  for (const Expression& expression : kExpressions) {
    if (std::find(names.begin(), names.end(), expression.object) == names.end()) names.push_back(expression.object);
  }
  return names;
}

std::vector<std::string_view> keys(std::string_view object) {
  std::vector<std::string_view> names;
  for (const Expression& expression : kExpressions) {
    if (expression.object == object) names.push_back(expression.key);
  }
  return names;
}

}  // namespace

std::string Expression::name() const {
  return fmt::format("{} {}", object, key);
}

const Expression* find_expression(std::string_view object, std::string_view key) {
  const auto found = std::find_if(kExpressions.begin(), kExpressions.end(),
                                  [&](const Expression& e) { return e.object == object && e.key == key; });
  return found == kExpressions.end() ? nullptr : &*found;
}

bool is_expression_object(std::string_view object) {
  return std::any_of(kExpressions.begin(), kExpressions.end(), [&](const Expression& e) { return e.object == object; });
}

std::string supported_keys(std::string_view object) {
  return fmt::format("{}", fmt::join(keys(object), ", "));
}

std::string supported_words() {
  return fmt::format("{}, {}", fmt::join(objects(), ", "), fmt::join(kStatements, ", "));
}

const Unsupported* find_unsupported(std::string_view object, std::string_view key) {
  const auto found = std::find_if(kUnsupported.begin(), kUnsupported.end(), [&](const Unsupported& u) {
    return u.object == object && (u.key.empty() || u.key == key);
  });
  return found == kUnsupported.end() ? nullptr : &*found;
}

std::string nearest_object(std::string_view word) {
  std::vector<std::string_view> candidates = objects();
  candidates.insert(candidates.end(), kStatements.begin(), kStatements.end());
  return nearest(word, candidates);
}

std::string nearest_key(std::string_view object, std::string_view word) {
  return nearest(word, keys(object));
}

}  // namespace fwbench
