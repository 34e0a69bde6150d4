// SPDX-License-Identifier: BSD-2-Clause
#include "engine/image_view.h"

#include <bit>
#include <unordered_set>

#include "engine/trie.h"

namespace fwbench {
namespace {

/// Follows every path from a field's root; nodes that are shared are walked once for each height they stand at.
class TrieCheck {
 public:
  explicit TrieCheck(const ImageView& image) : image_(image) {}

  /// Inside the image, with no bit beyond the last rule and a summary that says which words are not 0.
  [[nodiscard]] bool check_row(uint32_t row) {
    const fw_image_header& header = image_.header();
    if (uint64_t{row} + header.row_words + header.summary_words > header.image_words / 2) return false;
    if (!seen_rows_.insert(row).second) return true;
    for (uint32_t word = 0; word < header.row_words; ++word) {
      const uint64_t bits = image_.row_word(row, header.summary_words + word);
      if (uint64_t{word} * 64 + static_cast<uint64_t>(std::bit_width(bits)) > header.rules) return false;
      if (header.summary_words != 0 && (image_.row_word(row, word / 64) >> (word % 64) & 1) != (bits != 0))
        return false;
    }
    const uint32_t tail = header.row_words % 64;
    return header.summary_words == 0 || tail == 0 || image_.row_word(row, header.summary_words - 1) >> tail == 0;
  }

  /// @param levels how many more nodes a lookup may pass, the next of 2^stride entries.
  [[nodiscard]] bool check(uint32_t entry, int levels, int stride) {
    if (is_leaf(entry)) return check_row(row_of(entry));
    const uint32_t entries = 1u << stride;
    if (levels == 0 || uint64_t{entry} + entries > image_.header().image_words) return false;
    if (!seen_nodes_.insert(uint64_t{entry} << 16 | static_cast<uint32_t>(levels << 8 | stride)).second) return true;
    for (uint32_t digit = 0; digit < entries; ++digit) {
      if (!check(image_.word(entry + digit), levels - 1, 8)) return false;
    }
    return true;
  }

 private:
  const ImageView& image_;
  std::unordered_set<uint64_t> seen_nodes_;
  std::unordered_set<uint32_t> seen_rows_;
};

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
  const uint64_t row_words = header.rules == 0 ? 1 : (uint64_t{header.rules} + 63) / 64;
  const uint64_t summary_words = row_words == 1 ? 0 : (row_words + 63) / 64;
  if (header.row_words != row_words || header.summary_words != summary_words ||
      uint64_t{header.actions} + header.rules > header.image_words || (header.used_fields & 1u << FW_ETHER_TYPE) == 0) {
    return fail(ErrorKind::internal, "policy image with {} rules has rows of {} + {} words and actions at {}",
                header.rules, header.summary_words, header.row_words, header.actions);
  }
  TrieCheck tries(image);
  for (int field = 0; field < FW_FIELD_COUNT; ++field) {
    const TrieShape shape = trie_shape(static_cast<Field>(field));
    if (!tries.check_row(header.absent[field]) || !tries.check(header.root[field], shape.levels, shape.first_stride)) {
      return fail(ErrorKind::internal, "policy image: the lookup of {} leaves the image",
                  field_name(static_cast<Field>(field)));
    }
  }
  return {};
}

}  // namespace fwbench
