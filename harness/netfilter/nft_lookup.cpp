// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_lookup.h"

#include <algorithm>
#include <array>
#include <set>

#include "netfilter/nft_ruleset.h"

namespace fwbench {
namespace {

/// More would take nft minutes and gigabytes.
constexpr size_t kMaxElements = 1'000'000;

struct KeyPart {
  Field field;
  std::string_view expression;
  std::string_view type;  ///< nft's name of the data type
};
constexpr auto kKeyParts = std::to_array<KeyPart>({
    {Field::ip_saddr, "ip saddr", "ipv4_addr"},
    {Field::ip_daddr, "ip daddr", "ipv4_addr"},
    {Field::ip6_saddr, "ip6 saddr", "ipv6_addr"},
    {Field::ip6_daddr, "ip6 daddr", "ipv6_addr"},
    {Field::l4proto, "meta l4proto", "inet_proto"},
    {Field::th_sport, "th sport", "inet_service"},
    {Field::th_dport, "th dport", "inet_service"},
});

const KeyPart* key_part(Field field) {
  const auto* const found =
      std::find_if(kKeyParts.begin(), kKeyParts.end(), [field](const KeyPart& part) { return part.field == field; });
  return found == kKeyParts.end() ? nullptr : found;
}

struct Element {
  Tuple tuple;
  const Rule* rule = nullptr;
  bool unreached = false;  ///< all of it is an earlier rule's
};

using Shape = std::vector<const KeyPart*>;

bool is_network_layer(Field field) {
  return field == Field::ip_saddr || field == Field::ip_daddr || field == Field::ip6_saddr || field == Field::ip6_daddr;
}

/// The protocol that `ip saddr` asks for by itself (nft's own dependency); it is no part of the key.
bool is_implied(const Rule& rule, const Match& match) {
  if (match.field != Field::ether_type || match.negated || match.values->size() != 1) return false;
  const Interval& value = match.values->front();
  return value.first == value.last && std::any_of(rule.matches.begin(), rule.matches.end(), [&](const Match& other) {
           const bool v4 = other.field == Field::ip_saddr || other.field == Field::ip_daddr;
           return is_network_layer(other.field) && value.first == (v4 ? 0x0800U : 0x86ddU);
         });
}

Result<Shape> shape_of(const Policy& policy, const Rule& rule) {
  const auto no = [&](std::string_view why) { return cannot_run(policy, rule.pos.line, why); };
  if (rule.verdict_map || !rule.tuple_matches.empty()) return no("a map or a concatenation inside of a lookup");
  if (rule.outcome.action != Action::accept && rule.outcome.action != Action::drop) {
    return no("a rule that neither accepts nor drops is no element of a verdict map");
  }
  Shape shape;
  for (const Match& match : rule.matches) {
    if (is_implied(rule, match)) continue;
    const KeyPart* const part = key_part(match.field);
    if (part == nullptr)
      return no(fmt::format("'{}' cannot be looked up together with others", field_name(match.field)));
    if (match.negated) return no("a value that must not match is no element of a map");
    if (std::find(shape.begin(), shape.end(), part) != shape.end()) return no("two matches on one field");
    shape.push_back(part);
  }
  std::sort(shape.begin(), shape.end());
  return shape;
}

/// Every combination of the rule's values.
bool add_elements(const Rule& rule, const Shape& shape, std::vector<Element>& elements) {
  std::vector<Tuple> tuples = {{}};
  for (const KeyPart* const part : shape) {
    const auto match = std::find_if(rule.matches.begin(), rule.matches.end(),
                                    [part](const Match& one) { return one.field == part->field; });
    if (tuples.size() * match->values->size() + elements.size() > kMaxElements) return false;
    std::vector<Tuple> longer;
    for (const Tuple& tuple : tuples) {
      for (const Interval& value : *match->values) {
        longer.push_back(tuple);
        longer.back().push_back(value);
      }
    }
    tuples = std::move(longer);
  }
  for (Tuple& tuple : tuples) elements.push_back({std::move(tuple), &rule});
  return true;
}

bool overlap(const Tuple& a, const Tuple& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].last < b[i].first || b[i].last < a[i].first) return false;
  }
  return true;
}

bool holds(const Tuple& outer, const Tuple& inner) {
  for (size_t i = 0; i < outer.size(); ++i) {
    if (inner[i].first < outer[i].first || inner[i].last > outer[i].last) return false;
  }
  return true;
}

/// The field that tells most elements apart.
size_t sweep_field(const std::vector<Element>& elements, size_t fields) {
  size_t best = 0, most = 0;
  for (size_t field = 0; field < fields; ++field) {
    std::set<FieldValue> firsts;
    for (const Element& element : elements) firsts.insert(element.tuple[field].first);
    if (firsts.size() > most) {
      most = firsts.size();
      best = field;
    }
  }
  return best;
}

/// Calls `found` with each two elements that have packets in common, the earlier rule's first, until it says no.
/// @param elements in the order of their rules
template <typename Found>
void for_each_overlap(std::vector<Element>& elements, Found found) {
  const size_t field = sweep_field(elements, elements.front().tuple.size());
  std::vector<size_t> order(elements.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return elements[a].tuple[field].first < elements[b].tuple[field].first; });
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = i + 1; j < order.size(); ++j) {
      if (elements[order[j]].tuple[field].first > elements[order[i]].tuple[field].last) break;
      Element& first = elements[std::min(order[i], order[j])];
      Element& second = elements[std::max(order[i], order[j])];
      if (overlap(first.tuple, second.tuple) && !found(first, second)) return;
    }
  }
}

