// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Multi-level arrays from a field's value to its row, in the form bpf/abi.h describes.

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/rows.h"

namespace fwbench {

/// How a field's bits are split over the levels of its trie.
struct TrieShape {
  int first_stride = 8;  ///< bits the root looks at
  int levels = 1;        ///< the others look at 8 bits each

  [[nodiscard]] int bits() const { return first_stride + 8 * (levels - 1); }
};

/// CONTRACT with the readers of the image: see bpf/abi.h.
[[nodiscard]] constexpr TrieShape trie_shape(Field field) {
  switch (field) {
    case Field::ether_type:
    case Field::th_sport:
    case Field::th_dport:
      return {8, 2};
    case Field::ip_saddr:
    case Field::ip_daddr:
      return {16, 3};
    case Field::ip6_saddr:
    case Field::ip6_daddr:
      return {16, 15};
    default:
      return {8, 1};
  }
}

/// Builds the tries of all fields into one array; equal nodes are stored once, across levels and fields.
class TrieBuilder {
 public:
  /// @param base word index in the image that the first node will have.
  explicit TrieBuilder(uint32_t base) : base_(base) {}

  /// The root entry for a field: a leaf, or the word index of its first node.
  /// @param leaves entry (FW_TRIE_LEAF | row offset) of each piece. Nothing is checked against the image's limits here:
  /// ask words().size().
  [[nodiscard]] uint32_t add(TrieShape shape, std::span<const Piece> pieces, std::span<const uint32_t> leaves);

  [[nodiscard]] const std::vector<uint32_t>& words() const { return words_; }

 private:
  struct Field;

  [[nodiscard]] uint32_t build(const Field& field, size_t& piece, FieldValue first, int bits);
  [[nodiscard]] uint32_t intern(std::span<const uint32_t> node);

  uint32_t base_;
  std::vector<uint32_t> words_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;  ///< of a node's words, to its place in words_
};

}  // namespace fwbench
