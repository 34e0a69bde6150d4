// SPDX-License-Identifier: BSD-2-Clause
#include "core/text.h"

namespace fwbench {
namespace {

/// Bytes of the UTF-8 sequence that `text` starts with, 0 when it starts with none (RFC 3629 section 4).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

size_t find_bad_byte(std::string_view line) {
  for (size_t i = 0; i < line.size();) {
    const auto c = static_cast<unsigned char>(line[i]);
    const size_t length = utf8_length(line.substr(i));
    if (length == 0 || (c < 0x20 && c != '\t') || c == 0x7F) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string printable(std::string_view line) {
  std::string out(line);
  for (size_t i = 0; i < out.size();) {
    const size_t bad = find_bad_byte(line.substr(i));
    if (bad == std::string_view::npos) break;
    i += bad;
    out[i++] = '?';
  }
  return out;
}

}  // namespace fwbench
