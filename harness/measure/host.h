// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What machine this is, and whether it was quiet: read from /proc and /sys, never changed.

#include <optional>
#include <string>

#include "record/record.h"

namespace fwbench {

[[nodiscard]] HostInfo read_host_info();

/// Share of CPU time, all CPUs, between two moments.
class CpuWatch {
 public:
  CpuWatch();
  /// Time the hypervisor gave to others since construction, as a share of all; nothing where the kernel does not say.
  [[nodiscard]] std::optional<double> steal_share() const;

 private:
  struct Times {
    uint64_t all = 0;
    uint64_t steal = 0;
  };
  static Times read();
  Times begin_;
};

/// Load average over the last minute.
[[nodiscard]] std::optional<double> load_average();

}  // namespace fwbench
