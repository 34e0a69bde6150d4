// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_box.h"

#include <algorithm>
#include <optional>

#include "traffic/frame.h"

namespace fwbench {
namespace {

constexpr FieldValue kIpv4 = 0x0800;
constexpr FieldValue kIpv6 = 0x86dd;
/// Concatenations multiply; nobody loads more rules than this.
constexpr size_t kMostBoxes = 1'000'000;

FieldValue dut_mac() {
  FieldValue value = 0;
  for (const uint8_t byte : kDutInMac) value = value << 8 | byte;
  return value;
}

bool is_of_other_family(Field field, IpFamily family) {
  switch (field) {
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip_protocol:
    case Field::ip_tos:
    case Field::ip_length:
    case Field::ip_frag_off:
    case Field::ip_ttl:
      return family == IpFamily::v6;
    case Field::ip6_saddr:
    case Field::ip6_daddr:
    case Field::ip6_class:
    case Field::ip6_nexthdr:
    case Field::ip6_hoplimit:
    case Field::exthdrs:
      return family == IpFamily::v4;
    default:
      return false;
  }
}

/// What every packet has that iptables ever sees: behind the checks of the IP stack, which takes frames for its own
/// address only, and none of a VLAN that it has no device for (eth_type_trans(), vlan_do_receive()).
std::optional<FieldValue> known_value(Field field, IpFamily family) {
  switch (field) {
    case Field::ether_type:
    case Field::eth_type:
      return family == IpFamily::v4 ? kIpv4 : kIpv6;
    case Field::eth_daddr:
      return dut_mac();
    default:
      return std::nullopt;
  }
}

/// False when no packet of the family can be in the box any more.
bool restrict(Box& box, Field field, const std::shared_ptr<const IntervalSet>& values, IpFamily family) {
  if (field == Field::vlan_id || is_of_other_family(field, family)) return false;
  if (const auto known = known_value(field, family)) return contains(*values, *known);
  const auto [place, is_new] = box.fields.try_emplace(field, values);
  if (!is_new) place->second = std::make_shared<const IntervalSet>(intersect(*place->second, *values));
  return !place->second->empty();
}

/// False for a tuple that no packet of the family is in.
bool restrict(Box& box, const std::vector<Field>& fields, const Tuple& tuple, IpFamily family) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!restrict(box, fields[i], std::make_shared<const IntervalSet>(IntervalSet{tuple[i]}), family)) return false;
  }
  return true;
}

Said<std::vector<Box>> with_tuples(const std::vector<Box>& boxes, const TupleMatch& match, IpFamily family) {
  if (match.negated) return tl::unexpected(std::string("no rule of iptables says 'none of these concatenations'"));
  std::vector<Box> out;
  for (const Box& box : boxes) {
    for (const Tuple& tuple : *match.tuples) {
      Box smaller = box;
      if (restrict(smaller, match.fields, tuple, family)) out.push_back(std::move(smaller));
      if (out.size() > kMostBoxes) return tl::unexpected(std::string("its concatenations multiply to too many rules"));
    }
  }
  return out;
}

Said<std::vector<Box>> with_outcomes(const std::vector<Box>& boxes, const VerdictMap& map, IpFamily family) {
  std::vector<Box> out;
  for (const Box& box : boxes) {
    for (const VerdictMap::Entry& entry : *map.entries) {
      if (entry.outcome.action == Action::next) continue;
      Box smaller = box;
      if (!restrict(smaller, map.fields, entry.tuple, family)) continue;
      smaller.outcome = entry.outcome;
      out.push_back(std::move(smaller));
      if (out.size() > kMostBoxes) return tl::unexpected(std::string("its maps multiply to too many rules"));
    }
  }
  return out;
}

}  // namespace

Said<std::vector<Box>> boxes_of(const Rule& rule, IpFamily family) {
  Box box = {.fields = {}, .outcome = rule.outcome};
  for (const Match& match : rule.matches) {
    const auto values =
        match.negated ? std::make_shared<const IntervalSet>(complement(match.field, *match.values)) : match.values;
    if (!restrict(box, match.field, values, family)) return std::vector<Box>();
  }
  std::vector<Box> boxes = {std::move(box)};
  for (const TupleMatch& match : rule.tuple_matches) {
    auto smaller = with_tuples(boxes, match, family);
    if (!smaller) return smaller;
    boxes = std::move(*smaller);
  }
  if (rule.verdict_map) return with_outcomes(boxes, *rule.verdict_map, family);
  if (rule.outcome.action == Action::next) boxes.clear();
  return boxes;
}

IntervalSet complement(Field field, const IntervalSet& values) {
  return subtract({{0, max_value(field_bits(field))}}, values);
}

bool is_everything(Field field, const IntervalSet& values) {
  return values.size() == 1 && values.front() == Interval{0, max_value(field_bits(field))};
}

}  // namespace fwbench
