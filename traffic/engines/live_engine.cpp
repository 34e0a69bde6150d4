// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/live_engine.h"

#include <algorithm>
#include <atomic>
#include <climits>

#include "bpf/abi.h"
#include "traffic/bursts.h"
#include "traffic/engines/clock.h"
#include "traffic/engines/generator.h"
#include "traffic/engines/live_run.h"
#include "traffic/engines/sender_thread.h"

namespace fwbench {
namespace {

class LiveEngine final : public TxEngineBase {
 public:
  LiveEngine(Generator generator, const TxEngineConfig& config)
      : generator_(std::move(generator)),
        bursts_(bursts_of(*config.table)),
        frame_by_frame_(bursts_of(*config.table, true)),
        netns_fd_(config.netns_fd),
        egress_ifindex_(config.egress_ifindex),
        cpu_(config.cpu) {}
  LiveEngine(const LiveEngine&) = delete;
  LiveEngine& operator=(const LiveEngine&) = delete;
  ~LiveEngine() override { static_cast<void>(stop()); }

  Result<void> start(const Schedule& schedule) override;
  [[nodiscard]] Sent sent() const override;
  Result<Sent> stop() override;

 private:
  Result<void> run(bool flood, uint64_t repeat, uint32_t batch);
  [[nodiscard]] generator_state& state() const { return generator_.object->bss->state; }

  Generator generator_;
  Bursts bursts_;
  Bursts frame_by_frame_;
  int netns_fd_;
  int egress_ifindex_;
  int cpu_;
  SenderThread thread_;
};

Result<void> LiveEngine::start(const Schedule& schedule) {
  const bool flood = schedule.load && schedule.rate_pps == 0;
  if (flood && schedule.probe_rate_pps != 0) return fail(ErrorKind::internal, "a flood cannot carry probes");
  generator_state fresh = {};
  uint32_t batch = kFloodBatch;
  fresh.limit = schedule.load ? schedule.frames : 0;
  fresh.probe_limit = schedule.probes;
  if (!flood) {
    fresh.start_ns = monotonic_ns() + kScheduleLeadNs;
    const Bursts& bursts = schedule.evenly ? frame_by_frame_ : bursts_;
    fresh.evenly = schedule.evenly ? 1 : 0;
    batch = std::clamp(std::max(bursts.longest, schedule.batch), kPacedBatch, kFloodBatch);
    fresh.poisson = schedule.poisson ? 1 : 0;
    if (schedule.load) fresh.gap_q16 = bursts.gap_q16(schedule.rate_pps);
    if (schedule.probe_rate_pps != 0) fresh.probe_gap_ns = kNsPerSecond / schedule.probe_rate_pps;
  }
  state() = fresh;
  // A limited flood ends by itself after exactly that many runs; anything else is ended by stop().
  const uint64_t repeat = flood ? std::min<uint64_t>(schedule.frames, INT_MAX) : INT_MAX;
  return thread_.start(netns_fd_, cpu_, [this, flood, repeat, batch] { return run(flood, repeat, batch); });
}

Result<void> LiveEngine::run(bool flood, uint64_t repeat, uint32_t batch) {
  FWBENCH_TRY(set_egress(generator_.object->maps.egress, egress_ifindex_));
  return run_live({.program = flood ? generator_.object->progs.generate_flood : generator_.object->progs.generate_paced,
                   .frame_room = flood ? generator_.room : std::max(generator_.room, generator_.probe_room),
                   .batch = batch,
                   .repeat = repeat},
                  [this] { return std::atomic_ref(state().limit).load(std::memory_order_relaxed) != 0; });
}

Sent LiveEngine::sent() const {
  generator_state& s = state();
  return {.planned = std::atomic_ref(s.emitted).load(std::memory_order_acquire),
          .refused = 0,
          .probes = std::atomic_ref(s.probes).load(std::memory_order_acquire),
          .start_ns = s.start_ns,
          .late_max_ns = std::atomic_ref(s.late_max_ns).load(std::memory_order_relaxed)};
}

Result<Sent> LiveEngine::stop() {
  std::atomic_ref(state().limit).store(0, std::memory_order_release);
  std::atomic_ref(state().probe_limit).store(0, std::memory_order_release);
  FWBENCH_TRY(thread_.interrupt_and_join());
  return sent();
}

}  // namespace

Result<std::unique_ptr<TxEngineBase>> open_live_engine(const TxEngineConfig& config) {
  auto generator = load_generator(*config.table);
  if (!generator) return tl::unexpected(generator.error());
  return std::make_unique<LiveEngine>(std::move(*generator), config);
}

}  // namespace fwbench
