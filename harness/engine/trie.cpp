// SPDX-License-Identifier: BSD-2-Clause
#include "engine/trie.h"

#include <algorithm>

namespace fwbench {

struct TrieBuilder::Field {
  TrieShape shape;
  std::span<const Piece> pieces;
  std::span<const uint32_t> leaves;
};

uint32_t TrieBuilder::add(TrieShape shape, std::span<const Piece> pieces, std::span<const uint32_t> leaves) {
  size_t piece = 0;
  return build({shape, pieces, leaves}, piece, 0, shape.bits());
}

/// Entry for the 2^bits values from `first` on. `piece` is the one that holds `first`, and on return the one that
/// holds the last of those values.
uint32_t TrieBuilder::build(const Field& field, size_t& piece, FieldValue first, int bits) {
  const FieldValue last = first + (bits == 128 ? ~FieldValue{0} : (FieldValue{1} << bits) - 1);
  const auto next_is_inside = [&] { return piece + 1 < field.pieces.size() && field.pieces[piece + 1].first <= last; };
  if (!next_is_inside()) return field.leaves[piece];

  const int stride = bits == field.shape.bits() ? field.shape.first_stride : 8;
  const int child_bits = bits - stride;
  std::vector<uint32_t> node(size_t{1} << stride);
  for (size_t digit = 0; digit < node.size(); ++digit) {
    const FieldValue child = first + (FieldValue{digit} << child_bits);
    if (piece + 1 < field.pieces.size() && field.pieces[piece + 1].first == child) ++piece;
    node[digit] = build(field, piece, child, child_bits);
  }
  return intern(node);
}

uint32_t TrieBuilder::intern(std::span<const uint32_t> node) {
  const uint64_t hash = hash_words(node);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto item = first; item != last; ++item) {
    const uint32_t place = item->second;
    if (words_.size() - place >= node.size() && std::equal(node.begin(), node.end(), &words_[place])) {
      return base_ + place;
    }
  }
  const auto place = static_cast<uint32_t>(words_.size());
  words_.insert(words_.end(), node.begin(), node.end());
  by_hash_.emplace(hash, place);
  return base_ + place;
}

}  // namespace fwbench
