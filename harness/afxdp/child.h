// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Owns one forked process: killed and reaped when destroyed or overwritten, so none outlives its owner as a zombie.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "core/result.h"

namespace fwbench {

class Child {
 public:
  Child() = default;
  /// Takes over a process that this one has forked and nobody else waits for.
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    if (this != &other) {
      kill();
      pid_ = std::exchange(other.pid_, -1);
    }
    return *this;
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  /// -1 when there is none (any more).
  [[nodiscard]] pid_t pid() const { return pid_; }

  void signal(int number) const;

  /// Waits until the process has ended or `timeout` is over (0: only looks). Returns its wait status, and owns nothing
  /// from then on; empty while it runs or when there is none.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout);

  void kill();

 private:
  pid_t pid_ = -1;
};

/// Forks a process that runs `body` on `cpu` and ends with status 0 if that returns 0. It dies with the calling thread,
/// however that dies (PR_SET_PDEATHSIG). The caller's signal handlers are not its own: SIGTERM only cuts a sleep short,
/// and SIGINT, which a terminal sends to the whole group, is for the caller to act on.
/// Errors: ErrorKind::environment.
[[nodiscard]] Result<Child> fork_pinned(const char* name, int cpu, const std::function<int()>& body);

/// "was killed by signal 11 (Segmentation fault)", "ended with status 1".
[[nodiscard]] std::string describe_wait_status(int status);

}  // namespace fwbench
