// SPDX-License-Identifier: BSD-2-Clause
/// The types and the names of their values, as `nft describe` and Debian's /etc/services and /etc/protocols have them.
#include <array>

#include "policy/value.h"

namespace fwbench {
namespace {

constexpr auto kServices = std::to_array<ValueSymbol>({
    {"ftp-data", 20},      {"ftp", 21},           {"ssh", 22},           {"telnet", 23},       {"smtp", 25},
    {"domain", 53},        {"bootps", 67},        {"bootpc", 68},        {"tftp", 69},         {"http", 80},
    {"kerberos", 88},      {"pop3", 110},         {"sunrpc", 111},       {"ntp", 123},         {"netbios-ns", 137},
    {"imap2", 143},        {"snmp", 161},         {"snmp-trap", 162},    {"bgp", 179},         {"ldap", 389},
    {"https", 443},        {"microsoft-ds", 445}, {"submissions", 465},  {"isakmp", 500},      {"syslog", 514},
    {"rtsp", 554},         {"submission", 587},   {"ldaps", 636},        {"domain-s", 853},    {"imaps", 993},
    {"pop3s", 995},        {"openvpn", 1194},     {"ms-sql-s", 1433},    {"radius", 1812},     {"mysql", 3306},
    {"ipsec-nat-t", 4500}, {"sip", 5060},         {"xmpp-client", 5222}, {"postgresql", 5432}, {"x11", 6000},
    {"redis", 6379},       {"http-alt", 8080},
});
constexpr auto kProtocols = std::to_array<ValueSymbol>({
    {"icmp", 1},  {"igmp", 2},   {"ipencap", 4}, {"tcp", 6},        {"udp", 17},    {"dccp", 33},     {"ipv6", 41},
    {"gre", 47},  {"esp", 50},   {"ah", 51},     {"ipv6-icmp", 58}, {"icmpv6", 58}, {"ospf", 89},     {"ipip", 94},
    {"pim", 103}, {"comp", 108}, {"vrrp", 112},  {"l2tp", 115},     {"sctp", 132},  {"udplite", 136},
});
constexpr auto kEtherTypes = std::to_array<ValueSymbol>({
    {"ip", 0x0800},
    {"arp", 0x0806},
    {"ip6", 0x86dd},
    {"vlan", 0x8100},
    {"8021q", 0x8100},
    {"8021ad", 0x88a8},
});
constexpr auto kTcpFlags = std::to_array<ValueSymbol>({
    {"fin", 0x01},
    {"syn", 0x02},
    {"rst", 0x04},
    {"psh", 0x08},
    {"ack", 0x10},
    {"urg", 0x20},
    {"ecn", 0x40},
    {"cwr", 0x80},
});
constexpr auto kIcmpTypes = std::to_array<ValueSymbol>({
    {"echo-reply", 0},
    {"destination-unreachable", 3},
    {"source-quench", 4},
    {"redirect", 5},
    {"echo-request", 8},
    {"router-advertisement", 9},
    {"router-solicitation", 10},
    {"time-exceeded", 11},
    {"parameter-problem", 12},
    {"timestamp-request", 13},
    {"timestamp-reply", 14},
    {"info-request", 15},
    {"info-reply", 16},
    {"address-mask-request", 17},
    {"address-mask-reply", 18},
});
constexpr auto kIcmp6Types = std::to_array<ValueSymbol>({
    {"destination-unreachable", 1},  {"packet-too-big", 2},         {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},         {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131},  {"mld-listener-done", 132},
    {"mld-listener-reduction", 132}, {"nd-router-solicit", 133},    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},
    {"router-renumbering", 138},     {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142},
    {"mld2-listener-report", 143},
});

constexpr auto kIcmpCodes = std::to_array<ValueSymbol>({
    {"net-unreachable", 0},
    {"host-unreachable", 1},
    {"prot-unreachable", 2},
    {"port-unreachable", 3},
    {"frag-needed", 4},
    {"net-prohibited", 9},
    {"host-prohibited", 10},
    {"admin-prohibited", 13},
});
constexpr auto kIcmp6Codes = std::to_array<ValueSymbol>({
    {"no-route", 0},
    {"admin-prohibited", 1},
    {"addr-unreachable", 3},
    {"port-unreachable", 4},
    {"policy-fail", 5},
    {"reject-route", 6},
});
// "le" is a word of its own in nft ("<="): the low-effort class is lephb.
constexpr auto kDscp = std::to_array<ValueSymbol>({
    {"cs0", 0x00},  {"cs1", 0x08},  {"cs2", 0x10},  {"cs3", 0x18},   {"cs4", 0x20},  {"cs5", 0x28},  {"cs6", 0x30},
    {"cs7", 0x38},  {"df", 0x00},   {"be", 0x00},   {"lephb", 0x01}, {"af11", 0x0a}, {"af12", 0x0c}, {"af13", 0x0e},
    {"af21", 0x12}, {"af22", 0x14}, {"af23", 0x16}, {"af31", 0x1a},  {"af32", 0x1c}, {"af33", 0x1e}, {"af41", 0x22},
    {"af42", 0x24}, {"af43", 0x26}, {"va", 0x2c},   {"ef", 0x2e},
});
constexpr auto kEcn = std::to_array<ValueSymbol>({{"not-ect", 0}, {"ect1", 1}, {"ect0", 2}, {"ce", 3}});
constexpr auto kBoolean = std::to_array<ValueSymbol>({{"exists", 1}, {"missing", 0}});

/// In the order of the enum.
constexpr auto kTypes = std::to_array<ValueTypeInfo>({
    {ValueType::ipv4_addr, "ipv4_addr", "IPv4 address", 32, {}},
    {ValueType::ipv6_addr, "ipv6_addr", "IPv6 address", 128, {}},
    {ValueType::inet_service, "inet_service", "port", 16, kServices},
    {ValueType::inet_proto, "inet_proto", "protocol", 8, kProtocols},
    {ValueType::ether_type, "ether_type", "Ethernet type", 16, kEtherTypes},
    {ValueType::tcp_flag, "tcp_flag", "TCP flag", 8, kTcpFlags},
    {ValueType::icmp_type, "icmp_type", "ICMP type", 8, kIcmpTypes},
    {ValueType::icmpv6_type, "icmpv6_type", "ICMPv6 type", 8, kIcmp6Types},
    {ValueType::icmp_code, "icmp_code", "ICMP code", 8, kIcmpCodes},
    {ValueType::icmpv6_code, "icmpv6_code", "ICMPv6 code", 8, kIcmp6Codes},
    {ValueType::ether_addr, "ether_addr", "Ethernet address", 48, {}},
    {ValueType::dscp, "dscp", "DSCP", 6, kDscp},
    {ValueType::ecn, "ecn", "ECN codepoint", 2, kEcn},
    {ValueType::boolean, "", "boolean", 1, kBoolean},
    {ValueType::integer8, "", "number of 8 bits", 8, {}},
    {ValueType::integer12, "", "number of 12 bits", 12, {}},
    {ValueType::integer16, "", "number of 16 bits", 16, {}},
    {ValueType::integer32, "", "number of 32 bits", 32, {}},
});

}  // namespace

const ValueTypeInfo& value_type_info(ValueType type) {
  return kTypes[static_cast<size_t>(type)];
}

std::span<const ValueTypeInfo> value_types() {
  return kTypes;
}

}  // namespace fwbench
