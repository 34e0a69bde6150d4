// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// From what was observed to what it means: the ledger and its identities, verdicts frame by frame, delay.

#include <string>
#include <vector>

#include "judge/observation.h"
#include "judge/stack.h"
#include "policy/oracle.h"
#include "record/record.h"
#include "traffic/frame.h"

namespace fwbench {

/// What must become of each frame index, and whose word that is.
struct Expectation {
  std::vector<Judgement> frames;                    ///< by frame index
  std::vector<std::string> classes;                 ///< names, by Frame.class_index
  std::vector<std::string> class_authorities = {};  ///< who decided about a class; "": the policy; none: it always did
  std::vector<bool> open;                           ///< by frame index: either verdict is right; empty: none is open
  std::vector<StackFate> stack;  ///< by frame index: what the host's stack does by itself; empty: nothing
  std::vector<bool> legal;       ///< by frame index: the policy permits it, whatever the DUT is
  std::string authority;         ///< who decided, when it was not the policy: "null-drop drops every frame"
};

/// Every frame passes (null-pass) or is dropped (null-drop), whatever the policy says.
[[nodiscard]] Expectation expect_all(const Expectation& policy_expectation, Verdict verdict, std::string authority);

/// Judges one trial: fills ledger, verdicts, delay, lossless, mismatches, and valid with its reason.
/// A trial is invalid when its books do not balance or when nothing was sent. A wrong verdict does not make it invalid.
/// In a trial with loss only what arrived is judged: what did not may have been lost rather than dropped.
/// Frames that the host's stack drops by itself (Expectation::stack) are no loss: as many as that must be in
/// dropped_by_stack. Where the policy would accept them they are in no verdict, but one that arrives is a false pass.
/// @param policy for the text of mismatches only
void judge_trial(const Observation& observation, const Expectation& expectation, const Policy& policy,
                 const FrameTable& table, Trial& trial);

/// Of one frame index: the host's stack drops it before anybody could be asked, or after it was accepted.
[[nodiscard]] bool is_dropped_by_stack(const Expectation& expectation, size_t index);

/// What became of the packets of each class of the traffic, in its order. Frames that are open, and those that the
/// stack drops, are in `sent` alone. Empty when nothing is known of what is legal.
[[nodiscard]] std::vector<ClassCounts> count_classes(const Observation& observation, const Expectation& expectation,
                                                     const FrameTable& table);

/// The ledger alone; `unaccounted` is the sum of the absolute differences of all identities.
[[nodiscard]] Ledger make_ledger(const Observation& observation);

}  // namespace fwbench
