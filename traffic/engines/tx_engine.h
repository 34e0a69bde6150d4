// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// TX engines: what puts frames on g0. One thread, pinned, in the generator's namespace.

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "traffic/frame.h"
#include "traffic/schedule.h"

namespace fwbench {

class TxEngineBase {
 public:
  TxEngineBase() = default;
  TxEngineBase(const TxEngineBase&) = delete;
  TxEngineBase& operator=(const TxEngineBase&) = delete;
  /// Stops if running.
  virtual ~TxEngineBase() = default;

  /// Returns once the sending thread is on its CPU; the first frame may leave before that.
  [[nodiscard]] virtual Result<void> start(const Schedule& schedule) = 0;
  /// Any time, any thread; exact after stop().
  [[nodiscard]] virtual Sent sent() const = 0;
  /// Nothing more is emitted when this returns; what was emitted has been flushed to the device.
  [[nodiscard]] virtual Result<Sent> stop() = 0;
};

struct TxEngineConfig {
  TxEngine kind = TxEngine::live;
  int netns_fd = -1;       ///< the generator's
  int egress_ifindex = 0;  ///< g0
  int cpu = 0;
  const FrameTable* table = nullptr;  ///< copied; need not outlive the call
};

[[nodiscard]] Result<std::unique_ptr<TxEngineBase>> open_tx_engine(const TxEngineConfig& config);

}  // namespace fwbench
