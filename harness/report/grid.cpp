// SPDX-License-Identifier: BSD-2-Clause
#include "report/grid.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwbench {
namespace {

constexpr std::string_view kGap = "  ";

/// Code points, so that names in UTF-8 align; wide characters do not occur in names of DUTs.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::vector<size_t> column_widths(const Grid& grid) {
  std::vector<size_t> widths;
  for (size_t column = 0; column < grid.header.size(); ++column) {
    size_t widest = width(grid.header[column]);
    for (const auto& row : grid.rows) widest = std::max(widest, width(row[column].text));
    widths.push_back(widest);
  }
  return widths;
}

void append_line(std::string& out, const std::vector<Cell>& cells, const std::vector<size_t>& widths, bool color) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - width(cells[i].text), ' ');
    const std::string text = colored(cells[i].text, cells[i].tone, color);
    if (i == 0) {
      line += text + padding;
    } else {
      line += std::string(kGap) + padding + text;
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

std::string_view escape_sequence(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string render_text(const Grid& grid, bool color) {
  const auto widths = column_widths(grid);
  std::vector<Cell> header;
  for (const std::string& title : grid.header) header.push_back({title, Tone::dim});
  std::string out;
  append_line(out, header, widths, color);
  for (const auto& row : grid.rows) append_line(out, row, widths, color);
  return out;
}

std::string render_markdown(const Grid& grid) {
  std::string out = "|";
  for (const std::string& title : grid.header) out += " " + markdown_text(title) + " |";
  out += "\n|";
  for (size_t i = 0; i < grid.header.size(); ++i) out += i == 0 ? ":--|" : "--:|";
  out += "\n";
  for (const auto& row : grid.rows) {
    out += "|";
    for (const Cell& cell : row) {
      const std::string text = markdown_text(cell.text);
      out += cell.tone == Tone::bad ? fmt::format(" **{}** |", text) : fmt::format(" {} |", text);
    }
    out += "\n";
  }
  return out;
}

std::string colored(std::string_view text, Tone tone, bool color) {
  const std::string_view sequence = escape_sequence(tone);
  if (!color || sequence.empty() || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", sequence, text);
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kSpecial = "\\|*_`<>[]#";
  std::string out;
  for (const char c : printable(text)) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string grouped(uint64_t count) {
  std::string out = std::to_string(count);
  for (size_t end = out.size(); end > 3; end -= 3) out.insert(end - 3, ",");
  return out;
}

}  // namespace fwbench
