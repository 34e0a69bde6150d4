// SPDX-License-Identifier: BSD-2-Clause
#include "cli/gate_selftest.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/commands.h"
#include "dut/resolve.h"
#include "engine/firewall_program.h"
#include "gate/paired.h"
#include "gate/proportion.h"
#include "lab/bpf.h"
#include "lab/lab.h"
#include "lab/lab_process.h"
#include "measure/bpf_cost.h"
#include "record/statistics.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Correctness pass of the gates whose subject is speed: all frames of a usual table, a few times.
constexpr uint64_t kShortVerdictFrames = 65'536;
constexpr const char* kBase = "xdp";
constexpr const char* kSlow = "fault-slow";
constexpr const char* kRare = "fault-rare";
constexpr uint32_t kMaxDelay = 4096;
/// Pairs by which the delay is calibrated, each time.
constexpr size_t kCalibrationPairs = 24;
constexpr int kCalibrations = 2;
constexpr uint32_t kFirstDelay = 64;

struct Tally {
  std::string name;
  size_t gates = 0;
  size_t pass = 0, fail = 0, inconclusive = 0, voided = 0;
  uint64_t pairs = 0;
  double seconds = 0;
  double log_ratio = 0;  ///< sum over gates

  void add(const Gate& gate) {
    ++gates;
    (gate.answer == "pass" ? pass : gate.answer == "fail" ? fail : gate.answer == "void" ? voided : inconclusive)++;
    pairs += gate.pairs;
    seconds += gate.seconds;
    if (!gate.metrics.empty()) log_ratio += std::log(gate.metrics.front().ratio);
  }
};

class SelfTest {
 public:
  SelfTest(const Plan& plan, const GateRun& run, const FrameTable& table) : plan_(plan), run_(run), table_(table) {}

  Result<bool> all(size_t gates);

 private:
  Result<Gate> gate(const std::string& head, uint32_t delay, uint64_t verdict_frames, const GateSettings& settings);
  /// The turns that take `share` off the rate.
  Result<uint32_t> calibrate(double share);
  Result<Tally> repeat(std::string name, const std::string& head, uint32_t delay, size_t gates);
  Result<bool> rare_fault(size_t gates);
  Result<void> program_times();

  const Plan& plan_;
  const GateRun& run_;
  const FrameTable& table_;
  uint64_t seed_ = 0;
};

Result<Gate> SelfTest::gate(const std::string& head, uint32_t delay, uint64_t verdict_frames,
                            const GateSettings& settings) {
  Plan head_plan = plan_;
  head_plan.fault_delay = delay;
  GateRun run = run_;
  run.base = kBase;
  run.head = head;
  if (head == kSlow) run.head_plan = &head_plan;
  run.settings = settings;
  run.settings.seed = run_.settings.seed + ++seed_;
  run.verdict_frames = verdict_frames;
  Record record = new_record(plan_);
  FWBENCH_TRY(run_gate(plan_, table_, run, record, {}));
  return *record.gate;
}

Result<uint32_t> SelfTest::calibrate(double share) {
  // One look, and a threshold that neither answer is about: what is wanted is the estimate.
  GateSettings settings = run_.settings;
  settings.look_every = settings.max_pairs = kCalibrationPairs;
  double turns = kFirstDelay;
  for (int i = 0; i < kCalibrations; ++i) {
    const auto seen = gate(kSlow, static_cast<uint32_t>(turns), kShortVerdictFrames, settings);
    if (!seen) return tl::unexpected(seen.error());
    if (seen->metrics.empty()) return fail(ErrorKind::measurement, "cannot calibrate the slow DUT: {}", seen->reason);
    // Time per frame: by 1 / (1 - share) as long is wanted; the loop's part is proportional to its turns.
    const double longer = 1 / seen->metrics.front().ratio - 1;
    if (!(longer > 0)) {
      turns *= 4;
    } else {
      turns = std::max(std::round(turns * (1 / (1 - share) - 1) / longer), 1.0);
    }
    if (turns > kMaxDelay) return fail(ErrorKind::measurement, "no delay slows '{}' by {:.0f} %", kSlow, share * 100);
  }
  return static_cast<uint32_t>(turns);
}

