// SPDX-License-Identifier: BSD-2-Clause
#include "replay/replay.h"

#include <algorithm>

#include "judge/judge.h"
#include "lab/lab_process.h"
#include "measure/host.h"
#include "replay/bench.h"
#include "replay/findings.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// A DUT with a core of its own that lost packets flat out is asked again at this rate, and then at half of it.
constexpr uint64_t kFirstPacedPps = 400'000;
constexpr int kAttempts = 8;

bool is_lossless(const Ledger& ledger, uint64_t unkept) {
  return ledger.refused + ledger.lost_ring + ledger.lost_xsk + ledger.lost_egress + ledger.aborted + unkept == 0 &&
         ledger.unaccounted == 0;
}

ReplayTiming summarize_timing(std::vector<uint32_t> errors, int64_t drift_ns) {
  ReplayTiming timing = {.n = errors.size(), .drift_ns = drift_ns};
  if (errors.empty()) return timing;
  std::sort(errors.begin(), errors.end());
  const auto at = [&](double share) {  // nearest rank
    return errors[static_cast<size_t>(share * static_cast<double>(errors.size() - 1) + 0.5)];
  };
  timing.p50_ns = at(0.5);
  timing.p99_ns = at(0.99);
  timing.max_ns = errors.back();
  return timing;
}

void add_trial(const ReplayTrial& trial, const ReplayLoad& load, uint64_t passes, DutReplay& result) {
  result.ledger = make_ledger(trial.observation);
  result.unkept = trial.unkept;
  result.delivery = compare_delivery(load.expected, passes, trial.arrivals);
  result.rate_pps = trial.sent.span_ns == 0
                        ? 0
                        : static_cast<double>(trial.sent.frames - 1) * 1e9 / static_cast<double>(trial.sent.span_ns);
  if (!trial.errors_ns.empty()) result.timing = summarize_timing(trial.errors_ns, trial.sent.drift_ns);
  const Delivery& d = result.delivery;
  const bool proven = is_lossless(result.ledger, trial.unkept);
  // Where packets were lost, one that is missing may be lost, and which of several alike is late nobody knows.
  const bool wrong = d.leaked + d.changed + d.extra != 0 || (proven && !d.is_exact());
  result.end = wrong ? ReplayEnd::wrong : proven ? ReplayEnd::exact : ReplayEnd::unproven;
}

class Session {
 public:
  Session(const ReplayOptions& options, const ReplayListener& listener, const PolicyImage& image)
      : options_(options), listener_(listener), image_(image) {}

  Result<ReplayReport> run();

 private:
  [[nodiscard]] Result<void> run_dut(const DutEntry& entry, const Placement& placement);
  [[nodiscard]] Result<DutReplay> replay(ReplayBench& bench, const Capture& capture, const std::string& file);
  [[nodiscard]] Result<void> trial(ReplayBench& bench, const Capture& capture, ReplayLoad& load, DutReplay& result);
  [[nodiscard]] bool is_wrong_alone(ReplayBench& bench, const Capture& part) const;
  [[nodiscard]] Result<void> keep_evidence(ReplayBench& bench, const Capture& capture, const ReplayLoad& load,
                                           const ReplayTrial& trial, DutReplay& result);
  [[nodiscard]] bool maps_macs(const DutEntry& entry) const {
    return options_.map_macs || needs_mapped_macs(entry.path);
  }
  void add(size_t file, DutReplay result);
  void leave_out(const DutEntry& entry, const Error& error, ReplayEnd end);

  const ReplayOptions& options_;
  const ReplayListener& listener_;
  const PolicyImage& image_;
  ReplayReport report_;
  size_t done_ = 0;
};

void Session::add(size_t file, DutReplay result) {
  FileReplay& of = report_.files[file];
  of.duts.push_back(std::move(result));
  ++done_;
  if (listener_.after) listener_.after(of, of.duts.back(), done_, report_.files.size() * options_.duts.size());
}

void Session::leave_out(const DutEntry& entry, const Error& error, ReplayEnd end) {
  for (size_t i = 0; i < report_.files.size(); ++i) {
    const int code = end == ReplayEnd::left_out ? 0 : exit_code(error.kind);
    add(i, {.dut = std::string(entry.name), .end = end, .reason = error.to_string(), .code = code});
  }
}

/// A few packets of a capture, once each and flat out.
bool Session::is_wrong_alone(ReplayBench& bench, const Capture& part) const {
  const auto load = make_load(part, bench.entry(), *options_.policy, maps_macs(bench.entry()));
  if (!load || load->frames.empty()) return false;
  const auto trial = bench.observe(*load, 1, false);
  if (!trial) return false;
  DutReplay again;
  add_trial(*trial, *load, 1, again);
  return again.end == ReplayEnd::wrong;
}

Result<void> Session::keep_evidence(ReplayBench& bench, const Capture& capture, const ReplayLoad& load,
                                    const ReplayTrial& trial, DutReplay& result) {
  FWBENCH_TRY(write_outcomes(options_, capture, load, trial, result.delivery));
  if (result.end != ReplayEnd::wrong) return {};
  result.deviations = describe_deviations(load, trial, result.delivery, *options_.policy, capture);
  const Capture part = deviating_part(capture, load, result.delivery);
  // From here on the arrivals are others.
  const bool alone = !part.packets.empty() && is_wrong_alone(bench, part);
  auto repro = make_repro(options_, alone ? part : capture, alone, result, maps_macs(bench.entry()));
  const auto folder =
      options_.out / fmt::format("{}-{}", std::filesystem::path(capture.file).stem().string(), result.dut);
  auto files = write_repro(folder, repro);
  if (!files) return tl::unexpected(files.error());
  result.evidence = folder.string();
  result.command = files->command;
  return {};
}

