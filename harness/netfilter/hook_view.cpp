// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/hook_view.h"

#include <algorithm>

#include "netfilter/nft_ruleset.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

bool shows_the_difference(Field field) {
  return field == Field::length || field == Field::ip_ttl || field == Field::ip6_hoplimit || field == Field::vlan_id ||
         field == Field::eth_type;
}

bool looks_at_such(const Rule& rule) {
  const auto any = [](const std::vector<Field>& fields) {
    return std::any_of(fields.begin(), fields.end(), shows_the_difference);
  };
  return std::any_of(rule.matches.begin(), rule.matches.end(),
                     [](const Match& match) { return shows_the_difference(match.field); }) ||
         std::any_of(rule.tuple_matches.begin(), rule.tuple_matches.end(),
                     [&](const TupleMatch& match) { return any(match.fields); }) ||
         (rule.verdict_map && any(rule.verdict_map->fields));
}

constexpr const char* kPrerouting = "in the stack a packet has no padding and no VLAN tag: it is judged otherwise";
constexpr const char* kForward =
    "at the forward hook a packet has one hop less to go, no padding and no VLAN tag: it is judged otherwise";

}  // namespace

Result<void> check_hook_view(const Policy& policy, const FrameTable& table, StackPath path) {
  if (std::none_of(policy.rules.begin(), policy.rules.end(), looks_at_such)) return {};
  for (const Frame& frame : table.frames) {
    const Judgement came = judge_frame(policy, frame.bytes);
    const Judgement seen = judge_frame(policy, frame_at_hook(frame.bytes, path));
    if (came.verdict == seen.verdict || stack_fate(frame.bytes, path) != StackFate::survives) continue;
    const int rule = came.rule >= 0 ? came.rule : seen.rule;
    const int line = rule >= 0 ? policy.rules[static_cast<size_t>(rule)].pos.line : policy.default_pos.line;
    return cannot_run(policy, line, path == StackPath::prerouting ? kPrerouting : kForward);
  }
  return {};
}

}  // namespace fwbench
