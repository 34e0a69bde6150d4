// SPDX-License-Identifier: BSD-2-Clause
#include "engine/flatten.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <map>
#include <utility>

#include "bpf/abi.h"

namespace fwbench {
namespace {

using Matches = std::vector<Match>;
using Places = std::vector<size_t>;  ///< flat rules whose target is not known yet

Matches joined(const Matches& a, const Matches& b) {
  Matches both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

std::shared_ptr<const IntervalSet> share(IntervalSet values) {
  return std::make_shared<const IntervalSet>(std::move(values));
}

struct IntervalOrder {
  bool operator()(const Tuple& a, const Tuple& b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const auto& i, const auto& j) {
      return std::pair(i.first, i.last) < std::pair(j.first, j.last);
    });
  }
};

/// The fewest conjunctions of single-field matches that say "one of these tuples": those that differ in one field only
/// become one, with a set for that field; the field is the one that leaves the fewest.
std::vector<Matches> merge_tuples(const std::vector<Field>& fields, const std::vector<Tuple>& tuples) {
  std::map<Tuple, IntervalSet, IntervalOrder> best;
  size_t best_field = 0;
  for (size_t merged = 0; merged < fields.size(); ++merged) {
    std::map<Tuple, IntervalSet, IntervalOrder> groups;
    for (const Tuple& tuple : tuples) {
      Tuple rest = tuple;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(merged));
      groups[rest].push_back(tuple[merged]);
    }
    if (merged != 0 && groups.size() >= best.size()) continue;
    best = std::move(groups);
    best_field = merged;
  }
  std::vector<Matches> result;
  for (auto& [rest, values] : best) {
    const auto merged = share(normalize(std::move(values)));
    Matches matches;
    for (size_t field = 0, other = 0; field < fields.size(); ++field) {
      matches.push_back({fields[field], false, field == best_field ? merged : share(IntervalSet{rest[other++]})});
    }
    result.push_back(std::move(matches));
  }
  return result;
}

/// True for packets that have all of the fields: none of them is in the empty set.
Matches presence(const std::vector<Field>& fields) {
  Matches matches;
  for (const Field field : fields) matches.push_back({field, true, share({})});
  return matches;
}

class Flattener {
 public:
  explicit Flattener(const Policy& policy) : policy_(policy) {}

  Result<FlatPolicy> run() {
    accept_other_families();
    Places left;
    if (!policy_.chains.empty()) add_chain(policy_.base_chain, {}, left);
    land(left);
    if (overflows()) {
      return with_remedy(fail(ErrorKind::usage,
                              "policy {} comes to more than {} rules once its jumps and concatenations are spelled out",
                              policy_.file, FW_MAX_FLAT_RULES),
                         "call large chains from fewer places; name addresses in sets instead of concatenations");
    }
    return std::move(flat_);
  }

 private:
  /// The alternatives of a rule: each a conjunction, and what becomes of packets that meet one.
  struct Branch {
    std::vector<Matches> alternatives;
    Outcome outcome;
  };

  void accept_other_families();
  void add_chain(uint32_t chain, const Matches& context, Places& left);
  void add_rule(uint32_t rule, const Matches& context, Places& left);
  void add_branch(uint32_t rule, const Branch& branch, const Matches& context, Places& left, Places& decided);
  void add_call(uint32_t rule, const Outcome& outcome, const Matches& context, Places& left);
  /// Packets of `context` that meet none of the alternatives go to what is added to `missed`; the others to the next
  /// rule that is added.
  void add_guard(const std::vector<Matches>& alternatives, const Matches& context, Places& missed);
  [[nodiscard]] std::vector<Branch> branches_of(const Rule& rule) const;

  void add(FlatRule rule) {
    if (!overflows()) flat_.push_back(std::move(rule));
  }
  void add_skip(Matches matches, Places& to, std::optional<uint32_t> counted_rule = std::nullopt) {
    to.push_back(flat_.size());
    add({std::move(matches), Action::jump, 0, counted_rule, counted_rule.has_value()});
  }
  /// These skips go on with the rule that comes next.
  void land(const Places& places) {
    for (const size_t place : places) {
      if (place < flat_.size()) flat_[place].target = static_cast<uint32_t>(flat_.size());
    }
  }
  [[nodiscard]] bool overflows() const { return flat_.size() > FW_MAX_FLAT_RULES || visits_ > kMaxVisits; }

  /// Chains that call chains that call chains, and decide nothing: no flat rules, but no end either.
  static constexpr uint64_t kMaxVisits = 1 << 20;

  const Policy& policy_;
  uint64_t visits_ = 0;
  FlatPolicy flat_;
};

