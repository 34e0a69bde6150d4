// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The Record: what a run found out, as plain values; the second narrow waist. Its JSON form is a contract
/// (results/schema/record.v1.json). Numbers that do not exist are absent (std::nullopt), never NaN.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/search_record.h"

namespace fwbench {

inline constexpr int kRecordSchemaVersion = 1;

/// Where every planned frame went; the probes of a delay trial are frames too.
/// planned = accepted + refused · accepted = seen + lost_ring ·
/// seen = passed + dropped_by_rule + dropped_by_stack + aborted + lost_xsk · passed = arrived + lost_egress.
struct Ledger {
  uint64_t planned = 0;           ///< the TX engine emitted
  uint64_t accepted = 0;          ///< the DUT-side device was offered (RFC 2285 offered load)
  uint64_t refused = 0;           ///< the engine could not hand over
  uint64_t seen = 0;              ///< the DUT's first own counter
  uint64_t passed = 0;            ///< the DUT forwarded
  uint64_t dropped_by_rule = 0;   ///< the DUT decided to drop
  uint64_t dropped_by_stack = 0;  ///< the kernel dropped inside the DUT, not by a rule
  uint64_t aborted = 0;           ///< the DUT's program failed on it
  uint64_t lost_ring = 0;         ///< veth ring in front of the DUT full
  uint64_t lost_xsk =
      0;  ///< AF_XDP rings full (receive, fill or transmit); of other readers: socket queue or ring full
  uint64_t lost_egress = 0;  ///< between the DUT's transmit and the sink
  uint64_t arrived = 0;      ///< frames of this run at the sink
  uint64_t foreign = 0;      ///< frames at the sink that are not this run's; never folded in
  int64_t unaccounted = 0;   ///< sum of the absolute differences of all identities; must be 0
};

/// Judged packets, not frame indices.
struct VerdictCounts {
  uint64_t expect_pass = 0;
  uint64_t passed = 0;
  uint64_t false_drop = 0;
  uint64_t expect_drop = 0;
  uint64_t dropped = 0;
  uint64_t false_pass = 0;
};

/// Packets of one class of frames. What is legal is what the policy says, whatever the DUT is: a null device that lets
/// everything through leaks all that is illegal. Frames that the host's stack drops by itself are neither.
struct ClassCounts {
  std::string name;
  uint64_t sent = 0;
  uint64_t legal = 0;    ///< of them: the policy permits
  uint64_t arrived = 0;  ///< of the legal ones: the goodput; the others were lost or dropped
  uint64_t illegal = 0;
  uint64_t leaked = 0;          ///< of the illegal ones: arrived
  uint64_t illegal_frames = 0;  ///< distinct frames among the illegal packets
  uint64_t leaked_frames = 0;   ///< of them: let through at least once
};

enum class TrialPurpose { control, correctness, mrr, delay_idle, delay_load, swap, load, search };

/// One wrong frame: evidence.
struct Mismatch {
  uint32_t frame_index = 0;
  std::string traffic_class;
  std::string expected;       ///< "accept" or "drop"
  std::string got;            ///< "passed 16 of 16", "dropped 3 of 16"
  std::string rule;           ///< describe_judgement(): file:line and the rule
  std::string frame_summary;  ///< "IPv4 198.18.0.1:1024 > 198.19.0.1:22 TCP S, 60 bytes"
  uint64_t packets = 0;       ///< how many packets of this index went wrong
};

struct DelayStats {
  uint64_t p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;  ///< ns, from the scheduled time
  uint64_t n = 0;                                         ///< probes that arrived
  uint64_t sent = 0;                                      ///< probes sent
  uint64_t duplicated = 0;
  uint64_t reordered = 0;
  uint64_t load_pps = 0;                           ///< load beside the probes
  uint64_t lateness_p99 = 0;                       ///< ns, the generator's own part of the delay
  std::vector<std::pair<uint64_t, double>> curve;  ///< (delay ns, cumulative share), for the percentile plot
};

/// Changes of policy while frames flow.
struct SwapStats {
  uint64_t changes = 0;
  double changes_per_s = 0;
  uint64_t taken_p50_ns = 0;  ///< from the request until the DUT said that the new policy is in force
  uint64_t taken_p99_ns = 0;
  uint64_t effective_n = 0;       ///< changes whose first effect was seen
  uint64_t effective_p50_ns = 0;  ///< from the request to the first frame judged by the new policy
  uint64_t effective_p99_ns = 0;
  uint64_t effective_max_ns = 0;
  uint64_t resolution_ns = 0;  ///< time between two probes: an effect is seen this much too late at most
  uint64_t judged_probes = 0;
  uint64_t mixed = 0;  ///< probes that no policy in force judges so
};

struct TimelinePoint {
  double t_s = 0;  ///< since the window's ramp began
  double pps = 0;  ///< frames the DUT decided per second over the last interval
};

/// One trial, raw.
inline constexpr const char* kPoisson = "poisson";

struct Trial {
  std::string dut;
  std::string traffic_case;  ///< "" unless the scenario sweeps
  TrialPurpose purpose = TrialPurpose::mrr;
  int round = 0;
  std::string placement;  ///< "shared: generator, DUT and sink on CPU 0"
  std::string engine;     ///< "live" or "packet"
  uint64_t started_unix_ns = 0;
  uint64_t window_ns = 0;  ///< measured window
  bool valid = true;
  std::string invalid_reason;      ///< empty when valid
  bool lossless = true;            ///< the ledger shows no loss: false drops could be judged
  std::optional<double> rate_pps;  ///< frames decided by the DUT (dropped by rule, or arrived) per second in the window
  std::optional<double> offered_pps;
  std::optional<double> load_pps;       ///< of load frames, as scheduled; nothing in a flood
  std::optional<std::string> arrivals;  ///< kPoisson: of the load beside a delay's probes; nothing: even
  std::optional<double> steal_share;    ///< of all CPU time while it ran: what the hypervisor gave to others
  std::optional<int> shard;             ///< of a merged record: which of its shards ran it
  std::optional<std::string> side;      ///< of a gate: "base" or "head"; `round` is then the pair, from 1
  Ledger ledger;
  VerdictCounts verdicts;
  std::vector<ClassCounts> classes;
  std::optional<DelayStats> delay;
  std::optional<SwapStats> swap;
  std::vector<Mismatch> mismatches;  ///< at most kMaxMismatches, the rest are counted in verdicts
  std::vector<TimelinePoint> timeline;
  std::map<std::string, uint64_t> counters;  ///< raw kernel and program counters by name
};
inline constexpr size_t kMaxMismatches = 16;

struct Interval95 {
  double median = 0;
  double low = 0;
  double high = 0;
  int n = 0;
};

/// What became of a constant load, over the rounds.
struct LoadStats {
  double load_pps = 0;     ///< scheduled
  Interval95 offered_pps;  ///< sent; less than scheduled when the generator could not keep up
  Interval95 goodput;      ///< share of the legal frames that arrived, in exact numbers of frames
  Interval95 goodput_pps;  ///< that share of the legal part of what was offered
  /// Percentiles of each round's probes, where there were any; ns from the scheduled time.
  std::optional<Interval95> delay_p50_ns;
  std::optional<Interval95> delay_p99_ns;
};

/// Illegal traffic that was let through (RFC 3511 section 5.8).
struct LeakStats {
  uint64_t illegal = 0;  ///< packets that the DUT decided about: all that were sent, less all that may have been lost
  uint64_t leaked = 0;
  double share = 0;
  double upper95 = 0;  ///< one-sided 95 % bound of the share (Clopper & Pearson 1934); about 3/n for 0 of n
  /// The same by distinct frames: packets of one frame are no independent samples of a firewall that decides by bytes.
  uint64_t illegal_frames = 0;
  uint64_t leaked_frames = 0;
  double frames_upper95 = 0;
};

/// What the valid trials of one DUT come down to: all of them, or those of one case of a sweep.
struct Measures {
  std::optional<Interval95> mrr_pps;
  std::optional<Interval95> vs_null;     ///< median of the per-round ratios to the null DUT
  std::string null_dut;                  ///< which one that is
  std::optional<Interval95> service_ns;  ///< time a packet beyond the null DUT's: 1/MRR - 1/MRR(null)
  std::optional<double> packet_ns;       ///< 1/MRR: generator, DUT and sink together
  /// The null DUT's rate by this one's: how much faster the instrument is than what it measures.
  std::optional<double> headroom;
  std::optional<bool> lower_bound;  ///< too little headroom: the DUT may be faster than it could be shown here
  std::optional<DelayStats> delay_idle;
  std::optional<DelayStats> delay_load;
  std::optional<SwapStats> swap;
  std::optional<SearchedRate> ndr, pdr;  ///< of a search
  std::optional<LoadStats> load;         ///< of a constant load
  std::vector<ClassCounts> classes;      ///< summed over the rounds, of constant load or of MRR
  std::optional<LeakStats> leak;         ///< of the correctness pass and the rounds; nothing when all traffic is legal
  VerdictCounts verdicts;                ///< summed over the judged trials
  Ledger ledger;                         ///< summed over the MRR trials and the correctness pass
};

/// A DUT in one case of a sweep.
struct CaseSummary : Measures {
  std::string traffic_case;  ///< the label: one of Sweep.cases
  std::optional<Interval95>
      vs_reference;  ///< median of the per-round ratios to the DUT's own rate in the reference case
};

/// In a sweep the DUT's own measures are verdicts and ledger over all cases; rates and delays are in the cases alone.
struct DutSummary : Measures {
  std::string description;                        ///< what it is: hook, mode
  std::optional<std::string> version;             ///< of the software that decides, when it is not fwbench's own
  std::optional<std::string> skipped;             ///< why it was left out: it cannot run this policy or this traffic
  std::optional<std::vector<CaseSummary>> cases;  ///< of a sweep, in its order
};

struct SweepCase {
  std::string label;                          ///< as in Trial.traffic_case: "policy.rules=10"
  std::map<std::string, std::string> values;  ///< by key, as written
};

/// What a sweep varied.
struct Sweep {
  std::vector<std::string> keys;  ///< "policy.rules"
  std::string reference;          ///< label of the case that the others are compared with
  std::vector<SweepCase> cases;
};

/// A published ratio of two rates, held against this machine's: the scenario's [ratio.NAME] and what came of it.
struct Ratio {
  std::string name;
  std::string of, to;               ///< DUTs: the rate of the first by the rate of the second
  std::string traffic_case = {};    ///< of a sweep: the label; empty otherwise
  std::optional<double> published;  ///< the figure
  std::string source;               ///< who published it
  std::optional<double> at_least;   ///< what counts as reproduced
  std::optional<double> at_most;
  Interval95 measured;                                ///< round by round; then the median
  std::optional<Interval95> dut_side = std::nullopt;  ///< the same of times less null-tx's; where that was measured
  std::string verdict;                                ///< ratio_verdict() of `dut_side`, without it of `measured`
};

/// What a metric of a DUT must be: one line of a scenario's [thresholds].
struct ThresholdClaim {
  std::string dut;         ///< "*": every DUT that has the metric
  std::string metric;      ///< find_metric()
  std::string comparison;  ///< one of kComparisons
  double bound = 0;        ///< in the metric's unit
};

/// A claim held against one DUT, in a sweep against each of its cases.
struct Threshold : ThresholdClaim {
  std::string traffic_case;            ///< empty outside a sweep
  std::optional<double> measured;      ///< absent: there is no such number
  std::optional<Interval95> interval;  ///< of what is measured, where it has one
  std::string verdict;                 ///< threshold_verdict(); "inconclusive" when nothing was measured
};

/// One metric of a gate, decided over the pairs: numbers are ratios of head to base.
struct GateMetric {
  std::string metric;  ///< "mrr_pps"; with a baseline "xdp vs_null"
  std::string better;  ///< "higher" or "lower"
  std::string answer;  ///< "pass", "fail", "inconclusive"
  double ratio = 1;
  double low = 1, high = 1;            ///< interval
  double coverage = 0;                 ///< of the interval
  double bound = 1;                    ///< the threshold
  uint64_t n = 0;                      ///< pairs
  std::optional<uint64_t> more_pairs;  ///< inconclusive: about so many would decide
};

/// One number of a gate's deterministic tier.
struct GateExact {
  std::string name;              ///< "false_pass", "map_bytes"
  std::optional<uint64_t> base;  ///< absent: it has none
  std::optional<uint64_t> head;
  std::string verdict;  ///< "same", "better", "worse", "changed"; a gate fails on "worse" alone
};

/// The base against itself within the same run: log(second / first) of each pair.
struct GateBaseCheck {
  double ratio = 1;
  double low = 1, high = 1;
  bool holds = true;
};

/// What a gate asked and answered.
struct Gate {
  std::string base, head;  ///< DUTs; with a baseline that record's file and this one's
  std::string answer;      ///< "pass", "fail", "inconclusive", "void"
  std::string reason;      ///< in a sentence
  double threshold = 0;    ///< what may be lost: 0.025 is 2.5 %
  double alpha = 0.05;     ///< two-sided, over all looks and metrics
  uint64_t seed = 0;       ///< of the order and the resamples
  uint64_t pairs = 0, invalid_pairs = 0, max_pairs = 0, look_every = 0;
  double seconds = 0;           ///< that it took
  uint64_t verdict_frames = 0;  ///< judged in the correctness pass of each side
  std::vector<GateMetric> metrics;
  std::vector<GateExact> exact;
  std::optional<GateBaseCheck> base_check;
};

struct Warning {
  std::string id;      ///< stable, kebab-case: "cpu-steal"
  std::string text;    ///< what was seen, with the figure
  std::string advice;  ///< what to do about it
};

/// What else went on while it was measured.
struct Conditions {
  std::optional<double> load_before;  ///< load average over the minute before the run
  std::optional<double> steal_share;  ///< of all CPU time of the run
};

/// Which part of a campaign a run is.
struct Shard {
  int index = 1;  ///< from 1
  int count = 1;
};

/// A run that a merged record was made from.
struct MergedShard {
  int index = 1;
  std::string started_utc, host_class;
};

/// HostInfo::host_class of a record merged from hosts of several classes: only ratios within one shard are kept.
inline constexpr const char* kMixedHosts = "mixed";

struct HostInfo {
  std::string kernel, machine, cpu_model, clock_source, host_class;
  int cpus = 0;
  std::map<std::string, std::string> versions;  ///< compiler, libbpf, libxdp, nft, ...
};

struct Record {
  int schema_version = kRecordSchemaVersion;
  std::string fwbench_version;
  std::string started_utc;  ///< 2026-01-31T12:00:00Z
  std::string scenario_name, scenario_sha256, purpose;
  std::string plan_json;  ///< the Plan as JSON text, embedded as an object
  HostInfo host;
  std::optional<Conditions> conditions = std::nullopt;
  std::optional<Shard> shard = std::nullopt;                      ///< absent: the whole campaign
  std::optional<std::vector<MergedShard>> merged = std::nullopt;  ///< absent unless made from shards
  std::vector<Warning> warnings;
  bool complete = false;                      ///< false while running or when interrupted
  bool valid = true;                          ///< every trial valid
  std::vector<std::string> duts;              ///< in the order shown
  std::optional<Sweep> sweep = std::nullopt;  ///< absent unless the scenario sweeps
  std::vector<Trial> trials;
  std::optional<std::vector<RateSearch>> searches = std::nullopt;  ///< absent when no rates were searched for
  std::map<std::string, DutSummary> summary;
  /// Those of the scenario whose two DUTs were measured; absent when it has none.
  std::optional<std::vector<Ratio>> ratios = std::nullopt;
  /// Absent when the scenario has none.
  std::optional<std::vector<Threshold>> thresholds = std::nullopt;
  std::optional<Gate> gate = std::nullopt;  ///< absent unless a gate wrote it
};

}  // namespace fwbench
