// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A record in one word and one sentence, for headlines. Internal to the export module.

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "record/record.h"
#include "record/thresholds.h"

namespace fwbench {

struct Outcome {
  std::string word;  ///< "PASS", "FAIL", "INVALID", "INCONCLUSIVE"
  std::string text;
};

[[nodiscard]] inline uint64_t wrong_verdicts(const Trial& trial) {
  return trial.verdicts.false_drop + trial.verdicts.false_pass + (trial.swap ? trial.swap->mixed : 0);
}

[[nodiscard]] inline Outcome outcome_of_gate(const Gate& gate) {
  const char* const word = gate.answer == "pass"   ? "PASS"
                           : gate.answer == "fail" ? "FAIL"
                           : gate.answer == "void" ? "INVALID"
                                                   : "INCONCLUSIVE";
  return {word, fmt::format("gate of {} against {}: {}", gate.head, gate.base, gate.reason)};
}

/// The worst that can be said of it, in the order of the exit codes.
[[nodiscard]] inline Outcome outcome_of(const Record& record) {
  uint64_t wrong = 0;
  for (const Trial& trial : record.trials) wrong += wrong_verdicts(trial);
  const auto invalid =
      std::count_if(record.trials.begin(), record.trials.end(), [](const Trial& trial) { return !trial.valid; });
  const size_t thresholds = record.thresholds ? record.thresholds->size() : 0;
  // A gate is about what is worse than before: it may pass with a wrong verdict that the base has too.
  if (record.gate && record.complete) return outcome_of_gate(*record.gate);
  if (wrong != 0) return {"FAIL", fmt::format("{} packets met the wrong verdict", wrong)};
  if (invalid != 0) return {"INVALID", fmt::format("{} of {} trials are not valid", invalid, record.trials.size())};
  if (!record.complete) return {"INVALID", "the run did not reach its end"};
  const std::string_view verdict = overall_verdict(record);
  if (verdict == "fail") return {"FAIL", "a threshold does not hold"};
  if (verdict == "inconclusive") return {"INCONCLUSIVE", "the intervals do not decide every threshold"};
  std::string text = fmt::format("{} trials, no wrong verdict, all books balanced", record.trials.size());
  if (thresholds != 0) text += fmt::format(", {} threshold{} held", thresholds, thresholds == 1 ? "" : "s");
  return {"PASS", text};
}

}  // namespace fwbench
