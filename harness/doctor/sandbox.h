// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A place to try things on the kernel that leaves nothing behind.

#include <chrono>
#include <functional>
#include <string>

#include "core/result.h"

namespace fwbench {

/// What a probe found: a text for the user, or why it does not work. Runs as PID 1 of its own namespaces; may mount,
/// make links and fork as it likes.
using Probe = std::function<Result<std::string>()>;

/// Runs `probe` in a forked child with new PID, mount and network namespaces and returns what it found.
/// The child and everything in its namespaces is gone when this returns, and also when the caller is killed.
/// Errors, besides the probe's own: ErrorKind::environment when the namespaces cannot be made, when there was no answer
/// within `timeout`, or when the probe crashed. Exceptions of the probe end the child and count as a crash.
[[nodiscard]] Result<std::string> run_in_sandbox(const Probe& probe, std::chrono::milliseconds timeout);

}  // namespace fwbench
