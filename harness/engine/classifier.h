// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The userspace engine: the AF_XDP firewall's classifier over a PolicyImage. Shares the tables with bpf/classify.h,
/// not the code.

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace fwbench {

/// A whole Ethernet frame somewhere in the UMEM.
struct FrameView {
  const std::byte* data = nullptr;
  uint32_t length = 0;
};

/// The most frames classify() takes at once: enough loads in flight to hide L2 misses, few enough to stay in L1.
inline constexpr size_t kClassifyBatch = 64;

class Classifier {
 public:
  /// @param image as PolicyImage::bytes() gives it; must outlive the classifier. Errors: ErrorKind::internal for an
  /// image that is not one (wrong magic, or offsets beyond its size).
  [[nodiscard]] static Result<Classifier> open(std::span<const std::byte> image);

  /// For an image that has passed open() before.
  [[nodiscard]] static Classifier trusted(std::span<const std::byte> image) { return Classifier(image); }

  /// Decides up to kClassifyBatch frames; bit i of the result is set when frames[i] may pass.
  /// @param hits one counter per rule and a last one for the chain's policy; counted rules (and nothing else) are added
  /// to. Thread-safe as long as `hits` is the thread's own.
  [[nodiscard]] uint64_t classify(std::span<const FrameView> frames, std::span<uint64_t> hits) const;

  [[nodiscard]] uint32_t rules() const;

 private:
  explicit Classifier(std::span<const std::byte> image) : image_(image) {}

  std::span<const std::byte> image_;
};

}  // namespace fwbench
