// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The userspace engine's packet parser: bytes of a frame to the fields rules look at.
/// Written apart from bpf/parse.h and from the oracle's; all three must agree with nft (see policy/policy.h).

#include <array>
#include <cstdint>

#include "engine/classifier.h"
#include "policy/policy.h"

namespace fwbench {

inline constexpr int kFirstRareField = static_cast<int>(Field::icmp_code);

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
  bool cut_tag = false;    ///< a VLAN tag that the frame ends in: the kernel drops it before any rule
  uint32_t transport = 0;  ///< offset of the transport header in the frame; 0 when it has none
  uint32_t network = 0;    ///< offset of what is behind the Ethernet header and one VLAN tag

  [[nodiscard]] bool has(Field field) const { return (present >> static_cast<unsigned>(field) & 1) != 0; }
};

/// The fields that few rulesets look at, all of them short enough for one number.
using RareFields = std::array<uint64_t, kFieldCount - kFirstRareField>;

/// Never fails: what cannot be read is not present.
[[nodiscard]] FrameFields read_fields(FrameView frame);

/// Reads the rest and marks it present. @param fields of the same frame, from read_fields().
[[nodiscard]] RareFields read_rare_fields(FrameView frame, FrameFields& fields);

}  // namespace fwbench
