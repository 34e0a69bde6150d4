// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Where frames stand in chunks (bpf/replay.h): the same way in both directions.

#include <cstdint>

#include "bpf/replay.h"

namespace fwbench {

/// The place of the next frame, given that the one before ended here.
struct ChunkPlace {
  uint32_t chunk = 0;
  uint32_t offset = 0;

  /// Where a frame begins.
  void settle() {
    if (offset <= FW_CHUNK_BYTES - FW_MAX_FRAME) return;
    ++chunk;
    offset = 0;
  }
  void advance(uint32_t length) { offset += (length + 7) & ~7U; }
};

/// Chunks that hold `frames` frames of `bytes` bytes together, whatever their sizes.
[[nodiscard]] constexpr uint32_t chunks_for(uint64_t bytes, uint64_t frames) {
  return static_cast<uint32_t>((bytes + 7 * frames) / (FW_CHUNK_BYTES - FW_MAX_FRAME) + 1);
}

}  // namespace fwbench
