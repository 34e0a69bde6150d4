// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The counters of rules, as the save tools print them.

#include <cstdint>
#include <string_view>

namespace fwbench {

/// Packets that rules and chain policies dropped: `iptables-save -c` of one table.
[[nodiscard]] uint64_t count_dropped(std::string_view saved);

}  // namespace fwbench