Result<void> Session::trial(ReplayBench& bench, const Capture& capture, ReplayLoad& load, DutReplay& result) {
  ReplaySpeed speed = options_.speed;
  const bool slows = speed.pace == ReplayPace::max && bench.entry().placement == DutPlacement::own_core;
  for (int attempt = 1;; ++attempt) {
    FWBENCH_TRY(set_schedule(capture, speed, load));
    const auto seen = bench.observe(load, options_.loop, speed.pace != ReplayPace::max);
    if (!seen) return tl::unexpected(seen.error());
    add_trial(*seen, load, options_.loop, result);
    if (options_.speed.pace == ReplayPace::max) result.timing.reset();
    if (result.end == ReplayEnd::unproven && slows && attempt < kAttempts) {
      speed = {.pace = ReplayPace::rate, .pps = speed.pps == 0 ? kFirstPacedPps : speed.pps / 2};
      result.slowed_pps = speed.pps;
      continue;
    }
    return keep_evidence(bench, capture, load, *seen, result);
  }
}

Result<DutReplay> Session::replay(ReplayBench& bench, const Capture& capture, const std::string& file) {
  DutReplay result = {.dut = std::string(bench.entry().name)};
  result.macs_mapped = maps_macs(bench.entry());
  auto load = make_load(capture, bench.entry(), *options_.policy, result.macs_mapped);
  if (!load) return tl::unexpected(load.error());
  result.left_out = load->left_out;
  result.open = load->open;
  // Every packet of the file is sent, or is counted with the reason why not.
  const uint64_t known = load->frames.size() + total(load->left_out) + capture.skipped();
  if (known != capture.records) {
    return fail(ErrorKind::internal, "'{}' has {} packets, and what became of them is known of {}", capture.file,
                capture.records, known);
  }
  if (load->frames.empty()) return result;
  const uint64_t began = monotonic_ns();
  const CpuWatch cpu;
  const Result<void> ran = trial(bench, capture, *load, result);
  result.seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  if (result.timing) result.steal_share = cpu.steal_share();
  result.delivery.deviations.clear();
  result.delivery.arrived.clear();
  result.delivery.origins.clear();
  if (ran) return result;
  if (ran.error().kind == ErrorKind::interrupted) return tl::unexpected(ran.error());
  result.end = ReplayEnd::failed;
  result.code = exit_code(ran.error().kind);
  result.reason = ran.error().to_string();
  // Whatever state the DUT is in, the next capture gets a new one.
  const Result<void> stopped = bench.stop();
  if (!stopped) result.reason += fmt::format("; {}: {}", file, stopped.error().to_string());
  FWBENCH_TRY(bench.start(*options_.policy, image_));
  return result;
}

Result<void> Session::run_dut(const DutEntry& entry, const Placement& placement) {
  auto bench = ReplayBench::open(entry, placement);
  if (!bench) return tl::unexpected(bench.error());
  if (const auto started = (*bench)->start(*options_.policy, image_); !started) {
    if (started.error().kind != ErrorKind::unsupported) return started;
    leave_out(entry, started.error(), ReplayEnd::left_out);
    return {};
  }
  for (size_t i = 0; i < options_.files.size(); ++i) {
    if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
    auto capture = read_capture(options_.files[i], options_.capture);
    FileReplay& file = report_.files[i];
    if (!capture) {
      file.refused = capture.error().to_string();
      add(i, {.dut = std::string(entry.name),
              .end = ReplayEnd::failed,
              .reason = file.refused,
              .code = exit_code(capture.error().kind)});
      continue;
    }
    auto result = replay(**bench, *capture, file.file);
    if (!result && result.error().kind == ErrorKind::unsupported) {
      result = DutReplay{.dut = std::string(entry.name), .end = ReplayEnd::left_out, .reason = result.error().message};
    }
    if (!result) return tl::unexpected(result.error());
    capture->bytes.clear();
    capture->packets.clear();
    file.capture = std::move(*capture);
    add(i, std::move(*result));
  }
  return (*bench)->stop();
}

Result<ReplayReport> Session::run() {
  const uint64_t began = monotonic_ns();
  report_ = {.policy = options_.policy->file, .speed = options_.speed_text, .loop = options_.loop};
  for (const auto& file : options_.files)
    report_.files.push_back({.file = file.string(), .refused = {}, .capture = {}});
  const auto placement = place_on_cpus();
  if (!placement) return tl::unexpected(placement.error());
  for (const DutEntry* entry : options_.duts) FWBENCH_TRY(run_dut(*entry, *placement));
  report_.seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  return std::move(report_);
}

}  // namespace

Result<ReplayReport> replay_captures(const ReplayOptions& options, const ReplayListener& listener) {
  const auto image = compile_policy(*options.policy);
  if (!image) return tl::unexpected(image.error());
  return Session(options, listener, *image).run();
}

int exit_code_of(const ReplayReport& report) {
  bool sent = false;
  bool unproven = false;
  int failure = 0;
  for (const FileReplay& file : report.files) {
    for (const DutReplay& dut : file.duts) {
      if (dut.end == ReplayEnd::wrong) return exit_verdict_mismatch;
      unproven = unproven || dut.end == ReplayEnd::unproven;
      sent = sent || dut.end == ReplayEnd::exact || dut.end == ReplayEnd::unproven;
      // Of many files some are no captures; a single one that cannot be read is what was asked for.
      const bool counts = file.refused.empty() || report.files.size() == 1;
      if (dut.end == ReplayEnd::failed && counts && failure == 0) failure = dut.code;
    }
  }
  if (failure != 0) return failure;
  if (unproven) return exit_invalid;
  return sent ? exit_ok : exit_skipped;
}

}  // namespace fwbench
