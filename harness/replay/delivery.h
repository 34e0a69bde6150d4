// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What arrived, held against what had to: packet by packet, in order. A packet is known by its own bytes, so that
/// packets of the same bytes are a multiset and nothing has to be written into them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fwbench {

enum class Fate : uint8_t {
  pass,
  drop,
  open,  ///< either is right
};

/// One packet of a pass. Packets of the same bytes have the same fate.
struct ExpectedPacket {
  std::span<const std::byte> bytes = {};  ///< as it arrives if it is let through
  Fate fate = Fate::pass;
};

struct ByteRange {
  size_t first = 0;
  size_t count = 0;

  bool operator==(const ByteRange&) const = default;
};

enum class DeviationKind : uint8_t {
  missing,  ///< had to pass and did not arrive
  leaked,   ///< had to be dropped and arrived
  changed,  ///< arrived with other bytes
  extra,    ///< arrived, and nothing of the kind was sent (so often)
};

struct Deviation {
  DeviationKind kind = DeviationKind::missing;
  std::optional<size_t> packet;    ///< of the pass; none: extra
  uint64_t pass = 0;               ///< from 0
  std::optional<size_t> arrival;   ///< none: missing
  std::vector<ByteRange> changed;  ///< where the bytes differ; a different length is a range to the longer one's end

  bool operator==(const Deviation&) const = default;
};

struct Delivery {
  uint64_t expect_pass = 0;
  uint64_t passed = 0;  ///< of those, unchanged
  uint64_t expect_drop = 0;
  uint64_t dropped = 0;  ///< of those
  uint64_t open = 0;     ///< sent, either verdict right
  uint64_t open_passed = 0;
  uint64_t missing = 0;
  uint64_t leaked = 0;
  uint64_t changed = 0;
  uint64_t extra = 0;
  uint64_t reordered = 0;                      ///< came behind one that was sent later (RFC 4737 section 3.3)
  std::vector<Deviation> deviations;           ///< the first kMaxDeviations: missing ones behind the others
  std::vector<uint64_t> arrived;               ///< by packet of the pass: how many of it arrived, over all passes
  std::vector<std::optional<size_t>> origins;  ///< by arrival: the packet of the pass that it is, maybe changed

  /// Everything that had to arrive did, unchanged and in order, and nothing else.
  [[nodiscard]] bool is_exact() const { return missing + leaked + changed + extra + reordered == 0; }
};
inline constexpr size_t kMaxDeviations = 10'000;

/// @param sent one pass; @param passes how often that was sent, one pass after the other
[[nodiscard]] Delivery compare_delivery(std::span<const ExpectedPacket> sent, uint64_t passes,
                                        std::span<const std::span<const std::byte>> arrivals);

/// Where two frames differ.
[[nodiscard]] std::vector<ByteRange> differing_bytes(std::span<const std::byte> a, std::span<const std::byte> b);

}  // namespace fwbench
