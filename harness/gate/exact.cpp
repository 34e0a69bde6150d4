// SPDX-License-Identifier: BSD-2-Clause
/// The deterministic tier: numbers without noise.
#include "gate/judge_gate.h"

namespace fwbench {
namespace {

using Count = std::optional<uint64_t>;

struct Sides {
  Count base;
  Count head;
};

uint64_t control_false(const Trial& trial) {
  const auto found = trial.counters.find("control.false");
  return found == trial.counters.end() ? 0 : found->second;
}

/// Summed over the trials of each side: of the correctness pass, or of the pairs.
template <typename Read>
Sides sum(const Record& record, bool of_pairs, Read&& read) {
  Sides sides;
  for (const Trial& trial : record.trials) {
    if (!trial.side || (trial.round != 0) != of_pairs) continue;
    const Count value = read(trial);
    if (!value) continue;
    Count& side = *trial.side == "base" ? sides.base : sides.head;
    side = side.value_or(0) + *value;
  }
  return sides;
}

GateExact compare(std::string name, const Sides& sides, const char* more) {
  const char* verdict = more;
  if (sides.base == sides.head)
    verdict = "same";
  else if (!sides.base || !sides.head)
    verdict = "changed";
  else if (*sides.head < *sides.base)
    verdict = "better";
  return {std::move(name), sides.base, sides.head, verdict};
}

GateExact compare_cost(std::string name, const Sides& sides, std::optional<double> threshold) {
  const bool worse = threshold && sides.base && sides.head &&
                     static_cast<double>(*sides.head) > static_cast<double>(*sides.base) * (1 + *threshold);
  return compare(std::move(name), sides, worse ? "worse" : "changed");
}

}  // namespace

std::vector<GateExact> compare_exact(const Record& record, std::optional<double> cost_threshold) {
  std::vector<GateExact> all;
  const auto false_drop = [](const Trial& trial) { return Count(trial.verdicts.false_drop); };
  const auto false_pass = [](const Trial& trial) { return Count(trial.verdicts.false_pass); };
  const auto unaccounted = [](const Trial& trial) { return Count(static_cast<uint64_t>(trial.ledger.unaccounted)); };
  all.push_back(compare("false_drop", sum(record, false, false_drop), "worse"));
  all.push_back(compare("false_pass", sum(record, false, false_pass), "worse"));
  all.push_back(
      compare("control_false", sum(record, false, [](const Trial& t) { return Count(control_false(t)); }), "worse"));
  all.push_back(compare("unaccounted", sum(record, false, unaccounted), "worse"));
  const Sides loaded = sum(record, true, [](const Trial& trial) {
    return Count(trial.verdicts.false_drop + trial.verdicts.false_pass + control_false(trial));
  });
  if (loaded.base || loaded.head) {
    all.push_back(compare("false_under_load", loaded, loaded.base.value_or(0) == 0 ? "worse" : "changed"));
  }
  for (const char* name : {kVerifiedInstructions, kJitedBytes, kMapBytes}) {
    const Sides sides = sum(record, false, [name](const Trial& trial) {
      const auto found = trial.counters.find(name);
      return found == trial.counters.end() ? Count() : Count(found->second);
    });
    if (sides.base || sides.head) all.push_back(compare_cost(std::string(name).substr(4), sides, cost_threshold));
  }
  return all;
}

}  // namespace fwbench
