// SPDX-License-Identifier: BSD-2-Clause
#include "dut/xdp_filter_rules.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <optional>

namespace fwbench {
namespace {

bool is_only(const Match& match, FieldValue value) {
  return !match.negated && match.values->size() == 1 && match.values->front() == Interval{value, value};
}

std::string address_text(Field field, FieldValue value) {
  const bool v4 = field == Field::ip_saddr || field == Field::ip_daddr;
  const size_t size = v4 ? sizeof(in_addr) : sizeof(in6_addr);
  unsigned char bytes[sizeof(in6_addr)] = {};
  for (size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<unsigned char>(value >> (8 * i));
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return text;
}

/// One rule taken apart; `objection` says why it does not fit.
struct Entry {
  const Match* list = nullptr;  ///< of addresses or ports
  std::string protocols = {};   ///< of ports: "tcp", "udp", "tcp,udp"
  std::string objection = {};
};

bool is_port(Field field) {
  return field == Field::th_sport || field == Field::th_dport;
}

bool is_address(Field field) {
  return field == Field::ip_saddr || field == Field::ip_daddr || field == Field::ip6_saddr || field == Field::ip6_daddr;
}

std::string protocols_of(const Match& match) {
  std::string names;
  for (const Interval& interval : *match.values) {
    if (match.negated || interval.first != interval.last) return {};
    if (interval.first != IPPROTO_TCP && interval.first != IPPROTO_UDP) return {};
    names += fmt::format("{}{}", names.empty() ? "" : ",", interval.first == IPPROTO_TCP ? "tcp" : "udp");
  }
  return names;
}

Entry take_apart(const Rule& rule) {
  Entry entry;
  if (!rule.tuple_matches.empty()) return {.objection = "it knows no concatenations"};
  const Match* protocol = nullptr;
  const Match* type = nullptr;
  for (const Match& match : rule.matches) {
    if (match.field == Field::ether_type) {
      type = &match;
    } else if (match.field == Field::l4proto || match.field == Field::ip_protocol) {
      protocol = &match;
    } else if (!is_port(match.field) && !is_address(match.field)) {
      return {.objection = fmt::format("it cannot look at '{}'", field_name(match.field))};
    } else if (entry.list != nullptr) {
      return {.objection = "it looks at one field alone, and this rule needs two at once"};
    } else {
      entry.list = &match;
    }
  }
  if (entry.list == nullptr) return {.objection = "it decides by addresses and ports only"};
  if (entry.list->negated) return {.objection = "it cannot say 'not'"};
  const bool port = is_port(entry.list->field);
  const bool v6 = entry.list->field == Field::ip6_saddr || entry.list->field == Field::ip6_daddr;
  if (type != nullptr && (port || !is_only(*type, v6 ? ETH_P_IPV6 : ETH_P_IP))) {
    return {.objection = "it does not tell IPv4 from IPv6 for a port"};
  }
  if (port && protocol != nullptr) entry.protocols = protocols_of(*protocol);
  if (port && entry.protocols.empty()) return {.objection = "its ports are those of TCP, of UDP or of both"};
  if (!port && protocol != nullptr)
    return {.objection = "it looks at one field alone, and this rule needs two at once"};
  return entry;
}

/// Reads a policy rule by rule.
class Translation {
 public:
  explicit Translation(const Policy& policy) : policy_(policy) {}

  Result<XdpFilterRules> run() {
    rules_.denies = policy_.default_verdict == Verdict::drop;
    if (rules_.denies && policy_.family != "netdev") {
      return fail(ErrorKind::unsupported,
                  "cannot run this policy: {}: {} accepts what is not IP, and xdp-filter would not", policy_.file,
                  policy_.family);
    }
    const Chain& chain = policy_.chains[policy_.base_chain];
    for (uint32_t i = 0; i < chain.rule_count; ++i) FWBENCH_TRY(add(policy_.rules[chain.first_rule + i]));
    return std::move(rules_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> unfit(const Rule& rule, const std::string& why) const {
    const auto [file, line] = locate(policy_.parts, policy_.file, rule.pos.line);
    return fail(ErrorKind::unsupported, "cannot run this policy: {}:{}: {}: {}", file, line, rule.text, why);
  }

  Result<void> add(const Rule& rule) {
    if (rule.verdict_map) return unfit(rule, "it knows no verdict maps");
    if (rule.outcome.action == Action::next) return {};  // counts, and decides nothing
    const Action wanted = rules_.denies ? Action::accept : Action::drop;
    if (rule.outcome.action != wanted) {
      return unfit(rule, rules_.denies ? "where the rest is dropped, all its rules accept"
                                       : "where the rest is accepted, all its rules drop");
    }
    const Entry entry = take_apart(rule);
    if (!entry.objection.empty()) return unfit(rule, entry.objection);
    const Field field = entry.list->field;
    const bool source = field == Field::th_sport || field == Field::ip_saddr || field == Field::ip6_saddr;
    for (const Interval& interval : *entry.list->values) {
      for (FieldValue value = interval.first;; ++value) {
        if (rules_.commands.size() == kMaxXdpFilterEntries) {
          return unfit(rule, fmt::format("it knows single addresses and ports, and these would be more than {}",
                                         kMaxXdpFilterEntries));
        }
        if (is_port(field)) {
          FWBENCH_TRY(add_port(rule, static_cast<uint32_t>(value), source ? "src" : "dst", entry.protocols));
        } else {
          rules_.commands.push_back({"ip", "-m", source ? "src" : "dst", address_text(field, value)});
        }
        if (value == interval.last) break;
      }
    }
    return {};
  }

  /// A port has one set of directions and one of protocols, and each of the first goes with each of the second: with
  /// one direction there is nothing to mix up.
  Result<void> add_port(const Rule& rule, uint32_t port, const std::string& direction, const std::string& protocols) {
    const auto [known, is_new] = ports_.try_emplace(port, direction);
    if (!is_new && known->second != direction) {
      return unfit(rule, fmt::format("it would mix this up with the other direction of port {}", port));
    }
    rules_.commands.push_back({"port", "-m", direction, "-p", protocols, std::to_string(port)});
    return {};
  }

  const Policy& policy_;
  XdpFilterRules rules_;
  std::map<uint32_t, std::string> ports_;  ///< with their direction
};

}  // namespace

Result<XdpFilterRules> xdp_filter_rules(const Policy& policy) {
  return Translation(policy).run();
}

}  // namespace fwbench