Result<Tally> SelfTest::repeat(std::string name, const std::string& head, uint32_t delay, size_t gates) {
  Tally tally;
  tally.name = std::move(name);
  for (size_t i = 0; i < gates; ++i) {
    const auto seen = gate(head, delay, kShortVerdictFrames, run_.settings);
    if (!seen) return tl::unexpected(seen.error());
    tally.add(*seen);
    fmt::print(stderr, "{} {}/{}: {} after {} pairs, {:.1f} s\n", tally.name, i + 1, gates, seen->answer, seen->pairs,
               seen->seconds);
  }
  return tally;
}

std::string share(size_t k, size_t n) {
  const Range range = clopper_pearson(k, n);
  return fmt::format("{:>3} [{:.1f} {:.1f}] %", k, range.low * 100, range.high * 100);
}

void print(const Tally& tally) {
  const auto n = static_cast<double>(std::max<size_t>(tally.gates, 1));
  fmt::print("{:<22} {:>5} {:>22} {:>22} {:>22} {:>5}  {:+.2f} %  {:>5.1f}  {:.1f} s\n", tally.name, tally.gates,
             share(tally.fail, tally.gates), share(tally.pass, tally.gates), share(tally.inconclusive, tally.gates),
             tally.voided, std::expm1(tally.log_ratio / n) * 100, static_cast<double>(tally.pairs) / n,
             tally.seconds / n);
  std::fflush(stdout);
}

Result<bool> SelfTest::rare_fault(size_t gates) {
  bool all = true;
  for (size_t i = 0; i < gates; ++i) {
    const auto seen = gate(kRare, 0, run_.verdict_frames, run_.settings);
    if (!seen) return tl::unexpected(seen.error());
    const bool caught = seen->answer == "fail" && seen->pairs == 0;
    all = all && caught;
    fmt::print("one wrong verdict in 10,000,000, {} frames judged: {} ({}), {:.1f} s\n", run_.verdict_frames,
               caught ? "caught" : "NOT CAUGHT", seen->reason, seen->seconds);
  }
  std::fflush(stdout);
  return all;
}

/// Times of the program, by turns; the head has an empty loop of so many rounds in it.
struct Times {
  double base_ns = 0;    ///< median
  double log_ratio = 0;  ///< median over the blocks
};

/// Both loaded afresh, so that where they lie in memory is another each time.
Result<Times> time_afresh(const PolicyImage& image, const FrameTable& table, uint32_t delay, uint64_t seed) {
  constexpr size_t kBlocks = 21;
  const auto base = FirewallProgram::load(image, {});
  if (!base) return tl::unexpected(base.error());
  const auto head = FirewallProgram::load(image, {.fault_delay = delay});
  if (!head) return tl::unexpected(head.error());
  auto lab = Lab::build({});
  if (!lab) return tl::unexpected(lab.error());
  const auto inside = NetNsScope::enter(lab->dut_ns());
  if (!inside) return tl::unexpected(inside.error());
  const auto base_link = XdpLink::attach(base->program(), lab->d0().ifindex, XdpMode::native);
  if (!base_link) return tl::unexpected(base_link.error());
  const auto head_link = XdpLink::attach(head->program(), lab->d1().ifindex, XdpMode::native);
  if (!head_link) return tl::unexpected(head_link.error());
  auto times = time_by_turns(base->fd(), head->fd(), table.frames, kBlocks, seed);
  if (!times) return tl::unexpected(times.error());
  std::vector<double> ratios;
  for (size_t at = 0; at + 2 <= times->base_ns.size(); at += 2) {
    const auto of_block = [at](const std::vector<double>& ns) { return std::span(ns).subspan(at, 2); };
    if (const auto ratio = log_ratio(of_block(times->base_ns), of_block(times->head_ns))) ratios.push_back(*ratio);
  }
  const auto ratio = median_interval(std::move(ratios));
  const auto ns = median_interval(std::move(times->base_ns));
  if (!ratio || !ns) return fail(ErrorKind::measurement, "programs take no time");
  return Times{ns->median, ratio->median};
}

