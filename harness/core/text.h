// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Text of unknown origin: read, and made safe to show.

#include <string>
#include <string_view>

namespace fwbench {

/// A blank or a tab.
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Offset of the first byte that no line of text has (a control character other than tab, broken UTF-8); npos when
/// fine.
[[nodiscard]] size_t find_bad_byte(std::string_view line);

/// What a message, a table or a script may show of a line: such bytes become '?', one for one, so that no terminal is
/// upset and columns hold.
[[nodiscard]] std::string printable(std::string_view line);

}  // namespace fwbench
