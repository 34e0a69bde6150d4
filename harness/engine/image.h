// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The compiled policy: the flat image that bpf/abi.h describes, loaded by the BPF firewalls and read in place by the
/// userspace engine. Not linked to the oracle's sources beyond Policy itself.

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

class PolicyImage {
 public:
  explicit PolicyImage(std::vector<uint64_t> words) : words_(std::move(words)) {}

  /// The image as it is copied into the map; 64-bit aligned, host byte order.
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words_)); }

 private:
  std::vector<uint64_t> words_;
};

/// Errors: ErrorKind::usage when the policy is too large for the image's 31-bit offsets.
[[nodiscard]] Result<PolicyImage> compile_policy(const Policy& policy);

}  // namespace fwbench
