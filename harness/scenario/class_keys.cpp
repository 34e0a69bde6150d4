// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/class_keys.h"

#include "bpf/abi.h"
#include "scenario/value_reader.h"
#include "traffic/shape.h"

namespace fwbench {
namespace {

constexpr std::string_view kTrafficSources[] = {"fields", "policy"};  // enum TrafficSource
constexpr std::string_view kFilters[] = {"all", "accept", "drop"};    // enum RuleFilter
constexpr std::string_view kDraws[] = {"value", "element"};           // TrafficClass::draw_ranges_evenly
constexpr uint8_t kWithPorts[] = {6, 17};
constexpr uint8_t kTcp[] = {6};
constexpr uint8_t kIcmp[] = {1, 58};

constexpr Key kClassKeys[] = {
    {.section = "class",
     .name = "weight",
     .type = KeyType::real,
     .default_value = "1",
     .max = 1e6,
     .help = "Share of the load, relative to the other classes. A class of weight 0 can still be the probe_class.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.weight); }},
    {.section = "class",
     .name = "share",
     .type = KeyType::real,
     .unit = "share of the load",
     .max = 1,
     .help = "In place of `weight`: so much of the load (of what classes with a rate leave of it), and the others "
             "share the rest by their weights.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.share.emplace()); }},
    {.section = "class",
     .name = "rate",
     .type = KeyType::whole,
     .unit = "packets/s",
     .max = 100'000'000,
     .help = "In place of `weight`: so many frames of the class a second. Classes with a weight share what is left of "
             "[traffic] `rate`; when every class has a rate, that is the load.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.rate_pps.emplace()); }},
    {.section = "class",
     .name = "burst",
     .type = KeyType::whole,
     .unit = "frames",
     .default_value = "1",
     .min = 1,
     .max = 16'384,
     .help =
         "Frames of the class come back to back, so many at a time (RFC 2544 section 21, RFC 9004). A constant load "
         "sends each burst at once and then pauses as its rate asks for.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.burst); }},
    {.section = "class",
     .name = "expect",
     .type = KeyType::choice,
     .default_value = "policy",
     .choices = kExpects,
     .help = "What must become of the frames: what the policy says, or `pass` or `drop` whatever it says.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.expect); }},
    {.section = "class",
     .name = "from",
     .type = KeyType::choice,
     .default_value = "fields",
     .choices = kTrafficSources,
     .help = "Where the header fields come from. `fields`: the keys below. `policy`: the policy's rules, each of which "
             "gets as many of the frames as any other, in shuffled order and within what the rule matches. The keys "
             "from `ip` to `icmp_type` then have no meaning.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.source); }},
    {.section = "class",
     .name = "rules",
     .type = KeyType::choice,
     .default_value = "all",
     .choices = kFilters,
     .help = "Which rules, when `from` is `policy`: those that accept, those that drop, or both.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.rules); }},
    {.section = "class",
     .name = "draw",
     .type = KeyType::choice,
     .default_value = "value",
     .choices = kDraws,
     .help = "How a field is drawn from its list. `value`: every value alike, so a /16 is hit 256 times as often as a "
             "/24. `element`: first one of the list's elements, all alike, then a value in it.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.current.draw_ranges_evenly); }},
    {.section = "class",
     .name = "ip",
     .type = KeyType::choice,
     .default_value = "4",
     .choices = kIpVersions,
     .help = "IP version.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.current.ip); }},
    {.section = "class",
     .name = "proto",
     .type = KeyType::protocol,
     .default_value = "tcp",
     .help = "The protocol behind the IP header.",
     .set = [](ValueReader& r, Draft& d) { r.protocol(d.current.l4proto); }},
    {.section = "class",
     .name = "saddr",
     .type = KeyType::addresses,
     .required = true,
     .help = "Source addresses.",
     .set = [](ValueReader& r, Draft& d) { r.addresses(d.current.saddr, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "daddr",
     .type = KeyType::addresses,
     .required = true,
     .help = "Destination addresses.",
     .set = [](ValueReader& r, Draft& d) { r.addresses(d.current.daddr, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "sport",
     .type = KeyType::ports,
     .default_value = "1024-65535",
     .protocols = kWithPorts,
     .help = "Source ports.",
     .set = [](ValueReader& r, Draft& d) { r.ports(d.current.sport, d.plan.policy.get()); }},
    {.section = "class",
     .name = "dport",
     .type = KeyType::ports,
     .required = true,
     .protocols = kWithPorts,
     .help = "Destination ports.",
     .set = [](ValueReader& r, Draft& d) { r.ports(d.current.dport, d.plan.policy.get()); }},
    {.section = "class",
     .name = "tcp_flags",
     .type = KeyType::tcp_flags,
     .default_value = "syn",
     .protocols = kTcp,
     .help = "Flag combinations, drawn uniformly.",
     .set = [](ValueReader& r, Draft& d) { r.tcp_flags(d.current.tcp_flags); }},
    {.section = "class",
     .name = "icmp_type",
     .type = KeyType::icmp_types,
     .default_value = "echo-request",
     .protocols = kIcmp,
     .help = "ICMP or ICMPv6 type; the code is 0.",
     .set = [](ValueReader& r, Draft& d) { r.icmp_types(d.current.icmp_type, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "size",
     .type = KeyType::sizes,
     .unit = "bytes without FCS",
     .min = 60,
     .max = FW_MAX_FRAME,
     .help =
         "Frame sizes, with weights behind a colon; those of [traffic] when not given. `imix` is 60:7, 590:4, 1514:1 "
         "(RFC 6985). RFC 2544 counts 4 bytes "
         "of FCS more: its 64 is our 60. A size too small for the headers is raised: an IPv6 TCP frame has at least "
         "74 bytes.",
     .set = [](ValueReader& r, Draft& d) { r.sizes(d.current.sizes); }},
    {.section = "class",
     .name = "ttl",
     .type = KeyType::whole,
     .default_value = "64",
     .min = 1,
     .max = 255,
     .help = "TTL or hop limit.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.ttl); }},
    {.section = "class",
     .name = "vlan",
     .type = KeyType::vlans,
     .max = 4095,
     .help = "An 802.1Q tag with one of these ids. No tag when it is not given.",
     .set = [](ValueReader& r, Draft& d) { r.vlans(d.current.vlan); }},
    {.section = "class",
     .name = "fragment",
     .type = KeyType::choices,
     .choices = kFragmentNames,
     .help =
         "Frames are fragments of larger packets that are never sent whole; those of the list take turns. `first` has "
         "the transport header, `middle` and `last` have not; `tiny`: 8 bytes of a TCP header, ports but no flags "
         "(RFC 1858); `overlapping`: at offset 8, over the flags of a first one; `atomic`: IPv6, whole, with a "
         "fragment header (RFC 6946).",
     .set = [](ValueReader& r, Draft& d) { r.choices(d.current.fragments); }},
    {.section = "class",
     .name = "exthdr",
     .type = KeyType::choices,
     .choices = kExtensionHeaderNames,
     .help =
         "IPv6 extension headers of 8 bytes, all of them in this order, in front of the transport header; repetition "
         "is fine. A fragment header comes with `fragment`, behind them.",
     .set = [](ValueReader& r, Draft& d) { r.choices(d.current.extension_headers); }},
    {.section = "class",
     .name = "malformed",
     .type = KeyType::choices,
     .choices = kMalformationNames,
     .help =
         "Each frame has one thing wrong; those of the list take turns. IP: `version`; header length (IPv4) "
         "`ihl-short` "
         "of 16 bytes, `ihl-long` beyond the packet; total or payload length `length-short` of less than the headers, "
         "`length-long` beyond the frame; `ip-truncated`: the frame ends in the IP header; `ip-checksum`; "
         "`exthdr-truncated` (IPv6): claims to go on behind the end. Above it: `l4-truncated`: ports, but no whole "
         "header; `l4-checksum`; TCP data offset `tcp-offset-short` of 16 bytes, `tcp-offset-long` beyond the end; UDP "
         "length `udp-length-short` of 7, `udp-length-long` beyond the end. What a firewall must do with them is "
         "what the policy says of the fields that can be read, as nftables reads them.",
     .set = [](ValueReader& r, Draft& d) { r.choices(d.current.malformed); }},
};

}  // namespace

std::span<const Key> class_keys() {
  return kClassKeys;
}

}  // namespace fwbench
