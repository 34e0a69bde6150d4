// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Sending a probe: what changes in its template. The BPF generator does the same through bpf/probe_patch.h.

#include <cstddef>
#include <cstdint>
#include <span>

#include "traffic/frame.h"

namespace fwbench {

/// Writes identity and stamp into `frame`, a copy of probe.bytes or a frame that was stamped before; the transport
/// checksum stays valid.
/// @param sequence below FW_PROBE_BIT. Times are CLOCK_MONOTONIC.
void stamp_probe(std::span<std::byte> frame, const ProbeFrame& probe, uint32_t sequence, uint64_t scheduled_ns,
                 uint64_t sent_ns);

}  // namespace fwbench
