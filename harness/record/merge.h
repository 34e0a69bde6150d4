// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A campaign dealt out to several runs, and put together again.
///
/// One rule: rounds are dealt out like cards, shard i of n gets rounds i, i + n, i + 2n, ... of every DUT and case, so
/// that all ratios are between trials of one machine within seconds. What is done once (delay, changes of policy) is
/// dealt out the same way, DUT by DUT. The correctness pass is in every shard.

#include <vector>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

/// The `nth` (from 0) of things that are dealt out belongs to this run.
[[nodiscard]] bool is_dealt(const std::optional<Shard>& shard, size_t nth);

struct MergeOptions {
  bool mixed_hosts = false;  ///< machines of several classes: rates, times and delays are then left out
};

/// A record equal in meaning to that of one run of the whole campaign, but with the correctness pass of every shard.
/// Trials stand in the order of such a run; thresholds and ratios of the plan are decided anew.
/// @param shards in any order
/// Errors: ErrorKind::usage when they are not all shards of one campaign, each once and whole: what differs is named.
[[nodiscard]] Result<Record> merge_shards(std::vector<Record> shards, const MergeOptions& options);

}  // namespace fwbench
