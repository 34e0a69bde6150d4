// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/probe.h"

#include <cstring>

#include "bpf/probe_patch.h"

namespace fwbench {

void stamp_probe(std::span<std::byte> frame, const ProbeFrame& probe, uint32_t sequence, uint64_t scheduled_ns,
                 uint64_t sent_ns) {
  const __be32 index = fw_probe_index(sequence);
  const probe_stamp stamp = fw_make_probe_stamp(sequence, scheduled_ns, sent_ns);
  const auto index_at = frame.subspan(probe.identity_offset + offsetof(frame_identity, index), sizeof index);
  const auto stamp_at = frame.subspan(probe.stamp_offset, sizeof stamp);
  std::memcpy(index_at.data(), &index, sizeof index);
  std::memcpy(stamp_at.data(), &stamp, sizeof stamp);
}

}  // namespace fwbench
