// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/replay_engine.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "bpf/replay.h"
#include "lab/bpf.h"
#include "replay.skel.h"
#include "traffic/engines/chunks.h"
#include "traffic/engines/clock.h"
#include "traffic/engines/live_run.h"
#include "traffic/engines/sender_thread.h"

namespace fwbench {
namespace {

struct ReplayDestroy {
  void operator()(replay_bpf* skeleton) const { replay_bpf__destroy(skeleton); }
};
using ReplaySkeleton = std::unique_ptr<replay_bpf, ReplayDestroy>;

/// For the thread alone (setpriority(2), "C library/kernel differences"). Others on this core would otherwise take
/// milliseconds of it, in which frames are due. What fails is no reason not to send.
void be_urgent() {
  constexpr int kHighest = -20;
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kHighest));
}

class LiveReplayEngine final : public ReplayEngine {
 public:
  LiveReplayEngine(ReplaySkeleton skeleton, const Config& config, MappedArray chunks, MappedArray entries,
                   MappedArray errors)
      : config_(config),
        skeleton_(std::move(skeleton)),
        chunks_(std::move(chunks)),
        entries_(std::move(entries)),
        errors_(std::move(errors)) {}
  LiveReplayEngine(const LiveReplayEngine&) = delete;
  LiveReplayEngine& operator=(const LiveReplayEngine&) = delete;
  ~LiveReplayEngine() override { static_cast<void>(stop()); }

  [[nodiscard]] bool holds(uint64_t frames, uint64_t bytes, uint64_t timed) const override {
    return frames <= entries_.count() && chunks_for(bytes, frames) <= chunks_.count() && timed <= errors_.count();
  }
  void load(std::span<const ReplayFrame> frames) override;
  [[nodiscard]] Result<void> start(const ReplaySchedule& schedule) override;
  [[nodiscard]] ReplaySent sent() const override;
  [[nodiscard]] Result<ReplaySent> stop() override;
  [[nodiscard]] std::vector<uint32_t> errors_ns() const override;

 private:
  [[nodiscard]] Result<void> run(bool timed, uint64_t repeat);
  [[nodiscard]] replay_state& state() const { return skeleton_->bss->state; }

  Config config_;
  ReplaySkeleton skeleton_;
  MappedArray chunks_;
  MappedArray entries_;
  MappedArray errors_;
  uint64_t loaded_ = 0;
  bool timed_ = false;
  SenderThread thread_;  // joined before what it uses goes
};

void LiveReplayEngine::load(std::span<const ReplayFrame> frames) {
  ChunkPlace place;
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto bytes = frames[i].bytes;
    const auto length = static_cast<uint32_t>(bytes.size());
    place.settle();
    entries_.value<replay_entry>(i) = {
        .chunk = place.chunk, .offset = place.offset, .length = length, .reserved = 0, .due_ns = frames[i].due_ns};
    std::memcpy(chunks_.at(place.chunk) + place.offset, bytes.data(), bytes.size());
    place.advance(length);
  }
  loaded_ = frames.size();
}

Result<void> LiveReplayEngine::start(const ReplaySchedule& schedule) {
  const uint64_t limit = loaded_ * schedule.passes;
  if (limit == 0 || limit > INT_MAX) return fail(ErrorKind::internal, "{} frames cannot be sent at once", limit);
  timed_ = schedule.timed;
  replay_state fresh = {};
  fresh.entries = loaded_;
  fresh.limit = limit;
  fresh.pass_ns = schedule.pass_ns;
  fresh.start_ns = monotonic_ns() + kScheduleLeadNs;
  fresh.pass_start_ns = fresh.start_ns;
  state() = fresh;
  // Flat out, it ends by itself after exactly that many runs; timed it is ended by stop().
  const uint64_t repeat = schedule.timed ? INT_MAX : limit;
  return thread_.start(config_.netns_fd, config_.cpu, [this, timed = timed_, repeat] { return run(timed, repeat); });
}

Result<void> LiveReplayEngine::run(bool timed, uint64_t repeat) {
  if (timed) be_urgent();
  FWBENCH_TRY(set_egress(skeleton_->maps.egress, config_.egress_ifindex));
  return run_live({.program = timed ? skeleton_->progs.replay_timed : skeleton_->progs.replay_flood,
                   .frame_room = FW_MAX_FRAME,
                   .batch = timed ? kPacedBatch : kFloodBatch,
                   .repeat = repeat},
                  [this, timed] { return timed && std::atomic_ref(state().limit).load() != 0; });
}

ReplaySent LiveReplayEngine::sent() const {
  replay_state& s = state();
  const auto read = [](__u64& value) { return std::atomic_ref(value).load(std::memory_order_acquire); };
  const uint64_t last = read(s.last_ns);
  return {.frames = read(s.emitted),
          .span_ns = last == 0 ? 0 : last - read(s.first_ns),
          .drift_ns = timed_ ? static_cast<int64_t>(read(s.last_error_ns) - read(s.first_error_ns)) : 0};
}

Result<ReplaySent> LiveReplayEngine::stop() {
  std::atomic_ref(state().limit).store(0, std::memory_order_release);
  FWBENCH_TRY(thread_.interrupt_and_join());
  return sent();
}

std::vector<uint32_t> LiveReplayEngine::errors_ns() const {
  std::vector<uint32_t> errors;
  if (!timed_) return errors;
  errors.resize(std::min<uint64_t>(sent().frames, errors_.count()));
  for (size_t i = 0; i < errors.size(); ++i) errors[i] = errors_.value<uint32_t>(i);
  return errors;
}

}  // namespace

Result<std::unique_ptr<ReplayEngine>> ReplayEngine::open(const Config& config) {
  ReplaySkeleton skeleton(replay_bpf__open());
  if (!skeleton) return sys_fail(errno, "cannot open the replay engine's BPF object");
  const auto at_least_one = [](uint64_t n) { return static_cast<uint32_t>(std::clamp<uint64_t>(n, 1, INT_MAX)); };
  bpf_map__set_max_entries(skeleton->maps.chunks, chunks_for(config.bytes, config.frames));
  bpf_map__set_max_entries(skeleton->maps.entries, at_least_one(config.frames));
  bpf_map__set_max_entries(skeleton->maps.errors, at_least_one(config.timed));
  if (const int error = -replay_bpf__load(skeleton.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the replay engine's BPF object"), "see `fwbench doctor`");
  }
  auto chunks = MappedArray::open(skeleton->maps.chunks);
  if (!chunks) return tl::unexpected(chunks.error());
  auto entries = MappedArray::open(skeleton->maps.entries);
  if (!entries) return tl::unexpected(entries.error());
  auto errors = MappedArray::open(skeleton->maps.errors);
  if (!errors) return tl::unexpected(errors.error());
  return std::make_unique<LiveReplayEngine>(std::move(skeleton), config, std::move(*chunks), std::move(*entries),
                                            std::move(*errors));
}

}  // namespace fwbench
