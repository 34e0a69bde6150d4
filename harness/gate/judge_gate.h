// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// From the trials of a gate to its answer.
///
/// Trials of a pair carry its number (round, from 1) and their side; the correctness pass of each side is round 0, with
/// the cost of its BPF programs in counters.

#include <optional>
#include <string>

#include "gate/decide.h"
#include "record/record.h"

namespace fwbench {

/// Counters of a trial that a gate reads.
/// Time of one run of the program: median of what was timed by turns with the other side.
inline constexpr const char* kProgramPicoseconds = "bpf.program_ps";
inline constexpr const char* kVerifiedInstructions = "bpf.verified_instructions";
inline constexpr const char* kJitedBytes = "bpf.jited_bytes";
inline constexpr const char* kMapBytes = "bpf.map_bytes";

struct GateSettings {
  double threshold = 0.025;
  double alpha = 0.05;
  size_t look_every = 10;  ///< pairs; kMinPairs or more
  size_t max_pairs = 40;
  uint64_t seed = 1;
  bool program_time = false;  ///< a second metric: program_ns
  std::optional<double> cost_threshold =
      std::nullopt;  ///< fails when a program's cost grows by more; nothing: it is shown only
};

/// Of both sides' correctness passes, and of verdicts in all trials. "worse" is a wrong verdict, or a frame that nobody
/// accounts for, where the base has fewer; under load, where the numbers of frames differ, where the base has none.
[[nodiscard]] std::vector<GateExact> compare_exact(const Record& record, std::optional<double> cost_threshold);

/// Pairs whose four trials are valid.
[[nodiscard]] size_t count_pairs(const Record& record);

/// Fills gate.answer, reason, pairs, invalid_pairs, metrics, exact and base_check from the trials.
/// In this order: void when the base's own pass is invalid; fail by the deterministic tier; void when the base differs
/// from itself by more than the threshold; the answer of the intervals; inconclusive with fewer than kMinPairs.
/// @param looks plan_looks() of the settings
void judge_gate(const Record& record, const GateSettings& settings, const LookPlan& looks, Gate& gate);

/// For the settings' number of metrics.
[[nodiscard]] LookPlan looks_of(const GateSettings& settings);

/// 0, 1, 4 or 6: pass, fail, void, inconclusive.
[[nodiscard]] int gate_exit_code(const Gate& gate);

}  // namespace fwbench
