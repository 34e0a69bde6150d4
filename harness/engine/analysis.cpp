// SPDX-License-Identifier: BSD-2-Clause
#include "engine/analysis.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "engine/conditions.h"

namespace fwbench {
namespace {

/// Each against each is 0.3 s for these; more rules than people write.
constexpr size_t kMaxPairwise = 20'000;

using Values = std::shared_ptr<const IntervalSet>;

/// A flat rule's conditions, negations resolved; null: does not look at the field.
using Box = std::array<Values, kFieldCount>;

bool is_subset(const IntervalSet& inner, const IntervalSet& outer) {
  auto at = outer.begin();
  for (const Interval& interval : inner) {
    while (at != outer.end() && at->last < interval.first) ++at;
    if (at == outer.end() || interval.first < at->first || at->last < interval.last) return false;
  }
  return true;
}

bool covers(const Box& outer, const Box& inner) {
  for (size_t field = 0; field < outer.size(); ++field) {
    if (outer[field] == nullptr || outer[field] == inner[field]) continue;
    if (inner[field] == nullptr || !is_subset(*inner[field], *outer[field])) return false;
  }
  return true;
}

bool is_empty(const Box& box) {
  return std::any_of(box.begin(), box.end(), [](const Values& values) { return values != nullptr && values->empty(); });
}

std::vector<Box> boxes_of(const FlatPolicy& flat) {
  std::vector<Box> boxes(flat.size());
  const Conditions conditions = collect_conditions(flat);
  for (size_t field = 0; field < conditions.size(); ++field) {
    std::map<const IntervalSet*, Values> complements;  // a set that many rules share stays shared
    for (const Condition& condition : conditions[field]) {
      Values values = condition.values;
      if (condition.negated) {
        Values& known = complements[condition.values.get()];
        if (known == nullptr) {
          known = std::make_shared<const IntervalSet>(
              subtract({{0, field_max(static_cast<Field>(field))}}, *condition.values));
        }
        values = known;
      }
      boxes[condition.rule][field] = std::move(values);
    }
  }
  return boxes;
}

/// For each flat rule the furthest target of the skips in front of it: what is decided between it and there says
/// nothing about packets that were sent past it.
std::vector<uint32_t> skipped_until(const FlatPolicy& flat) {
  std::vector<uint32_t> until(flat.size());
  uint32_t furthest = 0;
  for (size_t rule = 0; rule < flat.size(); ++rule) {
    until[rule] = furthest;
    if (flat[rule].action == Action::jump) furthest = std::max(furthest, flat[rule].target);
  }
  return until;
}

/// What is known of one of the policy's rules over all the places that it stands in.
struct Fate {
  bool alive = false;
  bool contradiction = true;
  bool by_one = true;
  std::optional<uint32_t> by;
};

}  // namespace

PolicyAnalysis analyse_policy(const FlatPolicy& flat) {
  PolicyAnalysis analysis;
  analysis.complete = flat.size() <= kMaxPairwise;
  const std::vector<Box> boxes = boxes_of(flat);
  const std::vector<uint32_t> until = skipped_until(flat);
  std::map<uint32_t, Fate> fates;
  std::vector<uint32_t> deciding;
  for (uint32_t rule = 0; rule < flat.size(); ++rule) {
    const bool decides = flat[rule].action == Action::accept || flat[rule].action == Action::drop;
    const bool impossible = is_empty(boxes[rule]);
    // A rule that packets may be sent past does not shadow what those reach.
    const auto shadow = std::find_if(deciding.begin(), deciding.end(), [&](uint32_t earlier) {
      return until[earlier] <= earlier && covers(boxes[earlier], boxes[rule]);
    });
    if (flat[rule].rule) {
      Fate& fate = fates[*flat[rule].rule];
      if (!impossible) fate.contradiction = false;
      if (!impossible && shadow == deciding.end()) fate.alive = true;
      if (!impossible && shadow != deciding.end()) {
        const std::optional<uint32_t> by = flat[*shadow].rule;
        if (fate.by && fate.by != by) fate.by_one = false;
        fate.by = by;
      }
    }
    if (decides && !impossible && analysis.complete) deciding.push_back(rule);
  }
  for (const auto& [rule, fate] : fates) {
    if (fate.alive) continue;
    const auto why = fate.contradiction ? DeadRule::Why::contradiction : DeadRule::Why::shadowed;
    analysis.dead.push_back({rule, why, fate.by_one ? fate.by : std::nullopt});
  }
  return analysis;
}

}  // namespace fwbench
