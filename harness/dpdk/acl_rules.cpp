// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/acl_rules.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <optional>
#include <utility>

#include "dpdk/acl_layout.h"
#include "engine/flatten.h"

namespace fwbench {
namespace {

enum class Family : uint8_t { ipv4, ipv6 };

/// A field in the key, or 32 bits of it at a time: `shift` says which.
struct KeyPart {
  Field field;
  AclMatch match;
  uint8_t size;
  uint8_t offset;
  uint8_t shift = 0;
};

#define FWBENCH_KEY(member) static_cast<uint8_t>(offsetof(AclKey, member))

using enum AclMatch;

/// In the order of the key, which is the order of the trie's levels.
constexpr std::array kIpv4Parts = {
    KeyPart{Field::l4proto, bits, 1, FWBENCH_KEY(l4proto)},
    KeyPart{Field::tcp_flags, bits, 1, FWBENCH_KEY(tcp_flags)},
    KeyPart{Field::icmp_type, bits, 1, FWBENCH_KEY(icmp_type)},
    KeyPart{Field::icmp_code, bits, 1, FWBENCH_KEY(icmp_code)},
    KeyPart{Field::ip_protocol, bits, 1, FWBENCH_KEY(ip_protocol)},
    KeyPart{Field::th_sport, range, 2, FWBENCH_KEY(th_sport)},
    KeyPart{Field::th_dport, range, 2, FWBENCH_KEY(th_dport)},
    KeyPart{Field::ip_saddr, prefix, 4, FWBENCH_KEY(saddr)},
    KeyPart{Field::ip_daddr, prefix, 4, FWBENCH_KEY(daddr)},
    KeyPart{Field::ip_tos, bits, 1, FWBENCH_KEY(tos)},
    KeyPart{Field::ip_ttl, bits, 1, FWBENCH_KEY(ttl)},
    KeyPart{Field::exthdrs, bits, 1, FWBENCH_KEY(exthdrs)},
    KeyPart{Field::ip6_nexthdr, bits, 1, FWBENCH_KEY(ip6_nexthdr)},
    KeyPart{Field::ip_length, range, 2, FWBENCH_KEY(ip_length)},
    KeyPart{Field::ip_frag_off, range, 2, FWBENCH_KEY(ip_frag_off)},
    KeyPart{Field::eth_type, range, 2, FWBENCH_KEY(eth_type)},
    KeyPart{Field::vlan_id, range, 2, FWBENCH_KEY(vlan_id)},
    KeyPart{Field::eth_saddr, prefix, 2, FWBENCH_KEY(eth_saddr_high), 32},
    KeyPart{Field::eth_daddr, prefix, 2, FWBENCH_KEY(eth_daddr_high), 32},
    KeyPart{Field::eth_saddr, prefix, 4, FWBENCH_KEY(eth_saddr_low)},
    KeyPart{Field::eth_daddr, prefix, 4, FWBENCH_KEY(eth_daddr_low)},
    KeyPart{Field::length, range, 2, FWBENCH_KEY(length)},
    KeyPart{Field::ether_type, range, 2, FWBENCH_KEY(unused_1)},  // never used: fills the last group
};

constexpr std::array kIpv6Parts = {
    KeyPart{Field::l4proto, bits, 1, FWBENCH_KEY(l4proto)},
    KeyPart{Field::tcp_flags, bits, 1, FWBENCH_KEY(tcp_flags)},
    KeyPart{Field::icmp_type, bits, 1, FWBENCH_KEY(icmp_type)},
    KeyPart{Field::icmp_code, bits, 1, FWBENCH_KEY(icmp_code)},
    KeyPart{Field::ip_protocol, bits, 1, FWBENCH_KEY(ip_protocol)},
    KeyPart{Field::th_sport, range, 2, FWBENCH_KEY(th_sport)},
    KeyPart{Field::th_dport, range, 2, FWBENCH_KEY(th_dport)},
    KeyPart{Field::ip6_saddr, prefix, 4, FWBENCH_KEY(saddr), 96},
    KeyPart{Field::ip6_saddr, prefix, 4, FWBENCH_KEY(saddr) + 4, 64},
    KeyPart{Field::ip6_saddr, prefix, 4, FWBENCH_KEY(saddr) + 8, 32},
    KeyPart{Field::ip6_saddr, prefix, 4, FWBENCH_KEY(saddr) + 12, 0},
    KeyPart{Field::ip6_daddr, prefix, 4, FWBENCH_KEY(daddr), 96},
    KeyPart{Field::ip6_daddr, prefix, 4, FWBENCH_KEY(daddr) + 4, 64},
    KeyPart{Field::ip6_daddr, prefix, 4, FWBENCH_KEY(daddr) + 8, 32},
    KeyPart{Field::ip6_daddr, prefix, 4, FWBENCH_KEY(daddr) + 12, 0},
    KeyPart{Field::ip6_class, bits, 1, FWBENCH_KEY(tos)},
    KeyPart{Field::ip6_hoplimit, bits, 1, FWBENCH_KEY(ttl)},
    KeyPart{Field::exthdrs, bits, 1, FWBENCH_KEY(exthdrs)},
    KeyPart{Field::ip6_nexthdr, bits, 1, FWBENCH_KEY(ip6_nexthdr)},
    KeyPart{Field::ip_length, range, 2, FWBENCH_KEY(ip_length)},
    KeyPart{Field::ip_frag_off, range, 2, FWBENCH_KEY(ip_frag_off)},
    KeyPart{Field::eth_type, range, 2, FWBENCH_KEY(eth_type)},
    KeyPart{Field::vlan_id, range, 2, FWBENCH_KEY(vlan_id)},
    KeyPart{Field::eth_saddr, prefix, 2, FWBENCH_KEY(eth_saddr_high), 32},
    KeyPart{Field::eth_daddr, prefix, 2, FWBENCH_KEY(eth_daddr_high), 32},
    KeyPart{Field::eth_saddr, prefix, 4, FWBENCH_KEY(eth_saddr_low)},
    KeyPart{Field::eth_daddr, prefix, 4, FWBENCH_KEY(eth_daddr_low)},
    KeyPart{Field::length, range, 2, FWBENCH_KEY(length)},
    KeyPart{Field::ether_type, range, 2, FWBENCH_KEY(unused_1)},
};

#undef FWBENCH_KEY

std::span<const KeyPart> parts_of(Family family) {
  return family == Family::ipv4 ? std::span<const KeyPart>(kIpv4Parts) : std::span<const KeyPart>(kIpv6Parts);
}

/// What a frame of the family never has.
bool is_foreign(Field field, Family family) {
  switch (field) {
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip_protocol:
    case Field::ip_tos:
    case Field::ip_length:
    case Field::ip_frag_off:
    case Field::ip_ttl:
      return family == Family::ipv6;
    case Field::ip6_saddr:
    case Field::ip6_daddr:
    case Field::ip6_class:
    case Field::ip6_nexthdr:
    case Field::ip6_hoplimit:
    case Field::exthdrs:
      return family == Family::ipv4;
    default:
      return false;
  }
}

/// What a flat rule asks of each field, as one set; no set where it asks for presence at most.
using Wanted = std::array<std::optional<IntervalSet>, kFieldCount>;

size_t index_of(Field field) {
  return static_cast<size_t>(field);
}

/// Values of the field in the key. VLAN numbers carry their tag bit, which is what presence means there.
IntervalSet accepted(const Match& match) {
  const FieldValue max = max_value(field_bits(match.field));
  IntervalSet values = match.negated ? subtract({{0, max}}, *match.values) : intersect({{0, max}}, *match.values);
  if (match.field == Field::vlan_id) {
    for (Interval& one : values) one = {one.first | kAclVlanTagged, one.last | kAclVlanTagged};
  }
  return values;
}

/// Nothing for a rule that no frame of the family meets. @param required gets the fields that the rule looks at.
std::optional<Wanted> wanted_by(const FlatRule& rule, Family family, uint32_t& required) {
  const FieldValue type = family == Family::ipv4 ? ETH_P_IP : ETH_P_IPV6;
  Wanted wanted;
  uint32_t looked_at = 0;
  for (const Match& match : rule.matches) {
    if (is_foreign(match.field, family)) return std::nullopt;
    if (match.field == Field::ether_type) {
      if (contains(*match.values, type) == match.negated) return std::nullopt;
      continue;
    }
    if (match.field != Field::vlan_id) looked_at |= 1U << index_of(match.field);
    IntervalSet values = accepted(match);
    std::optional<IntervalSet>& known = wanted[index_of(match.field)];
    known = known ? intersect(*known, values) : std::move(values);
    if (known->empty()) return std::nullopt;
  }
  for (int i = 0; i < kFieldCount; ++i) {
    const IntervalSet whole = {{0, max_value(field_bits(static_cast<Field>(i)))}};
    if (wanted[static_cast<size_t>(i)] == whole) wanted[static_cast<size_t>(i)].reset();
  }
  required |= looked_at;
  return wanted;
}

/// What matches every value of the part.
AclValue anything(const KeyPart& part) {
  return part.match == range ? AclValue{0, static_cast<uint32_t>(max_value(part.size * 8))} : AclValue{0, 0};
}

/// The part's share of a prefix of its whole field.
AclValue share_of(const Prefix& whole, const KeyPart& part, int field_width) {
  const int width = part.size * 8;
  const int before = field_width - part.shift - width;
  const int length = std::clamp(whole.length - before, 0, width);
  return {static_cast<uint32_t>(whole.value >> part.shift & max_value(width)), static_cast<uint32_t>(length)};
}

/// The parts of one field: where they are among the table's fields.
struct FieldParts {
  Field field;
  std::vector<std::pair<size_t, KeyPart>> parts;
};

/// One way to meet a set: a value for each part of the field.
using Alternative = std::vector<AclValue>;

std::vector<Alternative> alternatives_of(const IntervalSet& values, const FieldParts& field) {
  std::vector<Alternative> result;
  switch (field.parts.front().second.match) {
    case bits:
      for (const AclValue& pattern : bit_patterns_of(values)) result.push_back({pattern});
      break;
    case range:
      for (const Interval& one : values) {
        result.push_back({{static_cast<uint32_t>(one.first), static_cast<uint32_t>(one.last)}});
      }
      break;
    case prefix:
      const int width = field_bits(field.field);
      for (const Interval& one : values) {
        for (const Prefix& whole : prefixes_of(one, width)) {
          Alternative alternative;
          for (const auto& [at, part] : field.parts) alternative.push_back(share_of(whole, part, width));
          result.push_back(std::move(alternative));
        }
      }
      break;
  }
  return result;
}

class TableMaker {
 public:
  TableMaker(const Policy& policy, const FlatPolicy& flat, Family family)
      : policy_(policy), flat_(flat), family_(family) {}

