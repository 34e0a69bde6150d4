// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Rows of cells, rendered as aligned text or as Markdown.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace fwbench {

enum class Tone { plain, dim, good, warning, bad };

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

/// First column flush left, the others flush right.
struct Grid {
  std::vector<std::string> header;
  std::vector<std::vector<Cell>> rows;  ///< each as long as the header
};

[[nodiscard]] std::string render_text(const Grid& grid, bool color);
[[nodiscard]] std::string render_markdown(const Grid& grid);

/// The text in its tone when `color`, else as it is.
[[nodiscard]] std::string colored(std::string_view text, Tone tone, bool color);

/// As printable(), and with Markdown's special characters escaped.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// 62451872 -> "62,451,872".
[[nodiscard]] std::string grouped(uint64_t count);

}  // namespace fwbench
