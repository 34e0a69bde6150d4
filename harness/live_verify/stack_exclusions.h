// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What devices behind the kernel's stack are not asked about: frames that the stack changes, holds or takes for
/// itself in ways that judge/stack.h does not model, or shows to rules otherwise than it came.

#include <cstddef>
#include <span>
#include <string_view>

#include "judge/stack.h"
#include "policy/policy.h"

namespace fwbench::verify {

struct StackExclusionOptions {
  bool defragments = false;  ///< the DUT tracks connections, for which fragments are put together (nf_defrag_ipv4,
                             ///< nf_defrag_ipv6)
  bool is_stamped = true;    ///< the frame has an identity (stamp.h) that must not be cut off
};

/// Returns the reason, a literal; "" for a frame to be asked about.
[[nodiscard]] std::string_view stack_excludes(std::span<const std::byte> frame, StackPath path, const Policy& policy,
                                              const StackExclusionOptions& options);

}  // namespace fwbench::verify
