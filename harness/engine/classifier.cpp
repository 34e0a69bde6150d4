// SPDX-License-Identifier: BSD-2-Clause
#include "engine/classifier.h"

#include <endian.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "engine/frame_fields.h"
#include "engine/image_view.h"
#include "engine/trie.h"

namespace fwbench {
namespace {

/// A batch goes through the stages together, so that the cache misses of its frames overlap.
struct Batch {
  std::array<FrameFields, kClassifyBatch> fields;
  std::array<std::array<uint32_t, kClassifyBatch>, FW_FIELD_COUNT> rows;  ///< of the fields that rules look at
  std::array<uint64_t, kClassifyBatch> bits;                              ///< AND of the rows' first words
  std::array<uint8_t, FW_FIELD_COUNT> used;                               ///< numbers of those fields
  size_t used_count = 0;
};

uint32_t find_pair16(const ImageView& image, uint32_t entry, uint32_t value) {
  const auto pair = image.list<fw_pair16>(list_of(entry));
  uint32_t place = 0;
  for (const uint16_t last : pair.last) place += last < value ? 1 : 0;
  return pair.leaf[place & 1];
}

uint32_t find_list16(const ImageView& image, uint32_t entry, uint32_t value) {
  if (is_pair(entry)) return find_pair16(image, entry, value);
  const auto list = image.list<fw_list16>(list_of(entry));
  uint32_t place = 0;
  for (uint32_t i = 1; i < FW_LIST16_LENGTH; ++i) place += list.start[i] <= value ? 1 : 0;
  return list.leaf[place];
}

uint32_t find_u8(const ImageView& image, uint32_t entry, uint32_t value) {
  if (is_leaf(entry)) return entry;
  return is_list(entry) ? find_list16(image, entry, value) : image.word(entry + value);
}

uint32_t find_u16(const ImageView& image, uint32_t entry, uint32_t value) {
  if (is_leaf(entry)) return entry;
  if (is_list(entry)) return find_list16(image, entry, value);
  return find_u8(image, image.word(entry + (value >> 8)), value & 0xff);
}

uint32_t find_ipv4(const ImageView& image, uint32_t entry, uint32_t value) {
  if (is_leaf(entry)) return entry;
  return find_u16(image, image.word(entry + (value >> 16)), value & 0xffff);
}

uint64_t load_u64(const std::byte* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return be64toh(value);
}

uint32_t find_list128(const ImageView& image, uint32_t entry, const std::byte* address) {
  const auto list = image.list<fw_list128>(list_of(entry));
  const uint64_t high = load_u64(address);
  const uint64_t low = load_u64(address + 8);
  uint32_t place = 0;
  for (const auto& start : list.start) place += start[0] < high || (start[0] == high && start[1] <= low) ? 1 : 0;
  return list.leaf[place];
}

/// The digit of an IPv6 address that its root node is indexed by.
uint32_t first_digit(const std::byte* address) {
  return std::to_integer<uint32_t>(address[0]) << 8 | std::to_integer<uint32_t>(address[1]);
}

uint32_t find_ipv6(const ImageView& image, uint32_t entry, const std::byte* address) {
  if (!is_leaf(entry) && !is_list(entry)) entry = image.word(entry + first_digit(address));
  for (size_t i = 2; !is_leaf(entry) && !is_list(entry) && i < 16; ++i) {
    entry = image.word(entry + std::to_integer<uint32_t>(address[i]));
  }
  return is_leaf(entry) ? entry : find_list128(image, entry, address);
}

uint32_t find_mac(const ImageView& image, uint32_t entry, uint64_t address) {
  for (int shift = 40; !is_leaf(entry) && shift >= 0; shift -= 8) entry = image.word(entry + (address >> shift & 0xff));
  return entry;
}

uint32_t find_common(const ImageView& image, Field field, const FrameFields& fields) {
  const uint32_t root = image.header().root[static_cast<size_t>(field)];
  switch (field) {
    case Field::ether_type:
      return find_u16(image, root, fields.ether_type);
    case Field::ip_saddr:
      return find_ipv4(image, root, fields.ip_saddr);
    case Field::ip_daddr:
      return find_ipv4(image, root, fields.ip_daddr);
    case Field::ip6_saddr:
      return find_ipv6(image, root, fields.ip6_saddr);
    case Field::ip6_daddr:
      return find_ipv6(image, root, fields.ip6_daddr);
    case Field::l4proto:
      return find_u8(image, root, fields.l4proto);
    case Field::ip_protocol:
      return find_u8(image, root, fields.ip_protocol);
    case Field::th_sport:
      return find_u16(image, root, fields.th_sport);
    case Field::th_dport:
      return find_u16(image, root, fields.th_dport);
    case Field::tcp_flags:
      return find_u8(image, root, fields.tcp_flags);
    case Field::icmp_type:
      return find_u8(image, root, fields.icmp_type);
    default:
      return root;
  }
}

uint32_t find_rare(const ImageView& image, Field field, uint64_t value) {
  const uint32_t root = image.header().root[static_cast<size_t>(field)];
  switch (trie_shape(field).bits()) {
    case 8:
      return find_u8(image, root, static_cast<uint32_t>(value));
    case 16:
      return find_u16(image, root, static_cast<uint32_t>(value));
    default:
      return find_mac(image, root, value);
  }
}

/// Address tries begin with an array of 256 KB: the one load that is likely to miss the first-level cache.
void prefetch_address_roots(const ImageView& image, const FrameFields& fields) {
  const auto prefetch = [&](Field field, auto&& digit) {
    const uint32_t root = image.header().root[static_cast<size_t>(field)];
    if (fields.has(field) && !is_leaf(root)) image.prefetch_word(is_list(root) ? list_of(root) : root + digit());
  };
  prefetch(Field::ip_saddr, [&] { return fields.ip_saddr >> 16; });
  prefetch(Field::ip_daddr, [&] { return fields.ip_daddr >> 16; });
  prefetch(Field::ip6_saddr, [&] { return first_digit(fields.ip6_saddr); });
  prefetch(Field::ip6_daddr, [&] { return first_digit(fields.ip6_daddr); });
}

/// The next level of the IPv4 tries: in a table of many prefixes the load that misses the second-level cache.
void prefetch_second_level(const ImageView& image, const FrameFields& fields) {
  const auto prefetch = [&](Field field, uint32_t address) {
    const uint32_t root = image.header().root[static_cast<size_t>(field)];
    if (!fields.has(field) || is_leaf(root)) return;
    const uint32_t entry = image.word(root + (address >> 16));
    if (is_leaf(entry)) return;
    image.prefetch_word(is_list(entry) ? list_of(entry) : entry + (address >> 8 & 0xff));
  };
  prefetch(Field::ip_saddr, fields.ip_saddr);
  prefetch(Field::ip_daddr, fields.ip_daddr);
}

void set_row(const ImageView& image, Batch& batch, uint8_t number, size_t frame, uint32_t row) {
  batch.rows[number][frame] = row;
  if (!is_rule(row)) image.prefetch_row(row);
}

/// First word of what row_of() made of a leaf: the rules, or the blocks.
uint64_t first_word(const ImageView& image, uint32_t row) {
  return is_rule(row) ? uint64_t{1} << block_of(row) : image.row_word(row, 0);
}

void find_rows(const ImageView& image, Batch& batch, std::span<const FrameView> frames) {
  const fw_image_header& header = image.header();
  for (uint8_t number = 0; number < FW_FIELD_COUNT; ++number) {
    if ((header.used_fields >> number & 1) != 0) batch.used[batch.used_count++] = number;
  }
  for (size_t at = 0; at < batch.used_count && batch.used[at] < kFirstRareField; ++at) {
    const uint8_t number = batch.used[at];
    const Field field{number};
    for (size_t i = 0; i < frames.size(); ++i) {
      const FrameFields& fields = batch.fields[i];
      set_row(image, batch, number, i,
              fields.has(field) ? row_of(find_common(image, field, fields)) : header.absent[number]);
    }
  }
  if ((header.used_fields & FW_RARE_FIELDS) == 0) return;
  for (size_t i = 0; i < frames.size(); ++i) {
    const RareFields rare = read_rare_fields(frames[i], batch.fields[i]);
    for (size_t at = 0; at < batch.used_count; ++at) {
      const uint8_t number = batch.used[at];
      if (number < kFirstRareField) continue;
      const Field field{number};
      const uint64_t value = rare[number - kFirstRareField];
      set_row(image, batch, number, i,
              batch.fields[i].has(field) ? row_of(find_rare(image, field, value)) : header.absent[number]);
    }
  }
}

/// One frame's way through the flat rules that its rows have in common.
class Decision {
 public:
  Decision(const ImageView& image, std::span<uint64_t> hits) : image_(image), hits_(hits) {}

