// SPDX-License-Identifier: BSD-2-Clause
#include "policy/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace fwbench {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kFirstEtherType = 0x0600;
constexpr uint16_t kIeee8023 = 0x0001;
constexpr uint16_t kIeee8022 = 0x0004;
constexpr uint16_t kVlan = 0x8100;
constexpr uint16_t kQinq = 0x88a8;

constexpr size_t kEthernetHeader = 14;
constexpr size_t kVlanTag = 4;
constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;

/// A packet's fields as a rule sees them.
class PacketFields {
 public:
  void set(Field field, FieldValue value) {
    present_[index(field)] = true;
    values_[index(field)] = value;
  }
  [[nodiscard]] bool has(Field field) const { return present_[index(field)]; }
  [[nodiscard]] FieldValue get(Field field) const { return values_[index(field)]; }

 private:
  static size_t index(Field field) { return static_cast<size_t>(field); }

  std::bitset<kFieldCount> present_;
  std::array<FieldValue, kFieldCount> values_;  // meaningful where present
};

uint8_t byte_at(Bytes bytes, size_t offset) {
  return std::to_integer<uint8_t>(bytes[offset]);
}

/// Big-endian number of `size` bytes, if the bytes are there.
std::optional<FieldValue> load(Bytes bytes, size_t offset, size_t size) {
  if (offset + size > bytes.size()) return std::nullopt;
  FieldValue value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | byte_at(bytes, offset + i);
  return value;
}

uint16_t load16(Bytes bytes, size_t offset) {
  return static_cast<uint16_t>(byte_at(bytes, offset) << 8 | byte_at(bytes, offset + 1));
}

/// A payload load (nft_payload_eval): bounded by the end of the frame, not by the lengths that headers claim.
void load_field(PacketFields& fields, Field field, Bytes bytes, size_t offset, size_t size) {
  if (const auto value = load(bytes, offset, size)) fields.set(field, *value);
}

/// Where the transport header is, when the kernel trusts the IP header (struct nft_pktinfo).
struct Transport {
  uint8_t protocol = 0;
  size_t offset = 0;         ///< from the network header
  bool is_fragment = false;  ///< not the first one: there is no transport header
};

/// nft_set_pktinfo_ipv4_validate (include/net/netfilter/nf_tables_ipv4.h).
std::optional<Transport> find_ipv4_transport(Bytes packet) {
  if (packet.size() < kIpv4Header) return std::nullopt;
  const uint8_t version_ihl = byte_at(packet, 0);
  const size_t header_length = size_t{4} * (version_ihl & 0x0f);
  const size_t total_length = load16(packet, 2);
  if (version_ihl >> 4 != 4 || header_length < kIpv4Header) return std::nullopt;
  if (packet.size() < total_length || total_length < header_length) return std::nullopt;
  const bool is_fragment = (load16(packet, 6) & 0x1fff) != 0;
  return Transport{byte_at(packet, 9), header_length, is_fragment};
}

enum NextHeader : uint8_t {
  next_hop_by_hop = 0,
  next_routing = 43,
  next_fragment = 44,
  next_auth = 51,
  next_none = 59,
  next_destination = 60,
  next_mobility = 135,
};

/// ipv6_ext_hdr(), less NEXTHDR_NONE, at which every walk stops.
bool is_extension(uint8_t next_header) {
  return next_header == next_hop_by_hop || next_header == next_routing || next_header == next_fragment ||
         next_header == next_auth || next_header == next_destination;
}

/// nft_set_pktinfo_ipv6_validate (include/net/netfilter/nf_tables_ipv6.h) with ipv6_find_hdr(target = -1, flags =
/// IP6_FH_F_AUTH): it stops at the first header that is no extension, and at an authentication header.
std::optional<Transport> find_ipv6_transport(Bytes packet) {
  if (packet.size() < kIpv6Header || byte_at(packet, 0) >> 4 != 6) return std::nullopt;
  if (load16(packet, 4) + kIpv6Header > packet.size()) return std::nullopt;
  uint8_t next_header = byte_at(packet, 6);
  size_t offset = kIpv6Header;
  while (is_extension(next_header) && next_header != next_auth) {
    const size_t needed = next_header == next_routing || next_header == next_fragment ? 4 : 2;
    if (offset + needed > packet.size()) return std::nullopt;
    const uint8_t following = byte_at(packet, offset);
    size_t length = (size_t{byte_at(packet, offset + 1)} + 1) * 8;
    if (next_header == next_fragment) {
      if ((load16(packet, offset + 2) & 0xfff8) != 0) {
        if (is_extension(following)) return std::nullopt;
        return Transport{following, 0, true};
      }
      length = 8;
    }
    next_header = following;
    offset += length;
  }
  // An authentication header that is cut short is an error as well: it is looked at before the walk stops.
  if (next_header == next_auth && offset + 2 > packet.size()) return std::nullopt;
  return Transport{next_header, offset, false};
}

