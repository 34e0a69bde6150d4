// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The lab process: the root of everything a run makes. It is PID 1 of its own PID namespace and has its own mount and
/// network namespaces, so when it ends, however it ends, the kernel takes down its children, links, programs and
/// mounts.

#include <cstdint>
#include <functional>

#include "core/result.h"

namespace fwbench {

/// Forks the lab process, runs `body` in it and returns the exit code of `body`.
/// SIGINT, SIGTERM and SIGHUP sent to the caller reach the lab process; when it has not ended `kStopGraceMs` later, or
/// on a second signal, it is killed and the result is exit_interrupted. If the caller dies, the lab process is killed.
/// Errors: ErrorKind::environment without the privileges or namespaces; ErrorKind::internal if the lab process crashed.
[[nodiscard]] Result<int> run_in_lab_process(const std::function<int()>& body);
inline constexpr int kStopGraceMs = 1500;

/// Inside the lab process, which is blind to kernel threads: the process outside keeps that of a threaded NAPI on a
/// CPU.
[[nodiscard]] Result<void> pin_napi_thread(uint32_t napi_id, int cpu);

/// Inside the lab process: true once a stop signal came. Long loops ask this at least every 20 ms.
[[nodiscard]] bool stop_requested();

}  // namespace fwbench
