// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames about which iptables and nft's ingress hook, which is the policy's model, say different things whatever the
/// rules are. They are rare (cut headers, fragments), and a DUT that is sent one is left out rather than called wrong.

#include <span>

#include "netfilter/iptables_ruleset.h"
#include "traffic/frame.h"

namespace fwbench {

/// Errors: ErrorKind::unsupported, "iptables cannot run this traffic: frame 12: ...".
[[nodiscard]] Result<void> check_iptables_traffic(const Policy& policy, std::span<const Frame> frames,
                                                  const IptablesOptions& options);

/// Matches of a transport header drop a packet that has not all of it ("hotdrop", net/netfilter/xt_tcpudp.c), and no
/// counter says so. Legacy iptables only: iptables-nft compares bytes that are there.
[[nodiscard]] bool is_hotdropped(std::span<const std::byte> frame);

/// How many flows the frames are that the policy accepts: what conntrack would have to remember of them.
[[nodiscard]] size_t count_accepted_flows(const Policy& policy, std::span<const Frame> frames);

}  // namespace fwbench
