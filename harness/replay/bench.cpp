// SPDX-License-Identifier: BSD-2-Clause
#include "replay/bench.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <thread>

#include "lab/lab_process.h"
#include "lab/netns.h"
#include "measure/books.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// Room from the beginning: most captures fit, and nothing is loaded anew for the next one.
constexpr uint64_t kUsualFrames = 16'384;
constexpr uint64_t kUsualBytes = uint64_t{8} << 20;
/// Room for what should not arrive; beyond that it is counted only.
constexpr uint64_t kSpareFrames = 4'096;
constexpr uint64_t kSpareBytes = uint64_t{2} << 20;
/// A capture up to this size has room for all of it.
constexpr uint64_t kAllBytes = uint64_t{256} << 20;
constexpr std::chrono::milliseconds kPoll{2};
/// A replay that takes this much longer than planned is given up.
constexpr uint64_t kSlackNs = 3'000'000'000;
/// Slower than any DUT here, flat out.
constexpr uint64_t kSlowestPps = 20'000;

/// What the far end should have room for.
struct Room {
  uint64_t frames = 0;
  uint64_t bytes = 0;
};

Room room_for_arrivals(const ReplayLoad& load, uint64_t passes) {
  Room all = {.frames = load.frames.size() * passes, .bytes = load.bytes * passes};
  Room expected;
  for (const ExpectedPacket& packet : load.expected) {
    if (packet.fate == Fate::drop) continue;
    expected.frames += passes;
    expected.bytes += packet.bytes.size() * passes;
  }
  const Room& wanted = all.bytes <= kAllBytes ? all : expected;
  return {.frames = std::max(wanted.frames + kSpareFrames, kUsualFrames),
          .bytes = std::max(wanted.bytes + kSpareBytes, kUsualBytes)};
}

}  // namespace

ReplayBench::~ReplayBench() {
  if (!dut_) return;
  // A namespace that cannot be entered is gone with all that is in it.
  auto inside = NetNsScope::enter(ns_);
  dut_.reset();
}

Result<std::unique_ptr<ReplayBench>> ReplayBench::open(const DutEntry& entry, const Placement& placement) {
  if (entry.placement == DutPlacement::own_core && placement.app_cpu == placement.generator_cpu) {
    return with_remedy(
        fail(ErrorKind::environment, "DUT '{}' needs a CPU of its own, and there is only one", entry.name),
        "leave it out with --dut, or give the run a second CPU");
  }
  auto ns = NetNs::create();
  if (!ns) return tl::unexpected(ns.error());
  std::unique_ptr<ReplayBench> bench(new ReplayBench(entry, placement, std::move(*ns)));
  auto inside = NetNsScope::enter(bench->ns_);
  if (!inside) return tl::unexpected(inside.error());
  constexpr uint32_t kLargestMtu = FW_MAX_FRAME - 14;
  auto lab = Lab::build({.mtu = kLargestMtu, .network = entry.network});
  if (!lab) return tl::unexpected(lab.error());
  bench->lab_.emplace(std::move(*lab));
  if (entry.path != StackPath::none) {
    auto keeper = NapiKeeper::attach(bench->lab_->d0());
    if (!keeper) return tl::unexpected(keeper.error());
    bench->napi_.emplace(std::move(*keeper));
  }
  return bench;
}

Result<void> ReplayBench::start(const Policy& policy, const PolicyImage& image) {
  auto inside = NetNsScope::enter(ns_);
  if (!inside) return tl::unexpected(inside.error());
  DutInputs inputs = {.in = lab_->d0(), .out = lab_->d1(), .lab = &*lab_, .app_cpu = placement_.app_cpu};
  inputs.policy = &policy;
  inputs.image = &image;
  inputs.table = &no_table_;
  auto dut = entry_.open(inputs);
  if (!dut) return tl::unexpected(dut.error());
  dut_ = std::move(*dut);
  return dut_->start();
}

Result<void> ReplayBench::stop() {
  auto inside = NetNsScope::enter(ns_);
  if (!inside) return tl::unexpected(inside.error());
  Result<void> stopped = dut_ ? dut_->stop() : Result<void>{};
  dut_.reset();
  return stopped;
}

