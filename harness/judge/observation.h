// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What one trial showed, as plain values: the kernel is not reachable from here.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

/// What a DUT says it did, since it was started. Every seen frame is in exactly one of the others.
struct DutCounters {
  uint64_t seen = 0;
  uint64_t passed = 0;
  uint64_t dropped_by_rule = 0;
  uint64_t dropped_by_stack = 0;
  uint64_t aborted = 0;
  uint64_t lost_xsk = 0;
  uint64_t refused_by_g0 = 0;  ///< of null-tx, and seen: what would elsewhere have been lost before a full ring
};

/// One probe that was sent, by sequence number.
struct ProbeObservation {
  uint64_t delay_ns = 0;     ///< arrival less scheduled time
  uint32_t lateness_ns = 0;  ///< sent less scheduled time
  uint32_t arrivals = 0;     ///< 0: lost
};

/// All counters are differences over the trial, from before the first frame to after the drain.
struct Observation {
  // the TX engine
  uint64_t planned_load = 0;
  uint64_t planned_probes = 0;
  uint64_t refused = 0;
  uint64_t late_max_ns = 0;
  uint64_t start_ns = 0;  ///< CLOCK_MONOTONIC origin of the probes' schedule
  // the kernel's own books (drivers/net/veth.c)
  uint64_t ring_taken = 0;    ///< frames d0's NAPI took from its ring; where it has none, those that g0 refused
  uint64_t ring_dropped = 0;  ///< frames that found d0's ring full
  uint64_t egress_dropped = 0;
  // the DUT's
  DutCounters dut;
  // the sink's
  uint64_t sink_frames = 0;
  uint64_t sink_probes = 0;
  uint64_t foreign = 0;
  uint64_t reordered = 0;
  std::vector<uint64_t> arrivals;  ///< by frame index
  std::vector<ProbeObservation> probes;
  // the measured window
  uint64_t window_ns = 0;
  uint64_t decided_in_window = 0;  ///< dropped by rule, or arrived
  uint64_t offered_in_window = 0;
  std::vector<TimelinePoint> timeline;
  std::map<std::string, uint64_t> raw;  ///< everything read, for the record
};

}  // namespace fwbench
