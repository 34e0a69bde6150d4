// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Which of the kernel's clock sources are read without leaving the CPU.

#include <algorithm>
#include <string_view>

namespace fwbench {

/// @param name as in /sys/devices/system/clocksource/clocksource0/current_clocksource
[[nodiscard]] inline bool is_fast_clock(std::string_view name) {
  constexpr std::string_view kFast[] = {"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"};
  return std::find(std::begin(kFast), std::end(kFast), name) != std::end(kFast);
}

}  // namespace fwbench