/// Marks what an earlier rule has already. That is done for all of them before the rest is compared: what is never
/// reached is in nobody's way.
Result<void> keep_first_match(const Policy& policy, std::vector<Element>& elements) {
  for_each_overlap(elements, [](const Element& first, Element& second) {
    second.unreached = second.unreached || holds(first.tuple, second.tuple);
    return true;
  });
  const Element *earlier = nullptr, *later = nullptr;
  for_each_overlap(elements, [&](const Element& first, const Element& second) {
    if (first.unreached || second.unreached) return true;
    earlier = &first;
    later = &second;
    return false;
  });
  if (later == nullptr) return {};
  return cannot_run(policy, later->rule->pos.line,
                    fmt::format("overlaps with the rule in {}, and the elements of a map have no order",
                                nft_place(policy, earlier->rule->pos.line)));
}

std::string address_text(FieldValue value, bool v6) {
  if (!v6) {
    return fmt::format("{}.{}.{}.{}", static_cast<uint32_t>(value >> 24 & 255),
                       static_cast<uint32_t>(value >> 16 & 255), static_cast<uint32_t>(value >> 8 & 255),
                       static_cast<uint32_t>(value & 255));
  }
  std::string text;
  for (int shift = 112; shift >= 0; shift -= 16) {
    text += fmt::format("{}{:x}", text.empty() ? "" : ":", static_cast<uint32_t>(value >> shift & 0xffff));
  }
  return text;
}

std::string value_text(const KeyPart& part, FieldValue value) {
  return is_network_layer(part.field) ? address_text(value, part.type == "ipv6_addr")
                                      : fmt::format("{}", static_cast<uint32_t>(value));
}

std::string element_text(const Shape& shape, const Element& element) {
  std::string text;
  for (size_t i = 0; i < shape.size(); ++i) {
    const Interval& value = element.tuple[i];
    text += fmt::format("{}{}", i == 0 ? "" : " . ", value_text(*shape[i], value.first));
    if (value.last != value.first) text += "-" + value_text(*shape[i], value.last);
  }
  return fmt::format("{} : {}", text, element.rule->outcome.action == Action::accept ? "accept" : "drop");
}

/// @param last the rule without matches at the end, if there is one
std::string write_ruleset(const Policy& policy, const Shape& shape, const std::vector<Element>& elements,
                          const Rule* last) {
  std::string key, types, list;
  bool ranges = false;
  for (const KeyPart* const part : shape) {
    key += fmt::format("{}{}", key.empty() ? "" : " . ", part->expression);
    types += fmt::format("{}{}", types.empty() ? "" : " . ", part->type);
  }
  for (const Element& element : elements) {
    if (element.unreached) continue;
    for (const Interval& value : element.tuple) ranges = ranges || value.first != value.last;
    list += fmt::format("{}      {}", list.empty() ? "" : ",\n", element_text(shape, element));
  }
  std::string text = fmt::format("table netdev {} {{\n", policy.table);
  if (!list.empty()) {
    text += fmt::format("  map rules {{\n    type {} : verdict\n{}    elements = {{\n{}\n    }}\n  }}\n", types,
                        ranges ? "    flags interval\n" : "", list);
  }
  text += fmt::format("  chain ingress {{\n    type filter hook ingress device \"d0\" priority 0; policy {};\n",
                      verdict_name(policy.default_verdict));
  if (!list.empty()) text += fmt::format("    {} vmap @rules\n", key);
  if (last != nullptr) text += last->outcome.action == Action::accept ? "    accept\n" : "    drop\n";
  return text + "  }\n}\n";
}

}  // namespace

Result<std::string> nft_lookup_ruleset(const Policy& policy) {
  const Chain& base = policy.chains[policy.base_chain];
  if (policy.family != "netdev") {
    return cannot_run(policy, base.pos.line, "only a table of family netdev is rewritten as a lookup");
  }
  Shape shape;
  std::vector<Element> elements;
  const Rule* last = nullptr;
  for (uint32_t i = base.first_rule; i < base.first_rule + base.rule_count; ++i) {
    const Rule& rule = policy.rules[i];
    auto own = shape_of(policy, rule);
    if (!own) return tl::unexpected(own.error());
    if (own->empty()) {
      last = &rule;
      break;  // whatever stands behind it is never reached
    }
    if (elements.empty()) shape = *own;
    if (*own != shape) {
      return cannot_run(policy, rule.pos.line, "its matches are on other fields than those of the rules before it");
    }
    if (!add_elements(rule, shape, elements)) {
      return cannot_run(policy, rule.pos.line, fmt::format("more than {} combinations of values", kMaxElements));
    }
  }
  if (elements.empty()) return cannot_run(policy, base.pos.line, "there is nothing to look up");
  FWBENCH_TRY(keep_first_match(policy, elements));
  return write_ruleset(policy, shape, elements, last);
}

}  // namespace fwbench
