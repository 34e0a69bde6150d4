// SPDX-License-Identifier: BSD-2-Clause
#include "policy/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace fwbench {
namespace {

std::string_view layer_value_name(Field field, uint16_t value) {
  const ValueType type = field == Field::l4proto ? ValueType::inet_proto : ValueType::ether_type;
  for (const ValueSymbol& symbol : value_type_info(type).symbols) {
    if (symbol.value == value) return symbol.name;
  }
  return "another";
}

bool is_vlan(FieldValue ether_type) {
  return ether_type == kEtherVlan || ether_type == kEtherQinq;
}

void add_equal(std::vector<Match>& matches, Field field, uint16_t value) {
  matches.push_back({field, false, std::make_shared<const IntervalSet>(IntervalSet{Interval{value, value}})});
}

}  // namespace

Layers::Layers(Source& source, std::string_view family) : source_(&source) {
  if (family == "ip") network_ = {.known = true, .value = kEtherIpv4};
  if (family == "ip6") network_ = {.known = true, .value = kEtherIpv6};
}

bool Layers::need(Layer& layer, Field field, uint16_t value, const Expression& expression, SourcePos pos,
                  std::vector<Match>& matches) {
  if (!layer.known) {
    layer = {.known = true, .value = value};
    add_equal(matches, field, value);
    return true;
  }
  if (!layer.several && layer.value == value) return true;
  if (layer.several) {
    source_->error(pos, fmt::format("'{}' behind a set of several protocols", expression.name()),
                   "nft refuses it: leave out the set, or use 'th sport' and 'th dport'");
  } else {
    source_->error(pos,
                   fmt::format("'{}' contradicts what the rule says before: {}, not {}", expression.name(),
                               layer_value_name(field, layer.value), layer_value_name(field, value)),
                   "nft refuses it: the rule could never match");
  }
  return false;
}

bool Layers::need_network(uint16_t value, const Expression& expression, SourcePos pos, std::vector<Match>& matches) {
  // Behind 'ether saddr' nft asks for 'ether type ip', which no tagged frame has; behind 'vlan id' for the type inside.
  const Field field = link_ == Link::ethernet ? Field::eth_type : Field::ether_type;
  return need(network_, field, value, expression, pos, matches);
}

bool Layers::need_vlan(const Expression& expression, SourcePos pos, std::vector<Match>& matches) {
  if (link_ == Link::vlan) return true;
  if (network_.known) {
    source_->error(pos, fmt::format("'{}' behind what says that the frame has no tag", expression.name()),
                   "nft refuses it: write it first, or behind 'ether type 8021q'");
    return false;
  }
  add_equal(matches, Field::eth_type, expression.needed);
  link_ = Link::vlan;
  return true;
}

bool Layers::require(const Expression& expression, SourcePos pos, std::vector<Match>& matches) {
  const uint16_t needed = expression.needed;
  switch (expression.needs) {
    case Needs::nothing:
      return true;
    case Needs::link:
      if (link_ == Link::any) link_ = Link::ethernet;
      return true;
    case Needs::vlan:
      return need_vlan(expression, pos, matches);
    case Needs::network:
      return need_network(needed, expression, pos, matches);
    case Needs::transport:
      return need(transport_, Field::l4proto, needed, expression, pos, matches);
    case Needs::icmp_transport:
      // ICMP of the other IP version is a matter of the packet, not of the rule: nft asks for the version only where
      // the rule says nothing at all.
      if (!network_.known && !transport_.known &&
          !need_network(needed == 1 ? kEtherIpv4 : kEtherIpv6, expression, pos, matches)) {
        return false;
      }
      return need(transport_, Field::l4proto, needed, expression, pos, matches);
  }
  return false;
}

void Layers::learn(const Expression& expression, const std::vector<Element>& elements, bool is_set) {
  if (expression.tells == Tells::nothing) return;
  const Interval first = elements.front().interval;
  if (!is_set && elements.front().is_interval) return;  // nft learns nothing from a range
  const bool several = elements.size() > 1 || first.first != first.last;
  const Layer layer = {.known = true, .several = several, .value = static_cast<uint16_t>(first.first)};
  if (expression.tells == Tells::transport) {
    transport_ = layer;
  } else if (expression.tells == Tells::link && !several && is_vlan(first.first)) {
    link_ = Link::vlan;
  } else {
    network_ = layer;
  }
}

}  // namespace fwbench