void parse_transport(PacketFields& fields, Bytes packet, const std::optional<Transport>& transport) {
  if (!transport) return;
  fields.set(Field::l4proto, transport->protocol);
  if (transport->is_fragment) return;
  // Which of these a rule may look at is its own business: its match on l4proto comes first.
  load_field(fields, Field::th_sport, packet, transport->offset, 2);
  load_field(fields, Field::th_dport, packet, transport->offset + 2, 2);
  load_field(fields, Field::tcp_flags, packet, transport->offset + 13, 1);
  load_field(fields, Field::icmp_type, packet, transport->offset, 1);
  load_field(fields, Field::icmp_code, packet, transport->offset + 1, 1);
}

void parse_ipv4(PacketFields& fields, Bytes packet) {
  load_field(fields, Field::ip_tos, packet, 1, 1);
  load_field(fields, Field::ip_length, packet, 2, 2);
  load_field(fields, Field::ip_frag_off, packet, 6, 2);
  load_field(fields, Field::ip_ttl, packet, 8, 1);
  load_field(fields, Field::ip_protocol, packet, 9, 1);
  load_field(fields, Field::ip_saddr, packet, 12, 4);
  load_field(fields, Field::ip_daddr, packet, 16, 4);
  parse_transport(fields, packet, find_ipv4_transport(packet));
}

uint8_t exthdr_bit(uint8_t header) {
  switch (header) {
    case next_hop_by_hop:
      return kExthdrHopByHop;
    case next_routing:
      return kExthdrRouting;
    case next_fragment:
      return kExthdrFragment;
    case next_destination:
      return kExthdrDestination;
    case next_mobility:
      return kExthdrMobility;
    default:
      return 0;
  }
}

/// ipv6_find_hdr(target, flags = NULL) for all the targets at once: no header field but the next header is looked at,
/// not even the version. Without flags it walks over an authentication header too.
uint8_t find_exthdrs(Bytes packet) {
  uint8_t found = 0;
  uint8_t next_header = byte_at(packet, 6);
  size_t offset = kIpv6Header;
  while (true) {
    if (!is_extension(next_header)) return found | exthdr_bit(next_header);  // a mobility header is found unread
    const size_t needed = next_header == next_routing || next_header == next_fragment ? 4 : 2;
    if (offset + needed > packet.size()) return found;
    found |= exthdr_bit(next_header);
    if (next_header == next_fragment) {
      if ((load16(packet, offset + 2) & 0xfff8) != 0) return found;
      next_header = byte_at(packet, offset);
      offset += 8;
      continue;
    }
    const size_t units = byte_at(packet, offset + 1);
    const size_t length = next_header == next_auth ? (units + 2) * 4 : (units + 1) * 8;
    next_header = byte_at(packet, offset);
    offset += length;
  }
}

void parse_ipv6(PacketFields& fields, Bytes packet) {
  if (const auto start = load(packet, 0, 2)) fields.set(Field::ip6_class, *start >> 4 & 0xff);
  load_field(fields, Field::ip6_nexthdr, packet, 6, 1);
  load_field(fields, Field::ip6_hoplimit, packet, 7, 1);
  load_field(fields, Field::ip6_saddr, packet, 8, 16);
  load_field(fields, Field::ip6_daddr, packet, 24, 16);
  if (packet.size() >= kIpv6Header) fields.set(Field::exthdrs, find_exthdrs(packet));
  parse_transport(fields, packet, find_ipv6_transport(packet));
}

/// What nf_hook_ingress sees: behind eth_type_trans() and skb_vlan_untag(). Nothing when the latter drops the frame: a
/// tag with less than a tag and two bytes behind the addresses and the type.
std::optional<PacketFields> parse_frame(Bytes frame) {
  PacketFields fields;
  if (frame.size() < kEthernetHeader) return fields;
  load_field(fields, Field::eth_daddr, frame, 0, 6);
  load_field(fields, Field::eth_saddr, frame, 6, 6);
  load_field(fields, Field::eth_type, frame, 12, 2);
  uint16_t ether_type = load16(frame, kEthernetHeader - 2);
  Bytes packet = frame.subspan(kEthernetHeader);
  if (ether_type == kVlan || ether_type == kQinq) {
    if (packet.size() < kVlanTag + 2) return std::nullopt;
    fields.set(Field::vlan_id, load16(packet, 0) & 0x0fffU);
    ether_type = load16(packet, 2);
    packet = packet.subspan(kVlanTag);
  }
  // Below 0x0600 it is a length: the kernel says 802.3 before raw IPX, else 802.2 (eth_type_trans()).
  if (ether_type < kFirstEtherType) {
    ether_type = packet.size() >= 2 && load16(packet, 0) == 0xffff ? kIeee8023 : kIeee8022;
  }
  fields.set(Field::ether_type, ether_type);
  fields.set(Field::length, packet.size());
  if (ether_type == kIpv4) parse_ipv4(fields, packet);
  if (ether_type == kIpv6) parse_ipv6(fields, packet);
  return fields;
}

