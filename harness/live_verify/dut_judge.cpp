// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/dut_judge.h"

#include <optional>

#include "judge/judge.h"
#include "lab/netns.h"
#include "live_verify/stack_exclusions.h"
#include "live_verify/stamp.h"
#include "measure/bench.h"

namespace fwbench::verify {
namespace {

/// A DUT with a core of its own is asked at this rate, and at half of it when anything was lost. On the generator's
/// core a flood is lossless by construction.
constexpr uint64_t kFirstPacedPps = 400'000;
constexpr int kAttempts = 6;

/// A lab with TX engine and sink, in a namespace of its own.
struct Lodging {
  NetNs ns;
  Bench bench;
};

class DutJudge final : public Judge {
 public:
  DutJudge(const DutEntry& entry, const DutJudgeConfig& config) : entry_(entry), config_(config) {}
  ~DutJudge() override { leave(); }
  DutJudge(const DutJudge&) = delete;
  DutJudge& operator=(const DutJudge&) = delete;

  [[nodiscard]] std::string_view name() const override { return entry_.name; }
  [[nodiscard]] Result<std::string> take(const Policy& policy) override;
  [[nodiscard]] std::string_view excludes(const FrameView& frame) const override;
  [[nodiscard]] Verdict expected(const FrameView& frame, Verdict by_policy) const override;
  [[nodiscard]] Result<void> judge(std::span<const FrameView> frames, Findings& findings) override;

 private:
  [[nodiscard]] std::string never_asks() const;
  [[nodiscard]] Result<void> move_in();
  void leave();
  [[nodiscard]] Result<Observation> send(uint64_t rate_pps);
  [[nodiscard]] Result<Observation> send_without_loss();

