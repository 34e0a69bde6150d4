// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What devices behind the kernel's stack are not asked about: frames that the stack changes, holds or takes for
/// itself in ways that judge/stack.h does not model, and those that nft itself judges by bytes beyond them.

#include <cstddef>
#include <span>
#include <string_view>

#include "judge/stack.h"
#include "policy/policy.h"

namespace fwbench::verify {

/// What of a policy makes the difference.
struct PolicyTraits {
  bool asks_for_length = false;   ///< meta length
  bool asks_for_exthdrs = false;  ///< exthdr ... exists
};
[[nodiscard]] PolicyTraits traits_of(const Policy& policy);

/// @param frame stamped (stamp.h).
/// @param defragments the DUT tracks connections, for which fragments are put together (nf_defrag_ipv4,
/// nf_defrag_ipv6). Returns the reason, a literal; "" for a frame to be asked about.
[[nodiscard]] std::string_view stack_excludes(std::span<const std::byte> frame, StackPath path,
                                              const PolicyTraits& traits, bool defragments);

}  // namespace fwbench::verify
