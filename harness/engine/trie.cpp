// SPDX-License-Identifier: BSD-2-Clause
#include "engine/trie.h"

#include <algorithm>
#include <array>
#include <bit>

#include "bpf/abi.h"

namespace fwbench {

struct TrieBuilder::Field {
  TrieShape shape;
  std::span<const Piece> pieces;
  std::span<const uint32_t> leaves;

  /// Whether pieces [piece, end) fit a struct fw_pair16.
  [[nodiscard]] bool is_pair(size_t piece, size_t end) const {
    if (shape.list != TrieList::list16 || end - piece > FW_PAIR16_LENGTH + 1) return false;
    for (size_t i = piece + 2; i < end; ++i) {
      if (leaves[i] != leaves[i - 2]) return false;
    }
    return true;
  }
};

uint32_t TrieBuilder::add(TrieShape shape, std::span<const Piece> pieces, std::span<const uint32_t> leaves) {
  size_t piece = 0;
  return build({shape, pieces, leaves}, piece, 0, shape.bits());
}

/// Entry for the 2^bits values from `first` on. `piece` is the one that holds `first`, and on return the one that
/// holds the last of those values.
uint32_t TrieBuilder::build(const Field& field, size_t& piece, FieldValue first, int bits) {
  const FieldValue last = first + max_value(bits);
  const size_t begin = piece;
  const auto behind = std::upper_bound(field.pieces.begin() + static_cast<std::ptrdiff_t>(begin), field.pieces.end(),
                                       last, [](FieldValue value, const Piece& other) { return value < other.first; });
  const auto end = static_cast<size_t>(behind - field.pieces.begin());
  piece = end - 1;
  if (end - begin == 1) return field.leaves[begin];
  if (field.shape.allows_list(bits)) {
    if (field.is_pair(begin, end)) return build_pair(field, begin, end, first);
    const size_t room = field.shape.list == TrieList::list128 ? FW_LIST128_LENGTH : FW_LIST16_LENGTH;
    if (end - begin <= room) return build_list(field, begin, end, first);
  }

  const int stride = bits == field.shape.bits() ? field.shape.first_stride : 8;
  const int child_bits = bits - stride;
  std::vector<uint32_t> node(size_t{1} << stride);
  size_t at = begin;
  for (size_t digit = 0; digit < node.size(); ++digit) {
    const FieldValue child = first + (FieldValue{digit} << child_bits);
    if (at + 1 < field.pieces.size() && field.pieces[at + 1].first == child) ++at;
    node[digit] = build(field, at, child, child_bits);
  }
  return intern(node, 1);
}

/// Pieces [piece, end), the first of which may begin before `first`, the lowest value that is looked up here.
uint32_t TrieBuilder::build_list(const Field& field, size_t piece, size_t end, FieldValue first) {
  if (field.shape.list == TrieList::list128) {
    fw_list128 list = {};
    for (size_t i = 0; i < FW_LIST128_LENGTH; ++i) {
      const bool used = piece + i < end;
      if (i != 0) {
        const FieldValue start = used ? field.pieces[piece + i].first : ~FieldValue{0};
        list.start[i - 1][0] = static_cast<uint64_t>(start >> 64);
        list.start[i - 1][1] = static_cast<uint64_t>(start);
      }
      list.leaf[i] = field.leaves[used ? piece + i : end - 1];
    }
    return FW_TRIE_LIST | intern(std::bit_cast<std::array<uint32_t, sizeof(list) / 4>>(list), 2);
  }
  fw_list16 list = {};
  for (size_t i = 0; i < FW_LIST16_LENGTH; ++i) {
    const bool used = piece + i < end;
    if (i != 0) list.start[i] = used ? static_cast<uint16_t>(field.pieces[piece + i].first - first) : 0xffff;
    list.leaf[i] = field.leaves[used ? piece + i : end - 1];
  }
  return FW_TRIE_LIST | intern(std::bit_cast<std::array<uint32_t, sizeof(list) / 4>>(list), 4);
}

/// Pieces as in build_list().
uint32_t TrieBuilder::build_pair(const Field& field, size_t piece, size_t end, FieldValue first) {
  fw_pair16 pair = {};
  for (size_t i = 0; i < FW_PAIR16_LENGTH; ++i) {
    const size_t next = piece + i + 1;
    pair.last[i] = next < end ? static_cast<uint16_t>(field.pieces[next].first - first - 1) : 0xffff;
  }
  pair.leaf[0] = field.leaves[piece];
  pair.leaf[1] = field.leaves[piece + 1];
  return FW_TRIE_LIST | FW_TRIE_PAIR | intern(std::bit_cast<std::array<uint32_t, sizeof(pair) / 4>>(pair), 8);
}

uint32_t TrieBuilder::intern(std::span<const uint32_t> node, size_t align) {
  const uint64_t hash = hash_words(node);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto item = first; item != last; ++item) {
    const uint32_t place = item->second;
    if ((base_ + place) % align == 0 && words_.size() - place >= node.size() &&
        std::equal(node.begin(), node.end(), &words_[place])) {
      return base_ + place;
    }
  }
  while ((base_ + words_.size()) % align != 0) words_.push_back(0);
  const auto place = static_cast<uint32_t>(words_.size());
  words_.insert(words_.end(), node.begin(), node.end());
  by_hash_.emplace(hash, place);
  return base_ + place;
}

}  // namespace fwbench