  /// FW_ACTION_* of what decides the frame.
  [[nodiscard]] uint32_t decide(const Batch& batch, size_t frame) {
    const fw_image_header& header = image_.header();
    const uint64_t first = batch.bits[frame];
    const uint32_t action = header.block_words == 0 ? decide_word(first, 0) : decide_blocks(batch, frame, first);
    return action != 0 ? action : header.default_action;
  }

 private:
  [[nodiscard]] uint32_t decide_blocks(const Batch& batch, size_t frame, uint64_t blocks) {
    const uint32_t block_words = image_.header().block_words;
    for (; blocks != 0; blocks &= blocks - 1) {
      const auto block = static_cast<uint32_t>(std::countr_zero(blocks));
      const uint32_t base = block * block_words * 64;
      if (from_ >= base + block_words * 64) continue;
      std::array<uint64_t, FW_MAX_BLOCK_WORDS> words;
      and_block(batch, frame, block, std::span(words).first(block_words));
      for (uint32_t word = 0; word < block_words; ++word) {
        const uint32_t action = decide_word(words[word], base + word * 64);
        if (action != 0) return action;
      }
    }
    return 0;
  }

  /// AND of a block of all of the frame's rows.
  void and_block(const Batch& batch, size_t frame, uint32_t block, std::span<uint64_t> words) const {
    std::fill(words.begin(), words.end(), ~uint64_t{0});
    for (size_t i = 0; i < batch.used_count; ++i) {
      const uint32_t row = batch.rows[batch.used[i]][frame];
      if (is_rule(row)) {
        for (uint32_t word = 0; word < words.size(); ++word) {
          words[word] &= bit_of(row) / 64 == word ? uint64_t{1} << (bit_of(row) % 64) : 0;
        }
        continue;
      }
      const uint64_t before = image_.row_word(row, 0) & ((uint64_t{1} << block) - 1);
      const auto at = 1 + static_cast<uint32_t>(std::popcount(before) * words.size());
      for (uint32_t word = 0; word < words.size(); ++word) words[word] &= image_.row_word(row, at + word);
    }
  }