/// A chain of family ip never sees IPv6, and so on: what it does not see, it does not drop.
bool is_seen(const Policy& policy, const PacketFields& fields) {
  if (policy.family == "netdev") return true;
  const bool is_ipv4 = fields.has(Field::ether_type) && fields.get(Field::ether_type) == kIpv4;
  const bool is_ipv6 = fields.has(Field::ether_type) && fields.get(Field::ether_type) == kIpv6;
  if (policy.family == "ip") return is_ipv4;
  if (policy.family == "ip6") return is_ipv6;
  return is_ipv4 || is_ipv6;
}

bool satisfies(const PacketFields& fields, const Match& match) {
  return fields.has(match.field) && contains(*match.values, fields.get(match.field)) != match.negated;
}

bool has_all(const PacketFields& fields, const std::vector<Field>& names) {
  return std::all_of(names.begin(), names.end(), [&](Field field) { return fields.has(field); });
}

bool holds(const Tuple& tuple, const PacketFields& fields, const std::vector<Field>& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldValue value = fields.get(names[i]);
    if (value < tuple[i].first || tuple[i].last < value) return false;
  }
  return true;
}

bool satisfies_tuple(const PacketFields& fields, const TupleMatch& match) {
  if (!has_all(fields, match.fields)) return false;
  const bool found = std::any_of(match.tuples->begin(), match.tuples->end(),
                                 [&](const Tuple& tuple) { return holds(tuple, fields, match.fields); });
  return found != match.negated;
}

Outcome look_up(const PacketFields& fields, const VerdictMap& map) {
  if (!has_all(fields, map.fields)) return {};
  for (const VerdictMap::Entry& entry : *map.entries) {
    if (holds(entry.tuple, fields, map.fields)) return entry.outcome;
  }
  return {};
}

/// nft_do_chain (net/netfilter/nf_tables_core.c), without what keeps state.
class Walk {
 public:
  Walk(const Policy& policy, const PacketFields& fields, std::span<uint64_t> hits)
      : policy_(policy), fields_(fields), hits_(hits) {}

  [[nodiscard]] Judgement run() {
    enter(policy_.base_chain);
    while (true) {
      if (at_ == end_) {
        if (stack_.empty()) return {policy_.default_verdict, -1};
        std::tie(at_, end_) = stack_.back();
        stack_.pop_back();
        continue;
      }
      const uint32_t rule = at_++;
      const Outcome outcome = outcome_of(rule);
      switch (outcome.action) {
        case Action::next:
          break;
        case Action::accept:
          return {Verdict::accept, static_cast<int>(rule)};
        case Action::drop:
          return {Verdict::drop, static_cast<int>(rule)};
        case Action::jump:
          stack_.emplace_back(at_, end_);
          enter(outcome.chain);
          break;
        case Action::go_to:
          enter(outcome.chain);
          break;
        case Action::leave:
          at_ = end_;
          break;
      }
    }
  }

 private:
  void enter(uint32_t chain) {
    at_ = policy_.chains[chain].first_rule;
    end_ = at_ + policy_.chains[chain].rule_count;
  }

  [[nodiscard]] Outcome outcome_of(uint32_t index) {
    const Rule& rule = policy_.rules[index];
    const bool matches = std::all_of(rule.matches.begin(), rule.matches.end(),
                                     [&](const Match& match) { return satisfies(fields_, match); }) &&
                         std::all_of(rule.tuple_matches.begin(), rule.tuple_matches.end(),
                                     [&](const TupleMatch& match) { return satisfies_tuple(fields_, match); });
    if (!matches) return {};
    if (rule.counted && !hits_.empty()) ++hits_[index];
    return rule.verdict_map ? look_up(fields_, *rule.verdict_map) : rule.outcome;
  }

  const Policy& policy_;
  const PacketFields& fields_;
  std::span<uint64_t> hits_;  // of the counted rules; empty: nobody asks
  uint32_t at_ = 0;
  uint32_t end_ = 0;
  std::vector<std::pair<uint32_t, uint32_t>> stack_;  // where to go on after the chains we are in
};

}  // namespace

Judgement judge_frame(const Policy& policy, std::span<const std::byte> frame, std::span<uint64_t> hits) {
  const auto fields = parse_frame(frame);
  if (!fields) return {Verdict::drop, -1};
  if (!is_seen(policy, *fields)) return {Verdict::accept, -1};
  return Walk(policy, *fields, hits).run();
}

std::string describe_judgement(const Policy& policy, const Judgement& judgement) {
  if (judgement.rule >= 0 && static_cast<size_t>(judgement.rule) < policy.rules.size()) {
    const Rule& rule = policy.rules[static_cast<size_t>(judgement.rule)];
    const auto [file, line] = locate(policy.parts, policy.file, rule.pos.line);
    return fmt::format("{}:{}: {}", file, line, rule.text);
  }
  const auto [file, line] = locate(policy.parts, policy.file, policy.default_pos.line);
  return fmt::format("{}:{}: policy {}", file, line, verdict_name(judgement.verdict));
}

}  // namespace fwbench
