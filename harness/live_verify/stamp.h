// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Makes a frame from anywhere one that can be followed through a lab: its identity (bpf/abi.h) is written where the
/// sink looks for it, and its IPv4 header checksum is put right, which no rule looks at and every IP stack does.
/// The identity may well stand in what a rule looks at, such as the ports of a protocol that has none: the frame is
/// then to be judged by what it is afterwards.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fwbench::verify {

inline constexpr size_t kIdentityBytes = 8;
/// The largest frame of a lab whose links have the usual MTU of 1500.
inline constexpr size_t kLargestFrame = 1514;
/// Of every verification: the same frames again must be the same frames.
inline constexpr uint32_t kVerifyRunId = 0x66770001;

/// Where the identity is, as bpf/identity.h finds it; nothing when the headers in front of it are cut short. There may
/// be fewer than kIdentityBytes behind it.
[[nodiscard]] std::optional<size_t> identity_at(std::span<const std::byte> frame);

/// The index in the identity of a stamped frame.
[[nodiscard]] uint32_t identity_of(std::span<const std::byte> frame);

/// "" when the frame carries the identity now; else why it cannot, as a literal. Doing it twice changes nothing more.
[[nodiscard]] std::string_view stamp(std::vector<std::byte>& frame, uint32_t run_id, uint32_t index);

}  // namespace fwbench::verify
