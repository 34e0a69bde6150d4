// SPDX-License-Identifier: BSD-2-Clause
#include "engine/rows.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "bpf/abi.h"

namespace fwbench {
namespace {

/// Rules whose condition names the same values; entering or leaving an interval flips them all.
struct RuleGroup {
  const IntervalSet* values = nullptr;
  std::vector<uint32_t> rules;
  RuleBits mask;  ///< the same as a bitset, when that is shorter than the list
};

/// The values at which a group flips.
struct Flip {
  FieldValue at = 0;
  uint32_t group = 0;
};

void flip_bit(RuleBits& bits, uint32_t rule) {
  bits[rule / 64] ^= uint64_t{1} << (rule % 64);
}

void flip_group(RuleBits& bits, const RuleGroup& group) {
  if (group.mask.empty()) {
    for (const uint32_t rule : group.rules) flip_bit(bits, rule);
    return;
  }
  for (size_t word = 0; word < bits.size(); ++word) bits[word] ^= group.mask[word];
}

uint64_t hash_values(const IntervalSet& values) {
  uint64_t hash = values.size();
  for (const Interval& interval : values) {
    const std::array<uint64_t, 5> words = {
        hash, static_cast<uint64_t>(interval.first >> 64), static_cast<uint64_t>(interval.first),
        static_cast<uint64_t>(interval.last >> 64), static_cast<uint64_t>(interval.last)};
    hash = hash_words(std::span<const uint64_t>(words));
  }
  return hash;
}

/// Groups conditions by their values: by address first, since rules that name one set share it, then by content.
class Grouping {
 public:
  void add(const Condition& condition) {
    const IntervalSet* values = condition.values.get();
    auto [known, is_new] = by_address_.try_emplace(values, 0u);
    if (is_new) known->second = find_or_make(*values);
    groups_[known->second].rules.push_back(condition.rule);
  }

  std::vector<RuleGroup> take(size_t bit_words) {
    for (RuleGroup& group : groups_) {
      if (group.rules.size() <= bit_words) continue;
      group.mask.resize(bit_words);
      for (const uint32_t rule : group.rules) flip_bit(group.mask, rule);
    }
    return std::move(groups_);
  }

 private:
  uint32_t find_or_make(const IntervalSet& values) {
    const uint64_t hash = hash_values(values);
    const auto [first, last] = by_content_.equal_range(hash);
    const auto same =
        std::find_if(first, last, [&](const auto& item) { return *groups_[item.second].values == values; });
    if (same != last) return same->second;
    const auto group = static_cast<uint32_t>(groups_.size());
    groups_.push_back({&values, {}, {}});
    by_content_.emplace(hash, group);
    return group;
  }

  std::vector<RuleGroup> groups_;
  std::unordered_map<const IntervalSet*, uint32_t> by_address_;
  std::unordered_multimap<uint64_t, uint32_t> by_content_;
};

std::vector<Flip> collect_flips(const std::vector<RuleGroup>& groups, FieldValue max) {
  std::vector<Flip> flips;
  for (uint32_t group = 0; group < groups.size(); ++group) {
    for (const Interval& interval : *groups[group].values) {
      if (interval.first > max) break;
      flips.push_back({interval.first, group});
      if (interval.last < max) flips.push_back({interval.last + 1, group});
    }
  }
  std::sort(flips.begin(), flips.end(), [](const Flip& a, const Flip& b) { return a.at < b.at; });
  return flips;
}

}  // namespace

RowPool::RowPool(size_t rules)
    : bit_words_(std::max<size_t>(1, (rules + 63) / 64)), block_words_(bit_words_ == 1 ? 0 : (bit_words_ + 63) / 64) {}

void RowPool::compress(std::span<const uint64_t> bits) {
  if (block_words_ == 0) return row_.assign(bits.begin(), bits.end());
  row_.assign(1, 0);
  for (size_t block = 0; block * block_words_ < bits.size(); ++block) {
    const auto words = bits.subspan(block * block_words_, std::min(block_words_, bits.size() - block * block_words_));
    if (std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; })) continue;
    row_.front() |= uint64_t{1} << block;
    row_.insert(row_.end(), words.begin(), words.end());
    row_.resize(row_.size() + block_words_ - words.size());
  }
}

uint32_t RowPool::intern(std::span<const uint64_t> bits) {
  compress(bits);
  const uint64_t hash = hash_words(std::span<const uint64_t>(row_));
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto item = first; item != last; ++item) {
    const size_t place = item->second;
    if (words_.size() - place >= row_.size() && std::equal(row_.begin(), row_.end(), &words_[place])) {
      return item->second;
    }
  }
  const auto place = static_cast<uint32_t>(words_.size());
  words_.insert(words_.end(), row_.begin(), row_.end());
  by_hash_.emplace(hash, place);
  return place;
}

uint32_t RowPool::leaf(uint32_t row, size_t rows_at) const {
  const auto offset = static_cast<uint32_t>(FW_TRIE_LEAF | (rows_at + row));
  if (block_words_ == 0 || !std::has_single_bit(words_[row])) return offset;
  const auto block = std::span(words_).subspan(row + 1, block_words_);
  const auto bits =
      std::accumulate(block.begin(), block.end(), 0, [](int sum, uint64_t word) { return sum + std::popcount(word); });
  if (bits != 1) return offset;
  const auto word = std::find_if(block.begin(), block.end(), [](uint64_t bitset) { return bitset != 0; });
  const auto bit = static_cast<uint32_t>(word - block.begin()) * 64 + static_cast<uint32_t>(std::countr_zero(*word));
  return FW_TRIE_LEAF | FW_LEAF_RULE | static_cast<uint32_t>(std::countr_zero(words_[row])) << FW_LEAF_BLOCK_SHIFT |
         bit;
}

FieldRows sweep_field(const std::vector<Condition>& conditions, size_t rules, FieldValue max, RowPool& pool) {
  RuleBits bits(pool.bit_words());
  for (uint32_t rule = 0; rule < rules; ++rule) flip_bit(bits, rule);
  for (const Condition& condition : conditions) flip_bit(bits, condition.rule);
  FieldRows field;
  field.absent = pool.intern(bits);

  Grouping grouping;
  for (const Condition& condition : conditions) {
    grouping.add(condition);
    if (condition.negated) flip_bit(bits, condition.rule);
  }
  const std::vector<RuleGroup> groups = grouping.take(pool.bit_words());
  const std::vector<Flip> flips = collect_flips(groups, max);

  auto flip = flips.begin();
  for (FieldValue first = 0;; first = flip->at) {
    for (; flip != flips.end() && flip->at == first; ++flip) flip_group(bits, groups[flip->group]);
    const uint32_t row = pool.intern(bits);
    if (field.pieces.empty() || field.pieces.back().row != row) field.pieces.push_back({first, row});
    if (flip == flips.end() || pool.overflows()) return field;
  }
}

}  // namespace fwbench