/// Doubling delays, until a difference of the program's time is shown: the whole interval of the pairs above nothing.
Result<void> SelfTest::program_times() {
  constexpr size_t kPairs = 20;
  const auto image = compile_policy(*plan_.policy);
  if (!image) return tl::unexpected(image.error());
  fmt::print("\nslowdown of the program alone, by BPF_PROG_RUN, {} pairs of programs loaded afresh:\n", kPairs);
  for (uint32_t delay = 1; delay <= 64; delay *= 2) {
    std::vector<double> ratios;
    double base_ns = 0;
    for (size_t i = 0; i < kPairs; ++i) {
      const auto times = time_afresh(*image, table_, delay, run_.settings.seed + i);
      if (!times) return tl::unexpected(times.error());
      base_ns += times->base_ns / kPairs;
      ratios.push_back(times->log_ratio);
    }
    const Bootstrap bootstrap = Bootstrap::of(ratios, {});
    const Range range = bootstrap.interval(run_.settings.alpha / 2);
    fmt::print("  {:>3} turns: {:+.2f} % [{:+.2f}, {:+.2f}] of {:.1f} ns: {}\n", delay,
               std::expm1(bootstrap.estimate()) * 100, std::expm1(range.low) * 100, std::expm1(range.high) * 100,
               base_ns, range.low > 0 ? "found" : "not found");
  }
  return {};
}

Result<bool> SelfTest::all(size_t gates) {
  const auto slow5 = calibrate(0.05);
  if (!slow5) return tl::unexpected(slow5.error());
  const auto slow10 = calibrate(0.10);
  if (!slow10) return tl::unexpected(slow10.error());
  fmt::print("threshold {:.3g} %, confidence {:.3g} %, looks every {} of {} pairs, {} ms at each side of a pair\n",
             run_.settings.threshold * 100, (1 - run_.settings.alpha) * 100, run_.settings.look_every,
             run_.settings.max_pairs, run_.trial_ns / 1'000'000);
  fmt::print("{:<22} {:>5} {:>22} {:>22} {:>22} {:>5}  mean rate  pairs  time\n", "head", "gates", "fail", "pass",
             "inconclusive", "void");
  const auto same = repeat("the same", kBase, 0, gates);
  if (!same) return tl::unexpected(same.error());
  print(*same);
  const auto five = repeat(fmt::format("5 % slower, {} turns", *slow5), kSlow, *slow5, gates);
  if (!five) return tl::unexpected(five.error());
  print(*five);
  const auto ten = repeat(fmt::format("10 % slower, {} turns", *slow10), kSlow, *slow10, gates);
  if (!ten) return tl::unexpected(ten.error());
  print(*ten);
  const auto rare = rare_fault(std::min<size_t>(gates, 3));
  if (!rare) return tl::unexpected(rare.error());
  FWBENCH_TRY(program_times());
  const bool kept = same->fail * 100 <= gates && same->inconclusive * 10 <= gates && five->fail * 100 >= gates * 95 &&
                    ten->fail == gates && *rare;
  fmt::print("\nself-test: {}\n", kept ? "all as promised"
                                       : "NOT as promised: at most 1 % of equal heads may fail and "
                                         "10 % stay open; 95 % of 5 %, all of 10 % must fail");
  return kept;
}

}  // namespace

int gate_selftest(const Plan& plan, const GateRun& run, size_t gates) {
  const auto tables = build_tables(plan);
  if (!tables) return complain(tables.error());
  const auto code = run_in_lab_process([&] {
    const auto kept = SelfTest(plan, run, tables->front()).all(gates);
    if (!kept) return complain(kept.error());
    return static_cast<int>(*kept ? exit_ok : exit_gate_failed);
  });
  return code ? *code : complain(code.error());
}

}  // namespace fwbench
