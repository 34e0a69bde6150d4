// SPDX-License-Identifier: BSD-2-Clause
#include "engine/image_view.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <unordered_set>

#include "engine/trie.h"

namespace fwbench {
namespace {

constexpr uint32_t kActionWords = sizeof(fw_action) / sizeof(uint32_t);

/// Follows every path from a field's root; nodes that are shared are walked once for each height they stand at.
class TrieCheck {
 public:
  explicit TrieCheck(const ImageView& image) : image_(image) {}

  /// Inside the image, with no bit beyond the last rule, and blocks that are not 0 where it says so.
  [[nodiscard]] bool check_row(uint32_t row) {
    const fw_image_header& header = image_.header();
    if (uint64_t{row} + 1 > header.image_words / 2) return false;
    if (!seen_rows_.insert(row).second) return true;
    const uint64_t first = image_.row_word(row, 0);
    if (header.block_words == 0) return static_cast<uint32_t>(std::bit_width(first)) <= header.rules;
    const uint64_t words = uint64_t{header.block_words} * static_cast<uint64_t>(std::popcount(first));
    if (row + 1 + words > header.image_words / 2) return false;
    uint32_t at = 1;
    for (uint64_t blocks = first; blocks != 0; blocks &= blocks - 1) {
      if (!check_block(row, at, static_cast<uint32_t>(std::countr_zero(blocks)))) return false;
      at += header.block_words;
    }
    return true;
  }

  [[nodiscard]] bool check_leaf(uint32_t leaf) {
    if (!is_rule(leaf)) return check_row(row_of(leaf));
    const uint32_t words = image_.header().block_words;
    return bit_of(leaf) < words * 64 && block_of(leaf) * words * 64 + bit_of(leaf) < image_.header().rules;
  }

  /// @param bits how many the lookup has left, @param stride of which the next array looks at.
  [[nodiscard]] bool check(TrieShape shape, uint32_t entry, int bits, int stride) {
    if (is_leaf(entry)) return check_leaf(entry);
    if (bits == 0) return false;
    if (is_list(entry)) return shape.allows_list(bits) && check_list(shape, entry);
    const uint32_t entries = 1u << stride;
    if (uint64_t{entry} + entries > image_.header().image_words) return false;
    const auto height = static_cast<uint32_t>(bits << 8 | static_cast<int>(shape.list));
    if (!seen_nodes_.insert(uint64_t{entry} << 32 | height).second) return true;
    for (uint32_t digit = 0; digit < entries; ++digit) {
      if (!check(shape, image_.word(entry + digit), bits - stride, 8)) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] bool check_block(uint32_t row, uint32_t at, uint32_t block) const {
    const fw_image_header& header = image_.header();
    bool any = false;
    for (uint32_t word = 0; word < header.block_words; ++word) {
      const uint64_t bits = image_.row_word(row, at + word);
      const uint64_t base = (uint64_t{block} * header.block_words + word) * 64;
      if (bits != 0 && base + static_cast<uint64_t>(std::bit_width(bits)) > header.rules) return false;
      any = any || bits != 0;
    }
    return any;
  }

  [[nodiscard]] bool check_list(TrieShape shape, uint32_t entry) {
    const uint32_t at = list_of(entry);
    const auto is_row = [&](uint32_t leaf) { return is_leaf(leaf) && check_leaf(leaf); };
    if (is_pair(entry)) {
      if (shape.list != TrieList::list16 || at + sizeof(fw_pair16) / 4 > image_.header().image_words) return false;
      const auto pair = image_.list<fw_pair16>(at);
      return std::all_of(std::begin(pair.leaf), std::end(pair.leaf), is_row);
    }
    const size_t words = (shape.list == TrieList::list128 ? sizeof(fw_list128) : sizeof(fw_list16)) / 4;
    if (at + words > image_.header().image_words) return false;
    if (shape.list == TrieList::list128) {
      const auto list = image_.list<fw_list128>(at);
      return std::all_of(std::begin(list.leaf), std::end(list.leaf), is_row);
    }
    const auto list = image_.list<fw_list16>(at);
    return list.start[0] == 0 && std::all_of(std::begin(list.leaf), std::end(list.leaf), is_row);
  }

  const ImageView& image_;
  std::unordered_set<uint64_t> seen_nodes_;
  std::unordered_set<uint32_t> seen_rows_;
};

/// Every action names a counter there is, and skips go forward.
bool check_actions(const ImageView& image) {
  const fw_image_header& header = image.header();
  for (uint32_t rule = 0; rule < header.rules; ++rule) {
    const fw_action action = image.action(rule);
    const uint32_t target = action.flags >> FW_ACTION_TARGET_SHIFT;
    if ((action.flags & FW_ACTION_SKIP) != 0 && (target <= rule || target > header.rules)) return false;
    if ((action.flags & FW_ACTION_COUNTED) != 0 && action.rule >= header.policy_rules) return false;
  }
  return true;
}

}  // namespace

Result<void> check_image(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(fw_image_header)) {
    return fail(ErrorKind::internal, "policy image of {} bytes is shorter than its header", bytes.size());
  }
  const ImageView image(bytes);
  const fw_image_header& header = image.header();
  if (header.magic != FW_IMAGE_MAGIC) return fail(ErrorKind::internal, "policy image has magic {:#x}", header.magic);
  if (header.image_words < sizeof(header) / 4 || header.image_words > bytes.size() / 4) {
    return fail(ErrorKind::internal, "policy image of {} bytes claims {} words", bytes.size(), header.image_words);
  }
  const uint64_t bit_words = (uint64_t{header.rules} + 63) / 64;
  const uint64_t block_words = bit_words <= 1 ? 0 : (bit_words + 63) / 64;
  if (header.rules > FW_MAX_FLAT_RULES || header.block_words != block_words || header.actions % kActionWords != 0 ||
      uint64_t{header.actions} + uint64_t{header.rules} * kActionWords > header.image_words ||
      (header.used_fields & 1u << FW_ETHER_TYPE) == 0 || !check_actions(image)) {
    return fail(ErrorKind::internal, "policy image with {} rules has blocks of {} words and actions at {}",
                header.rules, header.block_words, header.actions);
  }
  TrieCheck tries(image);
  for (int field = 0; field < FW_FIELD_COUNT; ++field) {
    const TrieShape shape = trie_shape(static_cast<Field>(field));
    if (!tries.check_row(header.absent[field]) ||
        !tries.check(shape, header.root[field], shape.bits(), shape.first_stride)) {
      return fail(ErrorKind::internal, "policy image: the lookup of {} leaves the image",
                  field_name(static_cast<Field>(field)));
    }
  }
  if (!tries.check_row(header.ipv4_row) || !tries.check_row(header.ipv6_row)) {
    return fail(ErrorKind::internal, "policy image: the rows of IPv4 and IPv6 leave the image");
  }
  return {};
}

}  // namespace fwbench
