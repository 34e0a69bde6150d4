// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The test bench: lab, TX engine and sink around a DUT, and one trial on it. Kernel in, Observation out.

#include <functional>
#include <memory>
#include <optional>

#include "dut/dut.h"
#include "judge/observation.h"
#include "lab/lab.h"
#include "lab/napi.h"
#include "measure/books.h"
#include "traffic/engines/sink.h"
#include "traffic/engines/turns_engine.h"
#include "traffic/engines/tx_engine.h"
#include "traffic/frame.h"
#include "traffic/schedule.h"

namespace fwbench {

struct BenchConfig {
  TxEngine engine = TxEngine::live;
  uint32_t mtu = 1500;
  LabNetwork network = LabNetwork::silent;
  uint32_t probe_capacity = 1;  ///< most probes in one trial
  uint32_t identities = 0;      ///< of frames whose identity is not their place in the table: one more than the largest
  bool every_packet = false;    ///< the DUT's stack sees every frame by itself: no GRO, which puts segments together
  int generator_cpu = 0;
  int app_cpu = 1;
};

/// What to do in one trial besides sending: with a window the rate is measured, without one the schedule must end by
/// itself (limited frames and probes).
struct TrialWindow {
  uint64_t ramp_ns = 0;
  uint64_t duration_ns = 0;  ///< 0: no window
};

class Bench {
 public:
  /// Inside the lab process. `table` is copied by the engine and need not outlive the call.
  [[nodiscard]] static Result<Bench> open(const BenchConfig& config, const FrameTable& table);

  /// Other frames from now on, in the same lab. `table` as in open(); nothing may be under way.
  [[nodiscard]] Result<void> load(const FrameTable& table);

  /// The lab and CPUs that a DUT gets; policy, image and frames are for the caller to fill in.
  [[nodiscard]] DutInputs dut_inputs() const;
  [[nodiscard]] const BenchConfig& config() const { return config_; }

  /// Sends what `schedule` says through a started DUT: ramp, measure, stop, drain, read.
  /// Errors: ErrorKind::interrupted when a stop signal came; ErrorKind::measurement when the schedule did not end.
  [[nodiscard]] Result<Observation> observe(Dut& dut, const Schedule& schedule, const TrialWindow& window);

  /// observe() in steps, for a flood that somebody else sends: begin(), measure() any number of times, finish().
  /// @param sent what was sent through this lab since begin(); any time
  [[nodiscard]] Result<void> begin(Dut& dut, std::function<Sent()> sent);
  /// Adds to the window of the trial.
  [[nodiscard]] Result<void> measure(Dut& dut, const TrialWindow& window);
  /// Nothing is sent any more: drains and reads.
  [[nodiscard]] Result<Observation> finish(Dut& dut);
  /// For who sends then.
  [[nodiscard]] Lane lane() const { return {.netns_fd = lab_->gen_ns().fd(), .egress_ifindex = lab_->g0().ifindex}; }

 private:
  Bench(BenchConfig config, std::unique_ptr<Lab> lab) : config_(config), lab_(std::move(lab)) {}

  struct Sample;
  /// Between begin() and finish().
  struct Running {
    Books books;
    std::function<Sent()> sent;
    uint64_t began_ns = 0;
    Observation window = {};  ///< its window, and nothing else
  };
  [[nodiscard]] Result<Sample> sample(Dut& dut);
  [[nodiscard]] Result<void> wait_for_end(const Schedule& schedule);
  /// An engine takes tens of milliseconds to set up, more on a busy host: no part of the ramp or the window.
  [[nodiscard]] Result<void> measure_from_first_frame(Dut& dut, const TrialWindow& window);

  BenchConfig config_;
  std::unique_ptr<Lab> lab_;
  std::optional<NapiKeeper> napi_;
  FrameTable contents_;       ///< without frames: what load() was given to tell frames apart
  std::optional<Sink> sink_;  ///< it and the engine: since load()
  std::unique_ptr<TxEngineBase> engine_;
  std::optional<Running> running_;
};

}  // namespace fwbench
