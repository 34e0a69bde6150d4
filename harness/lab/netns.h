// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Network namespaces as file descriptors: anonymous, gone with the last process and descriptor that holds them.

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

class NetNs {
 public:
  /// The calling thread's.
  [[nodiscard]] static Result<NetNs> current();
  /// A new, empty one; the calling thread stays where it is.
  [[nodiscard]] static Result<NetNs> create();

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Moves the calling thread into it.
  [[nodiscard]] Result<void> enter() const;

 private:
  explicit NetNs(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// The calling thread is in `target` while this lives, and back where it was afterwards. Not to be moved between
/// threads.
class NetNsScope {
 public:
  [[nodiscard]] static Result<NetNsScope> enter(const NetNs& target) { return enter_fd(target.fd()); }
  [[nodiscard]] static Result<NetNsScope> enter_fd(int netns_fd);
  NetNsScope(NetNsScope&&) = default;
  NetNsScope& operator=(NetNsScope&&) = delete;
  NetNsScope(const NetNsScope&) = delete;
  NetNsScope& operator=(const NetNsScope&) = delete;
  /// Aborts when the way back is barred: going on in the wrong namespace could touch somebody's network.
  ~NetNsScope();

 private:
  explicit NetNsScope(UniqueFd before) : before_(std::move(before)) {}
  UniqueFd before_;
};

}  // namespace fwbench
