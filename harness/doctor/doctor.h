// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `fwbench doctor`: what this machine can do, found out by trying it in throw-away namespaces.

#include <chrono>
#include <vector>

#include "doctor/check.h"

namespace fwbench {

struct DoctorOptions {
  std::chrono::milliseconds timeout{5000};  ///< for each kernel check; one that takes longer is killed and has failed
};

/// All checks, in the order they are shown. Never fails as a whole and changes nothing on the machine: every kernel
/// check runs in a child with its own PID, mount and network namespaces, which dies with its caller (see sandbox.h).
/// Call it from a process with one thread: it forks. Takes well below a second on a healthy machine.
[[nodiscard]] std::vector<Check> run_checks(const DoctorOptions& options = {});

}  // namespace fwbench
