// SPDX-License-Identifier: BSD-2-Clause
#include "judge/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "traffic/histogram.h"
#include "traffic/schedule.h"
#include "traffic/summary.h"

namespace fwbench {
namespace {

int64_t difference(uint64_t a, uint64_t b) {
  return static_cast<int64_t>(a > b ? a - b : b - a);
}

/// @param stack_drops frames that the stack must drop, whatever the DUT says
bool is_lossless(const Ledger& l, uint64_t stack_drops) {
  return l.refused == 0 && l.lost_ring == 0 && l.lost_xsk == 0 && l.lost_egress == 0 &&
         l.dropped_by_stack == stack_drops && l.aborted == 0 && l.unaccounted == 0;
}

uint64_t expected_stack_drops(const Observation& o, const Expectation& expectation) {
  if (expectation.stack.empty()) return 0;
  uint64_t drops = 0;
  for (size_t i = 0; i < o.arrivals.size(); ++i) {
    if (is_dropped_by_stack(expectation, i)) drops += times_emitted(o.planned_load, o.arrivals.size(), i);
  }
  return drops;
}

/// One frame index: how often it went out, how often it came back.
struct FrameCount {
  uint64_t emitted = 0;
  uint64_t arrived = 0;
};

/// Adds the packets of one index to the verdicts; returns how many went wrong.
uint64_t judge_index(const FrameCount& count, Verdict expected, bool lossless, VerdictCounts& verdicts) {
  const uint64_t missing = lossless && count.emitted > count.arrived ? count.emitted - count.arrived : 0;
  if (expected == Verdict::accept) {
    verdicts.expect_pass += count.arrived + missing;
    verdicts.passed += count.arrived;
    verdicts.false_drop += missing;
    return missing;
  }
  verdicts.expect_drop += count.arrived + missing;
  verdicts.dropped += missing;
  verdicts.false_pass += count.arrived;
  return count.arrived;
}

/// Whose word a frame's verdict is: the DUT's nature, the scenario's word about the class, or a rule.
std::string authority_of(const Expectation& expectation, size_t class_index, std::string rule) {
  if (!expectation.authority.empty()) return expectation.authority;
  const auto& by_class = expectation.class_authorities;
  return class_index < by_class.size() && !by_class[class_index].empty() ? by_class[class_index] : rule;
}

Mismatch describe_mismatch(uint32_t index, const FrameCount& count, uint64_t wrong, const Expectation& expectation,
                           const Policy& policy, const FrameTable& table) {
  const Judgement& judgement = expectation.frames[index];
  const Frame& frame = table.frames[index];
  const bool accept = judgement.verdict == Verdict::accept;
  Mismatch mismatch;
  mismatch.frame_index = index;
  mismatch.traffic_class = expectation.classes[frame.class_index];
  mismatch.expected = verdict_name(judgement.verdict);
  mismatch.got = fmt::format("{} {} of {}", accept ? "dropped" : "passed", wrong, count.emitted);
  mismatch.rule = authority_of(expectation, frame.class_index, describe_judgement(policy, judgement));
  mismatch.frame_summary = summarize_frame(frame.bytes);
  mismatch.packets = wrong;
  return mismatch;
}

DelayStats make_delay(const Observation& o) {
  Histogram delays;
  Histogram lateness;
  DelayStats stats;
  stats.sent = o.planned_probes;
  for (const ProbeObservation& probe : o.probes) {
    if (probe.arrivals == 0) continue;
    delays.record(probe.delay_ns);
    lateness.record(probe.lateness_ns);
    stats.duplicated += probe.arrivals - 1;
  }
  stats.n = delays.count();
  stats.reordered = o.reordered;
  if (stats.n == 0) return stats;
  stats.p50 = *delays.percentile(0.5);
  stats.p90 = *delays.percentile(0.9);
  stats.p99 = *delays.percentile(0.99);
  stats.p999 = *delays.percentile(0.999);
  stats.max = *delays.max();
  stats.lateness_p99 = *lateness.percentile(0.99);
  stats.curve = delays.curve();
  return stats;
}

std::string explain_imbalance(const Ledger& l) {
  return fmt::format(
      "the books do not balance by {} frames: planned {} = accepted {} + refused {}; accepted = seen {} + lost in ring "
      "{}; "
      "seen = passed {} + dropped by rule {} + dropped by stack {} + aborted {} + lost in AF_XDP rings {}; passed = "
      "arrived "
      "{} + lost at egress {}",
      l.unaccounted, l.planned, l.accepted, l.refused, l.seen, l.lost_ring, l.passed, l.dropped_by_rule,
      l.dropped_by_stack, l.aborted, l.lost_xsk, l.arrived, l.lost_egress);
}

}  // namespace

bool is_dropped_by_stack(const Expectation& expectation, size_t index) {
  if (expectation.stack.empty() || expectation.stack[index] == StackFate::survives) return false;
  return expectation.stack[index] == StackFate::drops_before_rules ||
         expectation.frames[index].verdict == Verdict::accept;
}

Expectation expect_all(const Expectation& policy_expectation, Verdict verdict, std::string authority) {
  Expectation expectation = policy_expectation;
  for (Judgement& judgement : expectation.frames) judgement = {verdict, -1};
  expectation.authority = std::move(authority);
  return expectation;
}

Ledger make_ledger(const Observation& o) {
  Ledger l;
  l.planned = o.planned_load + o.planned_probes;
  l.refused = o.refused;
  l.accepted = o.ring_taken + o.ring_dropped;
  l.lost_ring = o.ring_dropped;
  l.seen = o.dut.seen;
  l.passed = o.dut.passed;
  l.dropped_by_rule = o.dut.dropped_by_rule;
  l.dropped_by_stack = o.dut.dropped_by_stack;
  l.aborted = o.dut.aborted;
  l.lost_xsk = o.dut.lost_xsk;
  l.lost_egress = o.egress_dropped;
  l.arrived = o.sink_frames + o.sink_probes;
  l.foreign = o.foreign;
  uint64_t duplicated = 0;  // one index's surplus must not hide another's shortfall
  for (size_t i = 0; i < o.arrivals.size(); ++i) {
    const uint64_t emitted = times_emitted(o.planned_load, o.arrivals.size(), i);
    if (o.arrivals[i] > emitted) duplicated += o.arrivals[i] - emitted;
  }
  l.unaccounted = difference(l.planned, l.accepted + l.refused) + difference(l.accepted, l.seen + l.lost_ring) +
                  difference(l.seen, l.passed + l.dropped_by_rule + l.dropped_by_stack + l.aborted + l.lost_xsk) +
                  difference(l.passed, l.arrived + l.lost_egress) + static_cast<int64_t>(duplicated);
  return l;
}

void judge_trial(const Observation& o, const Expectation& expectation, const Policy& policy, const FrameTable& table,
                 Trial& trial) {
  trial.ledger = make_ledger(o);
  trial.lossless = is_lossless(trial.ledger, expected_stack_drops(o, expectation));
  trial.counters = o.raw;
  if (o.late_max_ns != 0) trial.counters["engine.late_max_ns"] = o.late_max_ns;
  trial.timeline = o.timeline;
  trial.window_ns = o.window_ns;
  trial.verdicts = {};
  trial.mismatches.clear();
  for (uint32_t i = 0; i < o.arrivals.size(); ++i) {
    if (!expectation.open.empty() && expectation.open[i]) continue;
    const FrameCount count = {times_emitted(o.planned_load, o.arrivals.size(), i), o.arrivals[i]};
    // Not the DUT's doing when it does not arrive; wrong all the same when it does.
    const bool stacks_own = is_dropped_by_stack(expectation, i) && expectation.frames[i].verdict == Verdict::accept;
    if (stacks_own && count.arrived == 0) continue;
    const Verdict expected = stacks_own ? Verdict::drop : expectation.frames[i].verdict;
    const uint64_t wrong = judge_index(count, expected, trial.lossless, trial.verdicts);
    if (wrong != 0 && trial.mismatches.size() < kMaxMismatches) {
      trial.mismatches.push_back(describe_mismatch(i, count, wrong, expectation, policy, table));
    }
  }
  trial.classes = count_classes(o, expectation, table);
  if (o.planned_probes != 0) trial.delay = make_delay(o);

  trial.valid = true;
  if (trial.ledger.unaccounted != 0) {
    trial.valid = false;
    trial.invalid_reason = explain_imbalance(trial.ledger);
  } else if (trial.ledger.seen == 0) {
    trial.valid = false;
    trial.invalid_reason = "the DUT saw no frame at all";
  } else if (trial.ledger.aborted != 0) {
    trial.valid = false;
    trial.invalid_reason = fmt::format("{} returns XDP_ABORTED on {} frames of {}: its program fails there", trial.dut,
                                       trial.ledger.aborted, trial.ledger.seen);
  }
  if (trial.valid && o.window_ns != 0) {
    const double seconds = static_cast<double>(o.window_ns) / 1e9;
    trial.rate_pps = static_cast<double>(o.decided_in_window) / seconds;
    trial.offered_pps = static_cast<double>(o.offered_in_window) / seconds;
  }
}

}  // namespace fwbench