  /// Goes through the matching rules of one word, of which the first is `base`; the action that decides, or 0.
  [[nodiscard]] uint32_t decide_word(uint64_t matching, uint32_t base) {
    while (matching != 0) {
      if (from_ > base) {
        if (from_ >= base + 64) return 0;
        matching &= ~uint64_t{0} << (from_ - base);
        if (matching == 0) return 0;
      }
      const fw_action action = image_.action(base + static_cast<uint32_t>(std::countr_zero(matching)));
      if ((action.flags & FW_ACTION_COUNTED) != 0) ++hits_[action.rule];
      if ((action.flags & FW_ACTION_TERMINAL) != 0) return action.flags;
      if ((action.flags & FW_ACTION_SKIP) != 0) from_ = action.flags >> FW_ACTION_TARGET_SHIFT;
      matching &= matching - 1;
    }
    return 0;
  }

  const ImageView& image_;
  std::span<uint64_t> hits_;
  uint32_t from_ = 0;  ///< flat rules before this one were skipped
};

}  // namespace

Result<Classifier> Classifier::open(std::span<const std::byte> image) {
  FWBENCH_TRY(check_image(image));
  return Classifier(image);
}

uint64_t Classifier::classify(std::span<const FrameView> frames, std::span<uint64_t> hits) const {
  const ImageView image(image_);
  const size_t count = std::min(frames.size(), kClassifyBatch);
  Batch batch;
  for (size_t i = 0; i < count; ++i) __builtin_prefetch(frames[i].data);
  for (size_t i = 0; i < count; ++i) {
    batch.fields[i] = read_fields(frames[i]);
    prefetch_address_roots(image, batch.fields[i]);
  }
  for (size_t i = 0; i < count; ++i) prefetch_second_level(image, batch.fields[i]);
  find_rows(image, batch, frames.first(count));
  for (size_t i = 0; i < count; ++i) {
    batch.bits[i] = ~uint64_t{0};
    for (size_t at = 0; at < batch.used_count; ++at) {
      batch.bits[i] &= first_word(image, batch.rows[batch.used[at]][i]);
    }
  }
  uint64_t pass = 0;
  for (size_t i = 0; i < count; ++i) {
    if (batch.fields[i].cut_tag) continue;
    const uint32_t action = Decision(image, hits).decide(batch, i);
    if ((action & FW_ACTION_DROP) == 0) pass |= uint64_t{1} << i;
  }
  return pass;
}

uint32_t Classifier::rules() const {
  return ImageView(image_).header().policy_rules;
}

}  // namespace fwbench
