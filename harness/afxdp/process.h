// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The AF_XDP firewall as a process of its own on a core of its own.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "afxdp/child.h"
#include "afxdp/counters.h"
#include "afxdp/shared_memory.h"
#include "afxdp/xsk.h"
#include "core/result.h"
#include "core/unique_fd.h"
#include "engine/classifier.h"

namespace fwbench {

/// Decides a batch of 1 to kClassifyBatch frames: bit i set when frames[i] may pass; other bits 0. Runs in the child:
/// it sees the caller's memory as it was at start(), and only `hits` is shared with the caller. Must not throw.
using AfxdpDecide = std::function<uint64_t(std::span<const FrameView> frames, std::span<uint64_t> hits)>;

struct AfxdpConfig {
  std::string rx_ifname;
  std::string tx_ifname;    ///< where passed frames go; empty exactly when `decide` is
  uint32_t queue = 0;       ///< of both interfaces
  int cpu = 1;              ///< the process is pinned there
  int xsks_map_fd = -1;     ///< XSKMAP of the steer program, which the caller has attached to rx_ifname
  AfxdpDecide decide;       ///< empty: every frame is discarded unread, the ceiling for any policy
  size_t hit_counters = 0;  ///< length of decide's `hits`
  /// UMEM frames, a power of two: how long the process may be held up before frames are lost (at 4 M/s, 1,024 last 0.25
  /// ms), against what stays in the cache (measured beside null-afxdp: 1,024 frames 0.86, 2,048 0.82, 4,096 0.80).
  uint32_t frames = 1024;
  uint32_t tx_ring = 1024;  ///< a power of two; fewer than `frames` can overflow
};

class AfxdpProcess {
 public:
  /// Called inside the network namespace of the interfaces. Binds the sockets, forks the process, pins it, and puts the
  /// receiving socket into the XSKMAP: from then on frames are decided. When the calling thread dies, however it dies,
  /// so does the process (PR_SET_PDEATHSIG), and with both the sockets. Errors: ErrorKind::environment.
  [[nodiscard]] static Result<AfxdpProcess> start(const AfxdpConfig& config);

  AfxdpProcess(const AfxdpProcess&) = delete;
  AfxdpProcess& operator=(const AfxdpProcess&) = delete;
  AfxdpProcess(AfxdpProcess&&) noexcept = default;
  AfxdpProcess& operator=(AfxdpProcess&&) noexcept = default;
  /// Kills the process if stop() was not called.
  ~AfxdpProcess() = default;

  /// Takes the socket out of the XSKMAP, ends the process and waits for it. counters() and hits() stay readable.
  /// Errors: as check(), and ErrorKind::internal when the process had to be killed. Calling it again
  /// gives the same answer.
  [[nodiscard]] Result<void> stop();

  /// Fails (ErrorKind::measurement) when the process has ended without being told to: it crashed or lost an interface.
  [[nodiscard]] Result<void> check();

  /// At any time, also after stop(). See AfxdpCounters for which sums hold when.
  [[nodiscard]] Result<AfxdpCounters> counters() const;

  /// decide's hits, as the process writes them: exact when the load has stopped and counters() are settled.
  [[nodiscard]] std::span<const uint64_t> hits() const;

  /// -1 when it has ended.
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  struct Shared;

  AfxdpProcess(const AfxdpConfig& config, SharedMemory memory, XskPorts ports, UniqueFd xsks_map);

  [[nodiscard]] Shared& shared() const;
  [[nodiscard]] std::span<uint64_t> writable_hits() const;
  [[nodiscard]] int run(const AfxdpConfig& config) const;
  [[nodiscard]] Result<void> launch(const AfxdpConfig& config);
  [[nodiscard]] Result<void> judge_end(int status);

  SharedMemory memory_;  ///< Shared, then the hits
  XskPorts ports_;
  UniqueFd xsks_map_;
  uint32_t queue_ = 0;
  size_t hit_counters_ = 0;
  std::string rx_ifname_;
  Child child_;
  std::optional<Error> failure_;  ///< why the process has ended, once it has and should not have
};

}  // namespace fwbench
