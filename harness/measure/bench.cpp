// SPDX-License-Identifier: BSD-2-Clause
#include "measure/bench.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "lab/lab_process.h"
#include "traffic/content.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Between two points of the timeline; also how long a stop signal may go unnoticed.
constexpr uint64_t kSampleNs = 20'000'000;
constexpr uint64_t kPollNs = 2'000'000;
/// A limited schedule that takes this much longer than planned is given up.
constexpr uint64_t kScheduleSlackNs = 3'000'000'000;
/// An engine that has sent nothing by then will not: its end says why.
constexpr uint64_t kFirstFrameNs = 2'000'000'000;

void sleep_ns(uint64_t ns) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(ns));
}

tl::unexpected<Error> interrupted() {
  return fail(ErrorKind::interrupted, "stopped by a signal");
}

uint64_t planned_duration_ns(const Schedule& s) {
  uint64_t ns = 0;
  // Slower than any DUT here drops or passes: a flood has no rate of its own.
  if (s.load) ns = s.frames / std::max<uint64_t>(s.rate_pps == 0 ? 100'000 : s.rate_pps, 1) * kNsPerSecond;
  if (s.probe_rate_pps != 0) ns = std::max(ns, s.probes / s.probe_rate_pps * kNsPerSecond);
  return ns;
}

}  // namespace

struct Bench::Sample {
  uint64_t at_ns = 0;
  uint64_t decided = 0;
  uint64_t offered = 0;
};

Result<Bench> Bench::open(const BenchConfig& config, const FrameTable& table) {
  auto built = Lab::build({.mtu = config.mtu, .network = config.network});
  if (!built) return tl::unexpected(built.error());
  Bench bench(config, std::make_unique<Lab>(std::move(*built)));
  if (config.every_packet) {
    auto keeper = NapiKeeper::attach(bench.lab_->d0());
    if (!keeper) return tl::unexpected(keeper.error());
    bench.napi_.emplace(std::move(*keeper));
  }
  FWBENCH_TRY(bench.load(table));
  return bench;
}

Result<void> Bench::load(const FrameTable& table) {
  contents_ = {.contents = table.contents};
  sink_.reset();  // it leaves s0 before the next one attaches there
  engine_.reset();
  auto sink = Sink::open({.netns_fd = lab_->sink_ns().fd(),
                          .ifindex = lab_->s0().ifindex,
                          .table = &table,
                          .probe_capacity = config_.probe_capacity,
                          .identities = config_.identities});
  if (!sink) return tl::unexpected(sink.error());
  auto engine = open_tx_engine({.kind = config_.engine,
                                .netns_fd = lab_->gen_ns().fd(),
                                .egress_ifindex = lab_->g0().ifindex,
                                .cpu = config_.generator_cpu,
                                .table = &table});
  if (!engine) return tl::unexpected(engine.error());
  sink_.emplace(std::move(*sink));
  engine_ = std::move(*engine);
  return {};
}

DutInputs Bench::dut_inputs() const {
  return {.in = lab_->d0(), .out = lab_->d1(), .lab = lab_.get(), .app_cpu = config_.app_cpu, .engine = config_.engine};
}

Result<Bench::Sample> Bench::sample(Dut& dut) {
  auto dropped = dut.dropped();
  if (!dropped) return tl::unexpected(dropped.error());
  return Sample{.at_ns = monotonic_ns(),
                .decided = *dropped - running_->books.dropped() + sink_->counters().frames,
                .offered = running_->sent().planned};
}

Result<void> Bench::measure_from_first_frame(Dut& dut, const TrialWindow& window) {
  const auto nothing_sent = [&] {
    const Sent sent = engine_->sent();
    return sent.planned + sent.probes == 0;
  };
  const uint64_t give_up = monotonic_ns() + kFirstFrameNs;
  while (nothing_sent() && monotonic_ns() < give_up) {
    if (stop_requested()) return interrupted();
    sleep_ns(kPollNs);
  }
  return measure(dut, window);
}

Result<void> Bench::measure(Dut& dut, const TrialWindow& window) {
  Observation& out = running_->window;
  sleep_ns(window.ramp_ns);
  auto first = sample(dut);
  if (!first) return tl::unexpected(first.error());
  Sample last = *first;
  while (last.at_ns - first->at_ns < window.duration_ns) {
    if (stop_requested()) return interrupted();
    sleep_ns(std::min(kSampleNs, window.duration_ns - (last.at_ns - first->at_ns)));
    auto now = sample(dut);
    if (!now) return tl::unexpected(now.error());
    const auto interval_s = static_cast<double>(now->at_ns - last.at_ns) / 1e9;
    out.timeline.push_back({.t_s = static_cast<double>(now->at_ns - running_->began_ns) / 1e9,
                            .pps = static_cast<double>(now->decided - last.decided) / interval_s});
    last = *now;
  }
  out.window_ns += last.at_ns - first->at_ns;
  out.decided_in_window += last.decided - first->decided;
  out.offered_in_window += last.offered - first->offered;
  return {};
}

Result<void> Bench::wait_for_end(const Schedule& schedule) {
  const uint64_t give_up = monotonic_ns() + planned_duration_ns(schedule) + kScheduleSlackNs;
  const auto ended = [&] {
    const Sent sent = engine_->sent();
    return (!schedule.load || sent.planned >= schedule.frames) &&
           (schedule.probe_rate_pps == 0 || sent.probes >= schedule.probes);
  };
  while (!ended()) {
    if (stop_requested()) return interrupted();
    if (monotonic_ns() > give_up) {
      auto sent = engine_->stop();  // an engine that failed says why here
      if (!sent) return tl::unexpected(sent.error());
      return fail(ErrorKind::measurement, "the TX engine sent {} of {} frames and {} of {} probes in the time given",
                  sent->planned, schedule.frames, sent->probes, schedule.probes);
    }
    sleep_ns(kPollNs);
  }
  return {};
}

Result<void> Bench::begin(Dut& dut, std::function<Sent()> sent) {
  sink_->reset();
  auto books = Books::open(dut, *lab_);
  if (!books) return tl::unexpected(books.error());
  running_ = Running{.books = std::move(*books), .sent = std::move(sent), .began_ns = monotonic_ns()};
  return {};
}

Result<Observation> Bench::finish(Dut& dut) {
  const Sent sent = running_->sent();
  auto o = running_->books.drain(dut, *lab_, sent, [this] { return sink_->counters(); });
  if (!o) return o;
  o->arrivals = sink_->arrivals();
  share_arrivals(contents_, sent.planned, o->arrivals);
  for (const probe_arrival& probe : sink_->probes(sent.probes)) {
    o->probes.push_back({.delay_ns = probe.delay_ns, .lateness_ns = probe.lateness_ns, .arrivals = probe.arrivals});
  }
  o->window_ns = running_->window.window_ns;
  o->decided_in_window = running_->window.decided_in_window;
  o->offered_in_window = running_->window.offered_in_window;
  o->timeline = std::move(running_->window.timeline);
  running_.reset();
  return o;
}

Result<Observation> Bench::observe(Dut& dut, const Schedule& schedule, const TrialWindow& window) {
  FWBENCH_TRY(begin(dut, [this] { return engine_->sent(); }));
  FWBENCH_TRY(engine_->start(schedule));
  const Result<void> ran = window.duration_ns != 0 ? measure_from_first_frame(dut, window) : wait_for_end(schedule);
  auto sent = engine_->stop();
  if (!sent) return tl::unexpected(sent.error());
  if (!ran) return tl::unexpected(ran.error());
  return finish(dut);
}

}  // namespace fwbench
