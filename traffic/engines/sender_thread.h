// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The thread of a TX engine: pinned, in a network namespace, interruptible in a system call.

#include <atomic>
#include <functional>
#include <thread>

#include "core/result.h"

namespace fwbench {

class SenderThread {
 public:
  SenderThread() = default;
  SenderThread(const SenderThread&) = delete;
  SenderThread& operator=(const SenderThread&) = delete;
  ~SenderThread() { static_cast<void>(interrupt_and_join()); }

  /// Runs `body` on `cpu` in the namespace. Returns when it is about to run, or with the error that kept it from there.
  /// `body` must return soon after one of its system calls fails with EINTR, or after it saw its own stop flag.
  [[nodiscard]] Result<void> start(int netns_fd, int cpu, std::function<Result<void>()> body);
  /// Interrupts `body` until it returns; gives its result.
  [[nodiscard]] Result<void> interrupt_and_join();
  [[nodiscard]] bool finished() const { return finished_.load(std::memory_order_acquire); }

 private:
  std::thread thread_;
  std::atomic<bool> finished_ = true;
  Result<void> result_;
};

}  // namespace fwbench
