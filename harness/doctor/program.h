// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// XDP programs of a few instructions, written by hand: the doctor must not depend on the compiled ones it vouches for.

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

/// The Ethernet type of our test frames: IEEE 802 local experimental, so that no other traffic is counted.
inline constexpr uint16_t kTestEtherType = 0x88B5;

/// A program that does nothing but return XDP_DROP.
[[nodiscard]] Result<UniqueFd> load_drop_program();

/// Returns XDP_DROP; adds one to the u64 in entry 0 of the array map for each frame of kTestEtherType.
[[nodiscard]] Result<UniqueFd> load_counting_program(int map_fd);

/// Redirects every frame to the interface.
[[nodiscard]] Result<UniqueFd> load_redirect_program(int ifindex);

/// An array map with one u64. `flags` is 0 or BPF_F_MMAPABLE.
[[nodiscard]] Result<UniqueFd> make_counter_map(uint32_t flags);

}  // namespace fwbench
