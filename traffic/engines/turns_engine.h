// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A live flood that goes to two labs by turns. One BPF_PROG_RUN for all of them: its 20 ms of setting up are paid
/// once, and a turn begins with the next frame.

#include <cstdint>

#include "bpf/abi.h"
#include "core/result.h"
#include "traffic/engines/generator.h"
#include "traffic/engines/sender_thread.h"
#include "traffic/schedule.h"

namespace fwbench {

inline constexpr size_t kLanes = FW_LANES;

/// Where the frames of a lane go.
struct Lane {
  int netns_fd = -1;       ///< the generator's
  int egress_ifindex = 0;  ///< g0
};

class TurnsEngine {
 public:
  /// `table` is copied; the namespaces outlive it.
  [[nodiscard]] static Result<TurnsEngine> open(const FrameTable& table, const Lane (&lanes)[kLanes], int cpu);
  TurnsEngine(const TurnsEngine&) = delete;
  TurnsEngine& operator=(const TurnsEngine&) = delete;
  TurnsEngine(TurnsEngine&&) = default;
  TurnsEngine& operator=(TurnsEngine&&) = delete;
  ~TurnsEngine();

  /// Nothing is sent before the first turn. Returns when a turn would take effect at once.
  [[nodiscard]] Result<void> start();
  /// From the next frame on. @param lane kLanes: nothing is sent
  void turn(size_t lane);
  /// Each lane's frames are in index order, beginning with 0. Exact when another lane has the turn, or none.
  [[nodiscard]] Sent sent(size_t lane) const;
  [[nodiscard]] Result<void> stop();

 private:
  TurnsEngine(Generator generator, int netns_fd, int cpu);
  [[nodiscard]] generator_turns& state() const { return generator_.object->bss->turns; }

  Generator generator_;
  int netns_fd_;
  int cpu_;
  std::unique_ptr<SenderThread> thread_;
};

}  // namespace fwbench
