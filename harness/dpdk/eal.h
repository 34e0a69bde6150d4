// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// DPDK's environment without anything that outlives the process: no hugepages, no PCI devices, no files.

#include <span>
#include <string>

#include "core/result.h"

namespace fwbench {

struct EalConfig {
  int cpu = 0;                           ///< the calling thread is pinned there
  int memory_mb = 64;                    ///< size of DPDK's heap: reserved, used as it is needed
  std::span<const std::string> devices;  ///< --vdev
};

/// Once a process. Errors: ErrorKind::environment; DPDK has said more on stderr.
[[nodiscard]] Result<void> start_eal(const EalConfig& config);

}  // namespace fwbench
