// SPDX-License-Identifier: BSD-2-Clause
#include "policy/resolver.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "policy/bits.h"
#include "policy/call_graph.h"
#include "policy/match_parser.h"

namespace fwbench {
namespace {

using Entries = std::vector<VerdictMap::Entry>;

std::string type_name(const std::vector<ValueType>& types) {
  std::vector<std::string_view> names;
  for (const ValueType type : types) {
    const ValueTypeInfo& info = value_type_info(type);
    names.push_back(info.name.empty() ? info.what : info.name);
  }
  return fmt::format("{}", fmt::join(names, " . "));
}

class Resolver {
 public:
  Resolver(Source& source, const ParsedSets& sets, Policy& policy) : source_(source), sets_(sets), policy_(policy) {
    for (size_t i = 0; i < policy.chains.size(); ++i) chains_.emplace(policy.chains[i].name, i);
    for (const auto& [name, set] : sets) (set.is_map ? map_names_ : set_names_).push_back(name);
    for (const Chain& chain : policy.chains) chain_names_.push_back(chain.name);
  }

  void run(const std::vector<PendingRule>& pending) {
    for (const PendingRule& rule : pending) resolve(rule);
    for (const auto& [name, set] : sets_) {
      if (set.is_map && !used_maps_.contains(name)) check_unused(set);
    }
    check_calls(source_, policy_, calls_);
  }

 private:
  /// What is looked up, besides the set's name, decides how its values look in the fields.
  using Key = std::pair<std::string_view, Expressions>;

  void resolve(const PendingRule& pending) {
    Rule& rule = policy_.rules[pending.rule];
    const auto from = chain_of(pending.rule);
    if (!pending.verdict.chain.empty()) {
      if (const auto chain = find_chain(pending.verdict, from)) rule.outcome.chain = *chain;
    }
    if (!pending.map_elements.empty()) {
      rule.verdict_map->entries = make_entries(pending.map_expressions, pending.map_elements, from);
    }
    for (const SetReference& reference : pending.references) {
      const ParsedSet* set = find_set(reference);
      if (set == nullptr) continue;
      switch (reference.kind) {
        case SetReference::Kind::match:
          rule.matches[reference.index].values = values_of(reference, *set);
          break;
        case SetReference::Kind::tuple:
          rule.tuple_matches[reference.index].tuples = tuples_of(reference, *set);
          break;
        case SetReference::Kind::map:
          rule.verdict_map->entries = entries_of(reference, *set, from);
          break;
      }
    }
  }

  /// nft wants to know the chains of a map that nobody asks, too; they do not count as called.
  void check_unused(const ParsedSet& map) {
    const size_t calls = calls_.size();
    for (const TupleElement& element : map.elements) {
      if (!element.verdict.chain.empty()) static_cast<void>(find_chain(element.verdict, policy_.base_chain));
    }
    calls_.resize(calls);
  }

  [[nodiscard]] uint32_t chain_of(size_t rule) {
    while (rule >= policy_.chains[current_chain_].first_rule + policy_.chains[current_chain_].rule_count) {
      ++current_chain_;  // pending rules come in their order
    }
    return current_chain_;
  }

  std::optional<uint32_t> find_chain(const ParsedVerdict& verdict, uint32_t from) {
    const auto found = chains_.find(verdict.chain);
    if (found == chains_.end()) {
      const std::string near = nearest(verdict.chain, chain_names_);
      source_.error(verdict.pos, fmt::format("there is no chain '{}'", verdict.chain),
                    near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near));
      return std::nullopt;
    }
    if (found->second == policy_.base_chain) {
      source_.error(verdict.pos, fmt::format("'{}' is the base chain", verdict.chain),
                    "nft refuses it: only chains without a hook can be jumped to");
      return std::nullopt;
    }
    const auto chain = static_cast<uint32_t>(found->second);
    calls_.push_back({from, chain, verdict.pos});
    return chain;
  }

