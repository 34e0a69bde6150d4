// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames as a hook of the IP stack sees them. A policy means what it says at netdev ingress; further in, a few header
/// fields are no longer what came over the wire.

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "judge/stack.h"
#include "policy/policy.h"
#include "traffic/frame.h"

namespace fwbench {

/// The frame at that point: from prerouting on, without its VLAN tag (__netif_receive_skb_core()) and without what
/// stands behind the IP packet (ip_rcv_core() and ip6_rcv_core() trim it, which `meta length` shows); at forward, with
/// one hop less to go (ip_forward() and ip6_forward() count down before the hook).
[[nodiscard]] std::vector<std::byte> frame_at_hook(std::span<const std::byte> frame, StackPath path);

/// Errors: ErrorKind::unsupported, with the line that decides, when a frame of the table would be judged otherwise at
/// that point because of it. Only policies that look at such fields are asked.
[[nodiscard]] Result<void> check_hook_view(const Policy& policy, const FrameTable& table, StackPath path);

}  // namespace fwbench
