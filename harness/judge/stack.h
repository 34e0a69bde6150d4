// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the host's IP stack does to a frame around a ruleset, whatever the ruleset says: a second opinion beside the
/// oracle's, so that what a firewall in the stack never gets to see is neither its false drop nor forgotten.
/// Sources: net/ipv4/ip_input.c (ip_rcv_core), net/ipv4/route.c (ip_route_input_slow), net/ipv4/ip_forward.c,
/// net/ipv6/ip6_input.c (ip6_rcv_core), net/ipv6/ip6_output.c (ip6_forward); Linux 6.18, rp_filter off.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fwbench {

/// How far into the stack a frame goes before the DUT decides about it. From prerouting on, a frame that is let through
/// is routed by the stack as well.
enum class StackPath : uint8_t {
  none,        ///< XDP, AF_XDP, DPDK: the frame as it came
  ingress,     ///< tc and netdev ingress: the DUT forwards it itself
  prerouting,  ///< behind the IP header's checks, before the route
  forward,     ///< behind the route
  input,       ///< behind the route, for a socket of this host
};

/// Where the stack drops a frame on its own.
enum class StackFate : uint8_t {
  survives,
  drops_before_rules,  ///< the ruleset is never asked
  drops_after_rules,   ///< only if the ruleset lets it through
};

/// @param frame whole, from the Ethernet header on
[[nodiscard]] StackFate stack_fate(std::span<const std::byte> frame, StackPath path);

/// The frame as rules at that point see it: from prerouting on, without its VLAN tag (__netif_receive_skb_core()) and
/// without what stands behind the IP packet (ip_rcv_core() and ip6_rcv_core() trim it, which `meta length` shows); at
/// forward, with one hop less to go (ip_forward() and ip6_forward() count down before the hook).
[[nodiscard]] std::vector<std::byte> frame_at_hook(std::span<const std::byte> frame, StackPath path);

}  // namespace fwbench
