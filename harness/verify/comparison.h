// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A judge held against the oracle, batch by batch: verdicts frame by frame, and every rule's counter.

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "verify/judge.h"

namespace fwbench::verify {

/// Frames that were not asked about, by reason.
using Exclusions = std::map<std::string, uint64_t, std::less<>>;

/// What came out for one judge, over all policies.
struct JudgeTotals {
  std::string name;
  uint64_t asked = 0;  ///< frames
  Exclusions excluded = {};
  uint64_t mismatches = 0;          ///< frames with another verdict than the oracle's
  uint64_t counters = 0;            ///< rules whose counters were compared, once a batch
  uint64_t counter_mismatches = 0;  ///< of these
};

/// One frame about which a judge and the oracle disagree.
struct Disagreement {
  size_t frame = 0;         ///< index into the batch
  bool alone = true;        ///< the frame does it by itself; otherwise only within the batch
  std::string description;  ///< "xdp: accept, oracle: drop by ..."
};

/// Compares what a judge says of one frame. "" when they agree, or the judge must not be asked.
/// @param policy which the judge has taken.
[[nodiscard]] Result<std::string> compare_one(Judge& judge, const Policy& policy, const FrameView& frame);

/// Compares over a batch and adds to the totals. The first disagreement, if any.
[[nodiscard]] Result<std::optional<Disagreement>> compare_batch(Judge& judge, const Policy& policy,
                                                                std::span<const FrameView> frames, JudgeTotals& totals);

}  // namespace fwbench::verify
