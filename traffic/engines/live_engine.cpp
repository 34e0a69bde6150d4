// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/live_engine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "bpf/abi.h"
#include "generate.skel.h"
#include "lab/bpf.h"
#include "traffic/bursts.h"
#include "traffic/engines/clock.h"
#include "traffic/engines/live_run.h"
#include "traffic/engines/sender_thread.h"

namespace fwbench {
namespace {

/// Bytes of frame in a slot: see frame_room in bpf/generate.bpf.c.
uint32_t room_for(size_t longest) {
  return static_cast<uint32_t>(std::max<size_t>((longest + 3) / 8 * 8 + 4, 60));
}

Result<void> fill_frames(const generate_bpf& skeleton, const FrameTable& table) {
  auto slots = MappedArray::open(skeleton.maps.frames);
  if (!slots) return tl::unexpected(slots.error());
  for (size_t i = 0; i < table.frames.size(); ++i) {
    const auto& bytes = table.frames[i].bytes;
    const frame_slot_header header = {.length = static_cast<uint16_t>(bytes.size()),
                                      .flags = static_cast<uint16_t>(table.frames[i].follows ? FW_SLOT_FOLLOWS : 0)};
    std::memcpy(slots->at(i), &header, sizeof header);
    std::memcpy(slots->at(i) + sizeof header, bytes.data(), bytes.size());
  }
  return {};
}

Result<void> fill_probes(const generate_bpf& skeleton, const FrameTable& table) {
  if (table.probes.empty()) return {};
  auto slots = MappedArray::open(skeleton.maps.probes);
  if (!slots) return tl::unexpected(slots.error());
  for (size_t i = 0; i < table.probes.size(); ++i) {
    const ProbeFrame& probe = table.probes[i];
    if (probe.bytes.size() > FW_PROBE_FRAME_MAX) {
      return fail(ErrorKind::usage, "probe frames of {} bytes are too large; at most {}", probe.bytes.size(),
                  FW_PROBE_FRAME_MAX);
    }
    probe_slot slot = {};
    slot.length = static_cast<uint16_t>(probe.bytes.size());
    slot.identity_offset = probe.identity_offset;
    slot.stamp_offset = probe.stamp_offset;
    std::memcpy(slot.bytes, probe.bytes.data(), probe.bytes.size());
    std::memcpy(slots->at(i), &slot, sizeof slot);
  }
  return {};
}

class LiveEngine final : public TxEngineBase {
 public:
  LiveEngine(generate_bpf* skeleton, const TxEngineConfig& config, uint32_t load_size, uint32_t probe_size)
      : skeleton_(skeleton),
        bursts_(bursts_of(*config.table)),
        frame_by_frame_(bursts_of(*config.table, true)),
        netns_fd_(config.netns_fd),
        egress_ifindex_(config.egress_ifindex),
        cpu_(config.cpu),
        load_size_(load_size),
        paced_size_(std::max(load_size, probe_size)) {}
  LiveEngine(const LiveEngine&) = delete;
  LiveEngine& operator=(const LiveEngine&) = delete;
  ~LiveEngine() override {
    static_cast<void>(stop());
    generate_bpf__destroy(skeleton_);
  }

  Result<void> start(const Schedule& schedule) override;
  [[nodiscard]] Sent sent() const override;
  Result<Sent> stop() override;

 private:
  Result<void> run(bool flood, uint64_t repeat, uint32_t batch);
  [[nodiscard]] generator_state& state() const { return skeleton_->bss->state; }

  generate_bpf* skeleton_;
  Bursts bursts_;
  Bursts frame_by_frame_;
  int netns_fd_;
  int egress_ifindex_;
  int cpu_;
  uint32_t load_size_;
  uint32_t paced_size_;
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
    if (schedule.load) fresh.gap_q16 = bursts.gap_q16(schedule.rate_pps);
    if (schedule.probe_rate_pps != 0) fresh.probe_gap_ns = kNsPerSecond / schedule.probe_rate_pps;
  }
  state() = fresh;
  // A limited flood ends by itself after exactly that many runs; anything else is ended by stop().
  const uint64_t repeat = flood ? std::min<uint64_t>(schedule.frames, INT_MAX) : INT_MAX;
  return thread_.start(netns_fd_, cpu_, [this, flood, repeat, batch] { return run(flood, repeat, batch); });
}

Result<void> LiveEngine::run(bool flood, uint64_t repeat, uint32_t batch) {
  FWBENCH_TRY(set_egress(skeleton_->maps.egress, egress_ifindex_));
  return run_live({.program = flood ? skeleton_->progs.generate_flood : skeleton_->progs.generate_paced,
                   .frame_room = flood ? load_size_ : paced_size_,
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
  const FrameTable& table = *config.table;
  size_t longest = 0;
  for (const Frame& frame : table.frames) longest = std::max(longest, frame.bytes.size());
  size_t longest_probe = 0;
  for (const ProbeFrame& probe : table.probes) longest_probe = std::max(longest_probe, probe.bytes.size());
  const uint32_t room = room_for(longest);

  generate_bpf* const skeleton = generate_bpf__open();
  if (skeleton == nullptr) return sys_fail(errno, "cannot open the generator's BPF object");
  auto engine = std::make_unique<LiveEngine>(skeleton, config, room, room_for(longest_probe));
  skeleton->rodata->frame_count = static_cast<uint32_t>(table.frames.size());
  skeleton->rodata->probe_count = static_cast<uint32_t>(std::max<size_t>(table.probes.size(), 1));
  skeleton->rodata->frame_room = room;
  skeleton->rodata->has_bursts = bursts_of(table).longest > 1 ? 1 : 0;
  bpf_map__set_value_size(skeleton->maps.frames, FW_SLOT_HEADER + room);
  bpf_map__set_max_entries(skeleton->maps.frames, static_cast<uint32_t>(table.frames.size()));
  bpf_map__set_max_entries(skeleton->maps.probes, static_cast<uint32_t>(std::max<size_t>(table.probes.size(), 1)));
  if (const int error = -generate_bpf__load(skeleton); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the generator's BPF object"), "see `fwbench doctor`");
  }
  FWBENCH_TRY(fill_frames(*skeleton, table));
  FWBENCH_TRY(fill_probes(*skeleton, table));
  return engine;
}

}  // namespace fwbench
