// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A process on a core of its own that reads frames and throws them away, and counts them where the caller can see it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "afxdp/child.h"
#include "afxdp/shared_memory.h"
#include "core/result.h"

namespace fwbench {

/// Shared by the reading process and the caller.
struct ReaderState {
  std::atomic<uint64_t> received = 0;
  /// Some of every frame, so that reading it is no pretence (a compiler would leave it out).
  std::atomic<uint64_t> touched = 0;
  std::atomic<uint32_t> stop = 0;
  std::atomic<int> error = 0;  ///< errno that ended the loop
};

/// Reads until `state.stop` is set, which it looks at every few milliseconds at least; returns 0, or the errno that it
/// cannot go on with. Runs in the child.
using ReaderLoop = std::function<int(ReaderState& state)>;

class ReaderProcess {
 public:
  /// Dies with the calling thread. Errors: ErrorKind::environment.
  [[nodiscard]] static Result<ReaderProcess> start(const char* name, int cpu, const ReaderLoop& loop);

  /// Fails (ErrorKind::measurement) when it has ended without being told to.
  [[nodiscard]] Result<void> check();
  /// Errors: as check(), and ErrorKind::internal when it had to be killed.
  [[nodiscard]] Result<void> stop();
  /// Frames read since start().
  [[nodiscard]] uint64_t received() const { return state().received.load(std::memory_order_relaxed); }
  /// -1 when it has ended.
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  ReaderProcess(std::string name, SharedMemory memory);
  [[nodiscard]] ReaderState& state() const;
  [[nodiscard]] Result<void> judge_end(int status);

  std::string name_;
  SharedMemory memory_;
  Child child_;
  std::optional<Error> failure_;
};

}  // namespace fwbench
