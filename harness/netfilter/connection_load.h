// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What connection tracking makes of traffic besides looking at it, and the traffic that it would change.

#include <cstdint>

#include "core/result.h"
#include "traffic/frame.h"

namespace fwbench {

/// Connections of a table's frames: pairs of addresses, protocol, pairs of ports (or ICMP's identifier), either way
/// round.
struct ConnectionLoad {
  uint64_t connections = 0;
  uint64_t fragments = 0;  ///< frames that are a part of a packet
};
[[nodiscard]] ConnectionLoad connection_load(const FrameTable& table);

/// net.netfilter.nf_conntrack_max of this kernel, which all namespaces share.
/// Errors: ErrorKind::unsupported on a kernel without connection tracking.
[[nodiscard]] Result<uint64_t> conntrack_room();

/// Errors: ErrorKind::unsupported for traffic of which tracking would lose frames on its own: it drops what has no room
/// in its table (net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc), and holds fragments back until the packet is
/// whole, which those of a generator never are (nf_defrag_ipv4.c, nf_defrag_ipv6_hooks.c).
[[nodiscard]] Result<void> check_connection_load(const FrameTable& table, uint64_t room);

}  // namespace fwbench
