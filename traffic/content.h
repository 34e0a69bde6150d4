// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames that are known by their own bytes (bpf/content_hash.h): those of a capture, into which nothing is written.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.h"
#include "traffic/frame.h"

namespace fwbench {

/// The frames of a capture, in its order, with the contents that tell them apart.
/// Errors: ErrorKind::usage when there is none, or more than the TX engine's table can hold.
[[nodiscard]] Result<void> add_captured_frames(const Capture& capture, uint16_t class_index, FrameTable& table);

/// Arrivals are counted for the first frame of each content: shares them out among all of the same, to each as many as
/// were sent of it, so that frames of the same bytes are a multiset. What is too many is the last one's.
void share_arrivals(const FrameTable& table, uint64_t planned, std::vector<uint64_t>& arrivals);

/// For each frame the first one of the same content.
[[nodiscard]] std::vector<uint32_t> first_of_content(const std::vector<uint64_t>& contents);

}  // namespace fwbench