  const DutEntry& entry_;
  DutJudgeConfig config_;
  const Policy* policy_ = nullptr;  ///< in force
  bool defragments_ = false;
  FrameTable table_;
  std::optional<PolicyImage> image_;
  std::optional<Lodging> lodging_;
  std::unique_ptr<Dut> dut_;  // leaves before its lab does
};

std::span<const std::byte> bytes_of(const FrameView& frame) {
  return {frame.data, frame.length};
}

/// What there is no asking about, whatever the policy.
std::string DutJudge::never_asks() const {
  switch (entry_.expectation) {
    case DutExpectation::everything_passes:
      return "every policy: it passes everything";
    case DutExpectation::everything_is_dropped:
      return "every policy: it drops everything";
    case DutExpectation::policy:
      break;
  }
  if (entry_.path == StackPath::input) return "every policy: nothing of it arrives at the sink";
  return {};
}

Result<void> DutJudge::move_in() {
  if (lodging_ && entry_.lab == DutLab::shared) return {};
  lodging_.reset();
  if (entry_.placement == DutPlacement::own_core && config_.app_cpu == config_.generator_cpu) {
    return with_remedy(fail(ErrorKind::environment, "DUT '{}' needs a CPU of its own, and there is only one", name()),
                       "leave it out with --dut, or give the run a second CPU");
  }
  auto ns = NetNs::create();
  if (!ns) return tl::unexpected(ns.error());
  auto inside = NetNsScope::enter(*ns);
  if (!inside) return tl::unexpected(inside.error());
  // The frames come later, with each batch.
  const FrameTable placeholder = {.run_id = kVerifyRunId, .frames = {{.bytes = std::vector<std::byte>(64)}}};
  auto bench = Bench::open({.network = entry_.network,
                            .identities = kDutBatch,
                            .generator_cpu = config_.generator_cpu,
                            .app_cpu = config_.app_cpu},
                           placeholder);
  if (!bench) return tl::unexpected(bench.error());
  lodging_.emplace(Lodging{std::move(*ns), std::move(*bench)});
  return {};
}

void DutJudge::leave() {
  if (!dut_) return;
  // A namespace that cannot be entered is gone with all that is in it.
  auto inside = NetNsScope::enter(lodging_->ns);
  dut_.reset();
}

Result<std::string> DutJudge::take(const Policy& policy) {
  if (std::string reason = never_asks(); !reason.empty()) return reason;
  leave();
  auto image = compile_policy(policy);
  if (!image && image.error().kind == ErrorKind::usage) return std::string("policies too large for the compiled form");
  if (!image) return tl::unexpected(image.error());
  image_.emplace(std::move(*image));
  policy_ = &policy;
  table_ = {.run_id = kVerifyRunId};
  FWBENCH_TRY(move_in());
  auto inside = NetNsScope::enter(lodging_->ns);
  if (!inside) return tl::unexpected(inside.error());
  DutInputs inputs = lodging_->bench.dut_inputs();
  inputs.policy = &policy;
  inputs.image = &*image_;
  inputs.table = &table_;
  auto dut = entry_.open(inputs);
  if (!dut && dut.error().kind == ErrorKind::unsupported) return dut.error().message;
  if (!dut) return tl::unexpected(dut.error());
  dut_ = std::move(*dut);
  return std::string{};
}

std::string_view DutJudge::excludes(const FrameView& frame) const {
  return dut_excludes(entry_, bytes_of(frame), *policy_, true);
}

Verdict DutJudge::expected(const FrameView& frame, Verdict by_policy) const {
  return stack_fate(bytes_of(frame), entry_.path) == StackFate::survives ? by_policy : Verdict::drop;
}

/// Through the DUT as it is now, from start to stop.
Result<Observation> DutJudge::send(uint64_t rate_pps) {
  auto inside = NetNsScope::enter(lodging_->ns);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(dut_->start());
  auto seen = lodging_->bench.observe(*dut_, {.rate_pps = rate_pps, .frames = table_.frames.size()}, {});
  const Result<void> stopped = dut_->stop();
  if (seen && !stopped) return tl::unexpected(stopped.error());
  return seen;
}

Result<Observation> DutJudge::send_without_loss() {
  uint64_t rate_pps = entry_.placement == DutPlacement::own_core ? kFirstPacedPps : 0;
  Ledger ledger;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto seen = send(rate_pps);
    if (!seen) return seen;
    // By identity here, not by place in the table: the books are balanced without.
    const std::vector<uint64_t> arrivals = std::exchange(seen->arrivals, {});
    ledger = make_ledger(*seen);
    const bool lost = ledger.refused + ledger.lost_ring + ledger.lost_xsk + ledger.lost_egress != 0;
    if (!lost && ledger.unaccounted == 0) {
      seen->arrivals = arrivals;
      return seen;
    }
    rate_pps = rate_pps == 0 ? kFirstPacedPps : rate_pps / 2;
  }
  if (ledger.unaccounted != 0) {
    return fail(ErrorKind::measurement,
                "{}: {} frames are in no book: accepted {}, seen {}, passed {}, dropped by rule {}, by the stack {}, "
                "arrived {}, foreign {}",
                name(), ledger.unaccounted, ledger.accepted, ledger.seen, ledger.passed, ledger.dropped_by_rule,
                ledger.dropped_by_stack, ledger.arrived, ledger.foreign);
  }
  return fail(ErrorKind::measurement, "{}: frames were lost at every rate down to {} pps: verdicts cannot be proven",
              name(), rate_pps * 2);
}

Result<void> DutJudge::judge(std::span<const FrameView> frames, Findings& findings) {
  findings.reset(frames.size(), 0);
  if (frames.empty()) return {};
  table_ = {.run_id = kVerifyRunId};
  for (const FrameView& frame : frames) {
    table_.frames.push_back({.bytes = {frame.data, frame.data + frame.length}});
  }
  FWBENCH_TRY(lodging_->bench.load(table_));
  const auto seen = send_without_loss();
  if (!seen) return tl::unexpected(seen.error());
  for (size_t i = 0; i < frames.size(); ++i) {
    const uint64_t arrived = seen->arrivals[identity_of(bytes_of(frames[i]))];
    if (arrived > 1)
      return fail(ErrorKind::measurement, "{}: a frame that was sent once arrived {} times", name(), arrived);
    findings.verdicts[i] = arrived != 0 ? Verdict::accept : Verdict::drop;
    findings.passed += arrived;
  }
  return {};
}

}  // namespace

std::string_view dut_excludes(const DutEntry& entry, std::span<const std::byte> frame, const Policy& policy,
                              bool is_stamped) {
  if (entry.hotdrops != nullptr && entry.hotdrops(frame)) return "transport headers cut short, which iptables drops";
  return stack_excludes(frame, entry.path, policy, {.defragments = entry.tracks_connections, .is_stamped = is_stamped});
}

std::unique_ptr<Judge> make_dut_judge(const DutEntry& entry, const DutJudgeConfig& config) {
  return std::make_unique<DutJudge>(entry, config);
}

}  // namespace fwbench::verify
