// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames as a hook of the IP stack sees them. A policy means what it says at netdev ingress; further in, a few header
/// fields are no longer what came over the wire.

#include "core/result.h"
#include "judge/stack.h"
#include "policy/policy.h"
#include "traffic/frame.h"

namespace fwbench {

/// Errors: ErrorKind::unsupported, with the line that decides, when a frame of the table would be judged otherwise at
/// that point because of it. Only policies that look at such fields are asked.
[[nodiscard]] Result<void> check_hook_view(const Policy& policy, const FrameTable& table, StackPath path);

}  // namespace fwbench
