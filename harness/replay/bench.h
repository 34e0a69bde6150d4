// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The test bench of replays: a lab for one DUT, engine and far end in it, and one capture after the other. Kernel in,
/// plain values out.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dut/dut.h"
#include "judge/observation.h"
#include "lab/bpf.h"
#include "lab/lab.h"
#include "lab/napi.h"
#include "measure/placement.h"
#include "replay/load.h"
#include "traffic/engines/arrivals.h"
#include "traffic/engines/replay_engine.h"

namespace fwbench {

/// Most that the far end keeps.
inline constexpr uint64_t kMaxKeptBytes = uint64_t{1} << 30;

struct ReplayTrial {
  Observation observation;  ///< without arrivals by frame index: see `arrivals`
  ReplaySent sent;
  std::vector<uint32_t> errors_ns;                   ///< timed: of each frame (ReplayEngine::errors_ns())
  std::vector<std::span<const std::byte>> arrivals;  ///< in order; valid until the next trial
  uint64_t unkept = 0;                               ///< arrived, and the far end had no room for them
};

class ReplayBench {
 public:
  /// In a lab process: makes a network namespace with a lab for this DUT.
  [[nodiscard]] static Result<std::unique_ptr<ReplayBench>> open(const DutEntry& entry, const Placement& placement);

  /// Opens and starts the DUT with this policy. What is given must outlive the bench.
  /// Errors: also ErrorKind::unsupported, when it cannot run the policy.
  [[nodiscard]] Result<void> start(const Policy& policy, const PolicyImage& image);
  /// Sends the frames of the load so often, when they are due if `timed`, and waits until all is quiet.
  [[nodiscard]] Result<ReplayTrial> observe(const ReplayLoad& load, uint64_t passes, bool timed);
  /// Errors: what was seen since start() must not be believed.
  [[nodiscard]] Result<void> stop();

  [[nodiscard]] const DutEntry& entry() const { return entry_; }
  [[nodiscard]] std::string version() const { return dut_ ? dut_->version() : std::string(); }
  ~ReplayBench();
  ReplayBench(const ReplayBench&) = delete;
  ReplayBench& operator=(const ReplayBench&) = delete;

 private:
  ReplayBench(const DutEntry& entry, const Placement& placement, NetNs ns)
      : entry_(entry), placement_(placement), ns_(std::move(ns)) {}
  [[nodiscard]] Result<void> make_room(const ReplayLoad& load, uint64_t passes, bool timed);
  [[nodiscard]] Result<ReplaySent> send(const ReplayLoad& load, const ReplaySchedule& schedule);

  const DutEntry& entry_;
  Placement placement_;
  NetNs ns_;  ///< the DUT's
  std::optional<Lab> lab_;
  std::optional<NapiKeeper> napi_;
  std::unique_ptr<ReplayEngine> engine_;
  std::optional<Arrivals> arrivals_;
  std::unique_ptr<Dut> dut_;  ///< leaves before its lab does
  FrameTable no_table_;       ///< frames are checked one by one, not the DUT for all of them
};

}  // namespace fwbench
