// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Reading an image (bpf/abi.h) in place. Loads go through memcpy: the image is bytes from elsewhere, not our objects.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "bpf/abi.h"
#include "core/result.h"

namespace fwbench {

class ImageView {
 public:
  /// `bytes` must have passed check_image().
  explicit ImageView(std::span<const std::byte> bytes) : bytes_(bytes.data()) {
    std::memcpy(&header_, bytes_, sizeof(header_));
  }

  [[nodiscard]] const fw_image_header& header() const { return header_; }
  [[nodiscard]] uint32_t word(uint32_t index) const { return load<uint32_t>(index); }
  /// Word `index` of the row at `row`.
  [[nodiscard]] uint64_t row_word(uint32_t row, uint32_t index) const { return load<uint64_t>(size_t{row} + index); }
  [[nodiscard]] fw_action action(uint32_t flat_rule) const {
    return load<fw_action>(header_.actions / (sizeof(fw_action) / 4) + flat_rule);
  }
  /// At a word index that a trie entry names.
  template <typename List>
  [[nodiscard]] List list(uint32_t index) const {
    List value;
    std::memcpy(&value, bytes_ + size_t{index} * sizeof(uint32_t), sizeof(value));
    return value;
  }

  void prefetch_word(uint32_t index) const { __builtin_prefetch(bytes_ + size_t{index} * sizeof(uint32_t)); }
  void prefetch_row(uint32_t row) const { __builtin_prefetch(bytes_ + size_t{row} * sizeof(uint64_t)); }

 private:
  template <typename T>
  [[nodiscard]] T load(size_t index) const {
    T value;
    std::memcpy(&value, bytes_ + index * sizeof(T), sizeof(T));
    return value;
  }

  const std::byte* bytes_;
  fw_image_header header_;
};

[[nodiscard]] constexpr bool is_leaf(uint32_t entry) {
  return (entry & FW_TRIE_LEAF) != 0;
}
[[nodiscard]] constexpr bool is_list(uint32_t entry) {
  return (entry & FW_TRIE_LIST) != 0;
}
/// Of a list.
[[nodiscard]] constexpr bool is_pair(uint32_t entry) {
  return (entry & FW_TRIE_PAIR) != 0;
}
[[nodiscard]] constexpr uint32_t list_of(uint32_t entry) {
  return entry & ~(FW_TRIE_LIST | FW_TRIE_PAIR);
}
/// A leaf that stands for one rule, and has no row.
[[nodiscard]] constexpr bool is_rule(uint32_t leaf) {
  return (leaf & FW_LEAF_RULE) != 0;
}
[[nodiscard]] constexpr uint32_t block_of(uint32_t rule_leaf) {
  return rule_leaf >> FW_LEAF_BLOCK_SHIFT & 63;
}
[[nodiscard]] constexpr uint32_t bit_of(uint32_t rule_leaf) {
  return rule_leaf & FW_LEAF_BIT_MASK;
}
[[nodiscard]] constexpr uint32_t row_of(uint32_t leaf) {
  return leaf & ~FW_TRIE_LEAF;
}

[[nodiscard]] constexpr size_t round_up(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

/// Walks everything a lookup can reach: after it, no lookup of any value can leave the image.
/// Errors: ErrorKind::internal, for only a bug of ours or foreign bytes can fail here.
[[nodiscard]] Result<void> check_image(std::span<const std::byte> bytes);

}  // namespace fwbench
