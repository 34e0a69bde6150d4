// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The userspace engine's packet parser: bytes of a frame to the fields rules look at.
/// Written apart from bpf/parse.h and from the oracle's; all three must agree with nft (see policy/policy.h).

#include <cstdint>

#include "engine/classifier.h"
#include "policy/policy.h"

namespace fwbench {

/// Values in host byte order; one means something only when its bit in `present` is set.
struct FrameFields {
  uint32_t present = 0;  ///< bit of each Field
  uint16_t ether_type = 0;
  uint16_t th_sport = 0;
  uint16_t th_dport = 0;
  uint8_t l4proto = 0;
  uint8_t ip_protocol = 0;
  uint8_t tcp_flags = 0;
  uint8_t icmp_type = 0;
  uint32_t ip_saddr = 0;
  uint32_t ip_daddr = 0;
  const std::byte* ip6_saddr = nullptr;  ///< 16 bytes in the frame
  const std::byte* ip6_daddr = nullptr;

  [[nodiscard]] bool has(Field field) const { return (present >> static_cast<unsigned>(field) & 1) != 0; }
};

/// Never fails: what cannot be read is not present.
[[nodiscard]] FrameFields read_fields(FrameView frame);

}  // namespace fwbench
