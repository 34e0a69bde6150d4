// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/turns_engine.h"

#include <atomic>
#include <chrono>
#include <climits>
#include <thread>

#include "lab/netns.h"
#include "traffic/engines/live_run.h"

namespace fwbench {

Result<TurnsEngine> TurnsEngine::open(const FrameTable& table, const Lane (&lanes)[kLanes], int cpu) {
  auto generator = load_generator(table);
  if (!generator) return tl::unexpected(generator.error());
  for (uint32_t i = 0; i < kLanes; ++i) {
    auto inside = NetNsScope::enter_fd(lanes[i].netns_fd);
    if (!inside) return tl::unexpected(inside.error());
    FWBENCH_TRY(set_egress(generator->object->maps.egress, lanes[i].egress_ifindex, i));
  }
  return TurnsEngine(std::move(*generator), lanes[0].netns_fd, cpu);
}

TurnsEngine::TurnsEngine(Generator generator, int netns_fd, int cpu)
    : generator_(std::move(generator)), netns_fd_(netns_fd), cpu_(cpu), thread_(std::make_unique<SenderThread>()) {
  turn(kLanes);
}

TurnsEngine::~TurnsEngine() {
  if (thread_ != nullptr) static_cast<void>(stop());
}

Result<void> TurnsEngine::start() {
  auto& runs = generator_.object->bss->turns.runs;
  FWBENCH_TRY(thread_->start(netns_fd_, cpu_, [object = generator_.object.get(), room = generator_.room] {
    return run_live(
        {.program = object->progs.generate_turns, .frame_room = room, .batch = kFloodBatch, .repeat = INT_MAX},
        [object] { return std::atomic_ref(object->bss->turns.lane).load(std::memory_order_relaxed) != FW_LANE_END; });
  }));
  // The program runs once the kernel has set up its pages.
  constexpr int kTries = 2000;
  for (int i = 0; i < kTries && !thread_->finished(); ++i) {
    if (std::atomic_ref(runs).load(std::memory_order_relaxed) != 0) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  FWBENCH_TRY(stop());  // an engine that failed says why here
  return fail(ErrorKind::measurement, "the TX engine did not begin within {} s", kTries / 1000);
}

void TurnsEngine::turn(size_t lane) {
  std::atomic_ref(state().lane).store(lane, std::memory_order_release);
}

Sent TurnsEngine::sent(size_t lane) const {
  return {.planned = std::atomic_ref(state().emitted[lane]).load(std::memory_order_acquire)};
}

Result<void> TurnsEngine::stop() {
  turn(FW_LANE_END);
  return thread_->interrupt_and_join();
}

}  // namespace fwbench
