// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The Internet checksum (RFC 1071).

#include <cstddef>
#include <cstdint>
#include <span>

namespace fwbench {

/// Sum of the big-endian 16-bit words of `bytes` (an odd last byte counts as the high half of a word), not yet folded.
/// Sums may be added up: 2^48 words fit.
[[nodiscard]] inline uint64_t checksum_add(uint64_t sum, std::span<const std::byte> bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<uint64_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  }
  return sum;
}

/// The one's complement of the one's complement sum: what stands in the checksum field, in host byte order.
[[nodiscard]] inline uint16_t checksum_finish(uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace fwbench
