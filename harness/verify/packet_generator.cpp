// SPDX-License-Identifier: BSD-2-Clause
#include "verify/packet_generator.h"

#include "verify/frame_builder.h"

namespace fwbench::verify {
namespace {

constexpr int kDrawTries = 6;

/// Both ends, their neighbours on either side, and any value inside.
FieldValue draw_around(RandomSource& random, const Interval& interval, FieldValue max) {
  switch (random.below(6)) {
    case 0:
      return interval.first;
    case 1:
      return interval.last;
    case 2:
      return interval.first == 0 ? 0 : interval.first - 1;
    case 3:
      return interval.last >= max ? max : interval.last + 1;
    case 4:
      return interval.first + (interval.last > interval.first ? 1 : 0);
    default:
      return interval.first + random.up_to(interval.last - interval.first);
  }
}

}  // namespace

FieldValue draw_near(RandomSource& random, const IntervalSet& values, int bits, bool inside) {
  const FieldValue max = max_value(bits);
  FieldValue value = 0;
  for (int i = 0; i < kDrawTries; ++i) {
    const bool anywhere = values.empty() || (!inside && random.chance(15));
    value = anywhere ? random.up_to(max) : draw_around(random, random.pick(values), max);
    if (contains(values, value) == inside) break;
  }
  return value;
}

PacketGenerator::PacketGenerator(const Policy& policy, uint64_t seed)
    : policy_(policy), random_(seed), chain_of_rule_(policy.rules.size()), callers_(policy.chains.size()) {
  for (uint32_t chain = 0; chain < policy.chains.size(); ++chain) {
    const uint32_t first = policy.chains[chain].first_rule;
    std::fill_n(chain_of_rule_.begin() + first, policy.chains[chain].rule_count, chain);
  }
  const auto leads = [](const Outcome& outcome) {
    return outcome.action == Action::jump || outcome.action == Action::go_to;
  };
  for (uint32_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (rule.verdict_map) {
      for (const VerdictMap::Entry& entry : *rule.verdict_map->entries) {
        if (leads(entry.outcome)) callers_[entry.outcome.chain].push_back(i);
      }
    } else if (leads(rule.outcome)) {
      callers_[rule.outcome.chain].push_back(i);
    }
  }
}

void PacketGenerator::want_match(const Match& match, bool satisfied) {
  const bool inside = satisfied != match.negated;
  // Several matches on one field: a value that does for both is there already, as a rule.
  if (wanted_.has(match.field) && contains(*match.values, wanted_.get(match.field)) == inside && random_.chance(80)) {
    return;
  }
  wanted_.set(match.field, draw_near(random_, *match.values, field_bits(match.field), inside));
}

void PacketGenerator::want_tuple(const std::vector<Field>& fields, const Tuple& tuple, bool inside) {
  const size_t outside_at = inside ? fields.size() : random_.below(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    wanted_.set(fields[i], draw_near(random_, {tuple[i]}, field_bits(fields[i]), i != outside_at));
  }
}

void PacketGenerator::want_map(const VerdictMap& map, Aim aim, std::optional<uint32_t> leads_to) {
  if (map.entries->empty()) return;
  const VerdictMap::Entry* entry = &random_.pick(*map.entries);
  for (size_t i = 0; leads_to && i < 2 * map.entries->size() && entry->outcome.chain != *leads_to; ++i) {
    entry = &random_.pick(*map.entries);
  }
  want_tuple(map.fields, entry->tuple, leads_to || aim == Aim::hit);
}

void PacketGenerator::want_rule(const Rule& rule, Aim aim, std::optional<uint32_t> leads_to) {
  const size_t conditions = rule.matches.size() + rule.tuple_matches.size() + (rule.verdict_map ? 1 : 0);
  if (conditions == 0) return;
  // A miss is by one condition, and by little: all the others hold.
  const size_t missed = aim == Aim::miss_one ? random_.below(conditions) : conditions;
  size_t at = 0;
  const auto satisfied = [&] { return aim == Aim::scatter ? random_.chance(50) : at != missed; };
  for (const Match& match : rule.matches) {
    want_match(match, satisfied());
    ++at;
  }
  for (const TupleMatch& match : rule.tuple_matches) {
    if (!match.tuples->empty()) {
      want_tuple(match.fields, random_.pick(*match.tuples), satisfied() != match.negated);
    }
    ++at;
  }
  if (rule.verdict_map) want_map(*rule.verdict_map, satisfied() ? Aim::hit : Aim::miss_one, leads_to);
}

void PacketGenerator::aim_at_rule(uint32_t rule) {
  // The way there first: every rule on it must hold for a jump to be taken.
  std::array<uint32_t, kMaxJumpDepth + 1> path = {};
  size_t depth = 0;
  path[depth++] = rule;
  while (depth < path.size() && chain_of_rule_[path[depth - 1]] != policy_.base_chain) {
    const auto& callers = callers_[chain_of_rule_[path[depth - 1]]];
    if (callers.empty()) break;
    path[depth++] = random_.pick(callers);
  }
  while (--depth > 0) want_rule(policy_.rules[path[depth]], Aim::hit, chain_of_rule_[path[depth - 1]]);
  const size_t draw = random_.below(100);
  want_rule(policy_.rules[rule], draw < 55 ? Aim::hit : draw < 95 ? Aim::miss_one : Aim::scatter, std::nullopt);
}

size_t PacketGenerator::next(std::span<std::byte, kMaxFrameBytes> frame) {
  wanted_.clear();
  // A few frames know nothing of the policy.
  if (!policy_.rules.empty() && !random_.chance(3)) {
    aim_at_rule(static_cast<uint32_t>(random_.below(policy_.rules.size())));
    // Two rules at a time: what one leaves open, the other may look at.
    if (random_.chance(10)) aim_at_rule(static_cast<uint32_t>(random_.below(policy_.rules.size())));
  }
  // Most frames are odd in nothing: an oddity hides what the rules would have said.
  static constexpr Oddities kSound = {.tag = 5,
                                      .second_tag = 5,
                                      .ipv4_options = 3,
                                      .ipv4_fragment = 0,
                                      .extensions = 10,
                                      .lying_length = 0,
                                      .wrong_version = 0,
                                      .truncated = 0,
                                      .short_transport = 0,
                                      .padded = 5,
                                      .other_type = 1};
  return build_frame(random_, wanted_, random_.chance(60) ? kSound : Oddities{}, frame);
}

}  // namespace fwbench::verify
