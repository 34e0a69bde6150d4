// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Bitsets over the rules, each stored once, and the pieces a field's values fall into.

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/conditions.h"

namespace fwbench {

/// A bitset over flat rules, all of its words.
using RuleBits = std::vector<uint64_t>;

/// Readers work with 32-bit word indices, and the kernel keeps two generations of the image or more.
inline constexpr size_t kMaxImageBytes = size_t{256} << 20;

/// Distinct rows in the image's form (bpf/abi.h). Equal bitsets share a row.
class RowPool {
 public:
  /// @param rules flat ones, at most FW_MAX_FLAT_RULES.
  explicit RowPool(size_t rules);

  /// Where the row with these bits stands, new or old: index of a 64-bit word in words().
  [[nodiscard]] uint32_t intern(std::span<const uint64_t> bits);

  /// The trie's leaf for a row, when the rows stand at 64-bit word `rows_at` of the image.
  [[nodiscard]] uint32_t leaf(uint32_t row, size_t rows_at) const;

  /// Words of a bitset over all rules.
  [[nodiscard]] size_t bit_words() const { return bit_words_; }
  /// fw_image_header::block_words.
  [[nodiscard]] size_t block_words() const { return block_words_; }
  /// Distinct rows so far.
  [[nodiscard]] size_t size() const { return by_hash_.size(); }
  /// More than an image can take: sweep_field() gives up, its result is not to be used.
  [[nodiscard]] bool overflows() const { return words_.size() > kMaxImageBytes / sizeof(uint64_t); }
  [[nodiscard]] const std::vector<uint64_t>& words() const { return words_; }

 private:
  /// Fills row_ with the image's form.
  void compress(std::span<const uint64_t> bits);

  size_t bit_words_;
  size_t block_words_;
  std::vector<uint64_t> words_;
  std::vector<uint64_t> row_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
};

/// Values from `first` up to the next piece's share a row.
struct Piece {
  FieldValue first = 0;
  uint32_t row = 0;  ///< as RowPool::intern() gave it
};

/// A field as the rules see it. `pieces` starts at value 0 and neighbours differ.
struct FieldRows {
  std::vector<Piece> pieces;
  uint32_t absent = 0;
};

/// One sweep over the ends of all intervals: its cost is their number times the length of a row, however many rules
/// share a set.
/// @param rules number of flat rules; those without a condition match any value.
[[nodiscard]] FieldRows sweep_field(const std::vector<Condition>& conditions, size_t rules, FieldValue max,
                                    RowPool& pool);

/// 64-bit hash of a sequence of integers; not for anything an attacker may choose.
template <typename T>
[[nodiscard]] uint64_t hash_words(std::span<const T> words) {
  uint64_t hash = words.size();
  for (const T word : words) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
  }
  return hash;
}

}  // namespace fwbench
