// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A policy that one thread or process decides by while another one replaces it: two images in shared memory, one of
/// them in force. Every batch of frames is decided by one image whole.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "engine/classifier.h"
#include "engine/image.h"

namespace fwbench {

class LivePolicy {
 public:
  /// Memory that a policy of up to `image_bytes` needs.
  [[nodiscard]] static size_t bytes_for(size_t image_bytes);

  /// @param memory of bytes_for(image_bytes), zeroed, aligned to 64, shared by both sides; it outlives them.
  [[nodiscard]] static Result<LivePolicy> open(std::span<std::byte> memory, const PolicyImage& image);

  /// The deciding side, one thread: as Classifier::classify(). Never waits.
  [[nodiscard]] uint64_t classify(std::span<const FrameView> frames, std::span<uint64_t> hits) const;

  /// The other side, one thread: when it returns, the next batch is decided by the new policy. Waits for the batch that
  /// is being decided by what is overwritten.
  /// Errors: ErrorKind::usage when the image does not fit; ErrorKind::measurement when the other side hangs.
  [[nodiscard]] Result<void> replace(const PolicyImage& image);

 private:
  struct Shared;
  LivePolicy(Shared* shared, size_t room) : shared_(shared), room_(room) {}

  [[nodiscard]] std::span<std::byte> slot(uint32_t number) const;

  Shared* shared_;
  size_t room_;  ///< bytes of a slot
};

}  // namespace fwbench
