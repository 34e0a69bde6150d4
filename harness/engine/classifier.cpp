// SPDX-License-Identifier: BSD-2-Clause
#include "engine/classifier.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/frame_fields.h"
#include "engine/image_view.h"

namespace fwbench {
namespace {

/// A batch goes through the stages together, so that the cache misses of its frames overlap.
struct Batch {
  std::array<FrameFields, kClassifyBatch> fields;
  std::array<std::array<uint32_t, kClassifyBatch>, FW_FIELD_COUNT> rows;  ///< of the fields that rules look at
  std::array<uint8_t, FW_FIELD_COUNT> used;                               ///< their numbers
  size_t used_count = 0;
};

uint32_t find_u8(const ImageView& image, uint32_t entry, uint8_t value) {
  return is_leaf(entry) ? entry : image.word(entry + value);
}

uint32_t find_u16(const ImageView& image, uint32_t entry, uint16_t value) {
  if (is_leaf(entry)) return entry;
  return find_u8(image, image.word(entry + (value >> 8)), static_cast<uint8_t>(value));
}

uint32_t find_ipv4(const ImageView& image, uint32_t entry, uint32_t value) {
  if (is_leaf(entry)) return entry;
  return find_u16(image, image.word(entry + (value >> 16)), static_cast<uint16_t>(value));
}

/// The digit of an IPv6 address that its root node is indexed by.
uint32_t first_digit(const std::byte* address) {
  return std::to_integer<uint32_t>(address[0]) << 8 | std::to_integer<uint32_t>(address[1]);
}

uint32_t find_ipv6(const ImageView& image, uint32_t entry, const std::byte* address) {
  if (is_leaf(entry)) return entry;
  entry = image.word(entry + first_digit(address));
  for (size_t i = 2; !is_leaf(entry) && i < 16; ++i) entry = image.word(entry + std::to_integer<uint32_t>(address[i]));
  return entry;
}

uint32_t find_leaf(const ImageView& image, Field field, const FrameFields& fields) {
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
      break;
  }
  return root;
}

/// Address tries begin with a node of 256 KB: the one load that is likely to miss the first-level cache.
void prefetch_address_roots(const ImageView& image, const FrameFields& fields) {
  const auto prefetch = [&](Field field, auto&& digit) {
    const uint32_t root = image.header().root[static_cast<size_t>(field)];
    if (fields.has(field) && !is_leaf(root)) image.prefetch_word(root + digit());
  };
  prefetch(Field::ip_saddr, [&] { return fields.ip_saddr >> 16; });
  prefetch(Field::ip_daddr, [&] { return fields.ip_daddr >> 16; });
  prefetch(Field::ip6_saddr, [&] { return first_digit(fields.ip6_saddr); });
  prefetch(Field::ip6_daddr, [&] { return first_digit(fields.ip6_daddr); });
}

void find_rows(const ImageView& image, Batch& batch, size_t frames) {
  const fw_image_header& header = image.header();
  for (uint8_t number = 0; number < FW_FIELD_COUNT; ++number) {
    if ((header.used_fields >> number & 1) == 0) continue;
    batch.used[batch.used_count++] = number;
    const Field field{number};
    auto& rows = batch.rows[number];
    for (size_t i = 0; i < frames; ++i) {
      const FrameFields& fields = batch.fields[i];
      rows[i] = fields.has(field) ? row_of(find_leaf(image, field, fields)) : header.absent[number];
      image.prefetch_row(rows[i]);
    }
  }
}

/// Word `index` of the AND of a frame's rows.
uint64_t and_rows(const ImageView& image, const Batch& batch, size_t frame, uint32_t index) {
  uint64_t bits = ~uint64_t{0};
  for (size_t i = 0; i < batch.used_count; ++i) bits &= image.row_word(batch.rows[batch.used[i]][frame], index);
  return bits;
}

/// Goes through the matching rules of one word; the action of the first terminal one, or 0.
uint32_t decide_word(const ImageView& image, uint64_t matching, uint32_t first_rule, std::span<uint64_t> hits) {
  for (; matching != 0; matching &= matching - 1) {
    const uint32_t rule = first_rule + static_cast<uint32_t>(std::countr_zero(matching));
    const uint32_t action = image.action(rule);
    if ((action & FW_ACTION_COUNTED) != 0) ++hits[rule];
    if ((action & FW_ACTION_TERMINAL) != 0) return action;
  }
  return 0;
}

uint32_t decide(const ImageView& image, const Batch& batch, size_t frame, std::span<uint64_t> hits) {
  const fw_image_header& header = image.header();
  uint32_t action = 0;
  if (header.summary_words == 0) action = decide_word(image, and_rows(image, batch, frame, 0), 0, hits);
  for (uint32_t group = 0; group < header.summary_words && action == 0; ++group) {
    for (uint64_t summary = and_rows(image, batch, frame, group); summary != 0 && action == 0; summary &= summary - 1) {
      const uint32_t word = group * 64 + static_cast<uint32_t>(std::countr_zero(summary));
      action = decide_word(image, and_rows(image, batch, frame, header.summary_words + word), word * 64, hits);
    }
  }
  if (action != 0) return action;
  if ((header.default_action & FW_ACTION_COUNTED) != 0) ++hits[header.rules];
  return header.default_action;
}

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
  find_rows(image, batch, count);
  uint64_t pass = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t action = decide(image, batch, i, hits);
    if ((action & FW_ACTION_DROP) == 0) pass |= uint64_t{1} << i;
  }
  return pass;
}

uint32_t Classifier::rules() const {
  return ImageView(image_).header().rules;
}

}  // namespace fwbench
