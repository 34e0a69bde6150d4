// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The compiled policy: the flat image that bpf/abi.h describes, loaded by the BPF firewalls and read in place by the
/// userspace engine. Not linked to the oracle's sources beyond Policy itself.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// What a policy became: for people, and for comparing two versions of it.
struct ImageStatistics {
  struct FieldStatistics {
    bool used = false;      ///< some rule looks at it
    size_t classes = 0;     ///< values fall into so many kinds that no rule can tell from each other
    size_t trie_bytes = 0;  ///< of the nodes that no field before it has
  };
  size_t flat_rules = 0;
  size_t block_words = 0;  ///< bpf/abi.h
  size_t rows = 0;
  size_t action_bytes = 0;
  size_t row_bytes = 0;
  size_t trie_bytes = 0;
  std::array<FieldStatistics, kFieldCount> fields = {};
};

class PolicyImage {
 public:
  PolicyImage(std::vector<uint64_t> words, const ImageStatistics& statistics)
      : words_(std::move(words)), statistics_(statistics) {}

  /// The image as it is copied into the map; 64-bit aligned, host byte order.
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(words_)); }
  [[nodiscard]] const ImageStatistics& statistics() const { return statistics_; }

 private:
  std::vector<uint64_t> words_;
  ImageStatistics statistics_;
};

/// Errors: ErrorKind::usage when the policy is too large for the image's 31-bit offsets.
[[nodiscard]] Result<PolicyImage> compile_policy(const Policy& policy);

}  // namespace fwbench
