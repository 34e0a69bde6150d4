// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/ipset_services.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "netfilter/iptables_match.h"

namespace fwbench {
namespace {

struct Service {
  FieldValue saddr = 0, daddr = 0, protocol = 0, dport = 0;
  std::optional<FieldValue> sport;

  [[nodiscard]] auto key() const { return std::tuple(saddr, daddr, protocol, dport); }
};

/// Protocols whose ports ipset takes out of a packet (net/netfilter/ipset/ip_set_getport.c).
const char* protocol_name(FieldValue protocol) {
  switch (static_cast<unsigned>(protocol)) {
    case 6:
      return "tcp";
    case 17:
      return "udp";
    case 132:
      return "sctp";
    case 136:
      return "udplite";
    default:
      return nullptr;
  }
}

std::optional<FieldValue> only_value(const Box& box, Field field) {
  const auto found = box.fields.find(field);
  if (found == box.fields.end() || found->second->size() != 1) return std::nullopt;
  const Interval& values = found->second->front();
  if (values.first != values.last) return std::nullopt;
  return values.first;
}

/// Nothing when the rule is anything else. A rule of the other family alone is none either: it stays a rule, of which
/// nothing becomes.
std::optional<Service> service_of(const Rule& rule, IpFamily family) {
  const bool decides = rule.outcome.action == Action::accept || rule.outcome.action == Action::drop;
  if (!decides || rule.verdict_map || !rule.tuple_matches.empty()) return std::nullopt;
  const auto boxes = boxes_of(rule, family);
  if (!boxes || boxes->size() != 1) return std::nullopt;
  const Box& box = boxes->front();
  const bool is_v4 = family == IpFamily::v4;
  const auto saddr = only_value(box, is_v4 ? Field::ip_saddr : Field::ip6_saddr);
  const auto daddr = only_value(box, is_v4 ? Field::ip_daddr : Field::ip6_daddr);
  const auto protocol = only_value(box, Field::l4proto);
  const auto dport = only_value(box, Field::th_dport);
  const auto sport = only_value(box, Field::th_sport);
  const size_t fields = sport ? 5 : 4;
  if (!saddr || !daddr || !protocol || !dport || box.fields.size() != fields) return std::nullopt;
  if (protocol_name(*protocol) == nullptr) return std::nullopt;
  return Service{*saddr, *daddr, *protocol, *dport, sport};
}

}  // namespace

Said<FoldedServices> fold_services(std::span<const Rule> rules, IpFamily family, IpSets& sets) {
  std::map<std::tuple<FieldValue, FieldValue, FieldValue, FieldValue>, Action> known;
  std::array<std::vector<std::string>, 2> elements;
  size_t count = 0;
  bool has_source_ports = false;
  for (; count < rules.size(); ++count) {
    const auto service = service_of(rules[count], family);
    if (!service) break;
    if (count == 0) has_source_ports = service->sport.has_value();
    if (service->sport.has_value() != has_source_ports) break;
    const Action action = rules[count].outcome.action;
    if (has_source_ports) continue;
    const auto [place, is_new] = known.try_emplace(service->key(), action);
    if (place->second != action) break;
    if (!is_new) continue;
    elements[action == Action::accept ? 0 : 1].push_back(
        fmt::format("{},{}:{},{}", address_text(service->saddr, family), protocol_name(service->protocol),
                    static_cast<unsigned>(service->dport), address_text(service->daddr, family)));
  }
  FoldedServices folded;
  if (count < kFewestToFold) return folded;
  if (has_source_ports) {
    return tl::unexpected(
        fmt::format("no type of ipset holds both ports, and {} rules here ask for both of them", count));
  }
  folded.rules = count;
  for (const Action action : {Action::accept, Action::drop}) {
    const auto& of_action = elements[action == Action::accept ? 0 : 1];
    if (of_action.empty()) continue;
    const std::string name = sets.services(of_action, family);
    folded.parts.push_back({fmt::format(" -m set --match-set {} src,dst,dst", name), {.action = action}});
  }
  return folded;
}

}  // namespace fwbench
