// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The live TX engine for captures (bpf/replay.bpf.c): frames of any size in their order, flat out or each at its time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/result.h"

struct replay_bpf;

namespace fwbench {

struct ReplayFrame {
  std::span<const std::byte> bytes;  ///< 14 to FW_MAX_FRAME
  uint64_t due_ns = 0;               ///< since the beginning of a pass; never less than the one before
};

struct ReplaySchedule {
  bool timed = false;    ///< false: flat out
  uint64_t passes = 1;   ///< over all frames
  uint64_t pass_ns = 0;  ///< timed: from the beginning of a pass to that of the next
};

struct ReplaySent {
  uint64_t frames = 0;
  uint64_t span_ns = 0;  ///< from the first frame to the last; 0 until that has gone
  int64_t drift_ns = 0;  ///< timed: by how much that span is longer than the schedule's
};

class ReplayEngine {
 public:
  struct Config {
    int netns_fd = -1;       ///< the generator's
    int egress_ifindex = 0;  ///< g0
    int cpu = 0;
    uint64_t frames = 0;  ///< room for that many
    uint64_t bytes = 0;   ///< of so many bytes
    uint64_t timed = 0;   ///< room for the timing errors of that many, over all passes
  };
  /// Errors: ErrorKind::environment.
  [[nodiscard]] static Result<std::unique_ptr<ReplayEngine>> open(const Config& config);
  ReplayEngine(const ReplayEngine&) = delete;
  ReplayEngine& operator=(const ReplayEngine&) = delete;
  virtual ~ReplayEngine() = default;

  /// It has room for all of that.
  [[nodiscard]] virtual bool holds(uint64_t frames, uint64_t bytes, uint64_t timed) const = 0;
  /// Copies the frames. Nothing may be under way. At least one.
  virtual void load(std::span<const ReplayFrame> frames) = 0;

  /// Of the loaded frames. Returns once the sending thread is on its CPU. At most INT_MAX frames over all passes.
  [[nodiscard]] virtual Result<void> start(const ReplaySchedule& schedule) = 0;
  /// Any time; exact after stop().
  [[nodiscard]] virtual ReplaySent sent() const = 0;
  /// Nothing more is emitted when this returns; what was emitted has been flushed to the device.
  [[nodiscard]] virtual Result<ReplaySent> stop() = 0;
  /// Timed: by how many ns each frame was late, in their order, as far as there is room. Never early.
  [[nodiscard]] virtual std::vector<uint32_t> errors_ns() const = 0;

 protected:
  ReplayEngine() = default;
};

}  // namespace fwbench