/// A chain of the family ip never sees an IPv6 packet, and none but netdev's sees ARP.
void Flattener::accept_other_families() {
  IntervalSet seen;
  if (policy_.family == "ip" || policy_.family == "inet") seen.push_back({ETH_P_IP, ETH_P_IP});
  if (policy_.family == "ip6" || policy_.family == "inet") seen.push_back({ETH_P_IPV6, ETH_P_IPV6});
  if (seen.empty()) return;
  add({{{Field::ether_type, true, share(std::move(seen))}}, Action::accept, 0, std::nullopt, false});
}

/// @param context what is true of every packet that comes here.
/// @param left skips to behind the chain are added to it.
void Flattener::add_chain(uint32_t chain, const Matches& context, Places& left) {
  const Chain& called = policy_.chains[chain];
  for (uint32_t i = 0; i < called.rule_count && !overflows(); ++i) add_rule(called.first_rule + i, context, left);
}

std::vector<Flattener::Branch> Flattener::branches_of(const Rule& rule) const {
  if (!rule.verdict_map) return {{{{}}, rule.outcome}};
  const VerdictMap& map = *rule.verdict_map;
  std::vector<std::pair<Outcome, std::vector<Tuple>>> by_outcome;
  for (const VerdictMap::Entry& entry : *map.entries) {
    auto known = std::find_if(by_outcome.begin(), by_outcome.end(),
                              [&](const auto& item) { return item.first == entry.outcome; });
    if (known == by_outcome.end()) known = by_outcome.insert(known, {entry.outcome, {}});
    known->second.push_back(entry.tuple);
  }
  std::vector<Branch> branches;
  branches.reserve(by_outcome.size());
  for (const auto& [outcome, tuples] : by_outcome) {
    branches.push_back({merge_tuples(map.fields, tuples), outcome});
  }
  return branches;
}

void Flattener::add_rule(uint32_t index, const Matches& context, Places& left) {
  ++visits_;
  const Rule& rule = policy_.rules[index];
  Matches here = joined(context, rule.matches);
  Places missed;
  Places decided;  // packets for which the rule is done, and the next one is not
  std::vector<Branch> branches = branches_of(rule);
  for (const TupleMatch& match : rule.tuple_matches) {
    const std::vector<Matches> alternatives = merge_tuples(match.fields, *match.tuples);
    if (match.negated) {
      for (const Matches& alternative : alternatives) add_skip(joined(here, alternative), missed);
      here = joined(here, presence(match.fields));
    } else if (branches.size() == 1 && branches.front().alternatives.size() == 1 &&
               &match == &rule.tuple_matches.back()) {
      std::vector<Matches> both;
      for (const Matches& alternative : alternatives) {
        both.push_back(joined(alternative, branches.front().alternatives.front()));
      }
      branches.front().alternatives = std::move(both);
    } else {
      add_guard(alternatives, here, missed);
    }
  }
  for (const Branch& branch : branches) add_branch(index, branch, here, left, decided);
  land(missed);
  land(decided);
}

void Flattener::add_guard(const std::vector<Matches>& alternatives, const Matches& context, Places& missed) {
  Places met;
  for (const Matches& alternative : alternatives) add_skip(joined(context, alternative), met);
  add_skip(context, missed);
  land(met);
}

void Flattener::add_branch(uint32_t index, const Branch& branch, const Matches& context, Places& left,
                           Places& decided) {
  const bool counted = policy_.rules[index].counted;
  switch (branch.outcome.action) {
    case Action::next:
      if (!counted) return;
      // Alternatives may overlap: the first that holds counts, and that is all.
      for (const Matches& alternative : branch.alternatives) add_skip(joined(context, alternative), decided, index);
      return;
    case Action::accept:
    case Action::drop:
      for (const Matches& alternative : branch.alternatives) {
        add({joined(context, alternative), branch.outcome.action, 0, index, counted});
      }
      return;
    case Action::leave:
      for (const Matches& alternative : branch.alternatives) {
        add_skip(joined(context, alternative), left, counted ? std::optional(index) : std::nullopt);
      }
      return;
    case Action::jump:
    case Action::go_to:
      break;
  }
  if (branch.alternatives.size() == 1) {
    add_call(index, branch.outcome, joined(context, branch.alternatives.front()), left);
    return;
  }
  Places missed;
  add_guard(branch.alternatives, context, missed);
  add_call(index, branch.outcome, context, left);
  land(missed);
}

void Flattener::add_call(uint32_t index, const Outcome& outcome, const Matches& context, Places& left) {
  if (policy_.rules[index].counted) add({context, Action::next, 0, index, true});
  if (outcome.action == Action::go_to) {
    add_chain(outcome.chain, context, left);
    add_skip(context, left);
    return;
  }
  // What comes back meets none of the rule's other branches: they are disjoint.
  Places back;
  add_chain(outcome.chain, context, back);
  land(back);
}

}  // namespace

Result<FlatPolicy> flatten(const Policy& policy) {
  return Flattener(policy).run();
}

}  // namespace fwbench