Result<void> ReplayBench::make_room(const ReplayLoad& load, uint64_t passes, bool timed) {
  const uint64_t timed_frames = timed ? load.frames.size() * passes : 0;
  if (!engine_ || !engine_->holds(load.frames.size(), load.bytes, timed_frames)) {
    engine_.reset();
    auto engine = ReplayEngine::open({.netns_fd = lab_->gen_ns().fd(),
                                      .egress_ifindex = lab_->g0().ifindex,
                                      .cpu = placement_.generator_cpu,
                                      .frames = std::max<uint64_t>(load.frames.size(), kUsualFrames),
                                      .bytes = std::max(load.bytes, kUsualBytes),
                                      .timed = std::max(timed_frames, kUsualFrames)});
    if (!engine) return tl::unexpected(engine.error());
    engine_ = std::move(*engine);
  }
  const Room room = room_for_arrivals(load, passes);
  if (room.bytes > kMaxKeptBytes) {
    return with_remedy(fail(ErrorKind::usage, "{} MB of packets would have to be kept as they arrive; at most {} MB",
                            room.bytes >> 20, kMaxKeptBytes >> 20),
                       "use a smaller --loop, or cut the capture into several");
  }
  if (arrivals_ && arrivals_->holds(room.frames, room.bytes)) return {};
  arrivals_.reset();  // it leaves s0 before the next one attaches there
  auto arrivals = Arrivals::open(
      {.netns_fd = lab_->sink_ns().fd(), .ifindex = lab_->s0().ifindex, .frames = room.frames, .bytes = room.bytes});
  if (!arrivals) return tl::unexpected(arrivals.error());
  arrivals_.emplace(std::move(*arrivals));
  return {};
}

Result<ReplaySent> ReplayBench::send(const ReplayLoad& load, const ReplaySchedule& schedule) {
  const uint64_t frames = load.frames.size() * schedule.passes;
  const uint64_t planned_ns = schedule.timed ? load.pass_ns * schedule.passes : frames * (kNsPerSecond / kSlowestPps);
  const uint64_t give_up = monotonic_ns() + planned_ns + kSlackNs;
  FWBENCH_TRY(engine_->start(schedule));
  while (engine_->sent().frames < frames) {
    if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
    if (monotonic_ns() > give_up) {
      const auto sent = engine_->stop();  // an engine that failed says why here
      if (!sent) return sent;
      return fail(ErrorKind::measurement, "the TX engine sent {} of {} packets in the time given", sent->frames,
                  frames);
    }
    std::this_thread::sleep_for(kPoll);
  }
  return engine_->stop();
}

Result<ReplayTrial> ReplayBench::observe(const ReplayLoad& load, uint64_t passes, bool timed) {
  if (load.frames.size() * passes > INT_MAX) {
    return with_remedy(fail(ErrorKind::usage, "{} packets are too many at once", load.frames.size() * passes),
                       "use a smaller --loop");
  }
  auto inside = NetNsScope::enter(ns_);
  if (!inside) return tl::unexpected(inside.error());
  FWBENCH_TRY(make_room(load, passes, timed));
  arrivals_->reset();
  engine_->load(load.frames);
  auto books = Books::open(*dut_, *lab_);
  if (!books) return tl::unexpected(books.error());
  const auto sent = send(load, {.timed = timed, .passes = passes, .pass_ns = load.pass_ns});
  if (!sent) return tl::unexpected(sent.error());
  const auto sink = [this] {
    const arrivals_state now = arrivals_->state();
    sink_counters counters = {};
    counters.frames = now.stored + now.full + now.unstored;
    return counters;
  };
  auto observation = books->drain(*dut_, *lab_, {.planned = sent->frames}, sink);
  if (!observation) return tl::unexpected(observation.error());
  const arrivals_state state = arrivals_->state();
  return ReplayTrial{.observation = std::move(*observation),
                     .sent = *sent,
                     .errors_ns = engine_->errors_ns(),
                     .arrivals = arrivals_->frames(),
                     .unkept = state.full + state.unstored};
}

}  // namespace fwbench
