// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/policy_flows.h"

#include <algorithm>
#include <map>

#include "scenario/ranges.h"

namespace fwbench {
namespace {

/// What is still possible of each field a rule names, starting from everything.
class Possible {
 public:
  void narrow(const Match& match) {
    IntervalSet& values = slot(match.field);
    values = match.negated ? subtract(values, *match.values) : intersect(values, *match.values);
  }
  void narrow(Field field, Interval to) { narrow({field, false, std::make_shared<const IntervalSet>(1, to)}); }
  [[nodiscard]] bool names(Field field) const { return fields_.count(field) != 0; }
  [[nodiscard]] const IntervalSet& of(Field field) { return slot(field); }
  [[nodiscard]] IntervalSet of_or(Field field, const IntervalSet& otherwise) {
    return names(field) ? of(field) : otherwise;
  }
  [[nodiscard]] bool is_empty() const {
    return std::any_of(fields_.begin(), fields_.end(), [](const auto& entry) { return entry.second.empty(); });
  }

 private:
  static IntervalSet everything(Field field) { return {{0, max_value(field_bits(field))}}; }
  IntervalSet& slot(Field field) { return fields_.try_emplace(field, everything(field)).first->second; }

  std::map<Field, IntervalSet> fields_;
};

/// The lab's ranges, as in scenarios/policies/edge.nft.
const IntervalSet kSources4 = {{0xc6120000, 0xc612ffff}};       // 198.18.0.0/16
const IntervalSet kDestinations4 = {{0xc6130000, 0xc613ffff}};  // 198.19.0.0/16
constexpr FieldValue kLab6 = FieldValue{0x20010002} << 96;
const IntervalSet kSources6 = {{kLab6, kLab6 + ~uint64_t{0}}};  // 2001:2::/64
const IntervalSet kDestinations6 = {{kLab6 + (FieldValue{1} << 64), kLab6 + (FieldValue{1} << 64) + ~uint64_t{0}}};
const IntervalSet kClientPorts = {{1024, 65535}};
const IntervalSet kAnyPort = {{0, 65535}};

constexpr uint8_t kTcpNumber = 6;
constexpr uint8_t kUdpNumber = 17;
constexpr uint8_t kIcmpNumber = 1;
constexpr uint8_t kIcmpv6Number = 58;

bool can_be_made(Field field) {
  switch (field) {
    case Field::ether_type:
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip6_saddr:
    case Field::ip6_daddr:
    case Field::l4proto:
    case Field::ip_protocol:
    case Field::th_sport:
    case Field::th_dport:
    case Field::tcp_flags:
    case Field::icmp_type:
      return true;
    default:
      return false;
  }
}

tl::unexpected<Error> cannot(const Policy& policy, const Rule& rule, const std::string& why) {
  const auto [file, line] = locate(policy.parts, policy.file, rule.pos.line);
  return with_remedy(fail(ErrorKind::usage, "no frames can be made for {}:{}: {}", file, line, why),
                     "describe the traffic with saddr, daddr, dport, ... instead");
}

/// The protocol that carries the fields the rule names, among those it allows.
std::optional<uint8_t> choose_protocol(Possible& possible, IpVersion ip) {
  std::vector<uint8_t> wanted = {kTcpNumber, kUdpNumber, ip == IpVersion::v4 ? kIcmpNumber : kIcmpv6Number};
  if (possible.names(Field::th_sport) || possible.names(Field::th_dport)) wanted = {kTcpNumber, kUdpNumber};
  if (possible.names(Field::tcp_flags)) wanted = {kTcpNumber};
  if (possible.names(Field::icmp_type)) wanted = {ip == IpVersion::v4 ? kIcmpNumber : kIcmpv6Number};
  const bool v4_byte = ip == IpVersion::v4 && possible.names(Field::ip_protocol);
  for (const uint8_t protocol : wanted) {
    if (possible.names(Field::l4proto) && !contains(possible.of(Field::l4proto), protocol)) continue;
    if (v4_byte && !contains(possible.of(Field::ip_protocol), protocol)) continue;
    return protocol;
  }
  return std::nullopt;
}

void fill_transport(Possible& possible, TrafficClass& flow) {
  if (flow.l4proto == kTcpNumber || flow.l4proto == kUdpNumber) {
    flow.sport = possible.of_or(Field::th_sport, kClientPorts);
    flow.dport = possible.of_or(Field::th_dport, kAnyPort);
  }
  if (flow.l4proto == kTcpNumber) {
    constexpr uint8_t kSyn = 0x02;
    for (const Interval& range : possible.of_or(Field::tcp_flags, {{kSyn, kSyn}})) {
      for (FieldValue flags = range.first; flags <= range.last; ++flags) {
        flow.tcp_flags.push_back(static_cast<uint8_t>(flags));
      }
    }
  }
  if (flow.l4proto == kIcmpNumber || flow.l4proto == kIcmpv6Number) {
    constexpr uint8_t kEcho4 = 8;
    constexpr uint8_t kEcho6 = 128;
    const uint8_t echo = flow.ip == IpVersion::v4 ? kEcho4 : kEcho6;
    flow.icmp_type = possible.of_or(Field::icmp_type, {{echo, echo}});
  }
}

Result<TrafficClass> flow_of_rule(const Policy& policy, const Rule& rule, const TrafficClass& like) {
  Possible possible;
  for (const Match& match : rule.matches) {
    if (!can_be_made(match.field)) return cannot(policy, rule, fmt::format("it asks for {}", field_name(match.field)));
    possible.narrow(match);
  }
  constexpr FieldValue kIpv4Type = 0x0800;
  constexpr FieldValue kIpv6Type = 0x86dd;
  const IntervalSet types = possible.of_or(Field::ether_type, {{kIpv4Type, kIpv4Type}});
  const bool only_v6 = possible.names(Field::ip6_saddr) || possible.names(Field::ip6_daddr);
  if (!contains(types, kIpv4Type) && !contains(types, kIpv6Type)) return cannot(policy, rule, "it is not about IP");
  TrafficClass flow = like;
  flow.ip = only_v6 || !contains(types, kIpv4Type) ? IpVersion::v6 : IpVersion::v4;
  const auto protocol = choose_protocol(possible, flow.ip);
  if (!protocol) return cannot(policy, rule, "its protocol is none of TCP, UDP and ICMP");
  flow.l4proto = *protocol;
  const bool v4 = flow.ip == IpVersion::v4;
  flow.saddr = possible.of_or(v4 ? Field::ip_saddr : Field::ip6_saddr, v4 ? kSources4 : kSources6);
  flow.daddr = possible.of_or(v4 ? Field::ip_daddr : Field::ip6_daddr, v4 ? kDestinations4 : kDestinations6);
  fill_transport(possible, flow);
  if (possible.is_empty()) return cannot(policy, rule, "its matches exclude each other");
  return flow;
}

bool is_wanted(const Rule& rule, RuleFilter filter) {
  if (filter == RuleFilter::all) return rule.outcome.action != Action::next;
  return rule.outcome.action == (filter == RuleFilter::accept ? Action::accept : Action::drop);
}

}  // namespace

Result<std::shared_ptr<const std::vector<TrafficClass>>> flows_of_policy(const Policy& policy, RuleFilter filter,
                                                                         const TrafficClass& like) {
  const Chain& chain = policy.chains[policy.base_chain];
  auto flows = std::make_shared<std::vector<TrafficClass>>();
  for (uint32_t i = 0; i < chain.rule_count; ++i) {
    const Rule& rule = policy.rules[chain.first_rule + i];
    if (rule.verdict_map || !rule.tuple_matches.empty()) return cannot(policy, rule, "it has a concatenation or a map");
    if (!is_wanted(rule, filter)) continue;
    if (rule.outcome.action != Action::accept && rule.outcome.action != Action::drop) {
      return cannot(policy, rule, "it jumps, goes or returns to another chain");
    }
    auto flow = flow_of_rule(policy, rule, like);
    if (!flow) return tl::unexpected(flow.error());
    flows->push_back(std::move(*flow));
  }
  if (flows->empty()) return fail(ErrorKind::usage, "no such rule in {}", policy.file);
  return flows;
}

}  // namespace fwbench
