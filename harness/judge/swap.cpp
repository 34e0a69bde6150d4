// SPDX-License-Identifier: BSD-2-Clause
#include "judge/swap.h"

#include <algorithm>

#include "traffic/histogram.h"

namespace fwbench {
namespace {

/// When a probe was judged: no earlier, no later.
struct Moment {
  uint64_t from_ns = 0;
  uint64_t to_ns = 0;
};

class SwapJudge {
 public:
  SwapJudge(const Observation& o, const std::vector<PolicyChange>& changes, const SwapExpectation& expectation,
            bool lossless)
      : o_(o), changes_(changes), expectation_(expectation), lossless_(lossless) {
    for (const ProbeObservation& probe : o.probes) {
      if (probe.arrivals != 0) longest_ns_ = std::max(longest_ns_, probe.delay_ns);
    }
  }

  SwapStats run() {
    SwapStats stats;
    stats.changes = changes_.size();
    stats.resolution_ns = expectation_.probe_gap_ns;
    if (changes_.size() > 1) {
      const uint64_t ns = changes_.back().requested_ns - changes_.front().requested_ns;
      stats.changes_per_s = static_cast<double>(changes_.size() - 1) * 1e9 / static_cast<double>(ns);
    }
    Histogram taken;
    for (const PolicyChange& change : changes_) taken.record(change.done_ns - change.requested_ns);
    stats.taken_p50_ns = taken.percentile(0.5).value_or(0);
    stats.taken_p99_ns = taken.percentile(0.99).value_or(0);
    for (size_t i = 0; i < o_.probes.size(); ++i) {
      if (o_.probes[i].arrivals == 0 && !lossless_) continue;
      ++stats.judged_probes;
      if (!is_possible(i)) ++stats.mixed;
    }
    measure_effects(stats);
    return stats;
  }

 private:
  [[nodiscard]] Verdict verdict(uint32_t policy, size_t probe) const {
    const std::vector<Verdict>& templates = expectation_.verdicts[policy];
    return templates[probe % templates.size()];
  }
  [[nodiscard]] Verdict seen(size_t probe) const {
    return o_.probes[probe].arrivals != 0 ? Verdict::accept : Verdict::drop;
  }
  [[nodiscard]] uint64_t due_ns(size_t probe) const { return o_.start_ns + probe * expectation_.probe_gap_ns; }

  [[nodiscard]] Moment moment(size_t probe) const {
    const ProbeObservation& observed = o_.probes[probe];
    const uint64_t due = due_ns(probe);
    if (observed.arrivals == 0) return {due, due + longest_ns_};
    return {due + observed.lateness_ns, due + observed.delay_ns};
  }

  /// Some policy that was in force between the two moments judges the probe as it was judged.
  [[nodiscard]] bool is_possible(size_t probe) const {
    const Moment when = moment(probe);
    const Verdict got = seen(probe);
    // The last change that was done before; all later ones, up to the first requested after, may have decided.
    auto next = std::upper_bound(changes_.begin(), changes_.end(), when.from_ns,
                                 [](uint64_t ns, const PolicyChange& change) { return ns < change.done_ns; });
    const uint32_t before = next == changes_.begin() ? expectation_.first_policy : std::prev(next)->policy;
    if (verdict(before, probe) == got) return true;
    for (; next != changes_.end() && next->requested_ns <= when.to_ns; ++next) {
      if (verdict(next->policy, probe) == got) return true;
    }
    return false;
  }

  /// From each request for a policy that passes what the one before dropped, to the first probe that it let pass: only
  /// a probe that arrives says when it was sent.
  void measure_effects(SwapStats& stats) const {
    Histogram effects;
    uint32_t old = expectation_.first_policy;
    for (size_t i = 0; i < changes_.size(); ++i) {
      const PolicyChange& change = changes_[i];
      const uint64_t end = i + 1 < changes_.size() ? changes_[i + 1].requested_ns : UINT64_MAX;
      // Probes may be sent late: the first that is sent after the request may have been due before it.
      const uint64_t gap = std::max<uint64_t>(expectation_.probe_gap_ns, 1);
      const uint64_t first_due = change.requested_ns - std::min(change.requested_ns, longest_ns_);
      size_t probe = first_due > o_.start_ns ? (first_due - o_.start_ns) / gap : 0;
      for (; probe < o_.probes.size() && due_ns(probe) < end; ++probe) {
        const uint64_t sent_ns = moment(probe).from_ns;
        if (seen(probe) == Verdict::drop || sent_ns < change.requested_ns || sent_ns >= end) continue;
        if (verdict(change.policy, probe) != Verdict::accept || verdict(old, probe) == Verdict::accept) continue;
        effects.record(sent_ns - change.requested_ns);
        break;
      }
      old = change.policy;
    }
    stats.effective_n = effects.count();
    if (stats.effective_n == 0) return;
    stats.effective_p50_ns = *effects.percentile(0.5);
    stats.effective_p99_ns = *effects.percentile(0.99);
    stats.effective_max_ns = *effects.max();
  }

  const Observation& o_;
  const std::vector<PolicyChange>& changes_;
  const SwapExpectation& expectation_;
  bool lossless_;
  uint64_t longest_ns_ = 0;
};

}  // namespace

SwapStats judge_swap(const Observation& observation, const std::vector<PolicyChange>& changes,
                     const SwapExpectation& expectation, bool lossless) {
  return SwapJudge(observation, changes, expectation, lossless).run();
}

}  // namespace fwbench
