// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Bytes of a frame in network byte order, and the sizes of its headers. No bounds are checked: callers have compared
/// sizes before. The oracle (policy/oracle.h) reads frames by itself on purpose.

#include <cstddef>
#include <cstdint>
#include <span>

namespace fwbench {

using Bytes = std::span<const std::byte>;

inline constexpr size_t kEthernetHeader = 14;
inline constexpr size_t kVlanTag = 4;
inline constexpr size_t kIpv4Header = 20;  ///< without options
inline constexpr size_t kIpv6Header = 40;

[[nodiscard]] inline uint8_t byte_at(Bytes bytes, size_t at) {
  return std::to_integer<uint8_t>(bytes[at]);
}
[[nodiscard]] inline uint16_t u16_at(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
[[nodiscard]] inline uint32_t u32_at(Bytes bytes, size_t at) {
  return static_cast<uint32_t>(u16_at(bytes, at)) << 16 | u16_at(bytes, at + 2);
}

}  // namespace fwbench
