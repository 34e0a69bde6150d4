// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Multi-level arrays from a field's value to its row, in the form bpf/abi.h describes.

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/rows.h"

namespace fwbench {

/// What may stand for an array where few values differ (bpf/abi.h).
enum class TrieList : uint8_t { none, list16, list128 };

/// How a field's bits are split over the levels of its trie.
struct TrieShape {
  int first_stride = 8;  ///< bits the root looks at
  int levels = 1;        ///< the others look at 8 bits each
  TrieList list = TrieList::none;

  [[nodiscard]] constexpr int bits() const { return first_stride + 8 * (levels - 1); }
  /// With `bits` bits left to look at.
  [[nodiscard]] constexpr bool allows_list(int bits) const {
    return list == TrieList::list128 || (list == TrieList::list16 && (bits == 16 || bits == 8));
  }
};

/// CONTRACT with the readers of the image: see bpf/abi.h.
[[nodiscard]] constexpr TrieShape trie_shape(Field field) {
  switch (field) {
    case Field::ip_saddr:
    case Field::ip_daddr:
      return {16, 3, TrieList::list16};
    case Field::ip6_saddr:
    case Field::ip6_daddr:
      return {16, 15, TrieList::list128};
    case Field::ether_type:
    case Field::th_sport:
    case Field::th_dport:
    case Field::ip_length:
    case Field::ip_frag_off:
    case Field::eth_type:
    case Field::vlan_id:
    case Field::length:
      return {8, 2, TrieList::list16};
    case Field::eth_saddr:
    case Field::eth_daddr:
      return {8, 6, TrieList::none};
    default:
      return {8, 1, TrieList::none};
  }
}

/// Builds the tries of all fields into one array; equal nodes are stored once, across levels and
/// fields.
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
  [[nodiscard]] uint32_t build_list(const Field& field, size_t piece, size_t end, FieldValue first);
  [[nodiscard]] uint32_t build_pair(const Field& field, size_t piece, size_t end, FieldValue first);
  /// Place of the node in the image, new or old; a new one starts at a multiple of `align` words.
  [[nodiscard]] uint32_t intern(std::span<const uint32_t> node, size_t align);

  uint32_t base_;
  std::vector<uint32_t> words_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;  ///< of a node's words, to its place in words_
};

}  // namespace fwbench