  Result<AclTable> run() {
    for (uint32_t i = 0; i < flat_.size(); ++i) FWBENCH_TRY(look_at(i));
    choose_fields();
    for (const auto& [rule, accepts, wanted] : rules_) {
      if (!add_rule(rule, accepts, wanted)) return tl::unexpected(too_many(rule));
    }
    return std::move(table_);
  }

 private:
  struct Kept {
    uint32_t rule;
    bool accepts;
    Wanted wanted;
  };

  Result<void> look_at(uint32_t index) {
    const FlatRule& rule = flat_[index];
    // A rule that only counts goes on with the next one, which is no skip.
    if (rule.action == Action::next || (rule.action == Action::jump && rule.target == index + 1)) return {};
    auto wanted = wanted_by(rule, family_, table_.required);
    if (!wanted) return {};
    bool accepts = rule.action == Action::accept;
    if (rule.action == Action::jump) {
      if (rule.target != flat_.size()) return tl::unexpected(skips(index));
      accepts = policy_.default_verdict == Verdict::accept;
    }
    rules_.push_back({index, accepts, std::move(*wanted)});
    return {};
  }

  /// A skip that is no rule's own stands in front of the rule that it is about, or behind a return.
  [[nodiscard]] std::string where(uint32_t index) const {
    while (index < flat_.size() && !flat_[index].rule) ++index;
    const int line = index < flat_.size() ? policy_.rules[*flat_[index].rule].pos.line : policy_.default_pos.line;
    const auto [file, file_line] = locate(policy_.parts, policy_.file, line);
    return fmt::format("{}:{}", file, file_line);
  }

