// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames made from a TrafficSpec: deterministic from its seed, each with its identity and valid checksums.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "traffic/spec.h"

namespace fwbench {

using MacAddress = std::array<uint8_t, 6>;

/// Ethernet addresses of the lab; locally administered, fixed, so that frames are the same in every run.
inline constexpr MacAddress kGeneratorMac = {0x02, 0x66, 0x77, 0x00, 0x00, 0x01};  ///< g0
inline constexpr MacAddress kDutInMac = {0x02, 0x66, 0x77, 0x00, 0x00, 0x02};      ///< d0
inline constexpr MacAddress kDutOutMac = {0x02, 0x66, 0x77, 0x00, 0x00, 0x03};     ///< d1
inline constexpr MacAddress kSinkMac = {0x02, 0x66, 0x77, 0x00, 0x00, 0x04};       ///< s0

struct Frame {
  std::vector<std::byte> bytes = {};  ///< Ethernet to the end of the payload, without FCS
  uint16_t class_index = 0;           ///< into TrafficSpec.classes
  bool follows = false;               ///< of a burst: to be sent back to back with the frame before it
  /// The sink tells it by its source address alone (FW_MAC_IDENTITY), which no router leaves as it is.
  bool needs_mac_identity = false;
};

/// A probe: a frame of the probe class with room for bpf/abi.h's probe_stamp. Identity index and stamp are filled in
/// when it is sent; `bytes` has a valid transport checksum for a stamp of zeros with sequence 0 and stays valid under
/// the generator's checksum_fix.
struct ProbeFrame {
  std::vector<std::byte> bytes = {};
  uint16_t identity_offset = 0;
  uint16_t stamp_offset = 0;
};

struct FrameTable {
  uint32_t run_id = 0;
  /// Index = identity; classes are interleaved in proportion to their weights, shuffled by seed, bursts in one piece.
  std::vector<Frame> frames = {};
  std::vector<ProbeFrame> probes = {};
  /// By frame, when frames are known by their own bytes (traffic/content.h); empty: by the identity in them.
  std::vector<uint64_t> contents = {};
};

/// @param run_id tells this run's frames from any others; also seeds nothing.
/// Errors: ErrorKind::usage when a class cannot make a frame (say, larger than FW_MAX_FRAME).
[[nodiscard]] Result<FrameTable> build_frames(const TrafficSpec& spec, uint32_t run_id);

}  // namespace fwbench