  const ParsedSet* find_set(const SetReference& reference) {
    const bool wants_map = reference.kind == SetReference::Kind::map;
    const auto found = sets_.find(reference.name);
    if (found == sets_.end() || found->second.is_map != wants_map) {
      const std::string near = nearest(reference.name, wants_map ? map_names_ : set_names_);
      const std::string_view kind = wants_map ? "map" : "set";
      source_.error(reference.pos,
                    found == sets_.end() ? fmt::format("there is no {} '{}'", kind, reference.name)
                                         : fmt::format("'{}' is a {}", reference.name, wants_map ? "set" : "map"),
                    near.empty() ? std::string{} : fmt::format("did you mean '@{}'?", near));
      return nullptr;
    }
    const ParsedSet& set = found->second;
    if (set.types.empty()) return nullptr;
    const std::vector<ValueType> types = value_types(reference.expressions);
    if (set.types != types) {
      source_.error(reference.pos,
                    fmt::format("the {} '{}' is of type {}, the match needs {}", wants_map ? "map" : "set",
                                reference.name, type_name(set.types), type_name(types)));
      return nullptr;
    }
    if (reference.expressions.front()->field == Field::ip6_class) {
      source_.error(reference.pos, "'ip6 dscp' with a named set is not supported",
                    "nft 1.0.6 would shift it in the wrong byte order: write the values { ... }");
      return nullptr;
    }
    return &set;
  }

  std::shared_ptr<const IntervalSet> values_of(const SetReference& reference, const ParsedSet& set) {
    const Expression& expression = *reference.expressions.front();
    if (is_whole_field(expression)) return set.set.values;
    auto& values = values_[{reference.name, reference.expressions}];
    if (!values) values = std::make_shared<const IntervalSet>(field_values(expression, *set.set.values));
    return values;
  }

  std::shared_ptr<const std::vector<Tuple>> tuples_of(const SetReference& reference, const ParsedSet& set) {
    auto& shared = tuples_[{reference.name, reference.expressions}];
    if (shared) return shared;
    std::vector<Tuple> tuples;
    for (const TupleElement& element : set.elements) {
      for (Tuple& tuple : field_tuples(reference.expressions, element.parts)) tuples.push_back(std::move(tuple));
    }
    shared = std::make_shared<const std::vector<Tuple>>(std::move(tuples));
    return shared;
  }

  std::shared_ptr<const Entries> entries_of(const SetReference& reference, const ParsedSet& set, uint32_t from) {
    used_maps_.insert(reference.name);
    auto& shared = entries_[{reference.name, reference.expressions}];
    if (!shared) {
      shared = make_entries(reference.expressions, set.elements, from);
    } else {
      for (const TupleElement& element : set.elements) {
        const auto found = chains_.find(element.verdict.chain);
        if (found == chains_.end() || found->second == policy_.base_chain) continue;  // no chain, or said already
        calls_.push_back({from, static_cast<uint32_t>(found->second), element.verdict.pos});
      }
    }
    return shared;
  }

  std::shared_ptr<const Entries> make_entries(const Expressions& expressions, const std::vector<TupleElement>& elements,
                                              uint32_t from) {
    Entries entries;
    for (const TupleElement& element : elements) {
      Outcome outcome{.action = element.verdict.action, .chain = 0};
      if (!element.verdict.chain.empty()) {
        const auto chain = find_chain(element.verdict, from);
        if (!chain) continue;
        outcome.chain = *chain;
      }
      for (Tuple& tuple : field_tuples(expressions, element.parts)) entries.push_back({std::move(tuple), outcome});
    }
    return std::make_shared<const Entries>(std::move(entries));
  }

  Source& source_;
  const ParsedSets& sets_;
  Policy& policy_;
  std::map<std::string, size_t, std::less<>> chains_;
  std::vector<std::string_view> chain_names_;
  std::vector<std::string_view> set_names_;
  std::vector<std::string_view> map_names_;
  std::set<std::string_view> used_maps_;
  uint32_t current_chain_ = 0;
  std::vector<ChainCall> calls_;
  std::map<Key, std::shared_ptr<const IntervalSet>> values_;
  std::map<Key, std::shared_ptr<const std::vector<Tuple>>> tuples_;
  std::map<Key, std::shared_ptr<const Entries>> entries_;
};

}  // namespace

void resolve_names(Source& source, const ParsedSets& sets, const std::vector<PendingRule>& pending, Policy& policy) {
  Resolver(source, sets, policy).run(pending);
}

}  // namespace fwbench