  [[nodiscard]] Error skips(uint32_t rule) const {
    return {
        ErrorKind::unsupported,
        0,
        fmt::format("{}: rte_acl has one list of rules, in which none can skip others (here, a concatenation that must "
                    "not match; or just before, a return)",
                    where(rule)),
        {}};
  }

  [[nodiscard]] Error too_many(uint32_t rule) const {
    return {ErrorKind::unsupported,
            0,
            fmt::format("{}: its sets, multiplied, are more than {} rules for rte_acl", where(rule), kMaxAclRules),
            {}};
  }

  /// The first byte, and every group of four bytes in which some rule looks at something.
  void choose_fields() {
    std::bitset<sizeof(AclKey) / 4> groups;
    groups[0] = true;
    for (const KeyPart& part : parts_of(family_)) {
      const bool used = std::any_of(rules_.begin(), rules_.end(),
                                    [&](const Kept& kept) { return kept.wanted[index_of(part.field)].has_value(); });
      if (used) groups[part.offset / 4] = true;
    }
    std::array<uint8_t, sizeof(AclKey) / 4> number = {};
    uint8_t next = 0;
    for (size_t i = 0; i < groups.size(); ++i) number[i] = groups[i] ? next++ : uint8_t{0};
    for (const KeyPart& part : parts_of(family_)) {
      if (!groups[part.offset / 4]) continue;
      const size_t at = table_.fields.size();
      table_.fields.push_back({part.match, part.size, number[part.offset / 4], part.offset});
      nothing_.push_back(anything(part));
      const auto known = std::find_if(fields_.begin(), fields_.end(),
                                      [&](const FieldParts& field) { return field.field == part.field; });
      if (known == fields_.end()) {
        fields_.push_back({part.field, {{at, part}}});
      } else {
        known->parts.emplace_back(at, part);
      }
    }
  }

  /// The product of the sets; false beyond kMaxAclRules.
  [[nodiscard]] bool add_rule(uint32_t rule, bool accepts, const Wanted& wanted) {
    std::vector<std::vector<AclValue>> product = {nothing_};
    for (const FieldParts& field : fields_) {
      const std::optional<IntervalSet>& values = wanted[index_of(field.field)];
      if (!values) continue;
      const std::vector<Alternative> alternatives = alternatives_of(*values, field);
      if (alternatives.size() * product.size() > kMaxAclRules) return false;
      std::vector<std::vector<AclValue>> wider;
      wider.reserve(alternatives.size() * product.size());
      for (const auto& one : product) {
        for (const Alternative& alternative : alternatives) {
          wider.push_back(one);
          for (size_t i = 0; i < alternative.size(); ++i) wider.back()[field.parts[i].first] = alternative[i];
        }
      }
      product = std::move(wider);
    }
    if (table_.rules() + product.size() > kMaxAclRules) return false;
    for (const auto& one : product) {
      table_.values.insert(table_.values.end(), one.begin(), one.end());
      table_.priority.push_back(static_cast<uint32_t>(flat_.size()) - rule);
      table_.accepts.push_back(accepts ? 1 : 0);
    }
    return true;
  }

  const Policy& policy_;
  const FlatPolicy& flat_;
  Family family_;
  AclTable table_;
  std::vector<Kept> rules_;
  std::vector<FieldParts> fields_;
  std::vector<AclValue> nothing_;  ///< a rule that asks for nothing
};

void split(const std::bitset<256>& values, std::vector<AclValue>& result) {
  uint32_t all = 0xff;
  uint32_t any = 0;
  for (uint32_t value = 0; value < values.size(); ++value) {
    if (!values[value]) continue;
    all &= value;
    any |= value;
  }
  if (values.none()) return;
  const uint32_t varying = all ^ any;
  if (values.count() == size_t{1} << static_cast<unsigned>(std::popcount(varying))) {
    result.push_back({all, ~varying & 0xff});
    return;
  }
  const uint32_t top = std::bit_floor(varying);
  std::bitset<256> with;
  for (uint32_t value = 0; value < values.size(); ++value) with[value] = values[value] && (value & top) != 0;
  split(values & ~with, result);
  split(with, result);
}

}  // namespace

std::vector<Prefix> prefixes_of(Interval interval, int bits) {
  std::vector<Prefix> result;
  FieldValue first = interval.first;
  while (true) {
    // The largest block that begins here and does not go beyond the end.
    int free_bits = 0;
    while (free_bits < bits) {
      const FieldValue last = first | max_value(free_bits + 1);
      if ((first & max_value(free_bits + 1)) != 0 || last > interval.last) break;
      ++free_bits;
    }
    result.push_back({first, bits - free_bits});
    const FieldValue last = first | max_value(free_bits);
    if (last >= interval.last) return result;
    first = last + 1;
  }
}

std::vector<AclValue> bit_patterns_of(const IntervalSet& values) {
  std::bitset<256> set;
  for (const Interval& one : values) {
    for (FieldValue value = one.first; value <= one.last && value < set.size(); ++value) {
      set[static_cast<size_t>(value)] = true;
    }
  }
  std::vector<AclValue> result;
  split(set, result);
  return result;
}

Result<AclPolicy> make_acl_policy(const Policy& policy) {
  const auto flat = flatten(policy);
  if (!flat) return tl::unexpected(flat.error());
  auto ipv4 = TableMaker(policy, *flat, Family::ipv4).run();
  if (!ipv4) return tl::unexpected(ipv4.error());
  auto ipv6 = TableMaker(policy, *flat, Family::ipv6).run();
  if (!ipv6) return tl::unexpected(ipv6.error());
  AclPolicy result = {std::move(*ipv4), std::move(*ipv6), policy.default_verdict == Verdict::accept};
  for (const FlatRule& rule : *flat) {
    for (const Match& match : rule.matches) result.rare_fields |= match.field >= Field::icmp_code;
  }
  return result;
}

}  // namespace fwbench
